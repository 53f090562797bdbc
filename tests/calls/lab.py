"""A switch laboratory: PostgreSQL, Asterisk and call control of one temporary home, without the web."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.harness import free_port, own_city

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
CACHE = CHECKOUT / "var" / "cache"

_PREPARE = """
from hotline.project.config import config
from hotline.project.runtime.prepare import Preparation
from hotline.project.runtime.stamps import Stamps
(config().home / "run/parts").mkdir(parents=True)
ready = Preparation(config(), print)
ready.stamps = Stamps(config().home / "run/stamps.json")
ready.switch()
assert ready.tools, ready.telephony_off
ready.prompts()
ready.data()
"""


PATIENCE = 4
"""The seconds a test says are those of a machine at rest; a test waits this many times as long before it fails."""


def until(
    seconds: float, what: Callable[[], Any], why: str = "", more: Callable[[], str] | None = None
) -> Any:
    """What `what` gives as soon as it is true; AssertionError when it does not come, with `more` of how it is then."""
    deadline = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.03)
    raise AssertionError((why or f"not within {seconds} s") + (f": {more()}" if more else ""))


class Lines:
    """A child process that speaks JSON lines."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self._log = log.open("ab")
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, cwd=CHECKOUT
        )

    def say(self, line: str) -> None:
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log.close()


class Party(Lines):
    """One PJSUA2 telephone; `news` is everything it has told."""

    def __init__(self, lab: Lab, *args: str) -> None:
        super().__init__(
            [sys.executable, str(HERE / "party.py"), *args], os.environ.copy(), lab.home / "parties.log"
        )
        os.set_blocking(self.process.stdout.fileno(), False)  # type: ignore[union-attr]
        self.news: list[dict[str, Any]] = []
        self._rest = b""

    def read(self) -> list[dict[str, Any]]:
        assert self.process.stdout
        chunk = self.process.stdout.read()
        if chunk:
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            self.news += [json.loads(line) for line in lines if line.startswith(b"{")]
        return self.news

    def wait(self, seconds: float, event: str, **fields: Any) -> dict[str, Any]:
        """The first piece of news of this kind with these fields."""

        def found() -> dict[str, Any] | None:
            for news in self.read():
                if news["event"] == event and all(news.get(key) == value for key, value in fields.items()):
                    return news
            return None

        result: dict[str, Any] = until(seconds, found, f"no {event} {fields} within {seconds} s: {self.news}")
        return result

    @property
    def code(self) -> int:
        """The final SIP code."""
        return int(self.wait(25, "state", state="DISCONNECTED")["code"])

    def hear(self) -> list[list[int]]:
        """What it has heard since it was last asked; the call goes on."""
        before = len([news for news in self.read() if news["event"] == "heard_so_far"])
        self.say("hear")
        until(4, lambda: len([news for news in self.read() if news["event"] == "heard_so_far"]) > before)
        return [news for news in self.news if news["event"] == "heard_so_far"][-1]["tones"]  # type: ignore[no-any-return]

    def finish(self) -> list[list[int]]:
        """Hang up; what it heard, half second by half second."""
        self.say("quit")
        tones: list[list[int]] = self.wait(6, "heard")["tones"]
        self.end()
        return tones


def heard(tones: list[list[int]], hertz: int, at_least: int = 2) -> bool:
    """Whether a pure tone of about `hertz` was heard for at least so many half seconds."""
    return sum(any(abs(tone - hertz) <= 12 for tone in half) for half in tones) >= at_least


class Agent:
    """An agent with a SIP phone."""

    def __init__(self, lab: Lab, staff: str, tone: int, *options: str) -> None:
        self.lab, self.staff = lab, staff
        phone = lab.ask(do="phone", staff=staff)
        self.endpoint = phone["auth_user"]
        self.phone = Party(
            lab, "phone", "--registrar", phone["registrar"], "--user", phone["auth_user"],
            # A password may begin with a dash.
            f"--password={phone['password']}", "--tone", str(tone), *options,
        )  # fmt: skip
        lab.parties.append(self.phone)
        self.phone.wait(20, "registered")
        until(
            5, lambda: self.state["agent"]["phone"] == "registered", "the phone's registration was not seen"
        )

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.lab.ask(do="state", staff=self.staff)
        return state

    @property
    def mode(self) -> str:
        return str(self.lab.one("SELECT mode FROM calls_agentstate WHERE staff_id = %s", self.staff)["mode"])

    def command(self, name: str, **args: Any) -> dict[str, Any]:
        """Give a command and wait for its result row."""
        return self.command_on(None, name, **args)

    def command_on(self, call_id: str | None, name: str, **args: Any) -> dict[str, Any]:
        """The same about a call that is not the agent's own."""
        given = self.lab.ask(do="command", staff=self.staff, command=name, args=args, call_id=call_id)
        return until(
            6,
            lambda: self.lab.maybe(
                "SELECT ok, error FROM calls_callcommand WHERE id = %s AND ok IS NOT NULL", given["id"]
            ),
            f"{name} had no result",
        )  # type: ignore[no-any-return]

    def be_ready(self) -> None:
        self.command("sign_in")
        assert self.command("ready")["ok"]


