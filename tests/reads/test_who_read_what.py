"""查阅留痕: every clear reading is found by who, when, what and from where, by the auditor alone, and what is unusual stands out."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Forbidden, Invalid
from hotline.base.kernel.models import AuditRow
from hotline.base.parties import actions as parties
from hotline.base.people.roles import ROLES, rights_of
from hotline.work.cases import actions as cases
from hotline.work.cases import queries as cases_known
from hotline.work.reads import actions, queries
from hotline.work.reads.figures import MANY_IN_AN_HOUR
from hotline.work.reads.queries import Wanted
from tests.cases.office import AGENT, dispatched, do, file, refused, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
AUDITOR = staff("audit_admin", name="审计员")
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def reader(name: str = "好奇者", address: str = "10.0.0.7") -> Actor:
    return Actor("person", str(uuid4()), name, rights_of(("agent",)), ("/",), ("agent",), address)


def found(**wanted: Any) -> list[dict[str, Any]]:
    return list(queries.page(AUDITOR, Wanted(**wanted))["items"])


def test_a_reading_is_found_by_reader_case_field_time_address_and_act() -> None:
    who, filed = reader(), file()
    with clock.at(NOON):
        cases.reveal(who, filed.id, "phone")
        cases.reveal(reader("别人", "10.0.0.8"), filed.id, "name")
    for wanted in (
        {"reader": "好奇"}, {"reader": who.id}, {"address": "10.0.0.7"}, {"number": filed.number, "field": "phone"},
        {"number": filed.number, "act": "case.reveal", "field": "phone", "since": NOON, "until": NOON + timedelta(seconds=1)},
    ):  # fmt: skip
        (row,) = found(**wanted)
        assert (row["reader"], row["number"], row["field"], row["zh"]) == (
            "好奇者",
            filed.number,
            "phone",
            "查看诉求人信息",
        )
    assert found(reader="好奇", until=NOON) == found(number="20990101000001") == []


def test_a_cases_number_finds_who_read_its_caller_elsewhere_too() -> None:
    filed = file()
    party = cases_known.one(AGENT, filed.id).party_id
    assert party
    parties.reveal(reader(), party, "phone", "回电")
    (row,) = found(number=filed.number)
    assert (row["act"], row["reason"]) == ("party.reveal", "回电")


def test_only_the_auditor_searches_and_exports() -> None:
    assert [role.name for role in ROLES.values() if "audit.export" in role.rights] == ["audit_admin"]
    for act in (
        lambda: queries.page(AGENT, Wanted()),
        lambda: queries.readers(AGENT, None, None),
        lambda: queries.findings(AGENT, None, None),
        lambda: actions.export(AGENT, Wanted()),
    ):
        with refused(Forbidden):
            act()


def test_pages_hold_every_reading_once_at_the_same_cost() -> None:
    who, id = reader(), file().id
    for _ in range(7):
        cases.reveal(who, id, "phone")
    rows, cursor, costs = [], None, set()
    for _ in range(4):
        with CaptureQueriesContext(
            connection,
        ) as sent:
            page = queries.page(AUDITOR, Wanted(reader=who.id), cursor, 2)
        costs.add(len(sent))
        rows += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert len(rows) == len(set(rows)) == 7
    assert costs == {1}


def test_who_read_how_often_is_counted() -> None:
    who = reader()
    with clock.at(NOON):
        first, second = file().id, file().id
        for id in (first, first, second):
            cases.reveal(who, id, "phone")
    (row,) = [
        row for row in queries.readers(AUDITOR, NOON, NOON + timedelta(hours=1)) if row["reader_id"] == who.id
    ]
    assert (row["reads"], row["things"]) == (3, 2)
    with refused(Invalid):
        queries.readers(AUDITOR, NOON - timedelta(days=400), NOON)


def kinds(who: Actor, since: datetime) -> dict[str, int]:
    rows = queries.findings(AUDITOR, since, since + timedelta(days=1))
    return {row["kind"]: row["reads"] for row in rows if row["reader_id"] == who.id}


def test_many_readings_in_an_hour_stand_out_and_as_many_in_two_do_not() -> None:
    fast, slow, id = reader(), reader(), file().id
    many = MANY_IN_AN_HOUR() + 1
    for n in range(many):
        with clock.at(NOON + timedelta(minutes=2 * n)):
            cases.reveal(fast, id, "phone")
        with clock.at(NOON + timedelta(minutes=4 * n)):
            cases.reveal(slow, id, "phone")
    assert kinds(fast, NOON)["many"] == many
    assert "many" not in kinds(slow, NOON)


def test_readings_at_night_stand_out_and_of_cases_one_never_worked_on() -> None:
    idle, busy = reader(), reader("经手人")
    with clock.at(NOON):
        id = dispatched()
        do(busy, id, "urge", note="请抓紧")
        cases.reveal(busy, id, "phone")
    with clock.at(NOON.replace(hour=2)):
        cases.reveal(idle, id, "phone")
    start = NOON.replace(hour=0)
    assert kinds(idle, start) == {"off_hours": 1, "not_his_work": 1}
    assert kinds(busy, start) == {}


def test_who_is_on_shift_at_night_does_not_stand_out() -> None:
    from hotline.lines.roster.models import Shift

    night = NOON.replace(hour=2)
    who = reader()
    Shift.objects.create(
        staff_id=who.id, name="夜班", day=night.date(), kind="night", line="12345", duty="agent",
        starts_at=night - timedelta(hours=2), ends_at=night + timedelta(hours=6), planned_by="测试", planned_at=NOON,
    )  # fmt: skip
    with clock.at(night):
        cases.reveal(who, file().id, "phone")
    assert "off_hours" not in kinds(who, NOON.replace(hour=0))
    with clock.at(NOON):
        cases.reveal(who, file().id, "phone")
    assert kinds(who, NOON.replace(hour=0))["off_hours"] == 1


def test_an_export_is_itself_a_reading_and_no_cell_is_a_formula() -> None:
    who, id = reader("=HYPERLINK(1)"), file(confidential=True).id
    cases.reveal(who, id, "phone", "+理由")
    text = actions.export(AUDITOR, Wanted(reader=who.id)).decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(text))
    assert len(head) == len(row)
    assert (row[1], row[-1]) == ("'=HYPERLINK(1)", "'+理由")
    logged = AuditRow.objects.get(act="audit.export")
    assert (logged.actor_label, logged.detail["rows"], logged.detail["reader"]) == ("审计员", 1, who.id)
    assert found(act="audit.export")[0]["zh"] == "导出查阅记录"
