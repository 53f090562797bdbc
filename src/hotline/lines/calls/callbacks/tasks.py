"""What this room does by the clock."""

from __future__ import annotations

from hotline.base.kernel.background import every
from hotline.lines.calls.callbacks import attempts


@every("* * * * *")
def lapse() -> None:
    """Callbacks whose takers said nothing in time wait again."""
    attempts.lapse()
