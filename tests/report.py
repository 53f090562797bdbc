"""pytest plugin: the last result of a long run as a page (``-p tests.report --report docs/reports/chaos.md``).

Every row comes from pytest's own reports; the head says which commit was tested, on what, and how busy it was.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
WORST = ("failed", "error", "skipped", "passed")


@dataclass
class Circumstances:
    """Taken at the start of a run, told at its end."""

    commit: str = field(default_factory=lambda: _git("rev-parse", "--short", "HEAD"))
    changed: int = field(default_factory=lambda: _changed())
    began: float = field(default_factory=time.time)
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    def lines(self) -> list[str]:
        """What a reader must know to judge the rows below."""
        tree = "clean" if not self.changed else f"not clean, {self.changed} files differ from it"
        now = _git("rev-parse", "--short", "HEAD")
        moved = "" if now == self.commit else f"; commits went on during the run, the last was {now}"
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        return [
            f"- Date: {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime(self.began))},"
            f" {(time.time() - self.began) / 60:.1f} minutes",
            f"- Commit: {self.commit} (working tree {tree}{moved})",
            f"- Machine: {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
            f"Python {platform.python_version()};"
            f" load {self.load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end",
        ]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return lines + ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]


def write(path: Path, title: str, parts: Iterable[Sequence[str]]) -> None:
    """Write a page whose ``parts`` are parted by empty lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "\n\n".join([f"# {title}", *("\n".join(part) for part in parts)]) + "\n", encoding="utf-8"
    )


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _changed() -> int:
    """Files that differ from the commit; the reports themselves do not count."""
    rows = _git("status", "--porcelain", "--", ".", ":!docs/reports")
    return 0 if rows == "unknown" else len(rows.splitlines())


@dataclass
class Row:
    """One test: its worst outcome over setup, call and teardown, and the seconds of all three."""

    outcome: str = "passed"
    seconds: float = 0.0
    why: str = ""


class Report:
    """Collects pytest's reports and writes the page when the session ends."""

    def __init__(self, path: Path, asked: str) -> None:
        self.path, self.asked = path, asked
        self.circumstances = Circumstances()
        self.rows: dict[str, Row] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        row = self.rows.setdefault(report.nodeid, Row())
        row.seconds += report.duration
        outcome = "error" if report.failed and report.when != "call" else report.outcome
        if WORST.index(outcome) < WORST.index(row.outcome):
            row.outcome, row.why = outcome, _why(report)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if not self.rows:
            return
        counts = {name: sum(row.outcome == name for row in self.rows.values()) for name in WORST}
        said = ", ".join(f"{counts[name]} {name}" for name in reversed(WORST) if counts[name])
        whole = (
            "" if int(exitstatus) in (0, 1) else f" The run did not end by itself (exit {int(exitstatus)})."
        )
        rows = [
            (
                _case(name),
                row.outcome if not row.why else f"**{row.outcome}**: {row.why}",
                f"{row.seconds:.0f}",
            )
            for name, row in sorted(self.rows.items())  # several workers end in any order
        ]
        write(
            self.path,
            f"Last run of `pytest {self.asked}`",
            [self.circumstances.lines(), [f"{said}.{whole}"], table(("Case", "Result", "Seconds"), rows)],
        )


def _why(report: pytest.TestReport) -> str:
    """The first line of what went wrong, without this machine's paths."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash is not None else report.longrepr).strip().splitlines() or [""]
    line = text[0].replace(str(CHECKOUT), ".").replace(tempfile.gettempdir(), "(temporary)")
    return line[:200]


def _case(nodeid: str) -> str:
    """``tests/chaos/test_x.py::test_a_b[c-d]`` in words."""
    *_, of, last = "", *nodeid.split("::")
    name, _, parameters = (of if last == "runTest" else last).partition("[")
    words = re.sub(r"^test_", "", name).replace("_", " ")
    return f"{words}: {parameters.rstrip(']')}" if parameters else words


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--report", metavar="PATH", help="write the results of this run as a Markdown page")


def pytest_configure(config: pytest.Config) -> None:
    workers = config.getoption("numprocesses", None)
    if (path := config.getoption("--report")) and not hasattr(config, "workerinput"):
        options = [f"-{one} '{value}'" for one in "mk" if (value := config.getoption(f"-{one}"))]
        options += [f"-n {workers}"] if workers else []
        config.pluginmanager.register(Report(Path(path), " ".join([*options, *config.args])), "report-page")
