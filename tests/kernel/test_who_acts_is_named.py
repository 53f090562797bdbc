"""Whoever acts is named for people: in Chinese first, with complete English (the audit log, a case's timeline)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from hotline.base.kernel.actor import citizen, system
from hotline.project.config import CHECKOUT

BOTH = re.compile(r"[一-鿿]{2,}[^/]* / [A-Za-z][^/]+")


def parts_named() -> Iterator[tuple[str, str]]:
    """Every literal the source hands to ``system``, and where."""
    for path in sorted((CHECKOUT / "src/hotline").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "system(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "system":
                for given in node.args:
                    if isinstance(given, ast.Constant) and isinstance(given.value, str):
                        yield given.value, f"{path.name}:{node.lineno}"


def test_every_part_of_the_platform_that_acts_has_a_name_in_both_languages() -> None:
    named = list(parts_named())
    assert len(named) > 10
    assert [(part, where) for part, where in named if not BOTH.fullmatch(system(part).label)] == []


def test_a_citizen_has_one_too() -> None:
    assert BOTH.fullmatch(citizen().label)