class Lab:
    """See the module. `trunks` is added to the city's trunks.csv."""

    def __init__(self, trunks: str = "", city: Callable[[Path], None] | None = None, slots: int = 1) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="hotline-lab-"))
        self.home.chmod(0o755)
        folder = own_city(self.home, trunks)
        if city:
            city(folder)
        self.sip_port = free_port()
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("HOTLINE_", "DJANGO_")) and k != "DATABASE_URL"},
            "HOTLINE_HOME": str(self.home), "HOTLINE_CITY": str(folder), "HOTLINE_CACHE": str(CACHE),
            "HOTLINE_PORT": str(free_port()), "HOTLINE_SIP_PORT": str(self.sip_port),
            "HOTLINE_SANDBOX": "1", "HOTLINE_SLOTS": str(slots), "PYTHONPATH": str(CHECKOUT / "src"),
        }  # fmt: skip
        self.parties: list[Lines] = []
        self.control: subprocess.Popen[bytes] | None = None
        self.others: list[subprocess.Popen[bytes]] = []
        """Call controls of further slots."""
        self.asterisk: subprocess.Popen[bytes] | None = None
        self.postgres: subprocess.Popen[bytes] | None = None
        self._desk: Lines | None = None
        self._database: psycopg.Connection[dict[str, Any]] | None = None

    # --- processes ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", _PREPARE],
            env=self.environment,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        self.start_database()
        self.start_asterisk()
        self.start_control()
        self.start_desk()

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.home / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, env=self.environment, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def start_desk(self) -> None:
        """The process agents' commands go through; one that runs is killed without a word."""
        if self._desk:
            self._desk.end()
        self._desk = Lines([sys.executable, str(HERE / "desk.py")], self.environment, self.home / "desk.log")
        assert self._desk.process.stdout
        assert json.loads(self._desk.process.stdout.readline())["ready"]

    def start_database(self) -> None:
        self.postgres = self._spawn("postgres", [
            sys.executable, "-c",
            "from hotline.project.config import config; from hotline.project.runtime.supervision import embedded\n"
            "import time, signal, sys\ns = embedded(config()); s.start(); print('up', flush=True)\n"
            "signal.signal(signal.SIGTERM, lambda *a: sys.exit(0))\n"
            "try:\n    time.sleep(3600)\nfinally:\n    s.stop()\n",
        ])  # fmt: skip
        until(30, self._database_up, "PostgreSQL did not start")

    def stop_database(self) -> None:
        assert self.postgres
        self.postgres.terminate()
        self.postgres.wait()

    def start_asterisk(self) -> None:
        self.asterisk = self._spawn("asterisk", [sys.executable, "-m", "hotline.project.cli", "asterisk"])
        until(20, lambda: self.cli("core show version").startswith("Asterisk"), "Asterisk did not start")
        until(10, lambda: "Dialplan" not in self.cli("dialplan show line") or True)

    def start_control(self, slot: int = 1) -> None:
        name = "callcontrol" if slot == 1 else f"callcontrol-{slot}"
        before = self.log(name).count("Asterisk is connected")
        process = self._spawn(name, [sys.executable, "-m", "hotline.project.cli", "callcontrol", str(slot)])
        if slot == 1:
            self.control = process
        else:
            self.others.append(process)
        until(
            15, lambda: self.log(name).count("Asterisk is connected") > before,
            "call control did not start: " + self.log(name)[-3000:],
        )  # fmt: skip
        time.sleep(0.3)

    def restart_asterisk(self) -> None:
        """Kill the switch and start it anew, as the supervisor would."""
        assert self.asterisk
        before = self.log("callcontrol").count("Asterisk is connected")
        self.asterisk.kill()
        self.asterisk.wait()
        self.start_asterisk()
        until(
            15, lambda: self.log("callcontrol").count("Asterisk is connected") > before, "no new connection"
        )

    def set_clock(self, moment: str | None) -> None:
        """Move the sandbox's business time for every process and wait until the switch has it too."""
        offset = self.ask(do="clock", moment=moment)
        until(
            10, lambda: f"CLOCK_OFFSET={offset}" in self.cli("dialplan show globals").replace(" ", ""),
            "the switch does not know the business time",
        )  # fmt: skip

    def kill_control(self, how: signal.Signals = signal.SIGKILL) -> None:
        assert self.control
        self.control.send_signal(how)
        self.control.wait()

    def stop(self) -> None:
        for party in self.parties:
            party.end()
        if self._desk:
            self._desk.end()
        if self._database:
            self._database.close()
        for process in (self.control, *self.others, self.asterisk, self.postgres):
            if process and process.poll() is None:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def log(self, name: str) -> str:
        path = self.home / f"{name}.log"
        return path.read_text(errors="replace") if path.is_file() else ""

    # --- looking and acting ------------------------------------------------------------------------------------------

    def cli(self, command: str) -> str:
        """One command of Asterisk's console."""
        program = CACHE / "switch/bin/asterisk"
        conf = self.home / "asterisk/etc/asterisk.conf"
        return subprocess.run(
            [str(program), "-C", str(conf), "-rx", command], capture_output=True, text=True, check=False
        ).stdout

    def _database_up(self) -> bool:
        ports = json.loads((self.home / "ports.json").read_text())
        secrets = json.loads((self.home / "secrets.json").read_text())
        try:
            self._database = psycopg.connect(
                host="127.0.0.1", port=ports["postgres"], user="hotline", password=secrets["postgres"],
                dbname="hotline", autocommit=True, row_factory=dict_row,
            )  # fmt: skip
        except psycopg.OperationalError:
            return False
        return True

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        assert self._database
        return self._database.execute(query, values).fetchall()  # type: ignore[arg-type]

    def maybe(self, query: str, *values: Any) -> dict[str, Any] | None:
        return next(iter(self.rows(query, *values)), None)

    def one(self, query: str, *values: Any) -> dict[str, Any]:
        found = self.maybe(query, *values)
        assert found is not None, query
        return found

    def ask(self, **what: Any) -> Any:
        assert self._desk
        assert self._desk.process.stdout
        answer: dict[str, Any] = {}
        for _ in range(3):  # its connection may have died with a database a test has stopped
            self._desk.say(json.dumps(what))
            answer = json.loads(self._desk.process.stdout.readline())
            if not str(answer.get("error", "")).startswith("OperationalError"):
                break
        assert "error" not in answer, answer
        return answer["ok"]

    def agent(
        self, name: str, tone: int, *options: str, organisation: str = "centre", role: str = "agent"
    ) -> Agent:
        known = self.maybe("SELECT id FROM people_staff WHERE username = %s", name)
        staff = (
            str(known["id"])
            if known
            else self.ask(do="agent", name=name, organisation=organisation, role=role)
        )
        return Agent(self, staff, tone, *options)

    def call(self, number: str, tone: int = 700, *options: str) -> Party:
        party = Party(self, "call", f"sip:{number}@127.0.0.1:{self.sip_port}", "--tone", str(tone), *options)
        self.parties.append(party)
        party.wait(20, "invite")
        return party

    def last_call(self) -> dict[str, Any]:
        return self.one("SELECT * FROM calls_call WHERE slot > 0 ORDER BY id DESC LIMIT 1")

    def ended(self, seconds: float = 8) -> dict[str, Any]:
        """The last call, once it has ended."""
        until(seconds, lambda: self.last_call()["state"] == "ended", "the call did not end")
        return self.last_call()

    def clear(self) -> None:
        """End what a test left: calls, callbacks in an agent's hand, and agents who are still signed in."""
        self.cli("channel request hangup all")
        open_calls = "SELECT id FROM calls_call WHERE state <> 'ended'"
        until(12, lambda: not self.rows(open_calls), "calls stay open")
        until(8, self.quiet, "the switch is not quiet")
        # Whoever holds one is asked for no call: one test that fails would bring all that follow down with it.
        self.rows(
            "UPDATE callbacks_callback SET state = 'closed', outcome = 'lapsed', closed_at = due_at, hold_until = NULL"
            " WHERE closed_at IS NULL RETURNING id"
        )
        for row in self.rows("SELECT staff_id, mode FROM calls_agentstate WHERE mode <> 'signed_out'"):
            self.ask(do="command", staff=str(row["staff_id"]), command="sign_out")
        until(
            8,
            lambda: not self.rows("SELECT 1 FROM calls_agentstate WHERE mode <> 'signed_out'"),
            "agents stay signed in",
        )

    def sees(self, port: int) -> None:
        """Wait until the switch has asked whoever is behind a linked trunk, and been answered (OPTIONS)."""
        there = re.compile(rf":{port}\b.*\bAvail\b")
        until(10, lambda: there.search(self.cli("pjsip show contacts")), "the trunk is not seen as there")

    def quiet(self) -> bool:
        """Nothing is left in the switch: no channel, no bridge."""
        bridges = self.cli("bridge show all")
        ours = any(prefix in bridges for prefix in ("b-", "k-", "w-"))
        return "0 active channels" in self.cli("core show channels") and not ours
