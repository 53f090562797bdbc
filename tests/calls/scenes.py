"""A call brought into any of its states, with real voices, for tests in which something breaks meanwhile.

A Scene knows what must be heard in its state, how the call goes on from it, and what must be left of it: nothing in the
switch, one outcome, and sums that add up.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.calls.lab import Agent, Lab, Party, heard, until
from tests.harness import free_port

CALLER, FIRST, SECOND = 700, 610, 1110
"""The caller's voice, the agent's, and that of the third (or of the citizen who is called). No notes of the music on hold."""
VOICES = (CALLER, FIRST, SECOND)
LINKED_PORT, OUTSIDE_PORT = free_port(), free_port()
TRUNKS = (
    f"law,linked,127.0.0.1,{LINKED_PORT},udp,12348,,alaw|ulaw,,\n"
    f"outside,operator,127.0.0.1,{OUTSIDE_PORT},udp,12345,,alaw|ulaw,,\n"
)
CITIZEN = "13912345678"
ORPHANS_S = 8
"""Of a machine at rest, four times as long before a test fails (lab.PATIENCE): about the 30 s the platform promises."""

STATES = (
    "queued", "ringing", "talking", "held", "consulting", "conference", "awaiting", "survey", "linking", "linked", "dialling",
)  # fmt: skip
ALOUD = ("talking", "consulting", "conference", "linked")
"""States in which people talk."""

HEARS: dict[str, dict[str, set[int]]] = {
    "talking": {"caller": {FIRST}, "agent": {CALLER}},
    "held": {"caller": set(), "agent": set()},
    "consulting": {"caller": set(), "agent": {SECOND}, "third": {FIRST}},
    "conference": {"caller": {FIRST, SECOND}, "agent": {CALLER, SECOND}, "third": {CALLER, FIRST}},
    "awaiting": {"caller": set()},
    "linked": {"caller": {SECOND}, "third": {CALLER}},
    "called": {"agent": {SECOND}, "third": {FIRST}},
}
"""Who hears which voices."""
MUSIC = {"held": "caller", "consulting": "caller", "awaiting": "caller", "swapped": "third"}
"""Who hears music."""


def _patient(folder: Path) -> None:
    """Limits that no restart outlasts: what is tested here are faults, not limits."""
    path = folder / "city.yaml"
    city = yaml.safe_load(path.read_text(encoding="utf-8"))
    limits = {
        "ring_seconds": 60,
        "link_seconds": 60,
        "wrap_up_seconds": 2,
        "await_seconds": 120,
        "survey_seconds": 60,
    }
    city["limits"] += [
        {"figure": figure, "value": value, "effective_from": "2021-12-02T00:00:00+08:00"}
        for figure, value in limits.items()
    ]
    path.write_text(yaml.safe_dump(city, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="session")
def patient_board() -> Iterator[Lab]:
    """A laboratory of two slots, of which the first runs; a test may start the second."""
    lab = Lab(TRUNKS, _patient, slots=2)
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()


@pytest.fixture
def patient(patient_board: Lab) -> Iterator[Lab]:
    """The laboratory whole, with nobody on the telephone, before and after."""
    yield patient_board
    for party in patient_board.parties:
        party.end()
    patient_board.parties.clear()
    _mend(patient_board)
    patient_board.clear()


def _mend(lab: Lab) -> None:
    """Whatever a test has broken and left so."""
    assert lab.control
    if lab.control.poll() is None:
        lab.control.send_signal(signal.SIGCONT)
    else:
        lab.start_control()
    for other in lab.others:
        other.kill()
        other.wait()
    lab.others.clear()


def unlike(tones: list[list[int]], expected: set[int]) -> list[list[int]]:
    """The half seconds in which a test's voices were not exactly the expected ones."""
    return [half for half in tones if {v for v in VOICES if any(abs(t - v) <= 12 for t in half)} != expected]


