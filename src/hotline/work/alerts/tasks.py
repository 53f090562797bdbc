"""What this room does by the clock."""

from __future__ import annotations

from hotline.base.kernel.background import every
from hotline.work.alerts import actions


@every("* * * * *")
def send_texts() -> None:
    """One message to each mobile for which alerts wait."""
    actions.send_texts()


@every("40 19 * * *")
def prune_alerts() -> None:
    """Remove what is older than the city keeps it."""
    actions.prune()
