"""The tables of calls and agents, rule by rule."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any, get_args
from uuid import uuid4

from hotline.lines.calls.agent_machine import AGENT, AgentNow, agent_step
from hotline.lines.calls.call import CallNow, Command, Event, EventKind, LegNow
from hotline.lines.calls.machines import CALL, step
from hotline.lines.calls.standing import picture
from hotline.lines.calls.words import AgentMode, CallState, LegState, Outcome, Place, Role
from tests.calls.kinds_of_calls import MENU, a_call


def in_state(state: CallState, **more: Any) -> CallNow:
    """A call as it may stand in ``state``, with everybody who can be there."""
    agent = LegNow("l-a", Role.AGENT, LegState.UP, agent_id=uuid4())
    other = LegNow("l-o", Role.OTHER, LegState.UP, Place.ASIDE, target="linked:12348")
    legs: dict[CallState, tuple[LegNow, ...]] = defaultdict(lambda: (agent,))
    legs |= {
        CallState.PROMPT: (), CallState.QUEUED: (), CallState.SURVEY: (), CallState.ENDED: (),
        CallState.LEAVING: (),
        CallState.RINGING: (replace(agent, state=LegState.RINGING),), CallState.CONSULTING: (agent, other),
        CallState.CONFERENCE: (agent, other), CallState.TRANSFERRING: (other,), CallState.LINKED: (other,),
        CallState.LINKING: (replace(other, state=LegState.RINGING),),
        CallState.AWAITING: (replace(agent, state=LegState.GONE), other),
    }  # fmt: skip
    return replace(
        a_call(), **{"state": state, "caller_up": True, "playing": "p-1", "legs": legs[state], **more}
    )


def test_every_row_leads_only_where_it_says() -> None:
    for row in CALL:
        for back, other_up, browser in ((a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)):
            call = in_state(row.state, back_if_unanswered=bool(back))
            state = LegState.UP if other_up else LegState.RINGING
            call = replace(
                call, legs=tuple(
                    replace(leg, browser=bool(browser), state=state if leg.role is Role.OTHER else leg.state)
                    for leg in call.legs
                ),
            )  # fmt: skip
            leg = next((leg.channel for leg in call.legs if row.event.startswith(leg.role)), "l-x")
            new = LegNow("l-new", Role.OTHER, agent_id=uuid4(), offer_id=uuid4())
            event = Event(
                row.event.split("_")[-1], leg=leg, invited=new, agent_id=call.agent_id, playback="p-1", cause=16,  # type: ignore[arg-type]
                digit="5",
            )  # fmt: skip
            after, _ = row.act(call, event)
            assert after.state in row.leads_to, row


def test_every_row_is_about_an_event_there_is() -> None:
    kinds, roles = set(get_args(EventKind)), {role.value for role in Role}
    for row in CALL:
        role, _, kind = row.event.partition("_")
        assert row.event in kinds or (role in roles and kind in kinds), row.event


def verbs(commands: tuple[Command, ...]) -> list[str]:
    return [command.verb for command in commands]


def test_nobody_is_rung_before_a_notice_that_must_be_heard_has_ended() -> None:
    call, commands, facts = step(a_call(notice=True), Event("claimed"))
    assert call.state is CallState.PROMPT
    assert verbs(commands) == ["answer", "open_bridge", "play", "join"]
    assert not [fact for fact in facts if fact.kind == "queued"]


def test_a_caller_is_queued_at_once_although_no_agent_is_ready() -> None:
    call, commands, facts = step(a_call(), Event("claimed"))
    assert call.state is CallState.QUEUED
    assert commands[0].verb == "answer"
    assert [fact for fact in facts if fact.kind == "queued"]


def test_a_menu_is_left_by_its_key_or_after_a_while_by_itself() -> None:
    call = replace(a_call(), prompts=("welcome", "menu-language"), menu=MENU)
    call, _, _ = step(call, Event("claimed"))
    assert step(call, Event("dtmf", digit="2"))[0] == call  # not before its words
    call, _, _ = step(call, Event("prompt_ended", playback=call.playing))
    assert (call.state, call.saying) == (CallState.PROMPT, "menu-language")
    assert step(call, Event("dtmf", digit="7"))[0] == call
    chosen, _, facts = step(call, Event("dtmf", digit="2"))
    assert chosen.state is CallState.QUEUED
    assert chosen.skills == ("12329", "12333", "12345", "lang:nan")
    assert {"queued", "noted"} <= {fact.kind for fact in facts}
    silent, _, facts = step(call, Event("prompt_ended", playback=call.playing))
    assert (silent.state, silent.playing) == (CallState.PROMPT, "")
    assert [fact.data["seconds"] for fact in facts if fact.kind == "timer_set"] == [5]
    queued, _, facts = step(silent, Event("menu_timeout"))
    assert (queued.state, queued.skills) == (CallState.QUEUED, ("12333", "12345"))
    assert any(fact.kind == "timer_cleared" for fact in facts)
    without = replace(silent, menu=None)  # the city took it away while call control was down
    assert step(without, Event("menu_timeout"))[0].state is CallState.QUEUED


def test_who_asks_to_be_called_back_hears_it_noted_and_nobody_is_rung_for_him_any_more() -> None:
    waits = in_state(CallState.RINGING, callback_key="9")
    assert step(waits, Event("dtmf", digit="1")) == (waits, (), ())
    after, commands, facts = step(waits, Event("dtmf", digit="9"))
    assert (after.state, after.saying, after.agent) == (CallState.LEAVING, "callback-noted", None)
    assert Command("hang_up", channel="l-a") in commands
    kinds = {(fact.kind, fact.data.get("left_as") or fact.data.get("mark")) for fact in facts}
    assert {("left_queue", "callback"), ("marked", "callback_asked")} <= kinds
    ended, _, facts = step(after, Event("prompt_ended", playback=after.playing))
    assert ended.state is CallState.ENDED
    assert [fact.data["outcome"] for fact in facts if fact.kind == "ended"] == [Outcome.ABANDONED_IN_QUEUE]
    nobody = in_state(CallState.QUEUED)
    assert step(nobody, Event("dtmf", digit="9"))[0] == nobody


def test_an_overflow_nobody_answers_brings_the_caller_back_to_the_queue_and_one_answered_links_him() -> None:
    leg = LegNow("l-o", Role.OTHER, endpoint="PJSIP/12348@trunk-law", target="linked:12348")
    waits = in_state(CallState.QUEUED)
    over, commands, facts = step(waits, Event("overflow", invited=leg))
    assert over.state is CallState.LINKING
    assert [c.verb for c in commands if c.verb in ("music", "dial", "ringing")] == ["music", "dial"]
    assert any(fact.kind == "left_queue" and fact.data["left_as"] == "overflow" for fact in facts)
    (told,) = [fact.data for fact in facts if fact.kind == "told"]
    assert (told["topic"], told["to"], told["correlation"]) == (
        "call.handover",
        "linked:12348",
        waits.correlation,
    )
    back, _, facts = step(over, Event("gone", leg="l-o", cause=17))
    assert back.state is CallState.QUEUED
    assert any(fact.kind == "queued" for fact in facts)
    linked, _, _ = step(over, Event("answered", leg="l-o"))
    assert linked.state is CallState.LINKED
    ringing = in_state(CallState.RINGING)
    assert step(ringing, Event("overflow", invited=leg))[0] == ringing  # somebody answers him here


def test_a_linked_call_is_answered_only_when_the_linked_hotline_answers() -> None:
    call, commands, _ = step(a_call(linked=True), Event("claimed"))
    assert verbs(commands) == ["ringing", "open_bridge", "dial"]
    call, commands, _ = step(call, Event("answered", leg=call.legs[0].channel))
    assert call.state is CallState.LINKED
    assert commands[0].verb == "answer"


def test_an_unanswered_linked_call_comes_to_12345_only_where_the_number_says_so() -> None:
    for back, state in ((False, CallState.ENDED), (True, CallState.QUEUED)):
        call, _, _ = step(a_call(linked=True, back=back), Event("claimed"))
        call, commands, _ = step(call, Event("gone", leg=call.legs[0].channel, cause=17))
        assert call.state is state
        if not back:
            assert next(c.cause for c in commands if c.verb == "hang_up") == 17


def test_a_caller_whose_agents_browser_goes_hears_music_and_is_not_hung_up() -> None:
    call = in_state(CallState.TALKING, playing="", talked=True)
    browser = replace(call, legs=tuple(replace(leg, browser=True) for leg in call.legs))
    after, commands, _ = step(browser, Event("gone", leg="l-a", cause=16))
    assert after.state is CallState.AWAITING
    assert verbs(commands) == ["music"]
    assert step(call, Event("gone", leg="l-a", cause=16))[0].state is CallState.ENDED


def back_again(call: CallNow) -> CallNow:
    """The agent's browser goes without a word, comes back, and is answered."""
    browser = replace(call, legs=tuple(replace(one, browser=one.role is Role.AGENT) for one in call.legs))
    away, _, _ = step(browser, Event("gone", leg="l-a", cause=16))
    assert away.state is CallState.AWAITING
    assert away.other == call.other
    new = LegNow("l-n", Role.AGENT, agent_id=call.agent_id, browser=True, mode="rejoin")
    rung, _, _ = step(away, Event("rejoin", invited=new, agent_id=call.agent_id))
    assert rung.state is CallState.AWAITING
    return step(rung, Event("answered", leg="l-n"))[0]


