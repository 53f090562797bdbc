"""Today's board: own calls and run data of linked hotlines, by number (53号 二; GB/T 33358 for the rates)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import Actor
from hotline.joined.exchange import actions as exchange
from hotline.joined.exchange import queries as sources
from hotline.joined.metrics import queries
from hotline.joined.metrics.formulas import FORMULAS, Counts, figures
from hotline.lines.calls.models import Call

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


@pytest.fixture
def at_noon(city: None, db: None) -> Iterator[None]:
    with clock.at(NOON):
        yield


def call(
    number: str, outcome: str = "answered", *, waited_s: float = 5, at: datetime = NOON - timedelta(hours=1)
) -> None:
    """A call that ended on our own lines."""
    begun = at + timedelta(seconds=2)
    spoke = outcome in ("answered", "transferred_linked")
    ended = begun + timedelta(seconds=waited_s + (60 if spoke else 0))
    Call.objects.create(
        channel=f"c-{ids.new()}", slot=1, state="ended", number=number, line=number, behaviour="x", outcome=outcome,
        arrived_at=at, queued_at=begun, answered_at=begun + timedelta(seconds=waited_s) if spoke else None, ended_at=ended,
    )  # fmt: skip


def reported(
    number: str, count: int, *, waited_s: float = 5, at: datetime = NOON - timedelta(hours=1), **changes: Any
) -> None:
    """Calls as the centre of ``number`` sends them, answered after ``waited_s``."""
    sender = Actor("machine", "t", "t", frozenset({"rundata.push"}), (sources.sources()[number].path,))
    answered = at + timedelta(seconds=waited_s)
    records = [
        {"kind": "call", "external_id": f"{number}-{at:%d%H%M}-{waited_s}-{changes.get('outcome')}-{n}", "sequence": 1,
         "number": number, "started_at": at.isoformat(), "answered_at": answered.isoformat(),
         "ended_at": (answered + timedelta(seconds=30)).isoformat(), "outcome": "answered"} | changes
        for n in range(count)
    ]  # fmt: skip
    receipt = exchange.receive(sender, json.dumps({"source": number, "records": records}).encode())
    assert not receipt.refused


def row(number: str) -> dict[str, Any]:
    return next(row for row in queries.board()["by_number"] if row["number"] == number)


@pytest.mark.usefixtures("at_noon")
def test_all_33_numbers_stand_on_the_board_even_when_nobody_called() -> None:
    board = queries.board()
    assert len(board["by_number"]) == 33
    assert board["by_number"][0]["number"] == "12345"
    assert {row["calls"] for row in board["by_number"]} == {0}
    assert board["totals"]["answer_rate"] is None
    assert all(row["name"] and row["treatment"] for row in board["by_number"])


@pytest.mark.usefixtures("at_noon")
def test_own_calls_and_a_linked_centres_run_data_are_added_up_by_number() -> None:
    call("12345")
    call("12345", waited_s=16)
    call("12345", "abandoned_in_queue", waited_s=3)
    call("12345", "abandoned_in_queue", waited_s=40)
    call("12300", "vacant")
    reported("12348", 3)
    reported("12348", 1, waited_s=15.5)
    own, linked = row("12345"), row("12348")
    assert (own["calls"], own["answered"], own["abandoned"], own["short_abandoned"]) == (4, 2, 2, 1)
    assert (own["answer_rate"], own["answer_rate_without_short"], own["within_15s_rate"]) == (
        0.5,
        0.6667,
        0.25,
    )
    assert (linked["calls"], linked["answered"], linked["within_15s_rate"], linked["source"]) == (
        4,
        4,
        0.75,
        "linked",
    )
    assert (row("12300")["vacant"], row("12300")["answer_rate"]) == (1, None)
    totals = queries.board()["totals"]
    assert (totals["calls"], totals["answered"], totals["vacant"]) == (9, 6, 1)


@pytest.mark.usefixtures("at_noon")
def test_a_call_put_through_to_a_centre_that_reports_is_counted_once() -> None:
    call("12348", "transferred_linked")
    assert (row("12348")["calls"], row("12348")["source"]) == (1, "own")
    reported("12348", 1)
    assert (row("12348")["calls"], row("12348")["answered"], row("12348")["source"]) == (1, 1, "both")
    call("12348")  # taken at 12345's own seats
    assert (row("12348")["calls"], row("12348")["answered"]) == (2, 2)


@pytest.mark.usefixtures("at_noon")
def test_only_the_citys_today_counts() -> None:
    midnight = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
    for at in (midnight - timedelta(seconds=1), midnight):
        call("12345", at=at)
        reported("12315", 1, at=at)
    assert (row("12345")["calls"], row("12315")["calls"]) == (1, 1)


@pytest.mark.usefixtures("at_noon")
def test_a_later_record_of_the_same_call_replaces_its_figures() -> None:
    waiting = {"outcome": "in_progress", "answered_at": None, "ended_at": None, "external_id": "one"}
    reported("12315", 1, **waiting)
    assert (row("12315")["calls"], row("12315")["answered"], row("12315")["answer_rate"]) == (1, 0, None)
    reported("12315", 1, external_id="one", sequence=2)
    assert (row("12315")["calls"], row("12315")["answered"], row("12315")["answer_rate"]) == (1, 1, 1.0)


@pytest.mark.usefixtures("at_noon")
def test_the_board_costs_the_same_few_queries_however_many_calls_there_are() -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as made:
            queries.board()
        counts.append(len(made))
        for number in ("12345", "12333", "12300"):
            call(number)
        reported("12366", 20)
    assert counts[0] == counts[1] <= 8


def test_every_figure_is_defined_in_both_languages_and_every_definition_has_its_sum() -> None:
    defined = queries.definitions(NOON)
    assert [row["code"] for row in defined] == list(FORMULAS)
    for one in defined:
        assert all(one[key] for key in ("zh", "en", "formula_zh", "formula_en", "source"))  # type: ignore[literal-required]
        assert "{" not in one["formula_zh"] + one["zh"] + one["en"] + one["formula_en"]
    assert "15 秒接通率" in [row["zh"] for row in defined]


def test_the_words_of_a_figure_name_the_citys_own_levels(settings: Any) -> None:
    dated = {"effective_from": "2021-12-01T00:00:00+08:00"}
    levels = {"answer_seconds": 20, "answer_rate_target": 90, "short_abandon_seconds": 7}
    settings.CITY = settings.CITY | {
        "service_levels": [{"figure": name, "value": value} | dated for name, value in levels.items()]
    }
    words = {row["code"]: row for row in queries.definitions(NOON)}
    assert words["within_15s_rate"]["zh"] == "20 秒接通率"
    assert "≥ 90%" in words["answer_rate"]["formula_zh"]
    assert "≥ 90 %" in words["answer_rate"]["formula_en"]
    assert "不足 7 秒" in words["short_abandoned"]["formula_zh"]


def test_before_the_plan_there_are_no_definitions() -> None:
    assert queries.definitions(datetime(2020, 1, 1, tzinfo=UTC)) == []


small = st.integers(0, 1000)


@given(answered=small, abandoned=small, failed=small, vacant=small, waiting=small, data=st.data())
def test_rates_lie_between_0_and_1_and_calls_still_waiting_or_vacant_change_none(
    answered: int, abandoned: int, failed: int, vacant: int, waiting: int, data: st.DataObject
) -> None:
    within = data.draw(st.integers(0, answered))
    short = data.draw(st.integers(0, abandoned))
    whole = answered + abandoned + failed
    one = figures(Counts(whole, answered, abandoned, 0, failed, within, short))
    more = figures(Counts(whole + vacant + waiting, answered, abandoned, vacant, failed, within, short))
    for code in ("answer_rate", "answer_rate_without_short", "within_15s_rate"):
        rate = one[code]
        assert rate == more[code]
        assert rate is None or 0 <= rate <= 1
    if whole:
        assert one["within_15s_rate"] <= one["answer_rate"]  # type: ignore[operator]


@pytest.mark.usefixtures("at_noon")
def test_the_board_and_the_definitions_have_the_shape_the_interface_documents() -> None:
    from msgspec import json as encoded

    from hotline.joined.metrics import api

    call("12345")
    reported("12348", 1)
    board = api.Board.model_validate_json(encoded.encode(queries.board()))
    assert len(board.by_number) == 33
    assert api.Definitions.model_validate({"items": queries.definitions()}).items[0].code == "calls"
