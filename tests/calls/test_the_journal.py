"""Calls the dialplan ended alone are counted from its journal, each once, whatever else stands in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from hotline.base.kernel import clock
from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.lines.calls import journal, store
from hotline.lines.calls.models import Call
from hotline.lines.numbers import queries as numbers
from tests.calls.test_what_is_kept import arrival

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def line(channel: str, outcome: str, duty: str = "", number: str = "12300") -> str:
    at = clock.now().timestamp()
    row = {"uniqueid": channel, "src": "13812341234", "start": at, "answer": at, "end": at + 3, "billsec": 3,
           "disposition": "ANSWERED", "number": number, "outcome": outcome, "duty": duty}  # fmt: skip
    return json.dumps(row) + "\n"


@pytest.fixture
def write_journal(tmp_path: Path) -> Callable[[str], Path]:
    folder = tmp_path / "asterisk/log/cdr-custom"
    folder.mkdir(parents=True)

    def write(text: str) -> Path:
        with (folder / "calls.json").open("a") as file:
            file.write(text)
        return tmp_path

    return write


def taken_in(home: Path) -> int:
    return sum(journal.take_in(home) for _ in range(3))


def test_a_call_the_dialplan_ended_is_counted_exactly_once(write_journal: Callable[[str], Path]) -> None:
    text = (
        line("1.1", "vacant")
        + line("1.2", "fallback")
        + line("1.3", "fallback", "ANSWER")
        + line("1.3", "fallback", "ANSWER")
    )
    home = write_journal(text)
    assert taken_in(home) == 3
    assert taken_in(write_journal(text)) == 0
    found = dict(Call.objects.filter(slot=0).values_list("channel", "outcome"))
    assert found == {"1.1": "vacant", "1.2": "fallback", "1.3": "fallback_answered"}


def test_a_call_that_call_control_kept_is_not_counted_again(write_journal: Callable[[str], Path]) -> None:
    store.begin(1, arrival("2.1"), numbers.plans())
    assert taken_in(write_journal(line("2.1", "unclaimed", number="12345"))) == 0


def test_a_torn_line_of_the_journal_does_not_lose_the_others(write_journal: Callable[[str], Path]) -> None:
    assert taken_in(write_journal('{"uniqueid": "3.0", "outc\n' + line("3.1", "vacant"))) == 1


def test_a_line_that_is_no_call_is_set_aside_and_the_others_are_counted(
    write_journal: Callable[[str], Path], caplog: pytest.LogCaptureFixture
) -> None:
    keyless = json.loads(line("4.2", "vacant"))
    del keyless["start"]
    too_long = line("4." + "4" * 90, "vacant")
    strange = [json.dumps(keyless) + "\n", "[1]\n", '{"outcome": []}\n', too_long]
    home = write_journal(line("4.1", "vacant") + "".join(strange) + line("4.9", "fallback"))
    folder = home / "asterisk/log/cdr-custom"
    with (folder / "calls.json").open("ab") as file:
        file.write(line("4.7", "vacant").encode().replace(b"ANSWERED", b"\xff\xfe"))
    assert taken_in(home) == 3
    assert {*Call.objects.filter(slot=0).values_list("channel", flat=True)} == {"4.1", "4.7", "4.9"}
    refused = folder / "calls.json.refused"
    assert sorted(refused.read_text().splitlines()) == sorted(text.strip() for text in strange)
    assert refused.stat().st_mode & 0o777 == 0o600
    assert "calls.json.taking: line 2" in caplog.text
    assert "13812341234" not in caplog.text
    assert [path.name for path in folder.iterdir()] == ["calls.json.refused"]


@pytest.mark.django_db(transaction=True)
def test_two_call_controls_that_take_in_the_journal_at_once_count_every_line_once(
    write_journal: Callable[[str], Path],
) -> None:
    home = write_journal("".join(line(f"5.{n}", "vacant") for n in range(100)))
    together = Barrier(2)

    def rounds(part: int) -> int:
        found = 0
        try:
            for turn in range(8):
                if part == 0:
                    write_journal("".join(line(f"6.{turn}.{n}", "vacant") for n in range(15)))
                together.wait(30)
                found += sum(journal.take_in(home) for _ in range(3))
                together.wait(30)
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        found = sum(threads.map(rounds, range(2))) + taken_in(home)
    assert found == Call.objects.filter(slot=0).count() == 220
    assert OutboxRow.objects.filter(topic="call.ended").count() == 220
    assert AuditRow.objects.filter(act="journal.take_in", object_kind="call").count() == 220


@pytest.mark.django_db(transaction=True)
def test_who_does_not_have_the_journal_leaves_it_alone(write_journal: Callable[[str], Path]) -> None:
    home = write_journal(line("7.1", "vacant"))

    def elsewhere() -> int:
        try:
            return journal.take_in(home)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with journal._alone() as alone:
            assert alone
            assert [threads.submit(elsewhere).result() for _ in range(3)] == [0, 0, 0]
        assert [threads.submit(elsewhere).result() for _ in range(3)] == [0, 1, 0]
