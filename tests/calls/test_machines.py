"""The tables of calls and agents, walked at random: whatever happens in whatever order, the rules hold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any, get_args
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hotline.lines.calls.agent_machine import AGENT, AgentNow, agent_step
from hotline.lines.calls.call import CallNow, Command, Event, EventKind, Fact, LegNow
from hotline.lines.calls.machines import CALL, step
from hotline.lines.calls.rules import Choice, Menu
from hotline.lines.calls.standing import picture
from hotline.lines.calls.words import AgentMode, CallState, LegState, OfferState, Outcome, Place, Role

CAUSES = st.sampled_from([0, 16, 17, 19, 20, 21])
SELDOM = st.integers(0, 5)
"""0 is the time it happens: what ends a call must not end every walk at its beginning."""
BACK_HERE = (CallState.QUEUED, CallState.RINGING)


def a_call(*, linked: bool = False, notice: bool = False, back: bool = False, **more: Any) -> CallNow:
    heard_first = (("notice",) if notice else ()) + (("menu-language",) if more.get("menu") else ())
    return CallNow(
        id=uuid4(), channel="caller", number="12333", line="12333", behaviour="x", skills=("12333", "12345"),
        prompt="welcome", prompts=heard_first, linked_trunk="law" if linked else "", back_if_unanswered=back,
        state=CallState.LINKING if linked else CallState.PROMPT, **more,
    )  # fmt: skip


def an_outbound_call() -> CallNow:
    return CallNow(
        id=uuid4(), channel="l-citizen", number="12345", line="12345", behaviour="outbound", skills=("12345",),
        state=CallState.DIALLING, outbound="PJSIP/1@trunk-x", recorded=True,
    )  # fmt: skip


class OneCallAndItsParties(RuleBasedStateMachine):
    """A call, its agents, third parties and leaders; every event possible at any time, as the switch would give them.

    The switch is obeyed literally: what a bridge holds and which channels live is what the commands made of it.
    """

    @initialize(
        kind=st.sampled_from(["plain", "linked", "outbound"]), notice=st.booleans(), back=st.booleans(),
        recorded=st.booleans(), survey=st.booleans(), talks=st.sampled_from([False, True, True, True]),
        browser=st.booleans(), menu=st.booleans(),
    )  # fmt: skip
    def begin(
        self,
        kind: str,
        notice: bool,
        back: bool,
        recorded: bool,
        survey: bool,
        talks: bool,
        browser: bool,
        menu: bool,
    ) -> None:
        self.agents: dict[UUID, AgentNow] = {}
        self.offers: dict[UUID, OfferState] = {}
        self.ended: list[Outcome] = []
        self.places = 0
        self.channels: set[str] = set()
        self.old_legs: list[str] = []
        self.bridges: dict[str, set[str]] = {}
        self.recording: set[str] = set()
        self.timers: set[str] = set()
        self.ratings: list[int] = []
        self.impossible: list[str] = []
        if kind == "outbound":
            self.call = an_outbound_call()
            leg = self.invite(Role.AGENT)
            self.give(Event("claimed", invited=leg))
        else:
            self.call = a_call(
                linked=kind == "linked",
                notice=notice,
                back=back,
                recorded=recorded,
                survey=survey,
                callback_key="9",
                menu=MENU if menu else None,
            )
            self.channels.add("caller")
            self.give(Event("claimed"))
        if talks:
            self.let_them_talk(browser)

    def let_them_talk(self, browser: bool) -> None:
        """Most of what can happen happens in a conversation: begin there more often than a walk would come there."""
        while self.call.state is CallState.PROMPT:
            ended = (
                Event("prompt_ended", playback=self.call.playing)
                if self.call.playing
                else Event("menu_timeout")
            )
            self.give(ended)
        if self.call.state is CallState.QUEUED:
            self.give(Event("offered", invited=self.invite(Role.AGENT, offered=True, browser=browser)))
        if self.call.agent:
            self.give(Event("answered", leg=self.call.agent.channel))
        if self.call.outbound:
            self.give(Event("caller_answered"))

    # --- the world obeys ---------------------------------------------------------------------------------------------

    def give(self, event: Event) -> None:
        before = self.call
        self.call, commands, facts = step(before, event)
        self.old_legs += [leg.channel for leg in before.legs if self.call.leg(leg.channel) is None]
        for fact in facts:
            self.keep(fact)
        for command in commands:
            self.obey(command)

    def keep(self, fact: Fact) -> None:
        data = fact.data
        if fact.kind == "ended":
            self.ended.append(data["outcome"])
        elif fact.kind in ("queued", "left_queue"):
            self.places += 1 if fact.kind == "queued" else -1
        elif fact.kind == "rated":
            self.ratings.append(data["rating"])
        elif fact.kind == "timer_set":
            self.timers.add(data["about"])
        elif fact.kind == "timer_cleared":
            self.timers.discard(data["about"])
        elif fact.kind == "offer" and "state" in data:
            if self.offers[data["id"]] is not OfferState.OPEN:
                self.impossible.append(f"offer closed twice: {data}")
            self.offers[data["id"]] = data["state"]
        elif fact.kind == "agent":
            after = agent_step(self.agents[data["id"]], data["event"])
            if after is None:
                self.impossible.append(f"{data['event']} in {self.agents[data['id']]}")
            else:
                self.agents[data["id"]] = after

    def obey(self, command: Command) -> None:
        match command.verb:
            case "dial" | "snoop":
                self.channels.add(command.channel)
            case "hang_up":
                self.gone(command.channel)
            case "open_bridge":
                self.bridges.setdefault(command.bridge, set())
            case "close_bridge":
                self.bridges.pop(command.bridge, None)
            case "join":
                for members in self.bridges.values():
                    members.discard(command.channel)
                if command.channel in self.channels:
                    self.bridges[command.bridge].add(command.channel)
            case "part":
                self.bridges[command.bridge].discard(command.channel)
            case "record":
                self.recording.add(command.channel)
            case "stop_recording":
                self.recording.discard(command.channel)

    def gone(self, channel: str) -> None:
        self.channels.discard(channel)
        for members in self.bridges.values():
            members.discard(channel)

    def invite(
        self, role: Role, *, offered: bool = False, browser: bool = False, agent: UUID | None = None
    ) -> LegNow:
        who = agent or uuid4()
        offer = uuid4() if offered else None
        if agent is None:
            reserved = agent_step(AgentNow(AgentMode.READY), "offered" if offered else "invited")
            assert reserved
            self.agents[who] = reserved
        if offer:
            self.offers[offer] = OfferState.OPEN
        leg = LegNow(
            f"l-{uuid4()}", role, endpoint="PJSIP/agent-x", target=f"agent:{who}", agent_id=who, offer_id=offer,
            browser=browser, mode="rejoin" if agent else "",
        )  # fmt: skip
        self.timers.add(leg.channel)
        return leg

    # --- what happens ------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.call.state is CallState.QUEUED)
    @rule(browser=st.booleans(), once=SELDOM)
    def an_agent_is_matched(self, browser: bool, once: int) -> None:
        """Also in the very instant the caller hangs up."""
        leg = self.invite(Role.AGENT, offered=True, browser=browser)
        if not once:
            self.caller_gone(0)
        self.give(Event("offered", invited=leg))

    @rule(once=SELDOM)
    def he_has_waited_long_enough(self, once: int) -> None:
        if not once:
            leg = LegNow(f"l-{uuid4()}", Role.OTHER, endpoint="PJSIP/x@trunk-law", target="linked:12348")
            self.give(Event("overflow", invited=leg))

    @precondition(lambda self: any(leg.rings for leg in self.call.legs))
    @rule(data=st.data(), answers=st.booleans())
    def a_phone_rings_or_answers(self, data: st.DataObject, answers: bool) -> None:
        ringing = [leg.channel for leg in self.call.legs if leg.rings and leg.channel in self.channels]
        if ringing:
            self.give(Event("answered" if answers else "rang", leg=data.draw(st.sampled_from(ringing))))

    @precondition(lambda self: bool(self.call.legs))
    @rule(data=st.data(), cause=CAUSES, once=SELDOM)
    def a_leg_goes(self, data: st.DataObject, cause: int, once: int) -> None:
        if once:
            return
        leg = data.draw(st.sampled_from(self.call.legs))
        self.gone(leg.channel)
        self.give(Event("gone", leg=leg.channel, cause=cause))

    @precondition(lambda self: bool(self.old_legs))
    @rule(data=st.data(), answers=st.booleans())
    def an_old_leg_speaks(self, data: st.DataObject, answers: bool) -> None:
        leg = data.draw(st.sampled_from(self.old_legs))
        if answers:
            self.channels.add(leg)
        self.give(Event("answered" if answers else "gone", leg=leg))

    @precondition(lambda self: bool(self.call.legs))
    @rule(data=st.data(), kind=st.sampled_from(["timeout", "ring_lost"]))
    def nobody_answers_in_time(self, data: st.DataObject, kind: str) -> None:
        ringing = [leg.channel for leg in self.call.legs if leg.rings]
        if ringing:
            leg = data.draw(st.sampled_from(ringing))
            if kind == "ring_lost":
                self.gone(leg)
            self.give(Event(kind, leg=leg, cause=19))  # type: ignore[arg-type]

    @rule()
    def the_prompt_ends(self) -> None:
        self.give(Event("prompt_ended", playback=self.call.playing))

    @rule(digit=st.sampled_from("0123456789*#"))
    def a_key_is_pressed(self, digit: str) -> None:
        self.give(Event("dtmf", digit=digit))

    @rule(kind=st.sampled_from(["await_timeout", "survey_timeout", "menu_timeout", "say", "caller_timeout"]))
    def a_clock_strikes(self, kind: str) -> None:
        self.give(Event(kind, what="position"))  # type: ignore[arg-type]

    @rule(once=SELDOM)
    def the_agent_hangs_up(self, once: int) -> None:
        if not once:
            self.give(Event("hang_up", agent_id=self.call.agent_id))

    @rule(kind=st.sampled_from([
        "hold", "resume", "swap", "complete", "three_way", "back", "drop_other", "leave", "to_queue",
        "record_pause", "record_resume", "rate",
    ]))  # fmt: skip
    def the_agent_asks(self, kind: str) -> None:
        self.give(Event(kind, agent_id=self.call.agent_id))  # type: ignore[arg-type]

    @rule(kind=st.sampled_from(["consult", "three_way", "transfer", "emergency"]), colleague=st.booleans())
    def the_agent_calls_somebody_in(self, kind: str, colleague: bool) -> None:
        if colleague:
            leg = self.invite(Role.OTHER, offered=True)
        else:
            leg = LegNow(f"l-{uuid4()}", Role.OTHER, endpoint="PJSIP/x@trunk-law", target="linked:12348")
        self.give(Event(kind, invited=leg, agent_id=self.call.agent_id))  # type: ignore[arg-type]

    @precondition(lambda self: self.call.agent is not None)
    @rule()
    def the_agent_comes_back(self) -> None:
        agent = self.call.agent_id
        self.give(Event("rejoin", invited=self.invite(Role.AGENT, browser=True, agent=agent), agent_id=agent))

    @rule(
        kind=st.sampled_from(["listen", "whisper", "barge", "take_over", "stop_listening"]), new=st.booleans()
    )
    def a_leader_watches(self, kind: str, new: bool) -> None:
        if new and kind != "stop_listening":
            leg = self.invite(Role.LEADER)
            self.give(Event(kind, invited=leg, agent_id=leg.agent_id))  # type: ignore[arg-type]
        elif self.call.leader:
            self.give(Event(kind, agent_id=self.call.leader.agent_id))  # type: ignore[arg-type]

    @precondition(lambda self: self.call.channel in self.channels)
    @rule(cause=CAUSES, once=SELDOM)
    def the_caller_hangs_up(self, cause: int, once: int) -> None:
        if not once:
            self.caller_gone(cause)

    def caller_gone(self, cause: int) -> None:
        self.gone(self.call.channel)
        self.give(Event("caller_gone", cause=cause))

    @precondition(lambda self: bool(self.call.outbound) and self.call.channel in self.channels)
    @rule()
    def the_citizen_answers(self) -> None:
        self.give(Event("caller_answered"))

    @rule(once=SELDOM)
    def the_switch_forgot(self, once: int) -> None:
        if once:
            return
        self.channels.clear()
        for members in self.bridges.values():
            members.clear()
        self.give(Event("lost"))

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def a_call_ends_in_exactly_one_outcome(self) -> None:
        assert len(self.ended) == (1 if self.call.state is CallState.ENDED else 0)

    @invariant()
    def an_ended_call_leaves_nothing_behind(self) -> None:
        if self.call.state is CallState.ENDED:
            assert not self.channels, self.channels
            assert not self.bridges
            assert not self.timers
            assert OfferState.OPEN not in self.offers.values()
            working = (AgentMode.RESERVED, AgentMode.RINGING, AgentMode.BUSY)
            assert all(agent.mode not in working for agent in self.agents.values())

    @invariant()
    def the_switch_holds_the_picture(self) -> None:
        """What the commands made of the switch, one after the other, is what the call says must stand there."""
        wanted = picture(self.call)
        alive = {name: {m for m in members if m in self.channels} for name, members in wanted.bridges.items()}
        assert alive == self.bridges
        assert self.recording == ({wanted.recording[0]} if wanted.recording[0] else set())

    @invariant()
    def whoever_works_for_the_call_is_in_it(self) -> None:
        """Nobody is busy with a call he is not in, and nobody in it is free."""
        there = {leg.agent_id for leg in self.call.legs if leg.agent_id}
        working = (AgentMode.RESERVED, AgentMode.RINGING, AgentMode.BUSY)
        assert {id for id, agent in self.agents.items() if agent.mode in working} == there

    @invariant()
    def an_open_offer_is_a_leg_that_rings(self) -> None:
        opened = {offer for offer, state in self.offers.items() if state is OfferState.OPEN}
        assert opened == {leg.offer_id for leg in self.call.legs if leg.offer_id and leg.rings}

    @invariant()
    def who_rings_and_who_is_waited_for_has_a_deadline(self) -> None:
        ringing = {leg.channel for leg in self.call.legs if leg.rings and leg.role is not Role.SNOOP}
        assert ringing <= self.timers
        for state, name in ((CallState.AWAITING, "await"), (CallState.SURVEY, "survey")):
            assert (f"{name}-{self.call.id}" in self.timers) is (self.call.state is state)
        silent = self.call.state is CallState.PROMPT and not self.call.playing
        assert (f"menu-{self.call.id}" in self.timers) is silent, "nobody is left in silence"

    @invariant()
    def a_place_in_the_queue_is_held_exactly_while_waiting(self) -> None:
        assert self.places == (1 if self.call.state in BACK_HERE else 0)

    @invariant()
    def nobody_hears_the_caller_who_should_not(self) -> None:
        """One agent, one third, one leader at most; who is on hold or aside is not with the caller."""
        roles = [leg.role for leg in self.call.legs]
        assert len(roles) == len(set(roles))
        if self.call.state is CallState.HELD and self.call.agent:
            assert self.call.agent.channel not in self.bridges.get(self.call.bridge, ())

    @invariant()
    def somebody_of_ours_is_responsible_or_the_platform_ends_it(self) -> None:
        with_agent = (
            CallState.TALKING,
            CallState.HELD,
            CallState.CONSULTING,
            CallState.CONFERENCE,
            CallState.AWAITING,
        )
        if self.call.state in with_agent:
            assert self.call.agent is not None
        if self.call.state in (CallState.LINKED, CallState.TRANSFERRING):
            assert self.call.agent is None
            assert self.call.other is not None

    @invariant()
    def a_caller_rates_once(self) -> None:
        assert len(self.ratings) <= 1

    @invariant()
    def nothing_is_recorded_while_the_agent_has_paused_it(self) -> None:
        assert not (self.call.paused and self.recording)

    @invariant()
    def agents_are_never_told_what_cannot_be(self) -> None:
        assert not self.impossible, self.impossible


TestOneCallAndItsParties = OneCallAndItsParties.TestCase
TestOneCallAndItsParties.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)


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
    assert verbs(commands) == ["answer", "open_bridge", "join", "play"]
    assert not [fact for fact in facts if fact.kind == "queued"]


def test_a_caller_is_queued_at_once_although_no_agent_is_ready() -> None:
    call, commands, facts = step(a_call(), Event("claimed"))
    assert call.state is CallState.QUEUED
    assert commands[0].verb == "answer"
    assert [fact for fact in facts if fact.kind == "queued"]


MENU = Menu("language", "menu-language", {"1": Choice(), "2": Choice("12329", "nan")}, "1", 5)


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


def test_the_one_consulted_hears_the_caller_only_after_he_is_put_through() -> None:
    call = in_state(CallState.TALKING, playing="")
    other = LegNow("l-o", Role.OTHER, endpoint="PJSIP/12348@trunk-law", target="linked:12348")
    call, commands, _ = step(call, Event("consult", invited=other, agent_id=call.agent_id))
    assert verbs(commands) == ["open_bridge", "join", "music", "play", "dial"]
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
