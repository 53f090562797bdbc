"""Which trunks the switch reaches: it asks each linked and emergency one with SIP OPTIONS (files.py, `qualify`)."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Sequence

from hotline.lines.calls import register
from hotline.lines.calls.switch.dialplan import watch
from hotline.lines.calls.switch.files import ARI_USER

SOON_S = 0.5
"""As long as somebody who is to be put through may wait for the answer."""
_SAID = {"online": "up", "offline": "down"}


def states(timeout: float = 3.0) -> dict[str, str]:
    """Trunk name → ``up`` or ``down``, as the switch finds it; empty while the switch itself does not answer."""
    site = register.site()
    key = base64.b64encode(f"{ARI_USER}:{site.ari_password}".encode()).decode()
    line = http.client.HTTPConnection("127.0.0.1", site.http_port, timeout=timeout)
    try:
        line.request("GET", "/ari/endpoints/PJSIP", headers={"Authorization": f"Basic {key}"})
        answer = line.getresponse()
        found = json.loads(answer.read()) if answer.status == 200 else []
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        line.close()
    said = {one["resource"]: _SAID.get(one["state"], "down") for one in found}
    names = [name.removeprefix("trunk-") for name in said if name.startswith("trunk-")]
    return {name: said.get(watch(name), said[f"trunk-{name}"]) for name in names}


def best_first(trunks: Sequence[str]) -> list[str]:
    """The same trunks, those known to be away last; none is left out, for what is known is seconds old."""
    if len(trunks) < 2:
        return [*trunks]
    now = states(SOON_S)
    return sorted(trunks, key=lambda name: now.get(name) == "down")
