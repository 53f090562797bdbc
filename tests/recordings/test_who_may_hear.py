"""Who may hear a recording, and that no hearing goes unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hotline.base.files.folder import Folder, store
from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.base.people.models import Staff
from hotline.lines.recordings import intake, judging
from hotline.lines.recordings.models import Finding, Segment
from hotline.work.cases.models import Case
from tests.cases import office

from .conftest import Past

pytestmark = [pytest.mark.django_db, pytest.mark.telephony]
Browser = Callable[[Staff], Client]
Person = Callable[..., Staff]


@pytest.fixture
def kept(past: Callable[[], Past]) -> Past:
    """A call of an agent's, recorded in two segments."""
    call = past().talked(15.0).segment(1, 0.1, 4.1).segment(2, 5.5, 14.6)
    call.file(1, 4)
    call.file(2, 9)
    assert intake.take_in() == 2
    judging.judge()
    return call


def segment(call: Past, n: int = 1) -> Segment:
    return Segment.objects.get(call_id=call.id, n=n)


def audio(client: Client, call: Past, n: int = 1, **headers: str) -> Any:
    return client.get(f"/api/v1/recordings/{segment(call, n).id}/audio", headers=headers)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def listens() -> list[AuditRow]:
    return [*AuditRow.objects.filter(act__in=["recording.listen", "recording.download"]).order_by("id")]


def belongs_to(call: Past, staff: Staff) -> None:
    """The agent of the call is this one."""
    from hotline.lines.calls.models import Call, Leg

    Call.objects.filter(id=call.id).update(agent_id=staff.id)
    Leg.objects.filter(call_id=call.id).update(agent_id=staff.id)


def filed(call: Past, **changes: Any) -> UUID:
    """A case filed from the call."""
    return office.file(call_id=call.id, **changes).id


def test_a_leader_hears_it_whole_and_the_listen_is_an_audit_row(
    kept: Past,
    staff_as: Person,
    browser_of: Browser,
) -> None:
    leader = staff_as("shift_leader")
    answer = audio(browser_of(leader), kept)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "audio/wav"
    assert answer["Cache-Control"] == "no-store"
    assert body(answer) == kept.sounds[4]
    (row,) = listens()
    assert (row.actor_id, row.object_kind, row.object_id) == (str(leader.id), "call", str(kept.id))
    assert row.detail["start"] == 0
    assert row.detail["stop"] == row.detail["size"] == len(kept.sounds[4])


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-", 0, None),
        ("bytes=44-1043", 44, 1044),
        ("bytes=65530-65541", 65530, 65542),
        ("bytes=-100", -100, None),
    ],
)
def test_a_range_is_answered_with_that_part_and_logged_with_it(
    kept: Past,
    staff_as: Person,
    browser_of: Browser,
    asked: str,
    start: int,
    stop: int | None,
) -> None:
    answer = audio(browser_of(staff_as("supervisor")), kept, 2, Range=asked)
    whole = kept.sounds[9]
    assert answer.status_code == 206
    assert body(answer) == whole[start:stop]
    first, last = (len(whole) + start if start < 0 else start), (stop or len(whole))
    assert answer["Content-Range"] == f"bytes {first}-{last - 1}/{len(whole)}"
    assert (listens()[-1].detail["start"], listens()[-1].detail["stop"]) == (first, last)


def test_a_range_beyond_the_end_is_416_and_nobody_heard_anything(
    kept: Past,
    staff_as: Person,
    browser_of: Browser,
) -> None:
    answer = audio(browser_of(staff_as("supervisor")), kept, Range=f"bytes={10**9}-")
    assert answer.status_code == 416
    assert listens() == []


def test_an_agent_hears_his_own_calls_and_no_others(
    kept: Past, staff_as: Person, browser_of: Browser
) -> None:
    mine, other = staff_as("agent"), staff_as("agent")
    belongs_to(kept, mine)
    assert body(audio(browser_of(mine), kept)) == kept.sounds[4]
    refused = audio(browser_of(other), kept)
    assert refused.status_code == 403
    assert "recording.listen_all" in refused.json()["title"]
    assert [row.actor_id for row in listens()] == [str(mine.id)]


@pytest.mark.parametrize(
    "role",
    [
        "node_handler",
        "node_leader",
        "hotline_owner",
        "dispatcher",
        "visitor",
        "government_office",
        "system_admin",
        "audit_admin",
    ],
)
def test_departments_and_administrators_hear_nothing(
    kept: Past,
    staff_as: Person,
    browser_of: Browser,
    role: str,
) -> None:
    browser = browser_of(staff_as(role))
    for part in ("audio", "waveform"):
        assert browser.get(f"/api/v1/recordings/{segment(kept).id}/{part}").status_code == 403
    assert listens() == []


