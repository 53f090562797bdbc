"""What the exchange has done in the background."""

from __future__ import annotations

from datetime import timedelta

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.background import every
from hotline.joined.exchange import actions, partitions

DAYS_AHEAD = 7


@every("7 * * * *")
def make_partitions() -> None:
    """Have the partitions of the coming days ready, so that no delivery has to wait for one."""
    today = clock.today()
    partitions.ensure(today + timedelta(days=n) for n in range(DAYS_AHEAD + 1))


@every("40 19 * * *")
def prune() -> None:
    """Remove run data that is older than the city keeps it."""
    actions.prune(system("exchange: retention"))