class Scene:
    """One call in one state. ``third`` is the linked hotline, or the citizen who is called."""

    def __init__(self, lab: Lab, state: str) -> None:
        self.lab, self.state = lab, state
        self.agent: Agent | None = None
        self.caller: Party | None = None
        self.third: Party | None = None
        self._before = {row["id"] for row in self._calls()}
        self._figures: dict[str, int] = lab.ask(do="figures")
        self._placed: dict[str, int] = {}
        getattr(self, f"_{state}")()

    # --- people ------------------------------------------------------------------------------------------------------

    def _calls(self) -> list[dict[str, Any]]:
        return self.lab.rows("SELECT * FROM calls_call ORDER BY id")

    @property
    def call(self) -> dict[str, Any]:
        """The row of the call, as soon as there is one."""

        def kept() -> dict[str, Any] | None:
            return next((row for row in reversed(self._calls()) if row["id"] not in self._before), None)

        found: dict[str, Any] = until(5, kept, "no call was kept")
        return found

    def places(self, number: str) -> Party:
        """Somebody dials ``number``; he is counted."""
        self._placed[number] = self._placed.get(number, 0) + 1
        return self.lab.call(number, CALLER)

    def rings(self, number: str) -> None:
        self.caller = self.places(number)

    def sits(self) -> Agent:
        """A ready agent, with a telephone that rings until it is told to answer."""
        self.agent = self.lab.agent("zhang", FIRST)
        self.agent.be_ready()
        return self.agent

    def far(self, port: int = LINKED_PORT, number: str = "12348") -> Party:
        """The third, who rings until told to answer."""
        self.third = Party(self.lab, "phone", "--port", str(port), "--user", number, "--tone", str(SECOND))
        self.lab.parties.append(self.third)
        self.third.wait(20, "up")
        if port == LINKED_PORT:
            self.lab.sees(port)
        return self.third

    def party(self, who: str) -> Party:
        """``caller``, ``agent`` or ``third``."""
        party = self.agent.phone if who == "agent" and self.agent else getattr(self, who)
        assert isinstance(party, Party), f"there is no {who}"
        return party

    def asks(self, command: str, **args: Any) -> None:
        """The agent's desk asks for something, which must be done."""
        assert self.agent
        result = self.agent.command(command, **args)
        assert result["ok"], f"{command}: {result}"

    def is_(self, state: str) -> None:
        """Wait for the state of the call."""
        until(8, lambda: self.call["state"] == state, f"not {state}", self.story)

    def leg_is(self, role: str, state: str) -> None:
        rows = "SELECT 1 FROM calls_leg WHERE call_id = %s AND role = %s AND state = %s"
        until(8, lambda: self.lab.rows(rows, self.call["id"], role, state), f"no {role} is {state}")

    def story(self) -> str:
        """What has happened in the call, and what call control said."""
        events = self.lab.rows(
            "SELECT kind, detail FROM calls_callevent WHERE call_id = %s ORDER BY id", self.call["id"]
        )
        logs = [self.lab.log(name)[-1500:] for name in ("callcontrol", "callcontrol-2")]
        return f"{self.call['state']}: {[(e['kind'], e['detail']) for e in events]}\n" + "\n".join(logs)

    # --- into each state -----------------------------------------------------------------------------------------------

    def _queued(self) -> None:
        self.rings("12345")
        self.is_("queued")

    def _ringing(self) -> None:
        agent = self.sits()
        self.rings("12345")
        agent.phone.wait(8, "incoming")
        until(5, lambda: agent.mode == "ringing")

    def _talking(self) -> None:
        self._ringing()
        self.party("agent").say("answer")
        self.is_("talking")

    def _held(self) -> None:
        self._talking()
        self.asks("hold")

    def _consulting_rings(self) -> None:
        third = self.far()
        self._talking()
        self.asks("consult", to="linked:12348")
        third.wait(8, "incoming")
        self.leg_is("other", "ringing")

    def _consulting(self) -> None:
        self._consulting_rings()
        self.party("third").say("answer")
        self.leg_is("other", "up")

    def _swapped(self) -> None:
        self._consulting()
        self.asks("swap")

    def _conference_rings(self) -> None:
        third = self.far()
        self._talking()
        self.asks("three_way", to="linked:12348")
        third.wait(8, "incoming")
        self.leg_is("other", "ringing")

    def _conference(self) -> None:
        self._conference_rings()
        self.party("third").say("answer")
        self.leg_is("other", "up")

    def _transferring(self) -> None:
        third = self.far()
        self._talking()
        self.asks("transfer", to="linked:12348")
        third.wait(8, "incoming")
        self.leg_is("other", "ringing")

    def _returning(self) -> None:
        """A transfer nobody took: the caller waits again, and comes to the agent again after his wrap-up."""
        self._transferring()
        self.party("third").say("hangup 486")
        until(8, lambda: "transfer_failed" in self.call["marks"], "the transfer did not fail")

    def _awaiting(self) -> None:
        """The agent's phone dies without a word; the new one was rung and did not answer: nobody of ours is there."""
        self._talking()
        assert self.agent
        self.agent.phone.end()
        self.agent = self.lab.agent("zhang", FIRST)
        self.asks("rejoin")
        self.is_("awaiting")
        self.agent.phone.wait(8, "incoming")
        self.agent.phone.say("hangup 486")
        gone = "SELECT 1 FROM calls_leg WHERE call_id = %s AND role = 'agent' AND state <> 'gone'"
        until(8, lambda: not self.lab.rows(gone, self.call["id"]))

    def _survey(self) -> None:
        self._talking()
        self.asks("rate")
        self.is_("survey")

    def _linking(self) -> None:
        third = self.far()
        self.rings("12348")
        third.wait(8, "incoming")
        self.leg_is("other", "ringing")

    def _linked(self) -> None:
        self._linking()
        self.party("third").say("answer")
        self.is_("linked")

    def _dialling(self) -> None:
        third = self.far(OUTSIDE_PORT, CITIZEN)
        agent = self.sits()
        self.asks("dial", phone=CITIZEN, purpose="visit")
        agent.phone.wait(8, "incoming")
        agent.phone.say("answer")
        third.wait(8, "incoming")

    # --- what is heard -------------------------------------------------------------------------------------------------

    def listen(self, state: str, seconds: float = 2.0) -> None:
        """From now on everybody hears whom he must, and nobody else, without a gap."""
        expected = HEARS.get(state, {})
        for who in expected:
            self.party(who).hear()
        time.sleep(seconds)
        tones = {who: self.party(who).hear() for who in expected}
        for who, voices in expected.items():
            # The first half second began before; a machine that is busy may swallow one more.
            wrong = unlike(tones[who][1:], voices)
            assert len(wrong) <= 1, f"{state}: the {who} should hear {voices}: {tones}\n{self.story()}"
        if who_waits := MUSIC.get(state):
            assert any(tones[who_waits]), f"{state}: the {who_waits} hears no music"

    def settle(self, state: str, seconds: float = 2.0) -> None:
        """`listen`, once the voices have come."""
        expected = HEARS.get(state, {})
        missing = {who: voices for who, voices in expected.items() if voices}

        def come() -> bool:
            for who, voices in [*missing.items()]:
                tones = self.party(who).hear()
                if all(heard(tones, voice, 1) for voice in voices):
                    del missing[who]
            return not missing

        until(6, come, f"{state}: not heard: {missing}", self.story)
        self.listen(state, seconds)

    # --- how it goes on ------------------------------------------------------------------------------------------------

    def goes_on(self) -> None:
        """The next step from this state, which shows that the call is still in somebody's hands."""
        match self.state:
            case "queued":
                self.sits().phone.wait(10, "incoming")
                self.answered_again("talking")
            case "ringing":
                self.answered_again("talking")
            case "talking":
                self.asks("hold")
                self.asks("resume")
            case "held":
                self.asks("resume")
            case "consulting":
                self.asks("complete")
                self.is_("linked")
            case "conference":
                self.asks("leave")
                self.is_("linked")
            case "awaiting":
                self.asks("rejoin")
                self.answered_again("talking")
            case "survey":
                until(6, self._pressed, "the key was not heard")
                assert self.party("caller").code == 200
            case "linking":
                self.answered_again("linked", "third")
            case "dialling":
                self.answered_again("talking", "third")

    def answered_again(self, state: str, who: str = "agent") -> None:
        """Whoever was being rung may have been given up and be rung anew."""

        def answered() -> bool:
            if self.call["state"] == state:
                return True
            if who == "agent" and self.agent and self.agent.mode == "not_ready":
                self.agent.command("ready")
            self.party(who).say("answer")
            time.sleep(0.4)
            return False

        until(15, answered, f"not {state}", self.story)

    def _pressed(self) -> bool:
        if self.call["rating"]:
            return True
        self.party("caller").say("dtmf 3")
        time.sleep(0.7)
        return False

    def hangs_up(self) -> None:
        """The caller (the citizen who was called) ends it, if it is not over yet."""
        self.party("third" if self.state == "dialling" else "caller").say("hangup")

    # --- what is left --------------------------------------------------------------------------------------------------

    def ended(self) -> dict[str, Any]:
        """The call, once it is over."""
        until(12, lambda: self.call["state"] == "ended", f"the call did not end: {self.call['state']}")
        return self.call

    def nothing_is_left(self) -> None:
        """No leg, no bridge, nobody held up, and every call placed counted once with one outcome."""
        nothing_is_left(self.lab, self._before)
        figures = self.lab.ask(do="figures")
        grown = {number: figures[number] - self._figures.get(number, 0) for number in figures}
        assert {number: n for number, n in grown.items() if n} == self._placed, (
            "placed is not what was counted"
        )


