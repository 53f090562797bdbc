"""漏接必回: every missed call is listed and called back, once, in its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from hotline.base.kernel import clock, ids, outbox
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.base.people.roles import rights_of
from hotline.lines.alarms.queries import open_alarms
from hotline.lines.calls import journal, rules_file, store
from hotline.lines.calls.callbacks import actions, attempts, demonstration, missed, queries
from hotline.lines.calls.callbacks.models import Attempt, Callback, MissedCall
from hotline.lines.calls.models import Call, Leg, QueueEntry
from hotline.lines.calls.rules import CallingBack, QueueRules, Rules, When
from hotline.lines.calls.words import CallState, Outcome
from hotline.lines.numbers import queries as numbers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]

START = datetime.fromisoformat("2026-11-23T02:00:00+00:00")  # Monday, 10:00 in the city


@pytest.fixture
def how(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set what the city says of calling back."""

    def say(**rules: Any) -> None:
        said = Rules((QueueRules(START - timedelta(days=1), calling_back=CallingBack(**rules)),))
        monkeypatch.setattr(rules_file, "current", lambda: said)

    say()
    return say


pytestmark.append(pytest.mark.usefixtures("how"))


def agent(name: str = "坐席甲", role: str = "agent") -> Actor:
    return Actor("person", str(uuid4()), name, rights_of((role,)), ("/",), (role,))


def a_call(
    outcome: str = Outcome.ABANDONED_IN_QUEUE, *, caller: str = "13812341234", at: datetime = START, by: str = "caller",
    number: str = "12345", waited_s: int = 60, queued: bool = True, marks: tuple[str, ...] = (), cause: int | None = None,
) -> Call:  # fmt: skip
    """A call that ended so; those who reached the queue have their place in it."""
    answered = outcome in (Outcome.ANSWERED, Outcome.FALLBACK_ANSWERED)
    call = Call.objects.create(
        id=ids.new(), channel=f"ch-{uuid4().hex[:12]}", slot=1, state=CallState.ENDED, number=number, line=number,
        behaviour="queue", arrived_at=at, answered_at=at if answered else None, cause=cause,
        ended_at=at + timedelta(seconds=waited_s), outcome=outcome, ended_by=by, marks=[*marks],
        **store.caller_fields(caller),
    )  # fmt: skip
    if queued:
        QueueEntry.objects.create(call=call, skills=[number], entered_at=at, waiting=False, left_as=outcome)
    return call


def told(call: Call) -> None:
    """The worker hears that the call ended."""
    missed.call_ended("call.ended", str(call.id), {"outcome": call.outcome, "number": call.number})


def owe(**call: Any) -> Callback:
    told(made := a_call(**call))
    return Callback.objects.get(missed_calls__call=made)


# --- who is owed a call ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "by", "why"),
    [
        (Outcome.ABANDONED_IN_QUEUE, "caller", "abandoned"),
        (Outcome.ABANDONED_IN_PROMPT, "caller", "abandoned"),
        (Outcome.ABANDONED_IN_LINKING, "caller", "abandoned"),
        (Outcome.FALLBACK, "caller", "abandoned"),
        (Outcome.FAILED, "switch", "lost"),
        (Outcome.ANSWERED, "switch", "lost"),
        (Outcome.TRANSFERRED_LINKED, "switch", "lost"),
        (Outcome.ANSWERED, "agent", None),
        (Outcome.FALLBACK_ANSWERED, "caller", None),
        (Outcome.FAILED, "linked", None),
        (Outcome.VACANT, "switch", None),
        (Outcome.EMERGENCY, "caller", None),
    ],
)
def test_every_missed_call_is_owed_a_call_back_and_no_other(outcome: str, by: str, why: str | None) -> None:
    told(a_call(outcome, by=by))
    assert [row.why for row in Callback.objects.all()] == ([why] if why else [])


def test_who_asked_to_be_called_back_keeps_his_place_and_its_time() -> None:
    call = a_call(marks=(missed.ASKED,))
    place = QueueEntry.objects.get(call=call)
    told(call)
    callback = Callback.objects.get()
    assert (callback.why, callback.entry_id, callback.entered_at) == ("asked", place.id, place.entered_at)
    assert QueueEntry.objects.get(id=place.id).entered_at == START