def test_an_agent_who_comes_back_while_he_consults_finds_the_third_who_heard_music_meanwhile() -> None:
    call = in_state(CallState.CONSULTING, playing="", talked=True)
    aside = replace(call, legs=tuple(replace(one, place=Place.ASIDE) for one in call.legs))
    away, _, _ = step(
        replace(aside, legs=tuple(replace(one, browser=True) for one in aside.legs)), Event("gone", leg="l-a")
    )
    assert {name for name, _ in picture(away).sounds.values()} == {"music"}
    assert set(picture(away).sounds) == {call.bridge, call.aside}
    back = back_again(aside)
    assert back.state is CallState.CONSULTING
    assert set(picture(back).bridges[call.aside]) == {"l-n", "l-o"}
    alone, _, _ = step(away, Event("gone", leg="l-o"))
    assert (alone.state, alone.other) == (CallState.AWAITING, None)
    assert step(away, Event("await_timeout"))[0].state is CallState.QUEUED


def test_three_who_talked_are_three_again_and_whom_the_agent_never_comes_back_to_go_on_without_him() -> None:
    call = in_state(CallState.CONFERENCE, playing="", talked=True)
    call = replace(call, legs=tuple(replace(one, place=Place.MAIN) for one in call.legs))
    assert back_again(call).state is CallState.CONFERENCE
    browser = replace(call, legs=tuple(replace(one, browser=True) for one in call.legs))
    away, commands, _ = step(browser, Event("gone", leg="l-a"))
    assert "music" not in verbs(commands), "the caller and the third talk on"
    linked, _, facts = step(away, Event("await_timeout"))
    assert (linked.state, linked.agent) == (CallState.LINKED, None)
    marks = [fact.data["mark"] for fact in facts if fact.kind == "marked"]
    assert marks == ["transferred:linked:12348"], "the caller lost nobody: he goes on talking"


