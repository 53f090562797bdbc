"""What the kernel has done in the background."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings

from hotline.base.kernel import audit, rates
from hotline.base.kernel.background import every


@every("* * * * *")
def seal_audit_rows() -> None:
    """Close the audit chain over everything that was written since the last time."""
    while audit.seal_batch():
        pass


@every("23 19 * * *")
def forget_old_counters() -> None:
    """Remove counters of tries and sessions whose time is over."""
    rates.prune()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
