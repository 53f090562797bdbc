"""The tables of calls and agents, walked at random: whatever happens in whatever order, the rules hold."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hotline.lines.calls.agent_machine import AGENT, AgentNow, agent_step
from hotline.lines.calls.machines import CALL, CallNow, Command, Event, Fact, step
from hotline.lines.calls.words import AgentMode, CallState, OfferState, Outcome

CAUSES = st.sampled_from([0, 16, 17, 19, 20, 21])


def a_call(*, linked: bool = False, notice: bool = False, back: bool = False) -> CallNow:
    return CallNow(
        id=uuid4(), channel="caller", number="12333", line="12333", behaviour="x", skills=("12333", "12345"),
        prompt="welcome", prompt_first=notice, linked_trunk="law" if linked else "", back_if_unanswered=back,
        state=CallState.LINKING if linked else CallState.PROMPT,
    )  # fmt: skip


class OneCallAndItsAgents(RuleBasedStateMachine):
    """A call, any number of agents asked in turn, every event possible at any time, as the switch would give them."""

    @initialize(linked=st.booleans(), notice=st.booleans(), back=st.booleans())
    def begin(self, linked: bool, notice: bool, back: bool) -> None:
        self.call = a_call(linked=linked, notice=notice, back=back)
        self.agents: dict[UUID, AgentNow] = {}
        self.offers: dict[UUID, OfferState] = {}
        self.offer_of: dict[UUID, UUID] = {}
        self.ended: list[Outcome] = []
        self.queued = 0
        self.left = 0
        self.legs_up: set[str] = set()
        self.old_legs: list[str] = []
        self.caller_here = True
        self.bridge_open = False
        self.impossible: list[str] = []
        self.give(Event("claimed"))

    def give(self, event: Event) -> None:
        before = self.call
        self.call, commands, facts = step(before, event)
        if before.leg and before.leg != self.call.leg:
            self.old_legs.append(before.leg)
        for fact in facts:
            self.keep(fact)
        for command in commands:
            self.obey(command)

    def keep(self, fact: Fact) -> None:
        data = fact.data
        if fact.kind == "ended":
            self.ended.append(data["outcome"])
        elif fact.kind == "queued":
            self.queued += 1
        elif fact.kind == "left_queue":
            self.left += 1
        elif fact.kind == "offer" and "state" in data and data["id"] is not None:
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
        if command.verb in ("ring_agent", "dial_linked"):
            self.legs_up.add(command.channel)
        elif command.verb == "hang_up":
            self.legs_up.discard(command.channel)
            if command.channel == self.call.channel:
                self.caller_here = False
        elif command.verb == "open_bridge":
            self.bridge_open = True
        elif command.verb == "close_bridge":
            self.bridge_open = False

    @precondition(lambda self: self.call.state is CallState.QUEUED)
    @rule()
    def an_agent_is_matched(self) -> None:
        self.match()

    @rule(gone=st.booleans())
    def a_match_comes_too_late(self, gone: bool) -> None:
        """Kept by the match, but the call moved on before it was told."""
        if self.call.state is not CallState.QUEUED:
            return
        event = self.make_match()
        if gone:
            self.caller_gone(0)
        self.give(event)

    def match(self) -> None:
        self.give(self.make_match())

    def make_match(self) -> Event:
        agent, offer = uuid4(), uuid4()
        reserved = agent_step(AgentNow(AgentMode.READY), "offered")
        assert reserved
        self.agents[agent] = reserved
        self.offers[offer] = OfferState.OPEN
        self.offer_of[offer] = agent
        return Event("offered", leg=f"l-{offer}", agent_id=agent, offer_id=offer, endpoint="agent-x")

    @rule()
    def the_phone_rings(self) -> None:
        if self.call.leg in self.legs_up:
            self.give(Event("leg_rang", leg=self.call.leg))

    @rule()
    def the_leg_answers(self) -> None:
        if self.call.leg in self.legs_up:
            self.give(Event("leg_answered", leg=self.call.leg))

    @rule(cause=CAUSES)
    def the_leg_goes(self, cause: int) -> None:
        if self.call.leg:
            self.legs_up.discard(self.call.leg)
            self.give(Event("leg_gone", leg=self.call.leg, cause=cause))

    @rule(data=st.data(), answers=st.booleans())
    def an_old_leg_speaks(self, data: st.DataObject, answers: bool) -> None:
        if self.old_legs:
            leg = data.draw(st.sampled_from(self.old_legs))
            self.legs_up.add(leg) if answers else self.legs_up.discard(leg)
            self.give(Event("leg_answered" if answers else "leg_gone", leg=leg))

    @rule()
    def nobody_answers_in_time(self) -> None:
        self.give(Event("ring_timeout", leg=self.call.leg or "l-none", cause=19))

    @rule()
    def the_switch_forgot_the_ringing(self) -> None:
        self.legs_up.discard(self.call.leg)
        self.give(Event("ring_lost", leg=self.call.leg))

    @rule()
    def the_prompt_ends(self) -> None:
        self.give(Event("prompt_ended", playback=self.call.playing))

    @rule(kind=st.sampled_from(["hold", "resume", "hang_up"]))
    def the_agent_asks(self, kind: str) -> None:
        self.give(Event(kind, leg=self.call.leg))  # type: ignore[arg-type]

    @rule(cause=CAUSES)
    def caller_gone(self, cause: int) -> None:
        self.caller_here = False
        self.give(Event("caller_gone", cause=cause))

    @rule()
    def the_switch_forgot(self) -> None:
        self.caller_here = False
        self.legs_up.clear()
        self.give(Event("lost"))

    @invariant()
    def a_call_ends_in_exactly_one_outcome(self) -> None:
        assert len(self.ended) == (1 if self.call.state is CallState.ENDED else 0)

    @invariant()
    def an_ended_call_leaves_nothing_behind(self) -> None:
        if self.call.state is CallState.ENDED:
            assert not self.legs_up, self.legs_up
            assert not self.bridge_open
            assert not self.caller_here
            assert OfferState.OPEN not in self.offers.values()
            assert all(agent.mode is not AgentMode.BUSY for agent in self.agents.values())

    @invariant()
    def at_most_one_offer_is_open_and_its_agent_is_reserved(self) -> None:
        opened = [offer for offer, state in self.offers.items() if state is OfferState.OPEN]
        assert len(opened) <= 1
        reserved = [
            id for id, agent in self.agents.items() if agent.mode in (AgentMode.RESERVED, AgentMode.RINGING)
        ]
        assert reserved == [self.offer_of[offer] for offer in opened]

    @invariant()
    def a_place_in_the_queue_is_left_once(self) -> None:
        waits = self.call.state in (CallState.QUEUED, CallState.RINGING)
        assert self.queued <= 1
        assert self.left == (self.queued if not waits else 0)

    @invariant()
    def agents_are_never_told_what_cannot_be(self) -> None:
        assert not self.impossible, self.impossible


TestOneCallAndItsAgents = OneCallAndItsAgents.TestCase
TestOneCallAndItsAgents.settings = settings(max_examples=300, stateful_step_count=25, deadline=None)


def test_every_row_leads_only_where_it_says() -> None:
    for row in CALL:
        call = replace(
            a_call(), state=row.state, leg="l-1", agent_id=uuid4(), offer_id=uuid4(), playing="p-1"
        )
        for back in (True, False):
            event = Event(row.event, leg="l-1", agent_id=uuid4(), offer_id=uuid4(), playback="p-1", cause=16)
            after, _, _ = row.act(replace(call, back_if_unanswered=back), event)
            assert after.state in row.leads_to, row


def test_nobody_is_rung_before_a_notice_that_must_be_heard_has_ended() -> None:
    call, commands, facts = step(a_call(notice=True), Event("claimed"))
    assert call.state is CallState.PROMPT
    assert [c.verb for c in commands] == ["answer", "open_bridge", "join", "play"]
    assert not [fact for fact in facts if fact.kind == "queued"]


def test_a_caller_is_queued_at_once_although_no_agent_is_ready() -> None:
    call, commands, facts = step(a_call(), Event("claimed"))
    assert call.state is CallState.QUEUED
    assert commands[0].verb == "answer"
    assert [fact for fact in facts if fact.kind == "queued"]


def test_a_linked_call_is_answered_only_when_the_linked_hotline_answers() -> None:
    call, commands, _ = step(a_call(linked=True), Event("claimed"))
    assert "answer" not in [c.verb for c in commands]
    call, commands, _ = step(call, Event("leg_answered", leg=call.leg))
    assert call.state is CallState.LINKED
    assert commands[0].verb == "answer"


def test_an_unanswered_linked_call_comes_to_12345_only_where_the_number_says_so() -> None:
    for back, state in ((False, CallState.ENDED), (True, CallState.QUEUED)):
        call, _, _ = step(a_call(linked=True, back=back), Event("claimed"))
        call, _, _ = step(call, Event("leg_gone", leg=call.leg, cause=17))
        assert call.state is state


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
