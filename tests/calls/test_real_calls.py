"""Calls through a real Asterisk, between telephones with real voices: who hears whom, and what is kept of it."""

from __future__ import annotations

import signal
import time

import pytest

from tests.calls.conftest import LINKED_PORT
from tests.calls.lab import Lab, Party, heard, until

pytestmark = pytest.mark.telephony

CALLER, FIRST, SECOND = 700, 610, 1110


def test_a_caller_is_answered_and_both_hear_each_other(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.4")
    agent.be_ready()
    caller = lab.call("12345", CALLER)
    incoming = agent.phone.wait(5, "incoming")
    state = agent.state
    assert state["call"] is not None, "the screen pop came after the ringing"
    until(3, lambda: agent.mode == "busy")
    assert state["call"]["number"] == "12345"
    assert state["call"]["caller_masked"] == "138****1234"
    assert "13812341234" not in incoming["message"], "the agent's phone shows the caller's number"
    time.sleep(2.5)
    assert heard(caller.finish(), FIRST, 3)
    call = lab.ended()
    assert (call["outcome"], call["ended_by"]) == ("answered", "caller")
    until(2, lambda: agent.mode == "wrap_up")
    assert heard(agent.phone.finish(), CALLER, 3)
    until(6, lambda: agent.mode == "ready", "wrap-up does not end in ready")


def test_the_notice_is_heard_before_anybody_is_rung(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    caller = lab.call("12333", CALLER)
    answered = caller.wait(3, "state", state="CONFIRMED")
    incoming = agent.phone.wait(20, "incoming")
    assert incoming["t"] - answered["t"] > 4, "the agent was rung during the notice"
    state = agent.state["call"]
    assert (state["number"], state["line"], state["treatment"]) == ("12333", "12333", "notice_then_12345")
    assert "12345" in state["notice_text"]
    caller.say("hangup")
    lab.ended()


def test_an_agent_who_does_not_answer_is_passed_over_for_the_next(lab: Lab) -> None:
    deaf = lab.agent("lihua", FIRST)
    deaf.be_ready()
    time.sleep(0.05)
    awake = lab.agent("wang", SECOND, "--answer-after", "0.2")
    awake.be_ready()
    caller = lab.call("12345", CALLER)
    deaf.phone.wait(4, "incoming")
    awake.phone.wait(6, "incoming")
    until(3, lambda: awake.mode == "busy")
    assert deaf.mode == "not_ready"
    offers = lab.rows("SELECT state FROM calls_offer ORDER BY made_at DESC LIMIT 2")
    assert [row["state"] for row in offers] == ["accepted", "not_answered"]
    time.sleep(1.5)
    assert heard(caller.finish(), SECOND)


def test_an_agent_whose_phone_refuses_is_passed_over_at_once(lab: Lab) -> None:
    refusing = lab.agent("lihua", FIRST, "--refuse", "486")
    refusing.be_ready()
    caller = lab.call("12345", CALLER)
    refusing.phone.wait(4, "incoming")
    until(2, lambda: refusing.mode == "not_ready")
    assert lab.one("SELECT state FROM calls_offer ORDER BY made_at DESC LIMIT 1")["state"] == "refused"
    assert lab.last_call()["state"] == "queued"
    caller.say("hangup")
    assert lab.ended()["outcome"] == "abandoned_in_queue"


def test_a_caller_waits_answered_with_a_prompt_and_music_and_may_give_up(lab: Lab) -> None:
    caller = lab.call("12345", CALLER)
    caller.wait(2, "state", state="CONFIRMED")
    time.sleep(2)
    assert sum(bool(half) for half in caller.finish()) >= 2, "the waiting caller heard nothing"
    call = lab.ended()
    assert call["outcome"] == "abandoned_in_queue"
    assert call["answered_at"] is None


def test_a_caller_who_hangs_up_while_the_agent_is_rung_leaves_the_agent_ready(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST)
    agent.be_ready()
    caller = lab.call("12345", CALLER)
    agent.phone.wait(4, "incoming")
    until(2, lambda: agent.mode == "ringing")
    caller.say("hangup")
    assert lab.ended()["outcome"] == "abandoned_in_queue"
    agent.phone.wait(3, "state", state="DISCONNECTED")
    assert agent.mode == "ready"


def test_hold_resume_and_hang_up_from_the_desk(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    caller = lab.call("12345", CALLER)
    until(5, lambda: agent.mode == "busy")
    time.sleep(1.2)
    assert agent.command("hold")["ok"]
    assert agent.state["call"]["state"] == "held"
    time.sleep(2.2)
    assert agent.command("resume")["ok"]
    time.sleep(1.2)
    refused = agent.command("resume")
    assert refused["ok"] is False
    assert refused["error"]["type"] == "not_now"
    assert agent.command("hangup")["ok"]
    assert caller.code == 200
    tones = caller.finish()
    spoke = [any(abs(tone - FIRST) <= 12 for tone in half) for half in tones]
    assert heard(tones, FIRST, 3)
    first, last = spoke.index(True), len(spoke) - 1 - spoke[::-1].index(True)
    assert not all(spoke[first:last]), "the agent was heard while the call was held"
    assert lab.ended()["ended_by"] == "desk"
    until(2, lambda: agent.mode == "wrap_up")
    assert agent.command("wrap_up_done")["ok"]
    assert agent.mode == "ready"


def test_the_agent_may_hang_up_his_phone(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    caller = lab.call("12345", CALLER)
    until(5, lambda: agent.mode == "busy")
    agent.phone.say("hangup")
    assert caller.code == 200
    call = lab.ended()
    assert (call["outcome"], call["ended_by"]) == ("answered", "agent")


def test_a_call_outlives_call_control_and_is_cleaned_up_afterwards(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    caller = lab.call("12345", CALLER)
    until(5, lambda: agent.mode == "busy")
    lab.kill_control(signal.SIGKILL)
    time.sleep(3)
    tones = caller.finish()
    assert heard(tones[-5:], FIRST, 3), "the call did not go on while call control was dead"
    lab.start_control()
    assert lab.ended()["outcome"] == "answered"
    agent.phone.wait(3, "state", state="DISCONNECTED")
    until(3, lab.quiet, "something stayed behind in the switch")
    until(6, lambda: agent.mode == "ready")


def test_a_restarted_call_control_takes_its_calls_up_again(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    caller = lab.call("12345", CALLER)
    until(5, lambda: agent.mode == "busy")
    lab.kill_control(signal.SIGKILL)
    lab.start_control()
    assert agent.command("hangup")["ok"]
    assert caller.code == 200
    assert lab.ended()["outcome"] == "answered"


def test_a_frozen_call_control_gives_new_calls_to_the_fallback(lab: Lab) -> None:
    assert lab.control
    lab.control.send_signal(signal.SIGSTOP)
    try:
        caller = lab.call("12345", CALLER)
        caller.wait(3, "state", state="CONFIRMED")
        caller.say("hangup")
        caller.wait(3, "state", state="DISCONNECTED")
    finally:
        lab.control.send_signal(signal.SIGCONT)
    until(15, lambda: lab.maybe("SELECT 1 FROM calls_call WHERE outcome = 'fallback' AND slot = 0"))


def test_while_call_control_is_dead_the_register_is_obeyed_and_every_call_is_counted_once(lab: Lab) -> None:
    count = "SELECT outcome, number, count(*) AS n FROM calls_call WHERE slot = 0 GROUP BY 1, 2 ORDER BY 1, 2"
    before = {(row["outcome"], row["number"]): row["n"] for row in lab.rows(count)}
    lab.kill_control(signal.SIGTERM)
    vacant = lab.call("12300", CALLER)
    answered = lab.call("059512333", CALLER)
    assert answered.wait(3, "state", state="CONFIRMED")["code"] == 200
    early = vacant.wait(3, "state", state="EARLY")
    gone = vacant.wait(8, "state", state="DISCONNECTED")
    assert gone["code"] == 404
    assert "cause=1" in gone["reason"].replace(" ", "")
    assert gone["t"] - early["t"] <= 6.2
    assert not [news for news in vacant.news if news.get("state") == "CONFIRMED"], (
        "a vacant number was answered"
    )
    assert sum(bool(half) for half in vacant.finish()) >= 3, "no vacant tone was heard"
    answered.say("hangup")
    lab.start_control()

    def now() -> dict[tuple[str, str], int]:
        return {(row["outcome"], row["number"]): row["n"] for row in lab.rows(count)}

    until(
        20,
        lambda: now().get(("fallback", "12333"), 0) > before.get(("fallback", "12333"), 0),
        "fallback not counted",
    )
    time.sleep(6)
    after = now()
    for key in (("vacant", "12300"), ("fallback", "12333")):
        assert after[key] == before.get(key, 0) + 1


def test_a_linked_number_is_put_through_with_our_correlation_id(lab: Lab) -> None:
    centre = Party(
        lab, "phone", "--port", str(LINKED_PORT), "--user", "12348", "--tone", "1000", "--answer-after", "0.5"
    )
    lab.parties.append(centre)
    centre.wait(20, "up")
    lab.sees(LINKED_PORT)
    caller = lab.call("12348", CALLER)
    incoming = centre.wait(4, "incoming")
    call = lab.last_call()
    assert f"X-Correlation-Id: c-{call['id']}" in incoming["message"]
    answered = caller.wait(3, "state", state="CONFIRMED")
    assert answered["t"] >= incoming["t"] + 0.4, "the caller was answered before the linked hotline answered"
    time.sleep(2)
    assert heard(caller.finish(), 1000)
    assert lab.ended()["outcome"] == "transferred_linked"
    assert heard(centre.finish(), CALLER)


def test_a_busy_linked_hotline_is_told_to_the_caller(lab: Lab) -> None:
    centre = Party(lab, "phone", "--port", str(LINKED_PORT), "--user", "12348", "--refuse", "486")
    lab.parties.append(centre)
    centre.wait(20, "up")
    lab.sees(LINKED_PORT)
    caller = lab.call("12348", CALLER)
    assert caller.code == 486
    assert lab.ended()["outcome"] == "failed"


def test_a_call_with_our_correlation_id_is_never_sent_back(lab: Lab) -> None:
    centre = Party(lab, "phone", "--port", str(LINKED_PORT), "--user", "12348")
    lab.parties.append(centre)
    centre.wait(20, "up")
    caller = lab.call("12348", CALLER, "--header", "X-Correlation-Id: c-01a206ba-edb5-70e8-b083-55998cda69f0")
    caller.wait(3, "state", state="CONFIRMED")
    call = lab.last_call()
    assert call["state"] == "queued"
    assert call["marks"] == ["returned"]
    assert not [news for news in centre.read() if news["event"] == "incoming"]


def test_a_linked_number_without_a_trunk_is_answered_by_12345_and_marked(lab: Lab) -> None:
    caller = lab.call("12320", CALLER)
    caller.wait(3, "state", state="CONFIRMED")
    assert lab.last_call()["marks"] == ["no_linked_trunk"]


def test_an_emergency_number_that_arrives_here_is_first_in_line(lab: Lab) -> None:
    waiting = lab.call("12345", CALLER)
    waiting.wait(3, "state", state="CONFIRMED")
    emergency = lab.call("110", CALLER)
    emergency.wait(3, "state", state="CONFIRMED")
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.1")
    agent.be_ready()
    until(5, lambda: agent.mode == "busy")
    assert agent.state["call"]["number"] == "110"
    assert lab.maybe(
        "SELECT 1 FROM kernel_auditrow WHERE act = 'call.begin' AND detail->'marks' ? 'emergency'"
    )


def test_12329_rings_its_own_seats_and_12345_when_they_are_not_staffed(lab: Lab) -> None:
    lab.set_clock("2025-11-26T10:00:00+08:00")  # office hours of a past day: the posts hold today
    try:
        centre = lab.agent("zhang-2025", FIRST, "--answer-after", "0.1")
        centre.be_ready()
        fund = lab.agent("gong-2025", SECOND, "--answer-after", "0.1", organisation="linked-12329")
        fund.be_ready()
        caller = lab.call("12329", CALLER)
        until(6, lambda: fund.mode == "busy", "its own seat was not rung")
        assert centre.mode == "ready"
        caller.say("hangup")
        lab.ended()
        until(6, lambda: fund.mode == "ready")
        lab.set_clock("2025-11-26T21:00:00+08:00")
        lab.call("12329", CALLER)
        until(6, lambda: centre.mode == "busy", "12345's seat was not rung after hours")
        assert lab.last_call()["marks"] == ["own_seats_closed"]
    finally:
        lab.set_clock(None)


def test_a_number_behaves_by_its_date_although_nobody_wrote_the_dialplan_anew(lab: Lab) -> None:
    lab.set_clock("2021-11-30T23:30:00+08:00")
    try:
        early = lab.call("12300", CALLER)
        early.wait(3, "state", state="CONFIRMED")
        assert lab.last_call()["marks"] == ["not_merged"]
        early.finish()
        lab.set_clock("2021-12-01T00:00:30+08:00")
        assert lab.call("12300", CALLER).code == 404
    finally:
        lab.set_clock(None)


def test_a_number_sent_on_by_its_operator_counts_for_the_number_first_dialled(lab: Lab) -> None:
    caller = lab.call(
        "+8659512345", CALLER, "--header", "Diversion: <sip:059512333@operator>;reason=unconditional"
    )
    caller.wait(3, "state", state="CONFIRMED")
    call = lab.last_call()
    assert (call["number"], call["dialled"]) == ("12333", "12345")


def test_any_other_number_is_404(lab: Lab) -> None:
    assert lab.call("12346", CALLER).code == 404


def test_calls_a_restarted_switch_has_forgotten_are_ended(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    lab.call("12345", CALLER)
    until(5, lambda: agent.mode == "busy")
    lab.restart_asterisk()
    call = lab.ended(20)
    assert (call["outcome"], call["ended_by"]) == ("answered", "switch")
    again = lab.call("12345", CALLER)
    again.wait(4, "state", state="CONFIRMED")
    assert lab.last_call()["id"] != call["id"]


def test_a_browsers_phone_is_known_to_the_switch_at_once(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST)
    phone = lab.ask(do="phone", staff=agent.staff, kind="webrtc")
    said = lab.cli(f"pjsip show endpoint {phone['auth_user']}")
    assert "webrtc:yes" in said.replace(" ", "")
    for setting in ("ice_support", "use_avpf", "rtcp_mux"):
        assert f"{setting}:true" in said.replace(" ", ""), setting
    assert "(alaw|ulaw)" in said
    lab.ask(do="phone", staff=agent.staff, kind="sip")
    assert "webrtc:no" in lab.cli(f"pjsip show endpoint {phone['auth_user']}").replace(" ", "")


def test_a_phones_old_password_is_refused_once_a_new_one_is_issued(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST)
    lab.ask(do="phone", staff=agent.staff)
    phone = lab.ask(do="phone", staff=agent.staff)
    stale = Party(
        lab, "phone", "--registrar", phone["registrar"], "--user", phone["auth_user"], "--password", "no longer",
    )  # fmt: skip
    lab.parties.append(stale)
    assert stale.wait(20, "register_failed")["code"] in (401, 403)


def test_while_the_database_is_away_calls_go_on_and_new_ones_get_the_fallback(lab: Lab) -> None:
    agent = lab.agent("zhang", FIRST, "--answer-after", "0.2")
    agent.be_ready()
    talking = lab.call("12345", CALLER)
    until(5, lambda: agent.mode == "busy")
    first = lab.last_call()["id"]
    lab.stop_database()
    try:
        turned_away = lab.call("12345", CALLER)
        assert turned_away.wait(8, "state", state="CONFIRMED")["code"] == 200
        assert turned_away.code == 200
        tones = talking.finish()
        assert heard(tones[-4:], FIRST), "the call did not go on while the database was away"
    finally:
        lab.start_database()
    until(15, lambda: lab.one("SELECT state FROM calls_call WHERE id = %s", first)["state"] == "ended")
    assert lab.one("SELECT outcome FROM calls_call WHERE id = %s", first)["outcome"] == "answered"
    until(
        25,
        lambda: lab.maybe("SELECT 1 FROM calls_call WHERE outcome = 'fallback' AND id > %s", first),
        "not counted",
    )
    until(10, lambda: agent.mode == "ready")
