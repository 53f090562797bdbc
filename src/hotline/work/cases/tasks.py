"""What this room does by the clock."""

from __future__ import annotations

from hotline.base.kernel.background import every
from hotline.work.cases import sweep


@every("* * * * *")
def sweep_clocks() -> None:
    """Cases that are nearly due, or late."""
    sweep.sweep()
