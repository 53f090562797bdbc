"""What this room does by the clock."""

from __future__ import annotations

from hotline.base.kernel.background import every
from hotline.work.attachments import actions


@every("* * * * * */5")
def scan_what_waits() -> None:
    """Have new attachments scanned, and those again for which there was no verdict."""
    actions.scan_due()


@every("25 * * * *")
def forget_drafts() -> None:
    """Erase what came with requests that were never sent."""
    while actions.forget_drafts():
        pass
