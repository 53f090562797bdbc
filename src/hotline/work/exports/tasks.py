"""What the worker does for this room."""

from __future__ import annotations

from hotline.base.kernel.background import alone_on_call, every


@alone_on_call
def write_what_waits() -> None:
    """Write every export that waits."""
    from hotline.work.exports import actions

    while actions.write_next():
        pass


@every("* * * * *")
def look_after() -> None:
    """Begin anew what a dead worker left; erase what is past its days; write what was asked for and not begun."""
    from hotline.work.exports import actions

    actions.begin_stalled_anew()
    actions.erase_expired()
    if actions.some_wait():
        write_what_waits()
