"""Whether every enabled part of this instance really works: /healthz and `hotline status`."""

from __future__ import annotations

import base64
import json
import socket
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hotline.base.kernel import clock
from hotline.base.kernel.models import Heartbeat
from hotline.lines.calls.switch.files import ARI_USER
from hotline.project.runtime.enabled import Enabled

PATIENCE_S = 2.0
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


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """503 until every enabled part is ready, then 200; `telephony` is `off` when no call can be taken."""
    found = parts()
    ready = all(part.ok for part in found)
    telephony = [part for part in found if part.name == "asterisk" or part.name.startswith("callcontrol")]
    body: dict[str, object] = {
        "status": "ok" if ready else "starting",
        "telephony": "ok" if telephony and all(part.ok for part in telephony) else "off",
        "parts": [asdict(part) for part in found],
    }
    if reason := Enabled.read(settings.HOTLINE.home).telephony_off:
        body["telephony_reason"] = reason
    return JsonResponse(body, status=200 if ready else 503, json_dumps_params={"ensure_ascii": False})


def _checks(enabled: Enabled) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "database", _database
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


def _ask(name: str, check: Callable[[], str]) -> Part:
    try:
        return Part(name, True, check())
    except Exception as error:
        return Part(
            name, False, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:200]
        )


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        (version,) = cursor.fetchone() or ("",)
    return f"PostgreSQL {version}"


def _asterisk() -> str:
    secret = base64.b64encode(f"{ARI_USER}:{settings.HOTLINE.secrets['ari']}".encode()).decode()
    address = f"http://127.0.0.1:{settings.HOTLINE.ports['asterisk_http']}/ari/asterisk/info?only=system"
    answer = json.loads(_fetch(address, {"Authorization": f"Basic {secret}"}))
    return f"Asterisk {answer['system']['version']}"


def _fetch(address: str, headers: dict[str, str] | None = None) -> str:
    request = urllib.request.Request(address, headers=headers or {})  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
        return str(answer.read(10_000).decode(errors="replace"))


def _heartbeat(process: str) -> str:
    last = Heartbeat.objects.filter(process=process).first()
    if last is None:
        raise RuntimeError("还没有心跳 / no heartbeat yet")
    # abs: a sandbox's clock may be set back between two beats.
    age = abs((clock.now() - last.at).total_seconds())
    if age > SILENT_AFTER_S:
        raise RuntimeError(f"{age:.0f} 秒没有心跳 / silent for {age:.0f} s")
    return f"{age:.0f} s"


def _front_door() -> str:
    with socket.create_connection(("127.0.0.1", settings.HOTLINE.port), timeout=PATIENCE_S):
        return f"port {settings.HOTLINE.port}"
