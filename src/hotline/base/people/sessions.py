"""Sessions in the database, read the cheap way (settings.SESSION_ENGINE), and ended when nobody uses them.

Every request of the console reads its session: plain SQL costs 0.1 ms of CPU where a model's query costs 0.7.

A session ends SESSION_COOKIE_AGE after signing in, however busy, and before that when it was not used for the minutes the
city allows (``session_idle_minutes``; GB/T 22239-2019 8.1.4.1 b). Use is a request through the gate, or being at work on
the desk; a stream that merely stays open is none. The row of an unused session stays for a while, so that whoever comes
back is told why he must sign in again. All this goes by the machine's time, like the cookie, not by the business clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import connection

from hotline.base.people.figures import IDLE_MINUTES

RENEWED_EVERY_S = 60
"""Use is written down at most this often."""
_UNTIL, _TOLD = "_until", "_told"


class SessionStore(db.SessionStore):
    """Django's own store, with an end for want of use. ``tolerant``: reads a session that was only not used."""

    def __init__(self, session_key: str | None = None, *, tolerant: bool = False) -> None:
        super().__init__(session_key)
        self._tolerant = tolerant
        self._ends: datetime | None = None
        self.lapsed = False
        """Whether there was a session that ended because nobody used it. Known once it was read."""

    def load(self) -> dict[str, Any]:
        """The session's data; empty, and the key forgotten, when there is none or it has ended."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT session_data, expire_date FROM django_session WHERE session_key = %s",
                [self.session_key],
            )
            row = cursor.fetchone()
        data: dict[str, Any] = self.decode(row[0]) if row else {}
        if row and data.get(_UNTIL, 0) > time():
            self._ends = row[1]
            self.lapsed = row[1] <= _now()
            if self._tolerant or not self.lapsed:
                return data
        self._session_key = None
        return {}

    def used(self) -> None:
        """Its owner is there: the session lives on from now. Costs a statement a minute at most."""
        now = _now()
        ends = now + _idle()
        if self.lapsed or self._ends is None or ends - self._ends < timedelta(seconds=RENEWED_EVERY_S):
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE django_session SET expire_date = %s WHERE session_key = %s AND expire_date > %s",
                [ends, self.session_key, now],
            )
        self._ends = ends

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """The row to save; what is saved is used."""
        data.setdefault(_UNTIL, time() + settings.SESSION_COOKIE_AGE)
        row = super().create_model_instance(data)
        row.expire_date = self._ends = _now() + _idle()
        return row

    @classmethod
    def clear_expired(cls) -> None:
        """Remove the rows nobody can come back to."""
        ended = _now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
        cls.get_model_class().objects.filter(expire_date__lt=ended).delete()


def lapsed() -> Iterator[tuple[AbstractBaseSession, dict[str, Any]]]:
    """Every session that nobody used, with its data, until it is marked with ``tell``; locked in the transaction."""
    store, now = SessionStore(), _now()
    since = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = SessionStore.get_model_class().objects.select_for_update(skip_locked=True)
    for row in rows.filter(expire_date__gt=since, expire_date__lte=now).order_by("expire_date"):
        data = store.decode(row.session_data)
        if data and _TOLD not in data:
            yield row, data


def tell(row: AbstractBaseSession, data: dict[str, Any]) -> None:
    """Mark a lapsed session: its end has been made known."""
    row.session_data = SessionStore().encode(data | {_TOLD: True})
    row.save(update_fields=["session_data"])


def alive() -> Iterator[dict[str, Any]]:
    """The data of every session that is in use."""
    store = SessionStore()
    for text in (
        SessionStore.get_model_class()
        .objects.filter(expire_date__gt=_now())
        .values_list("session_data", flat=True)
    ):
        yield store.decode(text)


def _idle() -> timedelta:
    return timedelta(minutes=IDLE_MINUTES())


def _now() -> datetime:
    return datetime.fromtimestamp(time(), UTC)
