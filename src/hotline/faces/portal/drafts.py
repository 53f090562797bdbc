"""Writing a request over several pages without an account, a script or a session."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hotline.base.kernel import clock
from hotline.base.kernel.sealing import blind_index, seal, unseal
from hotline.faces.portal.models import Draft

COOKIE = settings.HOTLINE.cookie("draft")
KEPT = timedelta(hours=2)
RECEIPT_KEPT = timedelta(minutes=30)


def read(request: HttpRequest) -> dict[str, Any]:
    """The draft of this browser; empty when there is none or it has expired."""
    token = request.COOKIES.get(COOKIE, "")
    row = Draft.objects.filter(token=_index(token), expires_at__gt=clock.now()).first() if token else None
    return msgspec.json.decode(unseal(row.content), type=dict[str, Any]) if row else {}


def write(
    request: HttpRequest, response: HttpResponse, content: dict[str, Any], kept: timedelta = KEPT
) -> None:
    """Keep ``content`` for this browser from now on; drafts that have expired are removed on the way."""
    now = clock.now()
    Draft.objects.filter(expires_at__lte=now).delete()
    token = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(24)
    Draft.objects.update_or_create(
        token=_index(token),
        defaults={"content": seal(msgspec.json.encode(content).decode()), "expires_at": now + kept},
    )
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(KEPT.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def hold(request: HttpRequest) -> None:
    """Let no other request of this browser use its draft until the end of this transaction."""
    token = request.COOKIES.get(COOKIE, "")
    Draft.objects.select_for_update().filter(token=_index(token)).first()


def _index(token: str) -> bytes:
    return blind_index("portal-draft", token)
