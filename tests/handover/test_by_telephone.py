"""The joining as callers meet it: two real switches, two real stores, voices told apart by their tone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.calls.lab import Agent, Party, heard, until
from tests.calls.party import heard as tones_of

from .far import Far
from .joined import Joined

pytestmark = pytest.mark.telephony

CALLER, AGENT, FAR = 700, 610, 1000


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
    assert heard(caller.finish(), FAR, 2)
    assert lab.ended()["outcome"] == "transferred_linked"
    assert heard(over(lab.far, channel=theirs["channel"]), CALLER, 2)


# --- towards us ----------------------------------------------------------------------------------------------------------


def at_the_far_centre(lab: Joined, number: str = "12348") -> tuple[Party, dict[str, Any]]:
    """A caller who talks with the far centre's own agent: (his telephone, the call as the centre keeps it)."""
    caller = Party(lab, "call", f"sip:{number}@127.0.0.1:{lab.far.sip}", "--tone", str(CALLER))
    lab.parties.append(caller)
    caller.wait(20, "state", state="CONFIRMED")
    return caller, lab.far.call(number=number, way="public", ended_at=None)


def ready(lab: Joined) -> Agent:
    agent = lab.agent("zhang", AGENT, "--answer-after", "0.3")
    agent.be_ready()
    return agent


def context(agent: Agent) -> dict[str, Any]:
    """What stands on the agent's screen about where the caller comes from."""
    return dict(until(8, lambda: (agent.state["call"] or {}).get("handover"), "no context on the screen"))


@pytest.mark.parametrize("order", ["message first", "caller first"])
def test_their_caller_arrives_with_his_context_whichever_comes_first(lab: Joined, order: str) -> None:
    agent = ready(lab)
    caller, theirs = at_the_far_centre(lab)
    mark = f"12348-{theirs['channel']}"
    said = {"correlation_id": mark, "summary": "已核对身份，转问低保", "case": {"id": "9", "number": "FL-9"},
            "caller": {"phone": "13812341234"}, "language": "闽南语"}  # fmt: skip
    sent: dict[str, Any] = {}
    if order == "message first":
        sent = lab.far.do("hand_over", number="12348", **said)
        lab.far.do("give_over", channel=theirs["channel"], correlation=mark)
        until(8, lambda: agent.mode == "busy", "the agent was not rung")
    else:
        lab.far.do("give_over", channel=theirs["channel"], correlation=mark)
        until(8, lambda: agent.mode == "busy", "the agent was not rung")
        assert agent.state["call"]["handover"] is None
        until(8, lambda: lab.maybe("SELECT 1 FROM handover_cameover WHERE correlation = %s", mark))
        sent = lab.far.do("hand_over", number="12348", **said)
        assert sent["answer"]["met"] is True
    assert sent["status"] == 202, sent
    shown = context(agent)
    assert (shown["from"], shown["summary"], shown["case_no"]) == ("12348", "已核对身份，转问低保", "FL-9")
    assert (shown["caller_masked"], shown["language"]) == ("138****1234", "闽南语")
    time.sleep(2.4)
    assert heard(agent.phone.hear(), CALLER, 2)
    assert heard(caller.finish()[-4:], AGENT, 2)
    lab.ended()
    message = sent["answer"]["message_id"]
    told = lambda: {row["outcome"] for row in lab.far.kept("outcome") if row["id"] == message}  # noqa: E731
    until(10, lambda: "finished" in told(), f"the far centre was not told what became of him: {told()}")


def test_where_no_header_reaches_us_a_code_keyed_in_brings_the_context(lab: Joined) -> None:
    agent = ready(lab)
    _, theirs = at_the_far_centre(lab)
    sent = lab.far.do("hand_over", number="12348", code="246810", summary="只有电话网相连")
    assert sent["status"] == 202, sent
    lab.far.do("give_over", channel=theirs["channel"], digits="wwww246810#")
    until(8, lambda: agent.mode == "busy", "the agent was not rung")
    assert context(agent)["summary"] == "只有电话网相连"
    events = lab.rows(
        "SELECT e.kind, e.detail FROM handover_handoverevent e WHERE e.kind = 'met' ORDER BY e.id DESC LIMIT 1"
    )
    assert events[0]["detail"]["by"] == "code"


# --- from the queue ------------------------------------------------------------------------------------------------------


