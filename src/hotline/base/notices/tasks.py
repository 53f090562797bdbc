"""What this room does by the clock."""

from __future__ import annotations

from hotline.base.kernel.background import every
from hotline.base.notices import actions, sending


@every("* * * * * */3")
def send_what_is_due() -> None:
    """Hand messages over, also those that could not be before."""
    sending.send_due()


@every("20 19 * * *")
def forget() -> None:
    """Wipe what messages said that are older than the city keeps it."""
    actions.forget(actions.ACTOR)
