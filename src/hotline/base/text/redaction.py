"""What in a free text may name a person, as suggestions for whoever is about to show the text to others. No database.

Numbers are told by their own arithmetic (GB 11643 for identity numbers, Luhn for bank cards), so that an amount or a case number
is not taken for one. Names have no arithmetic: those that are known (the caller's, the clerk's) are found wherever they stand,
others only where the words around say that a name follows. A suggestion is not a promise: a person reads the text
(个人信息保护法 51, 政府信息公开条例 15: 涉及个人隐私的不得公开).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a span may be; the order is the one in which they win where they overlap."""

    NAME = "name"
    EMAIL = "email"
    IDENTITY = "identity"
    CARD = "card"
    PHONE = "phone"
    PLATE = "plate"
    ADDRESS = "address"


WORDS: dict[Kind, tuple[str, str]] = {
    Kind.NAME: ("姓名", "name"),
    Kind.EMAIL: ("电子邮箱", "e-mail address"),
    Kind.IDENTITY: ("身份证号", "identity number"),
    Kind.CARD: ("银行卡号", "bank card"),
    Kind.PHONE: ("电话号码", "telephone number"),
    Kind.PLATE: ("车牌号", "number plate"),
    Kind.ADDRESS: ("门牌号", "door number"),
}


class Span(NamedTuple):
    """The characters of the text from ``start`` to before ``end``, and what they may be."""

    start: int
    end: int
    kind: Kind


