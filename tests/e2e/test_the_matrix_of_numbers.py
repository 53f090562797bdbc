"""Every number of the register is dialled for real, with call control alive and with every Python process dead.

The witness is `hotline dial`, which knows only what its own signalling and sound told it; what should happen is written
down here once more, independently of the register's own function.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotline.project.runtime import supervision
from tests.e2e.telephone import Telephone
from tests.harness import CHECKOUT, Instance

pytestmark = [pytest.mark.telephony, pytest.mark.instance, pytest.mark.timeout(400)]

MAIN = "12345"
VACANT = {
    *("12396", "12301", "12356", "12393", "12330", "12331", "12358", "12365"),  # 二(一)1
    *("12300", "12349", "12336", "12369", "12312", "12318", "12350", "12319", "12322", "96119"),  # 二(一)2
}
NOTICE = {"12333", "12316", "12317", "12385"}  # 二(二)1
OWN_SEATS = {"12329"}  # 二(二)2
LINKED = {"12348", "12328", "12320", "12315", "12360", "12366", "12313", "12367", "12305"}  # 二(二)3, 二(三)
PYTHON = ("callcontrol-1", "worker", "live", "web")

Report = dict[str, Any]


def dial_everything(hotline: Instance) -> dict[str, Report]:
    done = hotline.hotline("dial", "--all", "--json", "--at-once", "11", "--seconds", "25")
    assert done.returncode == 0, done.stderr
    return {report["number"]: report for report in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def alive(hotline: Instance) -> dict[str, Report]:
    """All 33 numbers, everything running."""
    return dial_everything(hotline)


@pytest.fixture(scope="module")
def dead(hotline: Instance, alive: dict[str, Report]) -> Iterator[dict[str, Report]]:
    """All 33 numbers while no Python process of the platform runs; they are started again afterwards."""
    parts = supervision.supervisor(hotline.home)
    for name in PYTHON:
        parts.stopProcess(f"parts:{name}")
    try:
        yield dial_everything(hotline)
    finally:
        for name in reversed(PYTHON):
            parts.startProcess(f"parts:{name}", False)
        hotline.wait_ready()


@pytest.fixture(params=["alive", "dead"])
def met(request: pytest.FixtureRequest, hotline: Instance) -> dict[str, Report]:
    """What callers met, first alive, then dead."""
    found: dict[str, Report] = request.getfixturevalue(request.param)
    return found


def test_the_register_is_the_documents() -> None:
    with (CHECKOUT / "cities/quanzhou/numbers.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        assert {row["number"] for row in rows} == VACANT | NOTICE | OWN_SEATS | LINKED


def test_a_vacant_number_is_never_answered(met: dict[str, Report]) -> None:
    for number in sorted(VACANT):
        report = met[number]
        assert (report["code"], report["cause"], report["answered"]) == (404, 1, False), report
        assert report["early_media"], report
        assert report["prompts"] == ["vacant"], report
        assert [tone["tone"] for tone in report["tones"]] == ["vacant"], report
        assert report["heard"][0]["complete"], report
        assert report["ended_by"] == "far", report


def test_a_vacant_number_holds_its_caller_for_six_seconds_at_most(met: dict[str, Report]) -> None:
    heard = {number: met[number]["seconds"] - met[number]["early_media_s"] for number in sorted(VACANT)}
    assert len(heard) == 18
    assert {number: seconds for number, seconds in heard.items() if not 0 < seconds <= 6.2} == {}


def test_a_number_without_seats_gives_its_own_notice_then_12345(met: dict[str, Report]) -> None:
    for number in sorted(NOTICE):
        report = met[number]
        assert (report["code"], report["answered"]) == (200, True), report
        assert report["prompts"][0] == f"notice-{number}", report
        assert report["heard"][0]["complete"], report
        assert report["prompts"][1] in ("queue-wait", "fallback-none"), report


def test_the_others_are_answered_at_12345_without_any_notice(met: dict[str, Report]) -> None:
    for number in sorted({MAIN} | OWN_SEATS | LINKED):
        report = met[number]
        assert (report["code"], report["answered"]) == (200, True), report
        assert report["prompts"], report
        assert not [one for one in report["prompts"] if one == "vacant" or one.startswith("notice")], report


def test_while_alive_every_answered_call_waits_in_the_queue(alive: dict[str, Report]) -> None:
    for number in sorted({MAIN} | NOTICE | OWN_SEATS | LINKED):
        assert "queue-wait" in alive[number]["prompts"], alive[number]
        assert alive[number]["ended_by"] == "caller", alive[number]


def test_a_linked_number_without_a_trunk_says_that_12345_answers(alive: dict[str, Report]) -> None:
    for number in sorted(LINKED):
        assert alive[number]["prompts"][0] == "linked-to-12345", alive[number]


def test_while_everything_is_dead_the_public_is_told_so(dead: dict[str, Report]) -> None:
    for number in sorted({MAIN} | NOTICE | OWN_SEATS | LINKED):
        assert dead[number]["prompts"][-1] == "fallback-none", dead[number]


def test_the_registers_own_function_agrees_with_what_was_heard(met: dict[str, Report]) -> None:
    assert len(met) == 33
    wrong = {number: report["differences"] for number, report in met.items() if not report["as_expected"]}
    assert not wrong


@pytest.mark.parametrize("number", ["12340", "1234", "95598", "013812341234"])
def test_any_other_number_is_refused(hotline: Instance, number: str) -> None:
    caller = Telephone(
        "call",
        f"sip:{number}@127.0.0.1:{hotline.sip_port}",
        "--tone",
        "700",
        "--end-with-call",
        "--max-seconds",
        "15",
    )
    news = caller.wait_for("state", 20, state="DISCONNECTED")
    caller.finish()
    assert news["code"] == 404
    assert not [one for one in caller.news if one.get("state") == "CONFIRMED"]


@pytest.mark.parametrize(
    ("spelling", "codec", "prompt"),
    [
        ("059512396", "pcmu", "vacant"),
        ("+8659512396", "pcma", "vacant"),
        ("8659512333", "pcmu", "notice-12333"),
    ],
)
def test_an_operators_spelling_and_either_codec_give_the_same(
    hotline: Instance, spelling: str, codec: str, prompt: str
) -> None:
    done = hotline.hotline("dial", spelling, "--json", "--codec", codec, "--seconds", "16")
    report = json.loads(done.stdout)
    assert report["prompts"][0] == prompt, report
    assert report["codec"] == codec.upper()
    assert report["as_expected"], report


@pytest.mark.parametrize("number", ["110", "119", "120", "122", "059512", "13812341234"])
def test_emergencies_and_strangers_are_never_dialled(hotline: Instance, number: str) -> None:
    done = hotline.hotline("dial", number, "--json")
    assert done.returncode == 2
    assert not done.stdout


def test_two_prompts_swapped_on_disk_fail_the_dial_test(hotline: Instance) -> None:
    sounds = hotline.home / "asterisk/sounds/prompts"
    swap(sounds, "notice-12333", "notice-12385")
    try:
        done = hotline.hotline("dial", "12333", "--json", "--check", "--seconds", "16")
    finally:
        swap(sounds, "notice-12333", "notice-12385")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["prompts"][0] == "notice-12385"
    assert not report["as_expected"]


def swap(folder: Path, one: str, other: str) -> None:
    for extension in ("wav", "alaw", "ulaw"):
        first, second = folder / f"{one}.{extension}", folder / f"{other}.{extension}"
        spare = folder / f"spare.{extension}"
        first.rename(spare)
        second.rename(first)
        spare.rename(second)
