"""The joining as callers meet it: two real switches, two real stores, voices told apart by their tone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.calls.lab import until

from .joined import Joined

pytestmark = pytest.mark.telephony

CALLER, AGENT, FAR = 700, 440, 1000


@pytest.fixture(scope="module")
def joined() -> Iterator[Joined]:
    lab = Joined()
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()


@pytest.fixture
def lab(joined: Joined) -> Iterator[Joined]:
    """Nobody on the telephone, and both far centres as they should be."""
    for centre in (joined.far, joined.police):
        centre.plug()
        for number in centre.numbers:
            centre.desk(number, mode="answer", rings=0.5, status="open", http="ok")
    yield joined
    for party in joined.parties:
        party.end()
    joined.parties.clear()
    joined.clear()


def test_unplugged_turns_red_by_itself_and_back(lab: Joined) -> None:
    until(20, lambda: lab.link("12348") == "open", "the link is not seen as open")
    assert lab.link("12366") == "open"
    assert lab.link("12320") == "unknown"
    began = time.monotonic()
    lab.far.unplug()
    until(20, lambda: lab.link("12348") == "unreachable", "an unplugged centre is not seen")
    assert time.monotonic() - began < 20
    lab.far.plug()
    until(20, lambda: lab.link("12348") == "open", "a centre that is back is not seen")
    lab.far.desk("12315", mode="busy")
    until(10, lambda: lab.link("12315") == "busy")
    assert lab.link("12348") == "open"


def test_who_dials_12348_is_put_through_to_it_and_both_hear_each_other(lab: Joined) -> None:
    caller = lab.call("12348", CALLER)
    caller.wait(8, "state", state="CONFIRMED")
    call = lab.last_call()
    theirs = lab.far.call(number="12348", correlation=f"c-{call['id']}")
    time.sleep(2.5)
    from tests.calls.lab import heard

    assert heard(caller.finish(), FAR, 2)
    assert lab.ended()["outcome"] == "transferred_linked"
    until(5, lambda: lab.far.call(channel=theirs["channel"])["ended_at"])
    assert heard(listened(theirs["heard"]), CALLER, 2)


def listened(path: str) -> list[list[int]]:
    from pathlib import Path

    from tests.calls.party import heard as tones

    return tones(Path(path))
