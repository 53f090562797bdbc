"""Which trunks the switch reaches: it asks each linked and emergency one with SIP OPTIONS (files.py, `qualify`)."""

from __future__ import annotations

import base64
import http.client
import json

from hotline.lines.calls import register
from hotline.lines.calls.switch.files import ARI_USER

TIMEOUT_S = 3.0
_SAID = {"online": "up", "offline": "down"}


def states() -> dict[str, str]:
    """Trunk name → ``up`` or ``down``, as the switch finds it; empty while the switch itself does not answer."""
    site = register.site()
    key = base64.b64encode(f"{ARI_USER}:{site.ari_password}".encode()).decode()
    line = http.client.HTTPConnection("127.0.0.1", site.http_port, timeout=TIMEOUT_S)
    try:
        line.request("GET", "/ari/endpoints/PJSIP", headers={"Authorization": f"Basic {key}"})
        answer = line.getresponse()
        found = json.loads(answer.read()) if answer.status == 200 else []
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        line.close()
    return {
        one["resource"].removeprefix("trunk-"): _SAID.get(one["state"], "down")
        for one in found
        if one["resource"].startswith("trunk-")
    }
