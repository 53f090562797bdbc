"""The register in the database: loading, loading again, changing a treatment, what others read of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.base.people import actions as people
from hotline.lines.numbers import actions, queries
from hotline.lines.numbers.models import HotlineNumber, TreatmentRow, Trunk
from hotline.lines.numbers.plan import Behaviour, CarriedBy, Treatment, behaviour
from hotline.project.cli import load as load_command
from hotline.project.cli import numbers as numbers_command
from hotline.project.cli.load import load_city

CITY = Path(__file__).parents[2] / "cities" / "quanzhou"
SUPERVISOR = Actor(
    kind="person", id="1", label="主管", rights=frozenset({"numbers.read", "numbers.write"}), scope=("/",)
)
AGENT = Actor(kind="person", id="2", label="话务员", rights=frozenset({"numbers.read"}), scope=("/",))

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CITY, tmp_path / "quanzhou"))


def tomorrow() -> datetime:
    return clock.now() + timedelta(days=1)


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# --- loading ---------------------------------------------------------------------------------------------------------


def test_loading_the_same_files_again_changes_nothing() -> None:
    assert load_city() == []
    assert HotlineNumber.objects.count() == 32
    assert TreatmentRow.objects.count() == 32


def test_what_people_changed_in_the_console_is_not_overwritten_by_the_files() -> None:
    actions.change_treatment(SUPERVISOR, "12320", Treatment.NOTICE_THEN_12345, tomorrow(), "市卫健委来函")
    lines = load_city()
    assert [(kind, about) for kind, about, _, _ in lines] == [("kept", "12320")]
    assert behaviour(queries.plan_of("12320"), tomorrow()) is Behaviour.NOTICE_THEN_QUEUE


def test_a_later_dated_row_of_the_files_is_appended_and_a_past_one_is_not(folder: Path) -> None:
    later = tomorrow().replace(microsecond=0)
    with (folder / "treatments.csv").open("a", encoding="utf-8") as file:
        file.write("12316,ceased,2022-06-01T00:00:00+08:00,operator,补记\n")
        file.write(f"12333,notice_then_12345,{later.isoformat()},operator,运营商语音提醒已开通\n")
    lines = load_city(folder)
    assert {(kind, about) for kind, about, _, _ in lines} == {("kept", "12316"), ("appended", "12333")}
    assert behaviour(queries.plan_of("12316"), clock.now()) is Behaviour.NOTICE_THEN_QUEUE
    last = queries.plan_of("12333").periods[-1]
    assert (last.effective_from, last.carried_by) == (later, CarriedBy.OPERATOR)
    assert load_city(folder) == [line for line in lines if line[0] == "kept"]


def test_a_trunk_added_to_the_file_is_wired_and_one_removed_is_unwired(folder: Path) -> None:
    with (folder / "trunks.csv").open("a", encoding="utf-8") as file:
        file.write("justice,linked,127.0.0.4,5080,udp,12348,0595,alaw,059512345,\n")
    assert [line[:2] for line in load_city(folder)] == [("added", "trunk justice")]
    assert queries.plan_of("12348").linked_trunk == "justice"
    assert queries.plan_of("12328").linked_trunk is None
    assert [line[:2] for line in load_city(CITY)] == [("removed", "trunk justice")]
    assert queries.plan_of("12348").linked_trunk is None


def test_a_trunk_that_leaves_the_machine_is_known_to_reach_real_people(folder: Path) -> None:
    assert not queries.reaches_real_people()
    replace_in(folder / "trunks.csv", "127.0.0.1", "192.0.2.1")
    load_city(folder)
    assert queries.reaches_real_people()


def test_one_wrong_file_refuses_all_of_them_and_every_fault_of_every_file_is_told(folder: Path) -> None:
    replace_in(folder / "numbers.csv", "notice_then_12345", "notice")
    replace_in(folder / "organisations.csv", ",department,", ",bureau,")
    replace_in(folder / "city.yaml", "type: consult", "type: chat")
    replace_in(folder / "prompts.csv", "vacant,zh-CN", "vacant,zh_CN")
    replace_in(folder / "trunks.csv", "0595|", "0596|")
    with pytest.raises(Invalid) as refused:
        load_city(folder)
    files = {fault.where.split(":")[0] for fault in refused.value.faults}
    assert files == {"numbers.csv", "organisations.csv", "city.yaml", "prompts.csv"}
    assert Trunk.objects.get().strip[0] == "0595"


def test_a_dry_run_shows_the_difference_and_writes_nothing(folder: Path) -> None:
    replace_in(folder / "numbers.csv", "Tourism", "Travel")
    result = CliRunner().invoke(load_command.command, ["--dry-run", "--folder", str(folder)])
    assert result.exit_code == 0, result.output
    assert "12301.name_en" in result.output
    assert HotlineNumber.objects.get(number="12301").name_en == "Tourism"


def test_the_database_itself_refuses_an_emergency_number() -> None:
    row = HotlineNumber.objects.get(number="12333")
    row.number = "110"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


# --- what others read ------------------------------------------------------------------------------------------------


def test_the_plans_hold_all_numbers_in_the_order_of_the_annex() -> None:
    plans = queries.plans()
    assert plans.main == "12345"
    assert [plan.number for plan in plans.numbers][:2] == ["12396", "12301"]
    assert len(plans.numbers) == 32
    assert [one.number for one in plans.emergency] == ["110", "119", "120", "122"]


def test_only_the_numbers_under_notice_have_a_notice_and_only_12329_has_seats_of_its_own() -> None:
    plans = {plan.number: plan for plan in queries.plans().numbers}
    assert {n for n, plan in plans.items() if plan.notice_prompt} == {"12333", "12316", "12317", "12385"}
    assert plans["12333"].notice_prompt == "notice-12333"
    assert {n for n, plan in plans.items() if plan.seats_hours} == {"12329"}


def test_12329s_seats_are_closed_at_noon_at_night_and_on_a_holiday() -> None:
    plan = queries.plan_of("12329")
    at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday 09:00 in the city
    assert queries.seats_open(plan, at)
    assert not queries.seats_open(plan, at.replace(hour=4, minute=30))
    assert not queries.seats_open(plan, at.replace(hour=14))
    assert not queries.seats_open(plan, at.replace(month=10, day=1))
    assert queries.seats_open(plan, at.replace(month=10, day=10))  # a Saturday that is worked


def test_a_number_that_comes_under_the_notice_later_has_the_general_notice() -> None:
    actions.change_treatment(SUPERVISOR, "12320", Treatment.NOTICE_THEN_12345, tomorrow(), "来函")
    assert queries.plan_of("12320").notice_prompt == "notice"


def test_hotline_numbers_json_says_what_each_number_does_now() -> None:
    result = CliRunner().invoke(numbers_command.command, ["--json"])
    rows = {row["number"]: row for row in json.loads(result.output)}
    assert len(rows) == 32
    assert rows["12333"] == {
        "number": "12333",
        "name": "人力资源与社会保障服务",
        "department": "市人社局",
        "treatment": "notice_then_12345",
        "behaviour_now": "notice_then_queue",
        "effective_from": "2021-12-01T00:00:00+08:00",
        "clause": "二(二)1",
    }
    assert rows["12396"]["effective_from"] is None
    assert CliRunner().invoke(numbers_command.command, []).exit_code == 0


# --- changing a treatment --------------------------------------------------------------------------------------------


def test_a_change_takes_effect_at_its_time_and_the_past_stays_as_it_was() -> None:
    at = tomorrow()
    actions.change_treatment(SUPERVISOR, "12348", Treatment.CEASED, at, "停用")
    plan = queries.plan_of("12348")
    assert behaviour(plan, at - timedelta(seconds=1)) is Behaviour.LINKED
    assert behaviour(plan, at) is Behaviour.VACANT
    item = queries.item("12348")
    assert item["behaviour_now"] == "linked"
    assert [row["treatment"] for row in item["history"]] == ["linked_seats", "ceased"]
    assert item["history"][0]["effective_to"] == item["history"][1]["effective_from"]
    assert item["history"][1]["recorded_by"] == "主管"


def test_a_planned_change_can_be_replaced_but_stays_in_the_history() -> None:
    actions.change_treatment(SUPERVISOR, "12348", Treatment.CEASED, tomorrow(), "停用")
    actions.change_treatment(
        SUPERVISOR, "12348", Treatment.LINKED_SEATS, clock.now() + timedelta(hours=1), "不停了"
    )
    assert behaviour(queries.plan_of("12348"), tomorrow() + timedelta(days=9)) is Behaviour.LINKED
    history = queries.item("12348")["history"]
    assert [row["superseded"] for row in history] == [False, True, False]


def test_the_past_cannot_be_changed() -> None:
    with pytest.raises(Invalid) as refused:
        actions.change_treatment(
            SUPERVISOR, "12348", Treatment.CEASED, clock.now() - timedelta(minutes=1), "停用"
        )
    assert refused.value.faults[0].where == "effective_from"


def test_a_change_in_another_millennium_is_a_slip() -> None:
    far = datetime(9999, 12, 31, tzinfo=UTC)
    with pytest.raises(Invalid):
        actions.change_treatment(SUPERVISOR, "12348", Treatment.CEASED, far, "停用")


def test_a_change_without_reason_or_without_offset_is_refused_with_both_faults() -> None:
    naive = datetime(2030, 1, 1)
    with pytest.raises(Invalid) as refused:
        actions.change_treatment(SUPERVISOR, "12348", Treatment.CEASED, naive, " ")
    assert {fault.where for fault in refused.value.faults} == {"effective_from", "reason"}


def test_a_change_that_changes_nothing_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        actions.change_treatment(SUPERVISOR, "12348", Treatment.LINKED_SEATS, tomorrow(), "照旧")


def test_the_operator_taking_over_the_notice_is_a_change() -> None:
    actions.change_treatment(
        SUPERVISOR, "12333", Treatment.NOTICE_THEN_12345, None, "已开通", CarriedBy.OPERATOR
    )
    assert not queries.plan_of("12333").periods[-1].plays_notice


def test_a_change_needs_the_right_and_a_registered_number() -> None:
    with pytest.raises(Forbidden):
        actions.change_treatment(AGENT, "12348", Treatment.CEASED, tomorrow(), "停用")
    with pytest.raises(NotFound):
        actions.change_treatment(SUPERVISOR, "110", Treatment.CEASED, tomorrow(), "停用")


def test_a_change_leaves_an_audit_row_and_news() -> None:
    actions.change_treatment(SUPERVISOR, "12348", Treatment.CEASED, tomorrow(), "停用")
    assert (
        AuditRow.objects.filter(act="numbers.change_treatment", object_id="12348", actor_label="主管").count()
        == 1
    )
    assert OutboxRow.objects.filter(topic="numbers.changed", key="12348").count() == 1


@pytest.fixture
def listener(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[Any]]:
    parameters = connection.get_connection_params()
    with psycopg.connect(
        host=parameters["host"], port=parameters["port"], user=parameters["user"],
        password=parameters["password"], dbname=parameters["dbname"], autocommit=True,
    ) as listening:  # fmt: skip
        listening.execute(f"LISTEN {actions.CHANNEL}")
        yield listening


@pytest.mark.django_db(transaction=True)
def test_a_change_wakes_whoever_writes_the_dialplan(
    restore_city: None, listener: psycopg.Connection[Any]
) -> None:
    actions.change_treatment(SUPERVISOR, "12348", Treatment.CEASED, tomorrow(), "停用")
    assert [note.channel for note in listener.notifies(timeout=10, stop_after=1)] == ["numbers"]


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_are_both_recorded_one_after_the_other(restore_city: None) -> None:
    def record(treatment: Treatment) -> None:
        try:
            actions.change_treatment(SUPERVISOR, "12348", treatment, tomorrow(), "同时")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, [Treatment.CEASED, Treatment.SUB_CENTRE, Treatment.NOTICE_THEN_12345]))
    rows = TreatmentRow.objects.filter(number__number="12348")
    assert sorted(rows.values_list("sequence", flat=True)) == [1, 2, 3, 4]


@pytest.fixture
def restore_city() -> None:
    """Another test that commits may have emptied the tables before this one."""
    load_city()


# --- over HTTP -------------------------------------------------------------------------------------------------------


def test_a_stranger_reads_no_register(client: Client) -> None:
    assert client.get("/api/v1/numbers").status_code == 401


def signed_in(role: str, home: Path) -> Client:
    people.first_accounts(home)
    accounts = json.loads((home / "accounts.json").read_text(encoding="utf-8"))
    account = next(one for one in accounts if one["role"] == role)
    client = Client()
    body = {"username": account["username"], "password": account["password"]}
    answer = client.post("/api/v1/session", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return client


def test_an_agent_reads_the_register_and_cannot_change_it(tmp_path: Path) -> None:
    agent = signed_in("agent", tmp_path)
    items = agent.get("/api/v1/numbers").json()["items"]
    assert [item["number"] for item in items][18] == "12333"
    one = agent.get("/api/v1/numbers/12329").json()
    assert one["department"] == "市住房公积金管理中心"
    assert one["behaviour_now"] == "own_seats"
    change = {"treatment": "ceased", "effective_from": tomorrow().isoformat(), "reason": "停用"}
    refused = agent.post("/api/v1/numbers/12333/treatments", change, content_type="application/json")
    assert (refused.status_code, refused.json()["type"]) == (403, "forbidden")
    assert agent.get("/api/v1/numbers/110").status_code == 404


def change(client: Client, **fields: object) -> Any:
    body = {"treatment": "ceased", "effective_from": tomorrow().isoformat(), "reason": "停用"} | fields
    return client.post("/api/v1/numbers/12348/treatments", body, content_type="application/json")


def test_a_supervisor_changes_a_treatment(tmp_path: Path) -> None:
    supervisor = signed_in("supervisor", tmp_path)
    assert change(supervisor, treatment="silenced").status_code == 422
    done = change(supervisor)
    assert done.status_code == 201
    assert [row["treatment"] for row in done.json()["history"]] == ["linked_seats", "ceased"]
    assert done.json()["behaviour_now"] == "linked"


def test_a_change_of_the_past_is_refused_with_the_field_and_both_languages(tmp_path: Path) -> None:
    past = change(signed_in("supervisor", tmp_path), effective_from="2021-12-01T00:00:00+08:00")
    assert past.status_code == 422
    assert past["Content-Type"].startswith("application/problem+json")
    fault = past.json()["faults"][0]
    assert fault["where"] == "effective_from"
    assert "过去" in fault["zh"]
    assert "past" in fault["en"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE numbers_hotlinenumber SET name = '改名' WHERE number = '12333'",
        "UPDATE numbers_treatmentrow SET reason = '改' WHERE sequence = 1",
        "UPDATE people_organisation SET name = '改名'",
        "UPDATE numbers_trunk SET duty = '[\"12345\"]'",
        "DELETE FROM numbers_trunk",
    ],
)
def test_the_register_is_read_anew_only_when_its_rows_have_changed_whoever_changed_them(change: str) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as spent:
            queries.plans()
            queries.listing()
        return len(spent)

    queries.plans()
    before = queries.listing(), queries.plans()
    assert cost() == 2
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(change)
        assert cost() == 5, "asked, and read: numbers, treatments, trunks; then asked once more"
        assert cost() == 2
        assert (queries.listing(), queries.plans()) != before
        transaction.set_rollback(True)
    assert (queries.listing(), queries.plans()) == before


def test_own_seats_count_as_closed_in_a_year_without_its_holidays_and_no_call_fails_for_it() -> None:
    plan = queries.plan_of("12329")
    assert queries.seats_open(plan, datetime(2026, 1, 5, 2, tzinfo=UTC))  # a Monday, 10:00 in the city
    assert not queries.seats_open(plan, datetime(2031, 1, 6, 2, tzinfo=UTC))
