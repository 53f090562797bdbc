"""Run data of linked hotlines (53号 二(二)2–3, 二(三)): taken once, whatever way it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Forbidden, NotFound, Problem
from hotline.base.kernel.models import AuditRow
from hotline.base.kernel.sealing import unseal
from hotline.joined.exchange import actions, format, partitions, queries
from hotline.joined.exchange.models import LinkedCall, RefusedRecord, RunRecord

from .conftest import NOON, batch, record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


def stored() -> list[dict[str, Any]]:
    """All that is kept of what was sent, without when it came."""
    came = ("batch_id", "received_at")
    history = RunRecord.objects.order_by("source", "external_id", "sequence").values()
    current = LinkedCall.objects.order_by("source", "external_id").values()
    refused = RefusedRecord.objects.order_by("source", "digest").values("source", "digest", "faults")
    return [
        {key: value for key, value in row.items() if key not in came}
        for row in (*history, *current, *refused)
    ]


def refusal(sender: Actor, given: Any) -> dict[str, str]:
    """The faults (field → English) for which ``given`` is refused."""
    receipt = actions.receive(sender, batch(given))
    assert (receipt.accepted, receipt.duplicates, len(receipt.refused)) == (0, 0, 1)
    assert all(fault.zh and fault.en for fault in receipt.refused[0].faults)
    return {fault.where: fault.en for fault in receipt.refused[0].faults}


def test_a_record_is_stored_with_the_citys_day_and_counted_once_however_often_it_is_sent(
    sender: Actor,
) -> None:
    first = actions.receive(sender, batch(record()))
    again = actions.receive(sender, batch(record(), record()))
    assert (first.accepted, first.duplicates) == (1, 0)
    assert (again.accepted, again.duplicates, again.refused) == (0, 2, ())
    row = RunRecord.objects.get()
    assert (row.source, row.number, row.day, row.outcome) == ("12348", "12348", date(2026, 3, 4), "answered")


def test_the_same_instant_in_another_time_zone_is_the_same_record(sender: Actor) -> None:
    actions.receive(sender, batch(record(started_at="2026-03-04T03:00:00Z")))
    assert actions.receive(sender, batch(record(started_at="2026-03-04T11:00:00+08:00"))).duplicates == 1


def test_a_later_sequence_supersedes_and_an_earlier_one_that_comes_late_does_not(sender: Actor) -> None:
    open_call = {"outcome": "in_progress", "answered_at": None, "ended_at": None}
    actions.receive(sender, batch(record(sequence=5)))
    actions.receive(sender, batch(record(sequence=2, **open_call)))
    assert RunRecord.objects.count() == 2
    current = LinkedCall.objects.get()
    assert (current.sequence, current.outcome) == (5, "answered")
    actions.receive(sender, batch(record(sequence=6, satisfaction=5)))
    assert LinkedCall.objects.get().satisfaction == 5


def test_other_content_under_a_known_sequence_is_refused_and_the_first_stands(sender: Actor) -> None:
    actions.receive(sender, batch(record()))
    receipt = actions.receive(sender, batch(record(agent="007")))
    assert [fault.where for fault in receipt.refused[0].faults] == ["sequence"]
    assert RunRecord.objects.get().agent is None
    in_one = actions.receive(sender, batch(record("b"), record("b", agent="007")))
    assert (in_one.accepted, [refused.index for refused in in_one.refused]) == (1, [1])


def test_a_call_cannot_move_to_another_day(sender: Actor) -> None:
    actions.receive(sender, batch(record()))
    before = record(sequence=1, started_at="2026-03-03T03:00:00Z", queued_at=None)
    assert set(refusal(sender, before)) == {"started_at"}
    assert RunRecord.objects.count() == 1


def test_a_late_record_of_an_old_day_gets_its_partition(sender: Actor) -> None:
    old = record(started_at="2025-12-31T23:30:00+08:00", queued_at=None)
    assert actions.receive(sender, batch(old)).accepted == 1
    assert RunRecord.objects.get().day == date(2025, 12, 31)
    assert date(2025, 12, 31) in partitions.existing()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "12315"}, "number"),
        ({"number": 12348}, "number"),
        ({"kind": "message"}, "kind"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "a\n"}, "external_id"),
        ({"external_id": "张三"}, "external_id"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": "1"}, "sequence"),
        ({"started_at": "2026-03-04T11:00:00"}, "started_at"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "2026-03-04T04:06:00Z", "queued_at": None, "answered_at": None}, "started_at"),
        ({"ended_at": "9999-12-31T23:59:59-12:00"}, "ended_at"),
        ({"started_at": "2024-03-04T04:00:00Z"}, "started_at"),
        ({"answered_at": "2026-03-04T02:00:00Z"}, "answered_at"),
        ({"ended_at": "2026-03-04T02:00:00Z"}, "ended_at"),
        ({"answered_at": None}, "answered_at"),
        ({"outcome": "abandoned"}, "answered_at"),
        ({"outcome": "abandoned", "answered_at": None, "ended_at": None}, "ended_at"),
        ({"outcome": "lost"}, "outcome"),
        ({"satisfaction": 6}, "satisfaction"),
        ({"caller": "13800000000"}, "caller"),
    ],
)
def test_a_bad_record_is_refused_naming_the_field(sender: Actor, change: dict[str, Any], field: str) -> None:
    assert field in refusal(sender, record(**change))
    assert not RunRecord.objects.exists()


def test_every_fault_of_a_record_is_named_not_only_the_first(sender: Actor) -> None:
    bad = record(number="12315", answered_at="2026-03-04T02:00:00Z")
    assert set(refusal(sender, bad)) == {"number", "answered_at"}
    del bad["outcome"], bad["kind"]
    assert set(refusal(sender, bad)) == {"outcome", "kind"}


@pytest.mark.parametrize("junk", [None, 5, "text", [], [{}], {}])
def test_what_is_no_record_at_all_is_refused_and_kept(sender: Actor, junk: Any) -> None:
    body = json.dumps({"source": "12348", "records": [junk, record()]}).encode()
    receipt = actions.receive(sender, body)
    assert (receipt.accepted, [refused.index for refused in receipt.refused]) == (1, [0])
    assert unseal(RefusedRecord.objects.get().raw_sealed) == json.dumps(junk)


def test_a_refused_record_is_kept_word_for_word_with_its_reasons_once(sender: Actor) -> None:
    bad = record(outcome="lost")
    receipt = actions.receive(sender, batch(record("good"), bad))
    actions.receive(sender, batch(bad))
    kept = RefusedRecord.objects.get()
    assert json.loads(unseal(kept.raw_sealed)) == bad
    assert (kept.first_batch_id, kept.times) == (receipt.batch_id, 2)
    assert kept.faults[0]["where"] == "outcome"
    assert receipt.refused[0].index == 1


def test_a_name_no_database_can_keep_is_a_fault_with_its_spelling(sender: Actor) -> None:
    assert set(refusal(sender, record() | {"\x00": 1, "a\nb": 2})) == {"\\u0000", "a\\u000ab"}
    assert RefusedRecord.objects.count() == 1


def test_a_callers_number_in_a_refused_record_is_kept_sealed_and_read_by_its_own_people_only(
    sender: Actor,
) -> None:
    actions.receive(sender, batch(record(caller="13812341234")))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT exchange_refusedrecord::text, encode(raw_sealed, 'escape') FROM exchange_refusedrecord"
        )
        assert "13812341234" not in str(cursor.fetchall())
    kept = RefusedRecord.objects.get()
    own = Actor("person", "o", "联动中心", frozenset({"rundata.read"}), (queries.sources()["12348"].path,))
    assert "13812341234" not in str(queries.refused(own).items)
    assert json.loads(actions.reveal_refused(own, kept.id))["caller"] == "13812341234"
    assert AuditRow.objects.get(act="rundata.reveal").object_id == str(kept.id)
    office = Actor("person", "g", "市政府办", frozenset({"rundata.read"}), ("/",))
    with pytest.raises(NotFound):
        actions.reveal_refused(office, kept.id)


def test_a_token_sends_for_its_own_source_only_not_even_with_the_whole_citys_scope(sender: Actor) -> None:
    others = Actor("machine", "t", "t", frozenset({"rundata.push"}), (queries.sources()["12315"].path,))
    everybody = Actor("machine", "t", "t", frozenset({"rundata.push"}), ("/",))
    for stranger in (others, everybody):
        with pytest.raises(Problem) as refused:
            actions.receive(stranger, batch(record()))
        assert (refused.value.code, refused.value.status) == ("not-your-source", 403)
    with pytest.raises(Problem):
        actions.receive(sender, batch(record(number="12345"), source="12345"))
    without = Actor("machine", "t", "t", frozenset(), sender.scope)
    with pytest.raises(Forbidden):
        actions.receive(without, batch(record()))
    assert stored() == []


def test_the_sources_are_the_ten_hotlines_whose_run_data_the_plan_gathers(city: None) -> None:
    expected = {"12329", "12348", "12328", "12320", "12315", "12360", "12366", "12313", "12367", "12305"}
    assert set(queries.sources()) == expected  # 53号 二(二)2–3, 二(三)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"source": "12348"}', b'{"source": "12348", "records": {}}',
     b'{"source": "12348", "records": ["\\ud800"]}', b'{"a": 1, "source": "", "records": []}',
     b'{"source": "12348", "records": ["' + b"\xff" + b'"]}'],
)  # fmt: skip
def test_a_batch_that_cannot_be_read_is_refused_whole(sender: Actor, body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        actions.receive(sender, body)
    assert refused.value.code == "batch-unreadable"
    assert refused.value.faults[0].zh


def test_a_batch_may_have_5000_records_and_8_mebibytes(sender: Actor) -> None:
    with pytest.raises(Problem, match="5000") as refused:
        actions.receive(sender, batch(*[1] * 5001))
    assert refused.value.status == 413
    with pytest.raises(Problem, match="8388608"):
        actions.receive(sender, batch("x" * 8 * 1024 * 1024))
    most = actions.receive(sender, batch(*[record(f"c-{n}") for n in range(5000)]))
    assert most.accepted == 5000


def test_an_empty_batch_is_a_sign_of_life_and_every_delivery_leaves_an_audit_row(sender: Actor) -> None:
    receipt = actions.receive(sender, batch())
    assert (receipt.accepted, receipt.duplicates, receipt.refused) == (0, 0, ())
    row = AuditRow.objects.get(object_id=str(receipt.batch_id))
    assert (row.act, row.actor_label, row.detail["source"]) == ("rundata.push", "12348 中心", "12348")
    assert "12348" in queries.last_deliveries()


def test_the_number_of_queries_does_not_depend_on_the_number_of_records(sender: Actor) -> None:
    actions.receive(sender, batch(record("warm")))
    counts = []
    for size in (1, 500):
        with CaptureQueriesContext(connection) as queries_made:
            actions.receive(sender, batch(*[record(f"{size}-{n}") for n in range(size)]))
        counts.append(len(queries_made))
    assert counts[0] == counts[1] <= 14


# --- any order, any number of times, in any pieces ---------------------------------------------------------------

moments = st.integers(0, 3)
deliveries = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 4), st.sampled_from(["fine", "bad"])),
    min_size=1,
    max_size=14,
)


def _as_record(call: str, sequence: int, quality: str) -> dict[str, Any]:
    # The content follows from the key, as it does at a source that keeps to the format.
    day = NOON - timedelta(days="abcd".index(call) % 3)
    made = record(call, sequence, started_at=day.isoformat(), queued_at=None, answered_at=None, ended_at=None)
    made["outcome"] = "in_progress"
    made["agent"] = f"agent-{sequence}"
    return made if quality == "fine" else made | {"outcome": "?"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=deliveries, data=st.data())
def test_any_order_repetition_and_splitting_ends_in_the_same_state(
    sender: Actor, sent: list[tuple[str, int, str]], data: st.DataObject
) -> None:
    records = [_as_record(*one) for one in sent]
    _clear()
    actions.receive(sender, batch(*records))
    once = stored()
    _clear()
    mixed = data.draw(st.permutations(records + data.draw(st.lists(st.sampled_from(records), max_size=6))))
    while mixed:
        size = data.draw(st.integers(1, len(mixed)))
        actions.receive(sender, batch(*mixed[:size]))
        mixed = mixed[size:]
    assert stored() == once


def _clear() -> None:
    for model in (RunRecord, LinkedCall, RefusedRecord):
        model.objects.all().delete()


# --- keeping ------------------------------------------------------------------------------------------------------


def test_pruning_drops_whole_days_that_are_too_old_and_nothing_younger(sender: Actor) -> None:
    oldest = NOON - timedelta(days=queries.kept_days())
    actions.receive(
        sender, batch(record("old", started_at=oldest.isoformat(), queued_at=None), record("new"))
    )
    with clock.at(NOON + timedelta(days=2)):
        removed = actions.prune(sender)
    assert (removed["days"], removed["calls"]) == (1, 1)
    assert [row.external_id for row in RunRecord.objects.all()] == ["new"]
    assert clock.local(oldest).date() not in partitions.existing()


def test_the_published_schema_is_that_of_the_program() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs/reference/run-data.md").read_text(encoding="utf-8")
    published = page.split("```json schema\n", 1)[1].split("```", 1)[0]
    assert json.loads(published) == format.json_schema()