def test_who_never_reached_the_queue_has_his_place_from_the_moment_he_rang() -> None:
    callback = owe(outcome=Outcome.ABANDONED_IN_LINKING, queued=False)
    assert callback.entered_at == callback.entry.entered_at == START
    assert callback.entry.waiting is False


def test_the_same_news_twice_makes_one_callback() -> None:
    call = a_call()
    told(call)
    told(call)
    assert (Callback.objects.count(), MissedCall.objects.count()) == (1, 1)


def test_a_caller_who_rings_in_vain_five_times_is_called_back_once_and_all_five_are_listed() -> None:
    for n in range(5):
        told(a_call(at=START + timedelta(minutes=n), marks=(missed.ASKED,) if n == 3 else ()))
    callback = Callback.objects.get()
    assert (callback.missed, callback.entered_at, callback.why) == (5, START, "asked")
    assert MissedCall.objects.filter(callback=callback).count() == 5


def test_the_database_itself_refuses_a_second_open_callback_of_one_caller() -> None:
    first = owe()
    entry = QueueEntry.objects.get(call=a_call())
    again = Callback(entry=entry, **{f: getattr(first, f) for f in (
        "why", "number", "line", "caller_sealed", "caller_index", "caller_masked", "entered_at", "missed_at", "due_at",
    )})  # fmt: skip
    with pytest.raises(IntegrityError, match="callback_one_open_per_caller"), transaction.atomic():
        again.save(force_insert=True)


def test_who_withholds_his_number_is_listed_and_cannot_be_called() -> None:
    callback = owe(caller="anonymous")
    assert (callback.state, callback.outcome) == ("closed", "no_number")


def test_who_rings_again_and_is_answered_is_not_called_back() -> None:
    callback = owe()
    told(a_call(Outcome.ANSWERED, at=START + timedelta(minutes=5)))
    callback.refresh_from_db()
    assert (callback.state, callback.outcome) == ("closed", "answered_meanwhile")


def test_the_same_holds_when_the_news_come_the_other_way_round() -> None:
    lost, answered = a_call(), a_call(Outcome.ANSWERED, at=START + timedelta(minutes=5))
    told(answered)
    told(lost)
    callback = Callback.objects.get()
    assert (callback.state, callback.outcome) == ("closed", "answered_meanwhile")
    assert MissedCall.objects.get().call_id == lost.id


def test_an_answer_before_the_missed_call_settles_nothing() -> None:
    told(a_call(Outcome.ANSWERED, at=START - timedelta(hours=1)))
    assert owe().state == "waiting"


def test_a_caller_of_the_fallback_is_put_down_when_the_journal_is_taken_in(tmp_path: Path) -> None:
    folder = tmp_path / "asterisk/log/cdr-custom"
    folder.mkdir(parents=True)
    began = START.timestamp()
    line = {
        "outcome": "fallback", "uniqueid": "j-1", "number": "12345", "src": "13900001111", "duty": "", "start": began,
        "answer": began, "end": began + 20,
    }  # fmt: skip
    (folder / journal.JOURNAL).write_text(json.dumps(line) + "\n")
    assert [journal.take_in(tmp_path), journal.take_in(tmp_path)] == [0, 1]
    outbox.relay()
    callback = Callback.objects.get()
    assert (callback.why, callback.caller_masked, callback.entered_at) == ("abandoned", "139****1111", START)


# --- the order -------------------------------------------------------------------------------------------------------------


def test_those_whose_calls_we_lost_are_first_then_whoever_waited_longest() -> None:
    late = owe(caller="13800000002", at=START + timedelta(minutes=2))
    early = owe(caller="13800000001", at=START)
    lost = owe(caller="13800000003", at=START + timedelta(minutes=9), outcome=Outcome.ANSWERED, by="switch")
    assert [row["id"] for row in queries.page(agent()).items] == [lost.id, early.id, late.id]


