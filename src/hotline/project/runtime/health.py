"""Whether every enabled part of this instance really works: /healthz and `hotline status`."""

from __future__ import annotations

import base64
import logging
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from threading import Lock

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hotline.base.kernel import clock
from hotline.base.kernel.models import Heartbeat
from hotline.lines.calls.switch.files import ARI_USER
from hotline.project.runtime.enabled import Enabled

log = logging.getLogger(__name__)

PATIENCE_S = 2.0
FRESH_S = 0.5
SILENT_AFTER_S = 20.0
"""A process that has not written its heartbeat for this long is not doing its work."""


@dataclass(frozen=True)
class Part:
    """One enabled process, whether it does its work, and a word about how that is known."""

    name: str
    ok: bool
    detail: str


def parts() -> list[Part]:
    """Ask every enabled process. Takes at most PATIENCE_S for each that hangs; never raises."""
    enabled = Enabled.read(settings.HOTLINE.home)
    return [_ask(name, check) for name, check in _checks(enabled)]


def recent_parts() -> list[Part]:
    """`parts`, asked at most once in FRESH_S: the page is public, and a crowd of askers must not become a load."""
    global _last
    with _asking:
        at, found = _last
        if time.monotonic() - at > FRESH_S:
            found = parts()
            _last = (time.monotonic(), found)
        return found


_asking = Lock()
_last: tuple[float, list[Part]] = (float("-inf"), [])


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """503 until every enabled part is ready, then 200; `telephony` is `off` when no call can be taken.

    Anybody may read it: why a part does not work stands in the log, why there is no telephone in `hotline status`.
    """
    found = recent_parts()
    ready = all(part.ok for part in found)
    telephony = [part for part in found if part.name == "asterisk" or part.name.startswith("callcontrol")]
    body = {
        "status": "ok" if ready else "starting",
        "telephony": "ok" if telephony and all(part.ok for part in telephony) else "off",
        "parts": [asdict(part) for part in found],
    }
    return JsonResponse(body, status=200 if ready else 503, json_dumps_params={"ensure_ascii": False})


def _checks(enabled: Enabled) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "postgres", _database
    yield "web", lambda: ""  # who reads this has been answered by it
    ports = settings.HOTLINE.ports
    for name in enabled.parts:
        if name == "asterisk":
            yield name, _asterisk
        elif name == "live":
            yield name, partial(_fetch, f"http://127.0.0.1:{ports['live']}/live/ping")
        elif name == "worker" or name.startswith("callcontrol"):
            yield name, partial(_heartbeat, name)
        elif name == "caddy":
            yield name, _front_door


class _NotWorking(Exception):
    """Our own words about a part, fit for the public."""


def _ask(name: str, check: Callable[[], str]) -> Part:
    try:
        return Part(name, True, check())
    except _NotWorking as reason:
        return Part(name, False, str(reason))
    except Exception as error:
        # Its text may hold addresses and names: that is for the log, not for strangers.
        log.warning("%s: %s", name, error)
        return Part(name, False, type(error).__name__)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _asterisk() -> str:
    secret = base64.b64encode(f"{ARI_USER}:{settings.HOTLINE.secrets['ari']}".encode()).decode()
    address = f"http://127.0.0.1:{settings.HOTLINE.ports['asterisk_http']}/ari/asterisk/info?only=system"
    _fetch(address, {"Authorization": f"Basic {secret}"})
    return ""


def _fetch(address: str, headers: dict[str, str] | None = None) -> str:
    request = urllib.request.Request(address, headers=headers or {})  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
        return str(answer.read(10_000).decode(errors="replace"))


def _heartbeat(process: str) -> str:
    last = Heartbeat.objects.filter(process=process).first()
    if last is None:
        raise _NotWorking("还没有心跳 / no heartbeat yet")
    # abs: a sandbox's clock may be set back between two beats.
    age = abs((clock.now() - last.at).total_seconds())
    if age > SILENT_AFTER_S:
        raise _NotWorking(f"{age:.0f} 秒没有心跳 / silent for {age:.0f} s")
    if last.detail.get("connected") is False:  # a call control without its switch: calls get the fallback
        raise _NotWorking("尚未连上交换机 / not connected to the switch")
    return f"{age:.0f} s"


def _front_door() -> str:
    socket.create_connection(("127.0.0.1", settings.HOTLINE.port), timeout=PATIENCE_S).close()
    return ""
