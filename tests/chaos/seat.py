"""An agent of a whole instance: a browser's session over HTTP, and a SIP phone with a voice."""

from __future__ import annotations

import http.cookiejar
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from tests.e2e.telephone import Telephone
from tests.harness import Instance

RETRY_S = 90


def until(seconds: float, what: Callable[[], Any], why: str) -> Any:
    """What ``what`` gives as soon as it is true; AssertionError with ``why`` when it does not come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{why} (within {seconds:.0f} s)")


def stands_out(tones: list[list[int]], hertz: int) -> int:
    """In how many half seconds a tone of about ``hertz`` stood out."""
    return sum(any(abs(tone - hertz) <= 15 for tone in half) for half in tones)


class Seat:
    """One agent with an account of his own. What fails because a process is away is asked again, as a browser does."""

    def __init__(self, instance: Instance, username: str, hertz: int, *options: str) -> None:
        self.base = instance.base_url
        self.hertz = hertz
        done = instance.hotline("user", "add", username, "--role", "agent", "--json")
        assert done.returncode == 0, done.stderr
        account = json.loads(done.stdout)
        self._browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        self._csrf = ""
        signed = self.ask("POST", "/session", username=username, password=account["password"])
        self._csrf = signed["csrf_token"]
        self.staff_id = signed["id"]
        phone = self.ask("POST", "/desk/phone", kind="sip")
        self.phone = Telephone(
            "phone", "--registrar", phone["registrar"], "--user", phone["auth_user"], f"--password={phone['password']}",
            "--tone", str(hertz), "--max-seconds", "3600", *options,
        )  # fmt: skip
        try:
            self.phone.wait_for("up", 90)
            self.phone.wait_for("registered", 30)
        except AssertionError as error:
            ended = self.phone.process.poll()
            self.phone.finish()
            raise AssertionError(f"{error}; the phone's exit code: {ended}") from None
        self._taken = 0

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """One request to /api/v1; AssertionError when it is refused or the platform stays away."""
        deadline = time.monotonic() + RETRY_S
        while True:
            request = urllib.request.Request(  # noqa: S310 - http on loopback
                f"{self.base}/api/v1{path}",
                method=method,
                data=json.dumps(body).encode() if body else None,
                headers={"Content-Type": "application/json", "X-CSRFToken": self._csrf},
            )
            try:
                with self._browser.open(request, timeout=20) as answer:
                    return json.loads(answer.read())
            except urllib.error.HTTPError as error:
                said = error.read().decode(errors="replace")[:500]
                if error.code < 500:
                    raise AssertionError(f"{method} {path}: {error.code} {said}") from error
                last = f"{error.code} {said}"
            except OSError as error:
                last = str(error)
            assert time.monotonic() < deadline, f"{method} {path} for {RETRY_S} s: {last}"
            time.sleep(0.3)

    @property
    def state(self) -> str:
        """What the desk shows as the agent's state."""
        return str(self.ask("GET", "/desk")["agent"]["state"])

    def command(self, name: str, *leads_to: str) -> None:
        """Give a desk command until the desk shows what it leads to; one that was lost with its process is given again."""
        for _ in range(6):
            self.ask("POST", "/desk/commands", command=name)
            try:
                until(10, lambda: self.state in leads_to, "")
            except AssertionError:
                continue
            return
        raise AssertionError(f"{name} had no effect: the agent is {self.state}, not {leads_to}")

    def be_ready(self) -> None:
        """Sign in at the desk and say ready."""
        self.command("sign_in", "not_ready", "ready")
        until(30, lambda: self.ask("GET", "/desk")["agent"]["phone"] == "registered", "the phone is not seen")
        self.command("ready", "ready", "reserved", "ringing", "busy")

    def rung(self) -> bool:
        """Whether the phone rings with a call not yet taken."""
        return len([one for one in self.phone.news if one["event"] == "incoming"]) > self._taken

    def take(self) -> bool:
        """Answer if the phone rings; whether it did."""
        if rung := self.rung():
            self._taken += 1
            self.phone.say("answer")
        return rung

    def leave(self) -> None:
        """Put the phone away and go home; nothing is checked."""
        self.phone.finish()
        if self.state != "signed_out":
            self.ask("POST", "/desk/commands", command="sign_out")