def test_the_question_how_it_was_is_said_again_rated_once_or_skipped() -> None:
    asked = in_state(CallState.SURVEY, saying="survey")
    again, commands, _ = step(asked, Event("dtmf", digit="*"))
    assert (again.state, again.saying, again.plays) == (CallState.SURVEY, "survey", asked.plays + 1)
    assert "play" in verbs(commands)
    rated, _, facts = step(again, Event("dtmf", digit="5"))
    assert [fact.data["rating"] for fact in facts if fact.kind == "rated"] == [5]
    assert rated.saying == "survey-thanks"
    assert step(rated, Event("dtmf", digit="1"))[0] == rated
    skipped, _, facts = step(asked, Event("dtmf", digit="#"))
    assert (skipped.state, skipped.rating) == (CallState.ENDED, 0)


def test_the_one_consulted_hears_the_caller_only_after_he_is_put_through() -> None:
    call = in_state(CallState.TALKING, playing="")
    other = LegNow("l-o", Role.OTHER, endpoint="PJSIP/12348@trunk-law", target="linked:12348")
    call, commands, _ = step(call, Event("consult", invited=other, agent_id=call.agent_id))
    assert verbs(commands) == ["open_bridge", "play", "join", "music", "dial"]
    call, _, _ = step(call, Event("answered", leg="l-o"))
    assert set(picture(call).bridges[call.aside]) == {"l-a", "l-o"}
    assert picture(call).bridges[call.bridge] == ("caller",)
    call, _, facts = step(call, Event("complete", agent_id=call.agent_id))
    assert call.state is CallState.LINKED
    assert set(picture(call).bridges[call.bridge]) == {"caller", "l-o"}
    assert [fact.data["event"] for fact in facts if fact.kind == "agent"] == ["call_over"]


