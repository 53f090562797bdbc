"""What this room has done in the background."""

from __future__ import annotations

from hotline.base.files import actions
from hotline.base.kernel.actor import system
from hotline.base.kernel.background import every


@every("*/5 * * * *")
def forget() -> None:
    """Remove erased files from the store; wrap with the newest key what an older one still wraps."""
    while actions.remove_erased():
        pass
    while actions.rewrap(system("files: new key")):
        pass


@every("50 18 * * *")
def remove_orphans() -> None:
    """Remove what a crash left in the store."""
    actions.remove_orphans()
