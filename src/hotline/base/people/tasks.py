"""What the room of people has done in the background."""

from __future__ import annotations

from hotline.base.kernel.actor import system
from hotline.base.kernel.background import every
from hotline.base.people import actions


@every("* * * * *")
def end_unattended_sessions() -> None:
    """Make known whose session ended because nobody used it."""
    actions.end_unattended(system("people: unattended sessions"))
