"""A number inside a sentence, in the right order of words and with the right words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.base.kernel.errors import Invalid
from hotline.lines.calls import prompts
from hotline.lines.calls.prompts import Prompt, said
from hotline.lines.calls.prompts.counting import MOST, spelt_out

ZH = Prompt("queue-position", "zh-CN", "您前面还有{n}位。", "cmn")
EN = Prompt("queue-position", "en", "Callers ahead of you: {n}.", "en-gb")
LAST = Prompt("left", "zh-CN", "{n}位在您前面", "cmn")
TEMPLATES = {template.key: template for template in (ZH, EN, LAST)}
MADE = {prompt.key: prompt.text for prompt in spelt_out(TEMPLATES.values())}


def heard(key: str, number: int) -> str:
    joint = " " if key.endswith(".en") else ""
    return joint.join(MADE[piece] for piece in said(TEMPLATES, key, number))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "一"),
        (2, "两"),
        (9, "九"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (22, "二十二"),
        (35, "三十五"),
        (99, "九十九"),
    ],
)
def test_chinese_counts_as_people_do(number: int, words: str) -> None:
    assert heard("queue-position", number) == f"您前面还有{words}位。"
    assert heard("left", number) == f"{words}位在您前面"


def test_each_language_has_its_own_order_of_words() -> None:
    assert heard("queue-position.en", 12) == "Callers ahead of you: twelve"


@settings(deadline=None)
@given(st.sampled_from(sorted(TEMPLATES)), st.integers(-5, 500))
def test_every_number_is_said_in_pieces_that_are_made_or_not_at_all(key: str, number: int) -> None:
    pieces = said(TEMPLATES, key, number)
    assert set(pieces) <= set(MADE)
    assert bool(pieces) is (1 <= number <= MOST["en" if key.endswith(".en") else "zh"])


def test_different_numbers_sound_different() -> None:
    assert len({heard("queue-position", number) for number in range(1, 100)}) == 99


def test_a_language_without_numbers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prompts.csv"
    path.write_text("id,language,text,voice\nqueue-position,ja,{n}人,ja\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        prompts.read(path)
    assert refused.value.faults[0].where.startswith("prompts.csv:2")
