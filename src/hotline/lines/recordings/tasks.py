"""What this room has done in the background."""

from __future__ import annotations

from hotline.base.kernel.background import every
from hotline.lines.recordings import actions, intake, judging


@every("* * * * *")
def take_in() -> None:
    """Take finished recordings out of the switch's spool, then look at the calls that ended and at those that go on."""
    intake.take_in()
    judging.look_at_running()
    while judging.judge() == judging.BATCH:
        pass


@every("15 * * * *")
def expire() -> None:
    """Erase recordings whose time is over."""
    while actions.expire() == actions.BATCH:
        pass
