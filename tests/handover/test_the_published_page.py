"""docs/reference/hand-over.md: what it prints is what the program takes."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

from hotline.joined.handover import format

PAGE = (Path(__file__).parents[2] / "docs/reference/hand-over.md").read_text(encoding="utf-8")


def test_the_schema_on_the_page_is_the_programs() -> None:
    printed = re.search(r"```json schema\n(.*?)\n```", PAGE, re.S)
    assert printed
    assert json.loads(printed[1]) == format.json_schema()


def test_the_example_on_the_page_is_a_message_without_faults() -> None:
    printed = re.search(r"POST \{base\}/hand-overs\n\n((?:    .*\n)+)", PAGE)
    assert printed
    message = format.read(printed[1].encode(), format.Message)
    assert not list(
        format.meaning_faults(message, "12345", datetime.fromisoformat("2026-03-04T12:00:00+08:00"))
    )
    assert message.sent_at + timedelta(hours=1) == datetime.fromisoformat("2026-03-04T12:00:00+08:00")


def test_every_field_of_the_message_stands_on_the_page() -> None:
    table = PAGE.partition("| 字段 field |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", table))
    assert set(format.json_schema()["properties"]) <= named


def test_the_outcomes_and_the_status_on_the_page_are_read() -> None:
    for line in re.findall(r'^    (\{"outcome".*\})$', PAGE, re.M):
        format.read(line.encode(), format.OutcomeSaid)
    status = re.search(r'200 (\{"state".*\})', PAGE)
    assert status
    import msgspec

    assert msgspec.json.decode(status[1], type=format.Status).seats_free == 3
