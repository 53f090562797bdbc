"""Prompts with a number in them: a row of prompts.csv whose text holds ``{n}`` is a template.

It is spoken in pieces, what stands before the number, the number, what stands after: so each language keeps its own
order of words (您前面还有{n}位。), a city words them as it likes, and every piece can be a recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from .catalogue import Prompt

HOLE = "{n}"
MOST = {"zh": 99, "en": 20}
"""The largest number each language can say; a larger one is not said at all."""

_ZH = "一二三四五六七八九十"
_EN = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_OF = "number-2-of"
"""两: two of something."""


def is_template(prompt: Prompt) -> bool:
    """Whether a number is to be put into it."""
    return HOLE in prompt.text


def family(language: str) -> str:
    """``zh`` of ``zh-CN``."""
    return language.partition("-")[0]


def spelt_out(prompts: Iterable[Prompt]) -> list[Prompt]:
    """The prompts with every template replaced by its pieces, and the numbers its language needs, once."""
    found: dict[str, Prompt] = {}
    for prompt in prompts:
        pieces = [*_pieces(prompt), *_numbers(prompt)] if is_template(prompt) else [prompt]
        for piece in pieces:
            found.setdefault(piece.key, piece)
    return list(found.values())


def _pieces(template: Prompt) -> Iterator[Prompt]:
    for place, words in enumerate(template.text.split(HOLE, 1)):
        if words.strip(" ，。,.:："):
            yield replace(template, id=f"{template.id}-{place + 1}", text=words.strip())


def _numbers(template: Prompt) -> Iterator[Prompt]:
    if family(template.language) == "zh":
        yield replace(template, id=_OF, text="两", tone=())
    words: Sequence[str] = _ZH if family(template.language) == "zh" else _EN
    for number, word in enumerate(words, 1):
        yield replace(template, id=f"number-{number}", text=word, tone=())


def said(templates: Mapping[str, Prompt], key: str, number: int) -> list[str]:
    """The keys of the prompts that say template ``key`` with ``number``; empty when it cannot be said in its language."""
    template = templates.get(key)
    if template is None or not 1 <= number <= MOST.get(family(template.language), 0):
        return []
    before, after = (
        [piece.key for piece in _pieces(template) if piece.id.endswith(end)] for end in ("-1", "-2")
    )
    return [
        *before,
        *(replace(template, id=id).key for id in _spoken(family(template.language), number)),
        *after,
    ]


def _spoken(language: str, number: int) -> list[str]:
    """The number's own pieces: 两, 十二, 二十五; twelve."""
    if language != "zh":
        return [f"number-{number}"]
    if number == 2:
        return [_OF]
    tens, ones = divmod(number, 10)
    head = [] if tens == 0 else ["number-10"] if tens == 1 else [f"number-{tens}", "number-10"]
    return [*head, f"number-{ones}"] if ones else head
