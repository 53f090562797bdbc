"""A party is found by any spelling of his number, is stored nowhere in plain, and every look behind the mask is logged."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Forbidden, Invalid, NotFound
from hotline.base.kernel.models import AuditRow
from hotline.base.parties import actions, queries
from hotline.base.parties.models import Party
from hotline.base.parties.phones import normal

TESTS = system("tests")
PHONE, NAME, IDENTITY = "13812341234", "欧阳测试", "350500199001011234"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13812341234", "13812341234"),
        ("138 1234 1234", "13812341234"),
        ("138-1234-1234", "13812341234"),
        ("+86 138 1234 1234", "13812341234"),
        ("008613812341234", "13812341234"),
        ("013812341234", "13812341234"),
        ("0595-22112345", "059522112345"),
        ("(0595) 2211 2345", "059522112345"),
        ("+86 595 22112345", "059522112345"),
        ("22112345", "22112345"),
        ("+1 212 555 0100", "0012125550100"),
        ("anonymous", None),
        ("", None),
        ("12", None),
        ("１３８１２３４１２３４", None),
    ],
)
def test_a_number_has_one_spelling_however_it_is_written(written: str, number: str | None) -> None:
    assert normal(written) == number


@given(st.text(max_size=24))
def test_the_spelling_is_final_and_is_digits_only(text: str) -> None:
    number = normal(text)
    assert number is None or (number.isdigit() and normal(number) == number)


@pytest.mark.django_db
def test_the_same_caller_is_met_once(db: None) -> None:
    first = actions.find_or_create(TESTS, PHONE, name=NAME)
    again = actions.find_or_create(TESTS, "+86 138-1234-1234", name="别人")
    assert again == first
    assert (first.name_masked, first.phone_masked) == ("欧**", "138****1234")
    assert queries.by_phone("0 138 1234 1234") == first
    assert queries.by_last4("1234") == [first]
    assert queries.cards([first.id, uuid4()]) == {first.id: first}


@pytest.mark.django_db
def test_a_known_caller_costs_one_query_and_a_new_one_three(db: None) -> None:
    with CaptureQueriesContext(connection) as new:
        actions.find_or_create(TESTS, PHONE)
    with CaptureQueriesContext(connection) as known:
        actions.find_or_create(TESTS, PHONE)
    assert (len(new), len(known)) == (3, 1)


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_once_from_a_new_number_make_one_party() -> None:
    def meet(_: int) -> object:
        try:
            return actions.find_or_create(TESTS, PHONE).id
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(8) as pool:
            met = set(pool.map(meet, range(8)))
        assert len(met) == 1
        assert Party.objects.count() == 1
    finally:
        Party.objects.all().delete()


@pytest.mark.django_db
def test_a_withheld_number_has_no_party(db: None) -> None:
    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.find_or_create(TESTS, "anonymous")
    assert refused.value.faults[0].where == "phone"


@pytest.mark.django_db
def test_nothing_that_names_a_person_is_in_the_database_in_plain(db: None) -> None:
    party = actions.find_or_create(TESTS, PHONE, name=NAME)
    actions.note_party(TESTS, party.id, identity=IDENTITY, needs=["deaf"], language="nan")
    actions.reveal(TESTS, party.id, "phone", "回电")
    actions.search(TESTS, PHONE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        stored = ""
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")  # noqa: S608
            stored += cursor.fetchone()[0]
    assert str(party.id) in stored
    for secret in (PHONE, NAME, IDENTITY):
        assert secret not in stored
        assert secret.encode().hex() not in stored


@pytest.mark.django_db
def test_the_same_number_sealed_twice_looks_different_but_finds_itself(db: None) -> None:
    party = actions.find_or_create(TESTS, PHONE)
    sealed = bytes(Party.objects.get(id=party.id).phone)
    Party.objects.all().delete()
    again = Party.objects.get(id=actions.find_or_create(TESTS, PHONE).id)
    assert bytes(again.phone) != sealed
    assert queries.by_phone(PHONE) is not None


@pytest.mark.django_db
@pytest.mark.parametrize(("field", "value"), [("name", NAME), ("phone", PHONE), ("identity", IDENTITY)])
def test_every_look_behind_the_mask_is_logged_with_its_reason(db: None, field: str, value: str) -> None:
    party = actions.find_or_create(TESTS, PHONE, name=NAME)
    actions.note_party(TESTS, party.id, identity=IDENTITY)
    assert actions.reveal(TESTS, party.id, field, "回电核实") == value
    row = AuditRow.objects.get(act="party.reveal")
    assert (row.object_id, row.detail) == (str(party.id), {"field": field, "reason": "回电核实"})


@pytest.mark.django_db
def test_no_look_without_right_without_reason_or_at_another_field(db: None) -> None:
    party = actions.find_or_create(TESTS, PHONE)
    stranger = Actor("person", "1", "someone", frozenset({"party.read"}), ("/",))
    with pytest.raises(Forbidden), transaction.atomic():
        actions.reveal(stranger, party.id, "phone", "好奇")
    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.reveal(TESTS, party.id, "phone_index", " ")
    assert [fault.where for fault in refused.value.faults] == ["field", "reason"]
    with pytest.raises(NotFound), transaction.atomic():
        actions.reveal(TESTS, uuid4(), "phone", "回电")
    assert not AuditRow.objects.filter(act="party.reveal").exists()


@pytest.mark.django_db
def test_the_audit_log_of_a_search_keeps_only_the_numbers_end(db: None) -> None:
    actions.find_or_create(TESTS, PHONE)
    assert len(actions.search(TESTS, PHONE)) == len(actions.search(TESTS, "1234")) == 1
    assert {row.detail["ends"] for row in AuditRow.objects.filter(act="party.search")} == {"1234"}


@pytest.mark.django_db
def test_what_is_wrong_in_a_note_is_said_at_its_place(db: None) -> None:
    party = actions.find_or_create(TESTS, PHONE)
    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.note_party(TESTS, party.id, kind="robot", needs=["deaf", "wings"], note="x" * 201)
    assert [fault.where for fault in refused.value.faults] == ["kind", "needs.1", "note"]


@pytest.mark.django_db
def test_the_database_key_of_parties_begins_with_the_city() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'parties_party_pkey'"
        )
        assert cursor.fetchone() == ("PRIMARY KEY (city_id, id)",)