@pytest.mark.parametrize("changes", [{"confidential": True}, {"type": "report"}])
def test_a_confidential_call_or_a_report_is_heard_only_with_a_right_of_its_own_even_by_its_agent(
    kept: Past,
    staff_as: Person,
    browser_of: Browser,
    changes: dict[str, Any],
) -> None:
    agent = staff_as("agent")
    belongs_to(kept, agent)
    filed(kept, **changes)
    for staff in (agent, staff_as("shift_leader")):
        refused = audio(browser_of(staff), kept)
        assert refused.status_code == 403
        assert "recording.listen_confidential" in refused.json()["title"]
        shown = browser_of(staff).get(f"/api/v1/calls/{kept.id}/recordings").json()
        assert shown["may_listen"] is False
        assert shown["refused"]["right"] == "recording.listen_confidential"
        assert shown["lanes"] == []
    assert body(audio(browser_of(staff_as("supervisor")), kept)) == kept.sounds[4]


def test_an_ordinary_case_restricts_nothing(kept: Past, staff_as: Person, browser_of: Browser) -> None:
    filed(kept)
    assert audio(browser_of(staff_as("shift_leader")), kept).status_code == 200


def test_a_download_needs_its_own_right_and_is_logged_as_one(
    kept: Past, staff_as: Person, browser_of: Browser
) -> None:
    path = f"/api/v1/recordings/{segment(kept).id}/audio?download=true"
    assert browser_of(staff_as("shift_leader")).get(path).status_code == 403
    answer = browser_of(staff_as("supervisor")).get(path)
    assert answer["Content-Disposition"].startswith("attachment")
    assert [row.act for row in listens()] == ["recording.download"]


def test_the_page_of_a_call_says_what_there_is_of_it(
    kept: Past, staff_as: Person, browser_of: Browser
) -> None:
    kept.event(3, "recording_paused", segment=1).event(5, "recording_resumed", segment=2)
    lane = {"leg": "c-1", "role": "caller", "agent": "", "spans": [[0, 1500]]}
    kept.event(15, "spoke", begin=kept.at(0.5).isoformat(), lanes=[lane])
    shown = browser_of(staff_as("shift_leader")).get(f"/api/v1/calls/{kept.id}/recordings").json()
    assert [(one["n"], one["state"]) for one in shown["segments"]] == [(1, "kept"), (2, "kept")]
    assert shown["may_listen"] is True
    assert (shown["may_download"], shown["may_hold"]) == (False, True)
    assert [(lane["role"], len(lane["spans"])) for lane in shown["lanes"]] == [("caller", 1)]
    assert shown["amiss"] == []
    assert len(shown["pauses"]) == 1
    picture = (
        browser_of(staff_as("shift_leader")).get(f"/api/v1/recordings/{segment(kept).id}/waveform").json()
    )
    assert len(picture["peaks"]) == pytest.approx(4 * picture["per_second"], abs=10)


def test_why_a_recording_is_held_is_known_to_those_who_hold(
    kept: Past, staff_as: Person, browser_of: Browser
) -> None:
    leader = browser_of(staff_as("shift_leader"))
    path = f"/api/v1/calls/{kept.id}/recordings"
    held = leader.post(f"{path}/holds", {"why": "市法院调取"}, content_type="application/json")
    assert held.status_code == 200
    assert [one["why"] for one in leader.get(path).json()["holds"]] == ["市法院调取"]
    assert browser_of(staff_as("dispatcher")).get(path).json()["holds"] == []


def test_a_call_is_shown_in_as_many_queries_however_many_parts_it_has(
    kept: Past, staff_as: Person, browser_of: Browser
) -> None:
    browser = browser_of(staff_as("shift_leader"))
    path = f"/api/v1/calls/{kept.id}/recordings"
    browser.get(path)
    with CaptureQueriesContext(connection) as two:
        assert len(browser.get(path).json()["segments"]) == 2
    for n in range(3, 9):
        Segment.objects.create(call_id=kept.id, n=n, state="failed")
    with CaptureQueriesContext(connection) as eight:
        assert len(browser.get(path).json()["segments"]) == 8
    assert len(two) == len(eight) < 20


def test_a_recording_that_was_altered_is_not_played_and_raises_an_alarm(
    kept: Past,
    staff_as: Person,
    browser_of: Browser,
) -> None:
    place = store()
    assert isinstance(place, Folder)
    path = place._path(str(segment(kept).file_id))
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    browser = browser_of(staff_as("shift_leader"))
    browser.raise_request_exception = False
    answer = audio(browser, kept)
    assert answer.status_code == 500
    assert answer.json()["type"] == "recording-altered"
    assert Finding.objects.get(call_id=kept.id).kind == "unreadable"
    assert OutboxRow.objects.filter(topic="call.recording_amiss", key=str(kept.id)).exists()


def test_a_recording_nobody_knows_is_not_found(staff_as: Person, browser_of: Browser) -> None:
    browser = browser_of(staff_as("supervisor"))
    assert browser.get(f"/api/v1/recordings/{uuid4()}/audio").status_code == 404
    assert Case.objects.count() == 0