@pytest.fixture
def overflows(joined: Joined) -> Iterator[None]:
    """Whoever waits for 10 seconds is put through to 12348."""
    path = joined.home / "city" / "routing.yaml"
    before = path.read_text(encoding="utf-8")
    plan = 'plans:\n  - {id: full, numbers: ["*"], when: {days: all}, overflow: {after_seconds: 10, to: ["linked:12348"]}}\n'
    path.write_text(before + plan, encoding="utf-8")
    yield
    path.write_text(before, encoding="utf-8")


def overflown(lab: Joined) -> None:
    """The caller has waited so long."""
    over = "SELECT 1 FROM calls_queueentry WHERE call_id = %s AND overflow_at IS NULL AND overflow_to = '{}'"
    until(15, lambda: lab.maybe(over, lab.last_call()["id"]), "he waits on")


def test_who_waits_too_long_is_put_through_and_the_far_centre_knows_who_comes(
    lab: Joined, overflows: None
) -> None:
    caller = lab.call("12345", CALLER)
    caller.wait(5, "state", state="CONFIRMED")
    overflown(lab)
    said = message(lab)
    assert (said["kind"], said["number_dialled"], said["consent"]) == ("transfer", "12345", False)
    assert said["caller"] == {"phone_masked": "138****1234"}, "nobody has asked him"
    theirs = lab.far.call(number="12348", correlation=said["correlation_id"])
    time.sleep(2.5)
    assert heard(caller.finish()[-4:], FAR, 2)
    ended = lab.ended()
    assert (ended["outcome"], "overflow:linked:12348" in ended["marks"]) == ("transferred_linked", True)
    assert heard(over(lab.far, channel=theirs["channel"]), CALLER, 2)


def test_whom_nobody_takes_there_is_back_in_his_place(lab: Joined, overflows: None) -> None:
    lab.far.desk("12348", mode="busy")
    caller = lab.call("12345", CALLER)
    caller.wait(5, "state", state="CONFIRMED")
    overflown(lab)
    call = until(8, lambda: lab.maybe("SELECT * FROM calls_call WHERE 'overflow_not_answered' = ANY(marks)"))
    place = lab.one("SELECT * FROM calls_queueentry WHERE call_id = %s", call["id"])
    assert (place["waiting"], place["entered_at"]) == (True, call["queued_at"])
    agent = ready(lab)
    until(8, lambda: agent.mode == "busy", "who came back from there was not served")
    time.sleep(2)
    assert heard(agent.phone.hear(), CALLER, 2)
    caller.finish()
    lab.ended()


# --- from us -------------------------------------------------------------------------------------------------------------


def in_talk(lab: Joined) -> tuple[Agent, Party]:
    agent = ready(lab)
    caller = lab.call("12345", CALLER)
    until(8, lambda: agent.mode == "busy")
    time.sleep(1)
    return agent, caller


def ok(result: dict[str, Any]) -> None:
    assert result["ok"], result


def message(lab: Joined, number: str = "12348", centre: Far | None = None) -> dict[str, Any]:
    """The message the far centre has for our present call."""
    mark = f"c-{lab.last_call()['id']}"

    def found() -> dict[str, Any] | None:
        rows = (centre or lab.far).kept("message")
        return next(
            (row["body"] for row in rows if row["correlation"] == mark and row["number"] == number), None
        )

    return dict(until(8, found, f"no message for {mark}"))


def test_consult_then_put_through_the_far_agent_has_the_context_and_both_hear_each_other(lab: Joined) -> None:
    agent, caller = in_talk(lab)
    ok(agent.command("consult", to="linked:12348", summary="咨询工伤认定", consent=True))
    until(8, lambda: (agent.state["call"]["other"] or {}).get("state") == "up", "12348 did not answer")
    said = message(lab)
    assert (said["kind"], said["summary"], said["caller"]) == (
        "transfer",
        "咨询工伤认定",
        {"phone": "13812341234"},
    )
    time.sleep(2.2)
    assert heard(agent.phone.hear(), FAR, 2)
    ok(agent.command("complete"))
    time.sleep(2.6)
    assert heard(caller.finish()[-4:], FAR, 2)
    until(5, lambda: agent.mode == "wrap_up")
    lab.ended()
    assert heard(over(lab.far, correlation=said["correlation_id"]), CALLER, 3)
    lab.far.do(
        "say_outcome",
        number="12348",
        message_id=said["message_id"],
        outcome="finished",
        reference="FL-2026-1",
    )
    row = lab.one(
        "SELECT outcome, reference FROM handover_handover WHERE message_id = %s", said["message_id"]
    )
    assert (row["outcome"], row["reference"]) == ("finished", "FL-2026-1")