def nothing_is_left(lab: Lab, before: set[Any]) -> list[dict[str, Any]]:
    """No leg, no bridge, nobody held up, one outcome for every call that was not there ``before``; these calls."""
    until(
        ORPHANS_S, lab.quiet,
        "left in the switch: " + lab.cli("core show channels concise") + lab.cli("bridge show all"),
    )  # fmt: skip
    new = [row for row in lab.rows("SELECT * FROM calls_call ORDER BY id") if row["id"] not in before]
    assert all(row["outcome"] and row["ended_at"] for row in new), new
    ids = [row["id"] for row in new]
    told = lab.rows(
        "SELECT key FROM kernel_outboxrow WHERE topic = 'call.ended' AND key = ANY(%s)",
        [str(id) for id in ids],
    )
    assert sorted(row["key"] for row in told) == sorted(str(id) for id in ids), (
        "not every call ended exactly once"
    )
    for table, still in (
        ("calls_offer", "state = 'open'"), ("calls_queueentry", "waiting"), ("calls_leg", "state <> 'gone'"),
        ("calls_timer", "TRUE"),
    ):  # fmt: skip
        query = f"SELECT * FROM {table} WHERE call_id = ANY(%s) AND {still}"  # noqa: S608 - our own words
        until(5, lambda: not lab.rows(query, ids), f"{table}: {lab.rows(query, ids)}")  # noqa: B023
    held = "SELECT name, mode FROM calls_agentstate WHERE mode IN ('reserved', 'ringing', 'busy')"
    until(5, lambda: not lab.rows(held), f"held up: {lab.rows(held)}")
    return new