def test_a_linked_centre_is_told_of_the_call_as_its_telephone_begins_to_ring() -> None:
    other = LegNow("l-o", Role.OTHER, endpoint="PJSIP/12348@trunk-law", target="linked:12348")
    for kind in ("consult", "three_way", "transfer"):
        call = in_state(CallState.TALKING)
        _, _, facts = step(call, Event(kind, invited=other, note={"summary": "欠薪"}))  # type: ignore[arg-type]
        told = [fact.data for fact in facts if fact.kind == "told"]
        assert [(t["topic"], t["to"], t["correlation"], t["summary"]) for t in told] == [
            ("call.handover", "linked:12348", call.correlation, "欠薪")
        ]


def test_what_an_agent_asks_during_a_call_holds_at_its_end() -> None:
    agent = AgentNow(AgentMode.BUSY)
    for event in ("pause", "call_over", "wrap_up_done"):
        after = agent_step(agent, event)  # type: ignore[arg-type]
        assert after
        agent = after
    assert agent == AgentNow(AgentMode.PAUSED)


def test_an_agent_who_does_not_answer_is_not_asked_again_until_he_is_ready() -> None:
    assert agent_step(AgentNow(AgentMode.RINGING), "not_answered") == AgentNow(AgentMode.NOT_READY)


def test_a_signed_out_agent_can_do_nothing_but_sign_in() -> None:
    assert {event for mode, event in AGENT if mode is AgentMode.SIGNED_OUT} == {"sign_in"}


def test_who_is_called_hears_who_calls_and_that_it_is_recorded_before_music_or_a_second_time() -> None:
    dialling = replace(in_state(CallState.DIALLING), recorded=True)
    call, commands, _ = step(dialling, Event("caller_answered"))
    assert (call.state, call.saying) == (CallState.TALKING, "outbound-notice")
    assert [c.what for c in commands if c.verb == "play"] == ["outbound-notice"]
    held, commands, _ = step(call, Event("hold"))
    assert "music" not in verbs(commands), "he is still being told"
    later, commands, facts = step(held, Event("prompt_ended", playback=held.playing))
    assert "music" in verbs(commands)
    assert any(fact.kind == "noted" and fact.data["prompts"] == "outbound-notice" for fact in facts)
    assert step(later, Event("prompt_ended", playback=call.playing))[0] == later
    unrecorded, _, _ = step(
        replace(dialling, recorded=False, playing="", saying=""), Event("caller_answered")
    )
    assert unrecorded.playing == ""
