"""What this room has done in the background."""

from __future__ import annotations

from hotline.base.kernel.background import every
from hotline.lines.recordings import actions, intake, judging


@every("* * * * *")
def take_in() -> None:
    """Take finished recordings out of the switch's spool, then look at the calls that ended."""
    intake.take_in()
    while judging.judge() == judging.BATCH:
        pass


@every("15 * * * *")
def expire() -> None:
    """Erase recordings whose time is over."""
    while actions.expire() == actions.BATCH:
        pass
