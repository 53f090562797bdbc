"""How long things may take, from the city's `calls` block; what it does not say has the customary length."""

from __future__ import annotations

from typing import Literal

from django.conf import settings

Limit = Literal["ring", "link", "wrap_up", "duty", "phone_gone", "await", "survey"]
Wish = Literal["recording", "survey"]

_CUSTOMARY: dict[Limit, int] = {
    "ring": 20, "link": 60, "wrap_up": 30, "duty": 45, "phone_gone": 15, "await": 30, "survey": 15,
}  # fmt: skip
_WISHED: dict[Wish, bool] = {"recording": True, "survey": False}


def seconds(limit: Limit) -> int:
    """``ring``: an agent's phone, before another is asked; ``link``: a linked hotline's; ``wrap_up``: after a call;
    ``duty``: the duty telephones, when no call control answers; ``phone_gone``: a ready agent whose phone is away stays so;
    ``await``: a caller waits with music for his agent's browser; ``survey``: for a key after the question."""
    return int(settings.CITY.get("calls", {}).get(f"{limit}_seconds", _CUSTOMARY[limit]))


def wanted(wish: Wish) -> bool:
    """``recording``: conversations are recorded; ``survey``: a caller is asked how it was when the agent hangs up."""
    return bool(settings.CITY.get("calls", {}).get(wish, _WISHED[wish]))
