"""Business time comes from kernel.clock alone."""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "hotline"
OTHER_CLOCKS = re.compile(
    r"timezone\.now\(|datetime\.(utc)?now\(|date\.today\(|datetime\.today\(|CURRENT_(TIMESTAMP|DATE|TIME)\b|"
    r"\bclock_timestamp\(|\btransaction_timestamp\(|(?<![\w.])now\(\)|auto_now|functions import Now\b",
    re.IGNORECASE,
)
ALLOWED = {"base/kernel/clock.py"}


def test_nothing_asks_another_clock_for_business_time() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{number}: {line.strip()}"
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).as_posix() not in ALLOWED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OTHER_CLOCKS.search(line)
    ]
    assert found == []


def test_the_pattern_finds_what_it_is_meant_to_find() -> None:
    for line in ("timezone.now()", "datetime.now(UTC)", "DEFAULT now()", "auto_now_add=True", "date.today()"):
        assert OTHER_CLOCKS.search(line), line
    assert not OTHER_CLOCKS.search("clock.now()")
