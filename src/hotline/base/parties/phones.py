"""Telephone numbers as people and operators write them, brought to one spelling."""

import re

_NOISE = re.compile(r"[\s\-()（）.·]+")
_MOBILE = re.compile(r"1\d{10}")
_REAL_MOBILE = re.compile(r"1[3-9]\d{9}")
_NUMBER = re.compile(r"\d{3,15}")


def normal(text: str) -> str | None:
    """The one spelling of a number, digits only; None when ``text`` is none ("anonymous", too short, letters).

    +86 138 1234 1234, 008613812341234 and 013812341234 are all 13812341234; +86 595 22112345 is 059522112345; other
    countries' numbers keep their 00 prefix.
    """
    bare = _NOISE.sub("", text)
    digits = "00" + bare[1:] if bare.startswith("+") else bare
    if not digits.isascii() or not _NUMBER.fullmatch(digits):
        return None
    if digits.startswith("0086"):
        digits = digits[4:]
        if not _MOBILE.fullmatch(digits) and not digits.startswith("0"):
            digits = "0" + digits
    # Some operators put the long-distance 0 before a mobile number.
    if digits.startswith("0") and _MOBILE.fullmatch(digits[1:]):
        digits = digits[1:]
    return digits


def is_mobile(number: str) -> bool:
    """Whether ``number``, in its one spelling, can take a text message. 10, 11 and 12 begin no mobile number: the
    demonstration's callers have such."""
    return bool(_REAL_MOBILE.fullmatch(number))
