"""TC3-HMAC-SHA256, checked from the published steps: canonical request, string to sign, derived key."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime

_HEADER = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d{2}-\d{2})/(\w+)/tc3_request,\s*"
    r"SignedHeaders=([\w;-]+),\s*Signature=([0-9a-f]{64})"
)
VALID_S = 300


def wrong(headers: Mapping[str, str], body: bytes, ids: Mapping[str, str]) -> str:
    """The published error code when the signature does not hold; "" when it does. ``headers`` have lower-case names."""
    found = _HEADER.fullmatch(headers.get("authorization", ""))
    if not found:
        return "AuthFailure.InvalidAuthorization"
    secret_id, day, service, signed, signature = found.groups()
    if secret_id not in ids:
        return "AuthFailure.SecretIdNotFound"
    stamp = headers.get("x-tc-timestamp", "0")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > VALID_S:
        return "AuthFailure.SignatureExpire"
    if datetime.fromtimestamp(int(stamp), UTC).date().isoformat() != day or service != "sms":
        return "AuthFailure.SignatureFailure"
    names = signed.split(";")
    if not {"content-type", "host"} <= set(names):
        return "AuthFailure.SignatureFailure"
    lines = "".join(f"{name}:{headers.get(name, '').strip().lower()}\n" for name in names)
    request = "\n".join(("POST", "/", "", lines, signed, hashlib.sha256(body).hexdigest()))
    scope = f"{day}/{service}/tc3_request"
    text = "\n".join(("TC3-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = ("TC3" + ids[secret_id]).encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    expected = hmac.new(key, text.encode(), "sha256").hexdigest()
    return "" if hmac.compare_digest(expected, signature) else "AuthFailure.SignatureFailure"
