"""Who may bring a call, and that nothing he writes is obeyed: a real Asterisk, strangers, and a browser's way in."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.calls.conftest import LINKED_PORT
from tests.calls.lab import CHECKOUT, Lab, Party, until
from tests.calls.sip import over_udp, over_websocket
from tests.harness import free_port

pytestmark = pytest.mark.telephony

STRANGER = "127.0.0.9"
REFUSED = (401, 403)
_CADDYFILE = """
from hotline.project.config import config
from hotline.project.runtime import front_door
print(front_door.program())
print(front_door.caddyfile(config()))
"""


def calls_kept(lab: Lab) -> int:
    # Not those of the journal, which come when they come.
    return int(lab.one("SELECT count(*) AS n FROM calls_call WHERE slot > 0")["n"])


def linked_centre(lab: Lab) -> Party:
    centre = Party(lab, "phone", "--port", str(LINKED_PORT), "--user", "12348")
    lab.parties.append(centre)
    centre.wait(20, "up")
    return centre


@pytest.fixture
def browsers(lab: Lab) -> Iterator[str]:
    """Caddy before the laboratory's switch: the address of a browser's websocket."""
    made = subprocess.run(
        [sys.executable, "-c", _CADDYFILE],
        env=lab.environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    program, _, text = made.stdout.partition("\n")
    path = lab.home / "Caddyfile"
    path.write_text(text)
    command = [program, "run", "--config", str(path), "--adapter", "caddyfile"]
    with (lab.home / "caddy.log").open("ab") as log:
        caddy = subprocess.Popen(
            command, env=lab.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{lab.environment['HOTLINE_PORT']}/ws/sip"

    def up() -> bool:
        try:
            return over_websocket(url, "OPTIONS", "", "nobody") > 0
        except OSError:
            return False

    try:
        until(15, up, "Caddy did not start")
        yield url
    finally:
        caddy.terminate()
        caddy.wait()


@pytest.mark.parametrize("user", ["trunk-loopback", "trunk-law", "13812341234", "anonymous"])
def test_a_stranger_is_no_trunk_whatever_name_he_gives(lab: Lab, user: str) -> None:
    before = calls_kept(lab)
    assert over_udp(lab.sip_port, "12345", user, STRANGER) in REFUSED
    time.sleep(1)
    assert calls_kept(lab) == before


def test_a_trunk_is_known_by_its_address_alone(lab: Lab) -> None:
    assert over_udp(lab.sip_port, "12346", "trunk-law", "127.0.0.1") == 404, (
        "the operator's own address was refused"
    )


@pytest.mark.parametrize("user", ["trunk-loopback", "13812341234"])
def test_a_browser_without_a_phones_password_brings_no_call(lab: Lab, browsers: str, user: str) -> None:
    before = calls_kept(lab)
    assert over_websocket(browsers, "INVITE", "12345", user) in REFUSED
    time.sleep(1)
    assert calls_kept(lab) == before


def test_a_browser_phone_signs_in_with_its_password_and_with_no_other(lab: Lab, browsers: str) -> None:
    agent = lab.agent("zhang", 440)
    phone = lab.ask(do="phone", staff=agent.staff, kind="webrtc")
    time.sleep(1)  # pushed into the switch by the notice
    user = phone["auth_user"]
    assert over_websocket(browsers, "REGISTER", "", user, phone["password"]) == 200
    assert over_websocket(browsers, "REGISTER", "", user, "guessed") in REFUSED
    assert over_websocket(browsers, "INVITE", "12345", user) in REFUSED


INJECTED = [
    ["X-Correlation-Id: x):Dial(PJSIP/00900@trunk-law"],
    ["X-Correlation-Id: c-1):Dial(PJSIP/00900@trunk-law"],
    ["X-Correlation-Id: x):Set(GLOBAL(CLOCK_OFFSET)=86400"],
    ["History-Info: <sip:1@x>", "Diversion: x):Dial(PJSIP/00900@trunk-law"],
    ["History-Info: <sip:1@x>", "Diversion: x):Set(GLOBAL(CLOCK_OFFSET)=86400"],
    ['History-Info: x" = "y" | "1" = "1', 'Diversion: "]?Dial(PJSIP/00900@trunk-law):'],
    ["Diversion: ${EVAL(${GLOBAL(CLOCK_OFFSET)})}>${CHANNEL(name)}"],
]


@pytest.mark.parametrize("headers", INJECTED, ids=range(len(INJECTED)))
def test_what_a_header_says_is_never_done(lab: Lab, headers: list[str]) -> None:
    centre = linked_centre(lab)
    clock = lab.cli("dialplan show globals")
    caller = lab.call("12345", 700, *(word for header in headers for word in ("--header", header)))
    caller.wait(4, "state", state="CONFIRMED")
    time.sleep(1)
    assert not [news for news in centre.read() if news["event"] == "incoming"], "somebody was dialled"
    assert lab.cli("dialplan show globals") == clock
    call = lab.last_call()
    assert (call["number"], call["state"], call["marks"]) == ("12345", "queued", [])


def test_a_trunk_that_is_named_while_the_switch_runs_carries_calls_and_no_phone_is_lost(lab: Lab) -> None:
    agent = lab.agent("zhang", 610, "--answer-after", "0.2")
    agent.be_ready()
    port = free_port()
    new = Party(lab, "phone", "--port", str(port), "--user", "12313", "--answer-after", "0.2")
    lab.parties.append(new)
    new.wait(20, "up")
    with (lab.home / "city/trunks.csv").open("a", encoding="utf-8") as file:
        file.write(f"tobacco,linked,127.0.0.1,{port},udp,12313,,alaw|ulaw,,\n")
    loaded = subprocess.run(
        [sys.executable, "-m", "hotline.project.cli", "load"],
        env=lab.environment, cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    lab.sees(port)
    until(
        5,
        lambda: "CALL_LINKED=tobacco" in lab.cli("dialplan show line"),
        "the dialplan does not know the new trunk",
    )
    lab.call("12313", 700)
    new.wait(4, "incoming")
    lab.call("12345", 700)
    agent.phone.wait(5, "incoming")
    assert agent.state["agent"]["phone"] == "registered"
