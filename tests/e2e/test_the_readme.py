"""What the README says can be done, done: its commands run, its links and pictures exist, both languages say the same."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import Instance

CHECKOUT = Path(__file__).resolve().parents[2]
READMES = (CHECKOUT / "README.md", CHECKOUT / "README.zh.md")
COMMAND = re.compile(r"(?:\.venv/bin/hotline|make) [a-z][^`\n]*")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
BOUNDED = {"demo calls": ["--seconds", "5"]}
"""What a test adds so that a command that goes on for a while ends."""


def commands(readme: Path) -> list[str]:
    """Every command the page shows, in order, each once."""
    return list(dict.fromkeys(found.strip() for found in COMMAND.findall(readme.read_text(encoding="utf-8"))))


def pages() -> Iterator[Path]:
    """All pages for people."""
    yield from READMES
    yield from (CHECKOUT / "docs").rglob("*.md")
    yield from (CHECKOUT / "cities").glob("*.md")


def test_both_readmes_show_the_same_commands_and_have_the_same_parts() -> None:
    english, chinese = (page.read_text(encoding="utf-8") for page in READMES)
    assert commands(READMES[0]) == commands(READMES[1])
    assert commands(READMES[0])[:2] == ["make run", "make test"]
    for mark in ("\n## ", "\n| ", "\n```", "!["):
        assert english.count(mark) == chinese.count(mark), mark


@pytest.mark.parametrize("page", sorted(pages()), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_link_and_picture_of_a_page_exists(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("command", [one for one in commands(READMES[0]) if one.startswith("make")])
def test_make_knows_what_the_readme_tells_to_type(command: str) -> None:
    """Whether it knows the way; `make run` itself is gone in tests/runtime, and who reads this ran `make test`."""
    done = subprocess.run(
        [*command.split(), "--dry-run"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.instance
@pytest.mark.telephony
@pytest.mark.timeout(600)
def test_the_readmes_hotline_commands_do_what_they_say(hotline: Instance) -> None:
    shown = [command for command in commands(READMES[0]) if command.startswith(".venv")]
    assert any("dial" in command for command in shown)
    for command in shown:
        words = shlex.split(command)[1:]
        more = next(
            (extra for start, extra in BOUNDED.items() if command.endswith(start) or f" {start} " in command),
            [],
        )
        done = hotline.hotline(*words, *more)
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
