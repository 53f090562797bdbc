"""The console speaks both languages completely."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.harness import CHECKOUT

SOURCES = CHECKOUT / "console/src"


def words(language: str) -> dict[str, str]:
    """Every message of a language by its key."""
    return dict(_flat(json.loads((SOURCES / f"messages/{language}.json").read_text(encoding="utf-8"))))


def _flat(tree: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def test_both_languages_have_the_same_messages_with_the_same_blanks() -> None:
    chinese, english = words("zh-CN"), words("en")
    assert chinese.keys() == english.keys()
    blanks = re.compile(r"\{\w+\}")
    for key, text in chinese.items():
        assert sorted(blanks.findall(text)) == sorted(blanks.findall(english[key])), key


def test_no_english_message_is_left_in_chinese() -> None:
    assert [key for key, text in words("en").items() if re.search(r"[\u4e00-\u9fff]", text)] == []


def test_pages_hold_no_words_of_their_own() -> None:
    """A template with Chinese in it would stay Chinese in the English console."""
    found = []
    for page in SOURCES.rglob("*.vue"):
        template = page.read_text(encoding="utf-8").partition("<template>")[2]
        template = re.sub(r"<!--.*?-->", "", template, flags=re.DOTALL)
        found += [
            f"{page.name}: {line.strip()}"
            for line in template.splitlines()
            if re.search(r"[\u4e00-\u9fff]", line)
        ]
    assert [line for line in found if "'中文'" not in line] == []


def test_colours_stand_in_one_file() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")
    found = []
    for file in (*SOURCES.rglob("*.vue"), *SOURCES.rglob("*.css")):
        style = file.read_text(encoding="utf-8")
        if file.suffix == ".vue":
            style = style.partition("<style")[2]
        if file.name != "tokens.css" and colour.search(style):
            found.append(file.name)
    assert found == []
