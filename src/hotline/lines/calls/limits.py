"""How long things about a call may take, and what a city wishes of its calls: its own dated figures (city.yaml, `limits`)."""

from __future__ import annotations

from typing import Literal

from django.conf import settings

from hotline.base.kernel.figures import Figure, declare
from hotline.lines.numbers.figures import EMERGENCY_RING_SECONDS

Limit = Literal["ring", "link", "wrap_up", "duty", "phone_gone", "await", "survey", "emergency"]
Wish = Literal["recording", "survey"]


def _seconds(limit: Limit, default: int, zh: str, en: str) -> Figure:
    return declare(f"{limit}_seconds", default, f"{zh}（秒）", f"{en}, in seconds", most=3600)


def _wish(name: str, default: int, zh: str, en: str) -> Figure:
    return declare(name, default, f"{zh}（1 是 0 否）", f"{en} (1 yes, 0 no)", least=0, most=1)


_LIMITS: dict[Limit, Figure] = {
    "ring": _seconds("ring", 20, "座席话机振铃多久换人", "an agent's phone rings before another is asked"),
    "link": _seconds("link", 60, "联动中心振铃多久算无人接", "a linked centre rings before nobody is there"),
    "wrap_up": _seconds("wrap_up", 30, "话后整理时长", "wrap-up after a call"),
    "duty": _seconds(
        "duty", 45, "平台失灵时值班电话振铃多久", "duty telephones ring when no call control answers"
    ),
    "phone_gone": _seconds(
        "phone_gone",
        15,
        "话机不在线多久后不再视为就绪",
        "a ready agent stays so while his phone is away",
    ),
    "await": _seconds(
        "await", 30, "座席页面掉线时来电人等候多久", "a caller waits with music for his agent's browser"
    ),
    "survey": _seconds("survey", 15, "满意度按键等候多久", "a caller may take for a key after the question"),
}
_LIMITS["emergency"] = EMERGENCY_RING_SECONDS
_WISHES: dict[Wish, Figure] = {
    "recording": _wish("record_calls", 1, "通话录音", "conversations are recorded"),
    "survey": _wish(
        "survey_calls", 0, "挂机时请来电人评价", "a caller is asked how it was when the agent hangs up"
    ),
}


def seconds(limit: Limit) -> int:
    """``limit`` as it is in force now, in seconds."""
    return _LIMITS[limit]()


def wanted(wish: Wish) -> bool:
    """Whether the city has ``wish`` now."""
    return bool(_WISHES[wish]())


def wrap_up_code(code: str) -> dict[str, str] | None:
    """A call's word with what it says; one the city has no more says itself. None for none."""
    found = next((row for row in wrap_up_codes() if row["code"] == code), None)
    return found or ({"code": code, "zh": code, "en": code} if code else None)


def wrap_up_codes() -> list[dict[str, str]]:
    """What a call may have been about: [{code, zh, en}], as the city has them; none is a valid list."""
    rows = settings.CITY.get("wrap_up_codes", [])
    return [{"code": str(row["code"]), "zh": str(row["zh"]), "en": str(row["en"])} for row in rows]