_NUMERALS = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_BETWEEN = r"[ \-–—·.]{0,2}"
_AREA = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[1-2])"
_MOBILE = re.compile(rf"(?<![0-9])(?:(?:\+|00)?86{_BETWEEN})?1[3-9](?:{_BETWEEN}[0-9]){{9}}(?![0-9])")
_LANDLINE = re.compile(rf"(?<![0-9])\(?0[0-9]{{2,3}}\)?{_BETWEEN}[2-8](?:{_BETWEEN}[0-9]){{6,7}}(?![0-9])")
_SHORT = re.compile(rf"(?:电话|座机|号码|联系方式)[是为::,,]?\s?([2-8](?:{_BETWEEN}[0-9]){{6,7}})(?![0-9])")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][A-Za-z][ ·•.]?"
    r"(?=[A-Za-z]{0,5}[0-9])[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳](?![A-Za-z0-9])"
)
_N = r"[A-Za-z]?(?:[0-9]{1,6}|[零〇一二三四五六七八九十百]{1,6})[A-Za-z]?"
_PART = rf"(?:{_N}\s?(?:号楼|号院|栋|幢|座|单元|梯|层|楼|室|房|户))"
_DOOR = re.compile(
    rf"(?<=[路街巷弄道村里组苑园区厦场镇城庭])\s?{_N}(?:[-之]{_N})*\s?号(?:楼|院)?(?:\s?{_PART})*(?:\s?[0-9]{{3,4}}(?![0-9]))?"
    rf"|{_N}\s?(?:号楼|栋|幢|单元)(?:\s?{_PART})*(?:\s?[0-9]{{3,4}}(?![0-9]))?"
    r"|(?<![0-9])[0-9]{3,4}\s?室"
)
_SURNAMES = (
    "欧阳|司马|上官|诸葛|司徒|东方|夏侯|皇甫|尉迟|公孙|慕容|令狐|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪"
    "廖石金贾夏韦付傅方邹熊白孟秦邱侯江尹薛闫段雷黎史龙陶贺顾毛郝龚邵万钱严赖覃洪武莫孔汤向常温康施文牛樊葛邢安齐易乔伍庞"
    "颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房"
    "滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣"
    "巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝]"
)
_GIVEN = r"(?:(?![住在的是有来去要说家反投举因于到向将被已于从等也称某先女同老师])[一-鿿]){1,2}"
_AFTER = re.compile(
    rf"(?:我叫|名叫|姓名[是为::]?|联系人[是为::]?|投诉人[是为::]?|诉求人[是为::]?|经办人[是为::]?)\s?((?:{_SURNAMES}){_GIVEN})"
)
_TITLED = re.compile(
    rf"((?:{_SURNAMES})(?:{_GIVEN})?)(?:先生|女士|小姐|同志)|((?:{_SURNAMES}))(?:老师|医生|师傅|阿姨|大爷|大妈)"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity_holds(number: str) -> bool:
    """Whether 18 characters are an identity number: a province, a day that was, and the right last character (GB 11643)."""
    if not re.fullmatch(rf"{_AREA}[0-9]{{15}}[0-9Xx]", number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
    return "10X98765432"[rest] == number[17].upper()


def luhn_holds(number: str) -> bool:
    """Whether the digits end in the right one (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_card(digits: str, written: str) -> bool:
    """Of a bank's kind (ISO/IEC 7812: 3 to 6, 9), right by Luhn, and written whole or in equal groups: not several numbers in a row."""
    *groups, last = re.split(r"[^0-9]+", written)
    even = len({len(group) for group in groups}) <= 1 and all(len(group) >= 3 for group in groups)
    return (
        digits[0] in "34569" and even and (not groups or len(last) <= len(groups[0])) and luhn_holds(digits)
    )


def suggest(text: str, names: Collection[str] = ()) -> list[Span]:
    """The spans of ``text`` that may name a person, from the left and never overlapping; offsets are those of ``text`` itself.

    ``names``: those known to belong to the matter (the caller's, the staff's), found wherever they stand.
    """
    plain = "".join(map(_folded, text))
    found = sorted(
        {*_names(plain, names), *_numbers(plain), *_rest(plain)},
        key=lambda span: ([*Kind].index(span.kind), span.start - span.end, span.start),
    )
    kept: list[Span] = []
    covered: set[int] = set()
    for span in found:  # one that lies across a greater one still says that the rest of it names somebody
        for start, end in _gaps(span, covered):
            if any(c.isalnum() for c in plain[start:end]):
                kept.append(Span(start, end, span.kind))
                covered.update(range(start, end))
    return sorted(kept)


def apply(text: str, spans: Iterable[Span]) -> str:
    """``text`` with each span replaced by what it is, as 【电话号码】; all else stays as it was.

    Raises ValueError for spans that overlap or lie outside of the text.
    """
    parts, end = [], 0
    for span in sorted(spans):
        if not end <= span.start < span.end <= len(text):
            raise ValueError(f"{span} overlaps another or lies outside of the text")
        parts += [text[end : span.start], f"【{WORDS[Kind(span.kind)][0]}】"]
        end = span.end
    return "".join([*parts, text[end:]])


def _folded(character: str) -> str:
    """The character without its width, always one, so that places stay; any dash or space is the usual one."""
    usual = unicodedata.normalize("NFKC", character)
    if len(usual) != 1:
        return character
    if usual in "‐‑‒―−":
        return "-"
    return " " if usual.isspace() else usual


def _names(text: str, names: Collection[str]) -> Iterator[Span]:
    for name in names:
        spelt = "".join(map(_folded, name.strip()))
        if len(spelt) >= 2:
            yield from (
                Span(one.start(), one.end(), Kind.NAME) for one in re.finditer(re.escape(spelt), text)
            )
    for pattern in (_AFTER, _TITLED):
        for one in pattern.finditer(text):
            yield Span(*one.span(one.lastindex or 0), Kind.NAME)


def _numbers(text: str) -> Iterator[Span]:
    for first in re.finditer(r"(?<![0-9])[0-9]", text):
        places = _places(text, first.start())
        for most in range(min(len(places), 19), 14, -1):
            start, end = places[0], places[most - 1] + 1
            digits = "".join(text[place] for place in places[:most])
            if text[end : end + 1].isdigit():
                continue
            if identity_holds(digits):
                yield Span(start, end, Kind.IDENTITY)
            elif _is_card(digits, text[start:end]):
                yield Span(start, end, Kind.CARD)
        more = re.match(rf"{_BETWEEN}[Xx]", text[places[16] + 1 :]) if len(places) >= 17 else None
        if more and identity_holds("".join(text[place] for place in places[:17]) + "X"):
            yield Span(places[0], places[16] + 1 + more.end(), Kind.IDENTITY)
    # Numbers are also written out: 一三八…; only where all of it is, for 一 alone is a word like any other.
    spoken = re.sub(r"[0-9]", "#", text).translate(_NUMERALS)
    for view in (text, spoken):
        for pattern in (_MOBILE, _LANDLINE):
            yield from (Span(one.start(), one.end(), Kind.PHONE) for one in pattern.finditer(view))
        yield from (Span(one.start(1), one.end(1), Kind.PHONE) for one in _SHORT.finditer(view))


def _places(text: str, start: int) -> list[int]:
    """Where the digits stand that follow one another from ``start`` on, at most two spaces or dashes between them."""
    places, step = [start], re.compile(rf"{_BETWEEN}([0-9])")
    while len(places) < 20 and (one := step.match(text, places[-1] + 1)):
        places.append(one.start(1))
    return places


def _rest(text: str) -> Iterator[Span]:
    for pattern, kind in ((_EMAIL, Kind.EMAIL), (_PLATE, Kind.PLATE), (_DOOR, Kind.ADDRESS)):
        yield from (Span(one.start(), one.end(), kind) for one in pattern.finditer(text))


def _gaps(span: Span, covered: set[int]) -> Iterator[tuple[int, int]]:
    """The stretches of ``span`` that nothing covers yet."""
    start = None
    for place in range(span.start, span.end + 1):
        free = place < span.end and place not in covered
        if free and start is None:
            start = place
        elif not free and start is not None:
            yield start, place
            start = None
