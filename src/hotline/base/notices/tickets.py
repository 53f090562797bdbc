"""Links that messages carry: whoever holds one may do one thing for some days, without an account or a code."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from hotline.base.kernel import clock, rates
from hotline.base.kernel.deeds import keep
from hotline.base.kernel.errors import Problem
from hotline.base.kernel.sealing import blind_index
from hotline.base.notices import figures
from hotline.base.notices.models import Ticket
from hotline.base.notices.ways import Way

ALPHABET = "23456789abcdefghjkmnpqrtuvwxy"
LENGTH = 10
_WINDOW_S = 600


def issue(purpose: str, about_id: UUID, way: Way) -> str:
    """A new link's token for whoever is reached by ``way``, within the deed that gives the occasion. Only its digest is kept."""
    token = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    now = clock.now()
    keep(
        Ticket(
            digest=_digest(token), purpose=purpose, about_id=about_id, holder_index=way.index,
            issued_at=now, expires_at=now + timedelta(days=figures.TICKET_DAYS()),
        )
    )  # fmt: skip
    return token


def look(token: str, address: str) -> Ticket:
    """The link of ``token``, used or not. Raises Problem 404 (none, or over), 429 (too many tries from ``address``)."""
    if not rates.allow(f"sms-link:{rates.source(address)}", figures.TICKET_TRIES(), _WINDOW_S):
        raise Problem(
            "too-many-tries", "打开次数过多，请十分钟后再试，或拨打 12345", "Too many tries; wait ten minutes or call 12345", status=429
        )  # fmt: skip
    ticket = Ticket.objects.filter(digest=_digest(token.lower()), expires_at__gt=clock.now()).first()
    if ticket is None:
        raise Problem(
            "link-over",
            "这个链接不存在或已过期",
            "This link does not exist, or is no longer valid",
            status=404,
        )
    return ticket


def newest(holder_index: bytes, purpose: str, within: timedelta) -> Ticket | None:
    """The last link sent to a telephone or an address, if it was for ``purpose``, unused and not older than ``within``: what an answer
    by message is about."""
    last = Ticket.objects.filter(holder_index=holder_index).order_by("-issued_at", "-id").first()
    good = last and last.purpose == purpose and not last.used_at and last.issued_at > clock.now() - within
    return last if good else None


def issued_since(purpose: str, way: Way, since: datetime) -> bool:
    """Whether whoever is reached by ``way`` got a link for ``purpose`` since then."""
    return Ticket.objects.filter(holder_index=way.index, purpose=purpose, issued_at__gt=since).exists()


def use(ticket_id: UUID) -> bool:
    """Use a link up, within the deed that does what it was for; False when it was used before."""
    return bool(Ticket.objects.filter(id=ticket_id, used_at=None).update(used_at=clock.now()))


def _digest(token: str) -> bytes:
    return blind_index("sms-link", token)
