"""What the case of a call says about its recording: asked of whoever knows cases, since calls do not.

The arrows of docs/architecture.md point the other way (work imports lines), so the face that composes both registers
the answer here when it starts. While nobody has, every call counts as confidential.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from hotline.base.kernel.actor import Actor
from hotline.lines.recordings.words import RetentionClass


@dataclass(frozen=True, slots=True)
class Standing:
    """``confidential``: a case of the call is, or is a report. ``disputed``: a case of it was redone."""

    confidential: bool = False
    disputed: bool = False

    @property
    def retention(self) -> RetentionClass:
        """The class its recording is kept in."""
        if self.confidential:
            return RetentionClass.CONFIDENTIAL
        return RetentionClass.DISPUTED if self.disputed else RetentionClass.ORDINARY


Provider = Callable[[Sequence[UUID]], dict[UUID, Standing]]
_provider: Provider | None = None


def provide(provider: Provider) -> None:
    """Have ``provider`` asked; it names the calls that have a standing, the others have none."""
    global _provider
    _provider = provider


Barred = Callable[[Actor, UUID], bool]
_barred: Barred | None = None


def provide_barred(barred: Barred) -> None:
    """Have ``barred`` asked whether somebody stands aside from a call (回避)."""
    global _barred
    _barred = barred


def barred(actor: Actor, call_id: UUID) -> bool:
    """Whether ``actor`` must not know what was said in this call, whatever rights he has."""
    return _barred is not None and _barred(actor, call_id)


def standing_of(call_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """The standing of each of these calls, in one question."""
    if _provider is None:
        return {id: Standing(confidential=True) for id in call_ids}
    found = _provider(call_ids)
    return {id: found.get(id, Standing()) for id in call_ids}
