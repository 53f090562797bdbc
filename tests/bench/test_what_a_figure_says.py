"""The benches' own arithmetic: what stands in the files was measured by the modules of today, and means what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bench.calls_recorded import Gaps, most_at_once
from bench.figures import Figure

from bench import cpu, figures


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(figures, "FOLDER", tmp_path)
    return tmp_path


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["figure"]: row for row in json.loads((folder / "x.json").read_text(encoding="utf-8"))}


def test_a_figure_that_is_no_longer_made_goes_and_other_modules_figures_stay(folder: Path) -> None:
    figures.record("x", "one", [Figure("a", 1, "ms"), Figure("old name", 2, "ms")])
    figures.record("x", "other", [Figure("b", 3, "ms")])
    figures.record("x", "one", [Figure("a", 4, "ms"), Figure("new name", 2, "ms")])
    assert {name: row["value"] for name, row in rows(folder).items()} == {"b": 3, "a": 4, "new name": 2}


def test_a_row_that_does_not_say_whose_it_is_goes(folder: Path) -> None:
    (folder / "x.json").write_text(json.dumps([{"figure": "a", "value": 1}, {"figure": "z", "value": 1}]))
    figures.record("x", "one", [Figure("a", 4, "ms")])
    assert set(rows(folder)) == {"a"}


def test_a_part_that_fails_leaves_no_figure_of_the_last_time(folder: Path) -> None:
    figures.record("x", "one", [Figure("a", 1, "ms")])
    figures.record("x", "other", [Figure("b", 3, "ms")])
    figures.forget("x", "one")
    assert set(rows(folder)) == {"b"}


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("most", 5, "ms", 5), True),
        (Figure("most", 5.1, "ms", 5), False),
        (Figure("least", 5, "/s", 5, at_least=True), True),
        (Figure("least", 4.9, "/s", 5, at_least=True), False),
        (Figure("below", 1, "%", 1, below=True), False),
        (Figure("below", 0.9, "%", 1, below=True), True),
        (Figure("for information", 9, "ms"), None),
    ],
)
def test_a_target_is_met_as_it_is_written(folder: Path, figure: Figure, met: bool | None) -> None:
    figures.record("x", "one", [figure])
    assert rows(folder)[figure.figure]["met"] is met
    assert rows(folder)[figure.figure]["load"] >= 0


def test_recordings_at_once_are_those_with_a_moment_in_common() -> None:
    zero = datetime(2026, 1, 1, tzinfo=UTC)
    spans = [
        (zero + timedelta(seconds=a), zero + timedelta(seconds=b))
        for a, b in ((0, 5), (4, 9), (5, 6), (8, 9))
    ]
    assert most_at_once(spans) == 2


def test_a_packet_that_is_missing_and_one_that_is_late_are_both_gaps() -> None:
    assert Gaps(expected=1000, received=995, late=3, longest_ms=90, heard=1).percent == pytest.approx(0.8)


def test_what_a_child_has_used_is_counted_while_it_lives_and_after() -> None:
    script = (
        "import os, sys, time\n"
        "if os.fork():\n    print('up', flush=True); sys.stdin.readline(); os.wait(); print('reaped', flush=True); sys.stdin.readline()\n"
        "else:\n    while time.process_time() < 0.3: pass\n    time.sleep(3)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdin
        assert parent.stdout
        parent.stdout.readline()
        while cpu.seconds_with_children(parent.pid) - cpu.seconds(parent.pid) < 0.29:
            assert parent.poll() is None
        parent.stdin.write(b"\n")
        parent.stdin.flush()
        parent.stdout.readline()
        assert cpu.seconds(parent.pid) >= 0.29
        parent.stdin.write(b"\n")
        parent.stdin.flush()
    assert cpu.parent_of(os.getpid()) == os.getppid()