def test_the_list_pages_through_all_without_repeating_one() -> None:
    made = [owe(caller=f"138000000{n:02d}", at=START + timedelta(minutes=n)).id for n in range(7)]
    seen: list[UUID] = []
    cursor = None
    while True:
        page = queries.page(agent(), cursor=cursor, size=3)
        seen += [row["id"] for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made


def test_a_callback_is_due_so_long_after_it_first_may_be_made(how: Callable[..., None]) -> None:
    how(
        within_minutes=60,
        hours=When(spans=((datetime.min.time().replace(hour=8), datetime.min.time().replace(hour=21)),)),
    )
    night = datetime.fromisoformat("2026-11-23T22:30:00+08:00")
    assert owe(at=night, waited_s=0).due_at == datetime.fromisoformat("2026-11-24T09:00:00+08:00")
    noon = datetime.fromisoformat("2026-11-23T12:00:00+08:00")
    assert owe(at=noon, waited_s=0, caller="13800000001").due_at == noon + timedelta(hours=1)


# --- an attempt ------------------------------------------------------------------------------------------------------------


def test_one_takes_it_and_nobody_else_can() -> None:
    callback, first, second = owe(), agent("甲"), agent("乙")
    actions.take(first, callback.id)
    actions.take(first, callback.id)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        actions.take(second, callback.id)
    assert refused.value.code == "taken"
    assert Attempt.objects.count() == 1


def test_nobody_holds_two() -> None:
    one, two, who = owe(), owe(caller="13800000001"), agent()
    actions.take(who, one.id)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        actions.take(who, two.id)
    assert refused.value.code == "one-at-a-time"


def test_an_attempt_of_one_place_stands_once() -> None:
    callback = owe()
    actions.take(agent(), callback.id)
    attempt = Attempt.objects.get()
    with pytest.raises(IntegrityError, match="attempt_once"), transaction.atomic():
        Attempt.objects.create(
            entry_id=attempt.entry_id,
            callback=callback,
            number=1,
            agent_id=uuid4(),
            agent_name="x",
            begun_at=START,
        )


def test_who_was_not_reached_waits_in_his_place_and_is_given_up_after_so_many_attempts(
    how: Callable[..., None],
) -> None:
    how(attempts=3, retry_minutes=(15, 60))
    callback, who = owe(), agent()
    for n, (outcome, pause) in enumerate([("no_answer", 15), ("busy", 60), ("no_answer", None)], 1):
        with clock.at(START + timedelta(hours=n)):
            actions.take(who, callback.id)
            actions.report(who, callback.id, outcome, "")
            callback.refresh_from_db()
            assert callback.tried == n
            assert callback.entered_at == START
            assert callback.state == "closed" or queries.one(who, callback.id)["agent"] == ""
            if pause is not None:
                assert callback.not_before == clock.now() + timedelta(minutes=pause)
                assert callback.state == "waiting"
    assert (callback.state, callback.outcome) == ("closed", "no_answer")
    assert [a["outcome"] for a in queries.one(agent(), callback.id)["attempts"]] == [
        "no_answer",
        "busy",
        "no_answer",
    ]


@pytest.mark.parametrize("outcome", ["reached", "refused"])
def test_reached_or_refused_closes_it(outcome: str) -> None:
    callback, who = owe(), agent()
    actions.take(who, callback.id)
    actions.report(who, callback.id, outcome, "已答复")
    callback.refresh_from_db()
    assert (callback.state, callback.outcome) == ("closed", outcome)
    assert Attempt.objects.get().note == "已答复"
    assert OutboxRow.objects.filter(topic="callback.closed", key=str(callback.id)).count() == 1


def test_giving_back_is_no_attempt_on_the_citizen() -> None:
    callback, who = owe(), agent()
    actions.take(who, callback.id)
    actions.report(who, callback.id, "given_back")
    actions.take(agent("乙"), callback.id)
    callback.refresh_from_db()
    assert (callback.tried, callback.taken, callback.state) == (0, 2, "taken")


def test_only_its_holder_or_a_leader_says_what_became_of_it() -> None:
    callback = owe()
    actions.take(agent(), callback.id)
    with pytest.raises(Forbidden), transaction.atomic():
        actions.report(agent("乙"), callback.id, "reached")
    actions.report(agent("值班长", "shift_leader"), callback.id, "reached")
    with pytest.raises(Conflict), transaction.atomic():
        actions.report(agent("值班长", "shift_leader"), callback.id, "reached")


def test_an_unknown_outcome_is_refused_with_those_that_are_known() -> None:
    callback, who = owe(), agent()
    actions.take(who, callback.id)
    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.report(who, callback.id, "lapsed")
    assert "given_back" in refused.value.faults[0].en


def test_whoever_says_nothing_in_time_has_it_no_more(how: Callable[..., None]) -> None:
    how(take_minutes=10)
    callback, who = owe(), agent()
    with clock.at(START):
        actions.take(who, callback.id)
        assert attempts.lapse() == 0
    with clock.at(START + timedelta(minutes=10)):
        assert attempts.lapse() == 1
        assert attempts.lapse() == 0
        callback.refresh_from_db()
        assert (callback.state, callback.tried, callback.agent_id) == ("waiting", 0, None)
        with pytest.raises(Conflict), transaction.atomic():
            actions.report(who, callback.id, "reached")


def test_the_number_is_shown_to_the_holder_alone_and_every_look_is_logged() -> None:
    callback, who = owe(), agent()
    with pytest.raises(Conflict), transaction.atomic():
        actions.phone_for(callback.id, who)
    actions.take(who, callback.id)
    assert actions.phone_for(callback.id, who) == "13812341234"
    with pytest.raises(Forbidden), transaction.atomic():
        actions.phone_for(callback.id, agent("乙"))
    looks = AuditRow.objects.filter(act="callback.phone", object_id=str(callback.id))
    assert [row.actor_id for row in looks] == [who.id]


@pytest.mark.parametrize(
    ("outcome", "by", "cause", "becomes"),
    [
        (Outcome.ANSWERED, "desk", 16, "reached"),
        (Outcome.NOT_REACHED, "caller", 17, "busy"),
        (Outcome.NOT_REACHED, "platform", 19, "no_answer"),
        (Outcome.NOT_REACHED, "agent", 16, "lapsed"),
    ],
)
def test_the_outbound_calls_end_is_the_attempts_end(outcome: str, by: str, cause: int, becomes: str) -> None:
    callback, who = owe(), agent()
    actions.take(who, callback.id)
    out = a_call(outcome, at=START + timedelta(minutes=3), queued=False, by=by, cause=cause)
    actions.attempted(callback.id, who, out.id)
    Call.objects.filter(id=out.id).update(state=CallState.TALKING, outcome="", ended_at=None)
    with clock.at(clock.now() + timedelta(hours=2)):
        assert attempts.lapse() == 0  # they talk: nobody takes it from him
    Call.objects.filter(id=out.id).update(state=CallState.ENDED, outcome=outcome, ended_at=out.ended_at)
    told(out)
    told(out)
    attempt = Attempt.objects.get()
    assert (attempt.call_id, attempt.outcome) == (out.id, becomes)
    callback.refresh_from_db()
    assert callback.state == ("closed" if becomes == "reached" else "waiting")
    assert Callback.objects.count() == 1  # an attempt in vain is not itself a missed call


def test_a_call_that_never_began_or_whose_end_nobody_told_of_holds_no_callback_for_ever() -> None:
    callback, who = owe(), agent()
    actions.take(who, callback.id)
    actions.attempted(callback.id, who, uuid4())
    with clock.at(clock.now() + attempts.TO_BEGIN):
        assert attempts.lapse() == 1
    callback.refresh_from_db()
    assert (callback.state, Attempt.objects.get().outcome) == ("waiting", "lapsed")
    actions.take(who, callback.id)
    actions.attempted(callback.id, who, a_call(Outcome.ANSWERED, caller="13800000001", queued=False).id)
    with clock.at(clock.now() + attempts.TO_BEGIN):
        assert attempts.lapse() == 1
    callback.refresh_from_db()
    assert (callback.state, callback.outcome) == ("closed", "reached")


def test_a_caller_who_rings_while_somebody_has_his_callback_in_hand_closes_it() -> None:
    callback, who = owe(), agent()
    actions.take(who, callback.id)
    told(a_call(Outcome.ANSWERED, at=START + timedelta(minutes=5)))
    callback.refresh_from_db()
    assert (callback.state, callback.outcome) == ("closed", "answered_meanwhile")
    assert Attempt.objects.get().outcome == "answered_meanwhile"
    actions.take(who, owe(caller="13800000009").id)


def test_what_is_kept_of_a_demonstrations_calls_can_be_removed_and_nothing_else() -> None:
    shown, real = owe(), owe(caller="13800000001")
    actions.take(agent(), shown.id)
    demonstration.clear(system("demo"), Call.objects.filter(caller_index=shown.caller_index).values("id"))
    assert [row.id for row in Callback.objects.all()] == [real.id]
    assert (Attempt.objects.count(), MissedCall.objects.count()) == (0, 1)


# --- who sees what ---------------------------------------------------------------------------------------------------------


def test_a_department_sees_the_missed_calls_of_its_numbers_without_their_callers() -> None:
    from hotline.base.people import queries as people

    path = people.organisation_by_key(numbers.item("12329")["department_key"]).path
    owner = Actor("person", str(uuid4()), "主管单位", rights_of(("hotline_owner",)), (path,))
    ours, theirs = owe(number="12329"), owe(number="12333", caller="13800000001")
    rows = queries.page(owner).items
    assert [(row["id"], row["caller_masked"], row["party_id"]) for row in rows] == [(ours.id, "", None)]
    with pytest.raises(NotFound), transaction.atomic():
        queries.one(owner, theirs.id)
    with pytest.raises(Forbidden), transaction.atomic():
        actions.take(owner, ours.id)


def test_the_counts_say_what_is_open_overdue_and_mine(how: Callable[..., None]) -> None:
    how(within_minutes=30, take_minutes=600)
    who = agent()
    with clock.at(START):
        actions.take(who, owe().id)
        owe(caller="13800000001", at=START + timedelta(minutes=20))
    with clock.at(START + timedelta(minutes=40)):
        assert queries.counts(who) == {"open": 2, "overdue": 1, "mine": 1}
        assert [row["overdue"] for row in queries.page(who).items] == [True, False]
        assert len(queries.page(who, "mine").items) == 1
    assert queries.counts(system("x"))["mine"] == 0


def test_a_callback_in_hand_is_on_its_holders_desk() -> None:
    callback, who = owe(), agent()
    assert queries.on_desk(UUID(who.id)) is None
    actions.take(who, callback.id)
    shown = queries.on_desk(UUID(who.id))
    assert shown
    assert (shown["id"], shown["caller_masked"]) == (callback.id, "138****1234")


# --- overdue ---------------------------------------------------------------------------------------------------------------


def alarms() -> list[dict[str, Any]]:
    while outbox.relay():
        pass
    return [one for one in open_alarms() if one["kind"] == "callbacks_overdue"]


def test_leaders_are_told_of_overdue_callbacks_once_and_no_more_when_all_have_been_called(
    how: Callable[..., None],
) -> None:
    how(within_minutes=30)
    first, second = owe(), owe(caller="13812345678", at=START + timedelta(minutes=10))
    with clock.at(START + timedelta(minutes=20)):
        assert not attempts.tell_overdue()
    with clock.at(START + timedelta(minutes=35)):
        assert attempts.tell_overdue()
        assert not attempts.tell_overdue(), "told once"
        (alarm,) = alarms()
        assert alarm["detail"]["title"].startswith("1 件")
    with clock.at(START + timedelta(minutes=50)):
        assert attempts.tell_overdue()
        (alarm,) = alarms()
        assert (alarm["times"], alarm["detail"]["title"][:3]) == (2, "2 件")
        for callback, outcome in ((first, "reached"), (second, "no_answer")):
            actions.take(who := agent(), callback.id)
            actions.report(who, callback.id, outcome)
        assert alarms(), "one is still owed"
        actions.take(who := agent(), second.id)
        actions.report(who, second.id, "refused")
        assert attempts.tell_overdue()
        assert alarms() == []
        assert not attempts.tell_overdue(), "told once"


def test_an_agent_who_lets_it_ring_long_enough_and_gives_up_has_tried() -> None:
    for rang_s, tried, outcome in ((19, 0, "lapsed"), (20, 1, "no_answer")):
        callback, who = owe(caller=f"138123400{rang_s}"), agent()
        call = a_call(Outcome.NOT_REACHED, by="agent", waited_s=rang_s + 3, queued=False)
        Call.objects.filter(id=call.id).update(direction="out")
        Leg.objects.create(
            call=call, channel=f"l-{call.id}-1", role="agent", state="gone", planned_at=START,
            up_at=START + timedelta(seconds=3),
        )  # fmt: skip
        actions.take(who, callback.id)
        actions.attempted(callback.id, who, call.id)
        told(call)
        callback.refresh_from_db()
        assert (callback.tried, callback.state) == (tried, "waiting")
        assert Attempt.objects.get(callback=callback).outcome == outcome
