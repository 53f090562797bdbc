"""A deed: one act of one actor, in one transaction, with its audit rows and its news.

Every write of the platform stands in a deed, so that no room can forget the right, the audit row or the outbox::

    with deed(actor, "case.dispatch", right="case.dispatch") as d:
        ...                                   # change rows
        d.about("case", case.id, unit=unit.id)
        d.tell("case.dispatched", case.id, unit=str(unit.id))
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction
from django.db.models import Model

from hotline.base.kernel import clock, ids
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Forbidden
from hotline.base.kernel.models import AuditRow, OutboxRow
from hotline.base.kernel.rows import insert


class Deed:
    """What one act has to say: to the audit log (``about``) and to other rooms (``tell``)."""

    def __init__(self, actor: Actor, act: str) -> None:
        self.actor = actor
        self.act = act
        self._rows: list[Model] = []
        self._audit: list[AuditRow] = []
        self._news: list[OutboxRow] = []
        self._notices: dict[tuple[str, str], None] = {}

    def about(self, kind: str, id: object, **detail: Any) -> None:
        """Name a thing this act touched; one audit row. ``detail`` must hold no personal data in plain."""
        self._audit.append(
            AuditRow(
                id=ids.new(),
                at=clock.now(),
                actor_kind=self.actor.kind,
                actor_id=self.actor.id,
                actor_label=self.actor.label,
                address=self.actor.address,
                act=self.act,
                object_kind=kind,
                object_id=str(id),
                detail=detail | {"behalf": self.actor.behalf} if self.actor.behalf else detail,
            )
        )

    def tell(self, topic: str, key: object, **payload: Any) -> None:
        """Put news for other rooms into the outbox; delivered at least once after commit, by the worker."""
        self._news.append(OutboxRow(topic=topic, key=str(key), payload=payload, at=clock.now()))

    def _write(self) -> None:
        if not self._audit:
            raise RuntimeError(f"{self.act} left no audit row: call about()")
        insert(*self._rows, *self._audit, *self._news, notices=tuple(self._notices))


_open: ContextVar[Deed | None] = ContextVar("deed", default=None)
"""The innermost deed being done, which takes what is written at its end."""


@contextmanager
def deed(actor: Actor, act: str, right: str | None = None) -> Iterator[Deed]:
    """Open a deed. Raises Forbidden when ``actor`` lacks ``right``; writes nothing when the block raises."""
    if right is not None and not actor.may(right):
        raise Forbidden(right)
    with transaction.atomic(savepoint=False):
        done = Deed(actor, act)
        token = _open.set(done)
        try:
            yield done
        finally:
            _open.reset(token)
        done._write()


def keep(*rows: Model) -> None:
    """INSERT ``rows`` with the audit rows of the deed being done, in the one statement at its end; at once outside of any.

    For what nobody reads before then: each round trip costs as much as the work in it.
    """
    if (done := _open.get()) is not None:
        done._rows += rows
    else:
        insert(*rows)


def notify(channel: str, payload: str) -> None:
    """Wake listeners of ``channel`` at commit, once however often the deed says so. For the desk's own channel only: in every
    write it would cost a third of the throughput."""
    if (done := _open.get()) is not None:
        done._notices[channel, payload] = None
    else:
        insert(notices=((channel, payload),))
