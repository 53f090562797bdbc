"""The centre's two doors: the protocol over TLS, and a plain one on loopback by which it is told how to behave."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reference.farcentre.centre import Centre, wait

MOST = 256 * 1024


class _Handler(BaseHTTPRequestHandler):
    """JSON in, JSON out; ``route`` is the door's own."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, format: str, *values: Any) -> None:
        """Nothing: a far centre's own log is not what tests read."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        size = min(int(self.headers.get("Content-Length") or 0), MOST)
        self._answer(self.rfile.read(size))

    def _answer(self, body: bytes) -> None:
        said = self.server.route(self.command, self.path, self.headers.get("Authorization", ""), body)  # type: ignore[attr-defined]
        if said is None:
            self.close_connection = True
            return
        status, answer = said
        text = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status < 400 else "application/problem+json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


Route = Callable[[str, str, str, bytes], tuple[int, dict[str, Any]] | None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, route: Route, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.route = route
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that goes away in the middle is no event."""


def serve(port: int, route: Route, certificate: Path | None = None) -> None:
    """Open a door in a thread of its own."""
    server = _Server(port, route, certificate)
    threading.Thread(target=server.serve_forever, name=f"door {port}", daemon=True).start()


def protocol_door(centre: Centre) -> Route:
    """`/<number>/hand-overs`, `/<number>/hand-overs/<id>/outcome`, `/<number>/status`."""

    def route(method: str, path: str, authorization: str, body: bytes) -> tuple[int, dict[str, Any]] | None:
        number, _, rest = path.strip("/").partition("/")
        if number not in centre.desks:
            return _no(404, "not-found")
        if not centre.authorised(authorization):
            centre.store.do("INSERT INTO refusal VALUES (?, 401, 'bad-token', datetime())", number)
            return _no(401, "not-signed-in")
        desk = centre.desks[number]
        if desk.http == "500":
            return _no(500, "internal")
        if desk.http == "slow":
            wait(6)
        said = _protocol(centre, number, method, rest, body)
        return None if desk.http == "drop" else said

    return route


def _protocol(centre: Centre, number: str, method: str, rest: str, body: bytes) -> tuple[int, dict[str, Any]]:
    match method, rest.split("/"):
        case "GET", ["status"]:
            return 200, centre.status(number)
        case "POST", ["hand-overs"]:
            return centre.take(number, body)
        case "POST", ["hand-overs", message_id, "outcome"]:
            return centre.outcome(message_id, body)
    return _no(404, "not-found")


def control_door(centre: Centre, key: str, do: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Route:
    """`POST /<verb>` with JSON arguments, for whoever holds ``key``."""

    def route(method: str, path: str, authorization: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if authorization != f"Bearer {key}":
            return _no(401, "not-signed-in")
        try:
            return 200, do(path.strip("/"), json.loads(body or b"{}"))
        except Exception as error:  # whoever asks in vain learns why
            return _no(400, f"{type(error).__name__}: {error}")

    return route


def _no(status: int, why: str) -> tuple[int, dict[str, Any]]:
    return status, {"type": why, "title": "拒绝", "title_en": why, "status": status, "faults": []}


def certificate(folder: Path) -> Path:
    """A certificate of our own for 127.0.0.1, made once: key and certificate in `tls.pem`, the certificate in `ca.pem`."""
    path = folder / "tls.pem"
    if path.is_file():
        return path
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "reference far centre")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    text = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(text)
    path.touch(mode=0o600)
    path.write_bytes(secret + text)
    return path
