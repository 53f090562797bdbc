"""Free text before others see it: what names a person is found where it stands, and nothing else is touched."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.base.text.redaction import (
    WORDS,
    Kind,
    Span,
    apply,
    identity_holds,
    luhn_holds,
    suggest,
)

PROSE = st.text("小区路灯不亮请尽快修好，反映多次。无人处理！\n", max_size=20)
DIGITS = "0123456789"
WIDE = str.maketrans(DIGITS, "０１２３４５６７８９")
SPOKEN = str.maketrans(DIGITS, "零一二三四五六七八九")


@st.composite
def identities(draw: st.DrawFn) -> str:
    """A valid identity number, its last character by the standard's own congruence and not by ours."""
    area = draw(st.sampled_from(["110101", "350503", "440305", "650102"]))
    born = draw(st.dates(date(1920, 1, 1), date(2024, 12, 31)))
    begun = f"{area}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    number = 0
    for digit in begun:  # GB 11643: the whole, as a number to the base 2 mod 11, leaves 1
        number = (number * 2 + int(digit)) % 11
    last = (1 - number * 2) % 11
    return begun + ("X" if last == 10 else str(last))


@st.composite
def cards(draw: st.DrawFn) -> str:
    begun = "62" + draw(st.text(DIGITS, min_size=13, max_size=16))
    return next(begun + d for d in DIGITS if luhn_holds(begun + d))


mobiles = st.builds(
    lambda second, rest: f"1{second}{rest}",
    st.sampled_from("3456789"),
    st.text(DIGITS, min_size=9, max_size=9),
)


@st.composite
def spelt(draw: st.DrawFn, numbers: st.SearchStrategy[str]) -> str:
    """A number as people write it: whole, in groups, in full width."""
    number = draw(numbers)
    between = draw(st.sampled_from(["", " ", "-", "　", "－"]))
    size = draw(st.integers(3, 6))
    grouped = between.join(number[at : at + size] for at in range(0, len(number), size))
    return grouped.translate(WIDE) if draw(st.booleans()) else grouped


@given(PROSE, spelt(identities()), PROSE)
def test_every_valid_identity_number_is_found_to_the_character(before: str, number: str, after: str) -> None:
    assert suggest(before + number + after) == [Span(len(before), len(before + number), Kind.IDENTITY)]


@given(PROSE, spelt(mobiles), PROSE)
def test_every_mobile_number_is_found_to_the_character(before: str, number: str, after: str) -> None:
    assert suggest(before + number + after) == [Span(len(before), len(before + number), Kind.PHONE)]


@given(PROSE, mobiles, PROSE)
def test_a_mobile_number_in_chinese_numerals_is_found(before: str, number: str, after: str) -> None:
    assert Span(len(before), len(before) + 11, Kind.PHONE) in suggest(
        before + number.translate(SPOKEN) + after
    )


@given(PROSE, spelt(cards()), PROSE)
def test_no_digit_of_a_bank_card_is_left(before: str, number: str, after: str) -> None:
    text = before + number + after
    assert not set(apply(text, suggest(text))) & set(DIGITS + DIGITS.translate(WIDE))


@given(st.text(max_size=60) | PROSE, st.lists(spelt(mobiles) | spelt(identities()), max_size=3))
def test_what_lies_outside_the_spans_stays_as_it_was(prose: str, numbers: list[str]) -> None:
    text = prose + "，".join(numbers)
    spans = suggest(text)
    end, rest = 0, apply(text, spans)
    for span in spans:
        kept, mark = text[end : span.start], f"【{WORDS[span.kind][0]}】"
        assert rest.startswith(kept + mark)
        rest, end = rest[len(kept + mark) :], span.end
    assert rest == text[end:]


@given(identities(), st.integers(0, 17))
def test_one_wrong_digit_is_no_identity_number(number: str, at: int) -> None:
    digit = number[at]
    wrong = str((int(digit) + 1) % 10) if digit.isdigit() else "0"
    assert not identity_holds(number[:at] + wrong + number[at + 1 :])


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("请回复 zhang.san@example.com 谢谢", Kind.EMAIL, "zhang.san@example.com"),
        ("车牌闽C12345堵住通道", Kind.PLATE, "闽C12345"),
        ("绿牌闽CD12345违停", Kind.PLATE, "闽CD12345"),
        ("丰海路12号3栋2单元501室漏水", Kind.ADDRESS, "12号3栋2单元501室"),
        ("请打0595-22345678找我", Kind.PHONE, "0595-22345678"),
        ("联系电话：22345678。", Kind.PHONE, "22345678"),
        ("我叫林小满，住在附近", Kind.NAME, "林小满"),
        ("陈先生说已处理", Kind.NAME, "陈"),
    ],
)
def test_each_kind_is_found(text: str, kind: Kind, found: str) -> None:
    assert [(span.kind, text[span.start : span.end]) for span in suggest(text)] == [(kind, found)]


@pytest.mark.parametrize(
    "text",
    [
        "请拨打12345或110。", "编号20260302000123已受理", "国办发〔2020〕53号文件要求", "补助3000元，10月3号发放",
        "地铁1号线延误20分钟", "2026年3月2日17:30停水",
        "广大业主查看规划图，任课老师和学校老师都在", "电表读数 40 11 402 601 30 4012", "联系电话 0000 0000 0000 0000",
    ],
)  # fmt: skip
def test_what_names_nobody_is_left_alone(text: str) -> None:
    assert suggest(text) == []


def test_a_known_name_is_found_wherever_it_stands_and_first() -> None:
    text = "昨日令狐某与林 满到场，令狐某签字"
    assert [text[one.start : one.end] for one in suggest(text, ["令狐某", "林　满"])] == [
        "令狐某",
        "林 满",
        "令狐某",
    ]


def test_spans_that_overlap_are_refused_and_nothing_is_guessed() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply("一二三", [Span(0, 2, Kind.NAME), Span(1, 3, Kind.NAME)])
    with pytest.raises(ValueError, match="outside"):
        apply("一二三", [Span(2, 4, Kind.NAME)])


@pytest.mark.parametrize(
    "text", ["1" * 5000, "一" * 5000, "12 " * 1600, "a" * 5000, "王先生" * 1600, "路1-" * 1600]
)
def test_no_text_makes_it_look_at_every_place_from_every_other(text: str) -> None:
    """Steps are counted, not seconds: ten times the text is no more than some twenty times the calls."""
    import cProfile

    def steps(part: str) -> int:
        profile = cProfile.Profile()
        profile.runcall(suggest, part)
        return sum(one.callcount for one in profile.getstats())

    assert steps(text) < 20 * steps(text[: len(text) // 10]) + 1000
