"""What this room has done in the background."""

from __future__ import annotations

from hotline.base.kernel.actor import system
from hotline.base.kernel.background import every
from hotline.joined.handover import actions, meeting, sending, watching


@every("* * * * * */5")
def look_at_links() -> None:
    """Find out which far centres can be reached, and tell them which of their callers we have answered."""
    watching.check()
    meeting.tell_answered()


@every("* * * * * */3")
def send_what_is_due() -> None:
    """Try deliveries again that had no answer."""
    sending.send_due()


@every("50 19 * * *")
def forget_contents() -> None:
    """Wipe what was said in hand-overs that are older than the city keeps it; that they were made stays."""
    actions.forget_contents(system("hand-over"))
