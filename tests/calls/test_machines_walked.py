"""The table of calls, walked at random: whatever happens in whatever order, the rules hold."""

from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hotline.lines.calls.agent_machine import AgentNow, agent_step
from hotline.lines.calls.call import Command, Event, Fact, LegNow
from hotline.lines.calls.machines import step
from hotline.lines.calls.standing import picture
from hotline.lines.calls.words import AgentMode, CallState, OfferState, Outcome, Role
from tests.calls.kinds_of_calls import MENU, a_call, an_outbound_call

CAUSES = st.sampled_from([0, 16, 17, 19, 20, 21])
SELDOM = st.integers(0, 5)
"""0 is the time it happens: what ends a call must not end every walk at its beginning."""
BACK_HERE = (CallState.QUEUED, CallState.RINGING)


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
