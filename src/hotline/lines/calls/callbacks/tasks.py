"""What this room does by the clock."""

from __future__ import annotations

from hotline.base.kernel.background import every
from hotline.lines.calls.callbacks import attempts


@every("* * * * *")
def lapse() -> None:
    """Callbacks whose takers said nothing in time wait again."""
    attempts.lapse()


@every("* * * * *")
def tell_overdue() -> None:
    """Leaders learn of callers whom nobody has called back in time."""
    attempts.tell_overdue()