def test_in_a_three_way_call_all_hear_each_other_and_without_consent_nothing_is_told(lab: Joined) -> None:
    agent, caller = in_talk(lab)
    ok(agent.command("three_way", to="linked:12315", summary="不同意转告", consent=False))
    until(8, lambda: (agent.state["call"]["other"] or {}).get("state") == "up", "12315 did not answer")
    said = message(lab, "12315")
    assert (said["kind"], said["caller"]) == ("three_way", {"phone_masked": "138****1234"})
    assert "summary" not in said
    time.sleep(2.6)
    here = agent.phone.hear()[-4:]
    assert heard(here, CALLER, 2)
    assert heard(here, FAR, 2)
    tones = caller.finish()[-4:]
    assert heard(tones, AGENT, 2)
    assert heard(tones, FAR, 2)
    there = over(lab.far, correlation=said["correlation_id"])
    assert heard(there, CALLER, 3)
    assert heard(there, AGENT, 3)


def test_a_code_we_key_in_joins_the_records_there(lab: Joined) -> None:
    lab.far.desk("12366", mode="code")
    agent, _ = in_talk(lab)
    ok(agent.command("consult", to="linked:12366", summary="", consent=False))
    until(8, lambda: (agent.state["call"]["other"] or {}).get("state") == "up", "12366 did not answer")
    code = message(lab, "12366")["code"]
    time.sleep(0.5)
    agent.phone.say(f"dtmf {code}")
    mark = f"c-{lab.last_call()['id']}"
    until(
        12,
        lambda: [
            row for row in lab.far.kept("call") if row["linked_by"] == "code" and row["correlation"] == mark
        ],
    )


def test_who_is_put_through_to_an_unplugged_centre_is_back_with_his_agent_within_seconds(lab: Joined) -> None:
    agent, caller = in_talk(lab)
    lab.far.unplug()
    until(20, lambda: lab.link("12348") == "unreachable")
    began = time.monotonic()
    ok(agent.command("three_way", to="linked:12348"))
    until(8, lambda: agent.state["call"]["state"] == "talking" and agent.state["call"]["other"] is None)
    assert time.monotonic() - began < 8
    time.sleep(1.6)
    assert heard(caller.hear()[-3:], AGENT, 1)


# --- an emergency --------------------------------------------------------------------------------------------------------


def test_110_is_called_in_over_its_second_trunk_with_number_and_place(lab: Joined) -> None:
    until(20, lambda: lab.link("110") == "open")
    agent, caller = in_talk(lab)
    ok(agent.command("emergency", number="110", place="丰泽街 1 号"))
    until(12, lambda: (agent.state["call"]["other"] or {}).get("state") == "up", "110 did not answer")
    said = message(lab, "110", lab.police)
    assert (said["kind"], said["caller"], said["place"]) == (
        "emergency",
        {"phone": "13812341234"},
        "丰泽街 1 号",
    )
    theirs = lab.police.call(number="110")
    assert theirs["caller"] == "13812341234", "the emergency desk does not see who calls"
    time.sleep(2.8)
    assert heard(caller.finish()[-4:], FAR, 2)
    there = over(lab.police, number="110")
    assert heard(there, CALLER, 3)
    assert heard(there, AGENT, 3)
    waited = "SELECT 1 FROM calls_callevent WHERE kind = 'another_way' AND call_id = %s"
    assert not lab.maybe(waited, lab.ended()["id"]), "a trunk known to be away was waited for"


def test_110_is_rung_although_it_was_away_a_moment_ago(lab: Joined) -> None:
    until(20, lambda: lab.link("110") == "open")
    lab.police.unplug()
    until(20, lambda: lab.link("110") == "unreachable", "an emergency service that is away is not seen")
    lab.police.plug()
    caller = lab.call("110", CALLER)
    caller.wait(10, "state", state="CONFIRMED")
    assert lab.police.call(number="110", ended_at=None)["caller"] == "13812341234"


def over(centre: Far, **which: Any) -> list[list[int]]:
    """What the far agent has heard of a call that is over there, too: only then is all of it in his file."""
    path: str = until(
        8, lambda: (row := centre.call(**which))["ended_at"] and row["heard"], "it goes on there"
    )
    return tones_of(Path(path))
