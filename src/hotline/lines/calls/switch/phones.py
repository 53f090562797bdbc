"""Agents' phones in the switch: pushed into its memory by ARI, valid at once and without a reload (ADR 0006)."""

from __future__ import annotations

from typing import Any

from hotline.base.kernel import sealing
from hotline.lines.calls.models import PhoneCredential

_COMMON = {
    # Known by its name, and believed for its password alone; trunks are known by their address alone (files.py).
    "identify_by": "username",
    "context": "agents",
    "disallow": "all",
    "allow": "alaw,ulaw",
    "direct_media": "no",
    "send_connected_line": "no",
    "trust_connected_line": "no",
    "rtp_symmetric": "yes",
    "force_rport": "yes",
    "rewrite_contact": "yes",
    # An open deadlock upstream (asterisk#2166): transfers are acts of the desk, not of the phone.
    "allow_transfer": "no",
}
_KIND = {
    # A browser that crashed says no goodbye; it always sends sound while it lives, also muted.
    "webrtc": {
        "webrtc": "yes",
        "dtls_auto_generate_cert": "yes",
        "transport": "ws",
        "rtp_timeout": "30",
        "rtp_timeout_hold": "600",
    },
    "sip": {"dtmf_mode": "auto"},
}


def objects(credential: PhoneCredential) -> list[tuple[str, dict[str, str]]]:
    """(object type, its fields) in the order in which the switch must be told."""
    name = credential.endpoint
    return [
        (
            "auth",
            {
                "auth_type": "userpass",
                "username": name,
                "password": sealing.unseal(credential.password_sealed),
            },
        ),
        ("aor", {"max_contacts": "1", "remove_existing": "yes", "minimum_expiration": "30"}),
        ("endpoint", {"aors": name, "auth": name, **_COMMON, **_KIND[credential.kind]}),
    ]


def body(fields: dict[str, str]) -> dict[str, Any]:
    """The body of PUT /asterisk/config/dynamic/res_pjsip/…"""
    return {"fields": [{"attribute": name, "value": value} for name, value in fields.items()]}


def path(kind: str, endpoint: str) -> str:
    """Where one object of a phone stands."""
    return f"/asterisk/config/dynamic/res_pjsip/{kind}/{endpoint}"
