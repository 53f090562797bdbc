"""How long things may take, from the city's `calls` block; what it does not say has the customary length."""

from __future__ import annotations

from typing import Literal

from django.conf import settings

Limit = Literal["ring", "link", "wrap_up", "duty", "phone_gone"]

_CUSTOMARY: dict[Limit, int] = {"ring": 20, "link": 60, "wrap_up": 30, "duty": 45, "phone_gone": 15}


def seconds(limit: Limit) -> int:
    """``ring``: an agent's phone, before another is asked; ``link``: a linked hotline's; ``wrap_up``: after a call;
    ``duty``: the duty telephones, when no call control answers; ``phone_gone``: a ready agent whose phone is away stays so."""
    return int(settings.CITY.get("calls", {}).get(f"{limit}_seconds", _CUSTOMARY[limit]))
