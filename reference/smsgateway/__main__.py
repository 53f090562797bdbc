"""Run a gateway:  python -m reference.smsgateway SETTINGS.json

The settings: port, control (port), control_key, ids {secret id: secret key}, app_id, sign, templates {number: text with {1},
{2}, …}, report_to (where receipts and replies are posted), with_parent. Prints one JSON line when it is ready.

Told over the control door how to behave: ``mode`` (ok, silent, a code to answer every message with, or ``!code`` for the
whole request), ``receipt`` (success, fail, none), ``receipt_after_s``, ``receipts`` (how many times each), ``early`` (before
the answer).
"""

from __future__ import annotations

import html
import http.client
import json
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reference.smsgateway.signature import wrong

_PAGE = """<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="3"><title>测试手机 / test telephones</title>
<style>body{font:16px/1.6 sans-serif;max-width:40em;margin:2em auto;padding:0 1em}li{margin:.6em 0}small{color:#555}</style>
<h1>测试手机 / test telephones</h1><ol reversed>%s</ol>"""


class Gateway:
    """What it knows: its account, what it was told to do, and what every telephone received."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.how: dict[str, Any] = {
            "mode": "ok", "receipt": "success", "receipt_after_s": 0.05, "receipts": 1, "early": False
        }  # fmt: skip
        self.report_to = given.get("report_to", "")
        self.asked: list[dict[str, Any]] = []
        self.received: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.reports: list[dict[str, Any]] = []
        self.serial = 0
        self.lock = threading.Lock()

    def ask(self, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """One signed request."""
        if code := wrong(headers, body, self.given["ids"]):
            return _error(code, "The provided credentials could not be validated.")
        if headers.get("x-tc-action") != "SendSms" or headers.get("x-tc-version") != "2021-01-11":
            return _error("InvalidAction", "The API does not exist.")
        request = json.loads(body)
        self.asked.append(request)
        if str(self.how["mode"]).startswith("!"):
            return _error(self.how["mode"][1:], "As told.")
        if request["SmsSdkAppId"] != self.given["app_id"]:
            return _error("InvalidParameterValue.SdkAppIdNotExist", "No such application.")
        return {
            "Response": {
                "SendStatusSet": [self._one(phone, request) for phone in request["PhoneNumberSet"]],
                "RequestId": f"r{time.time_ns()}",
            }
        }

    def _one(self, phone: str, request: dict[str, Any]) -> dict[str, Any]:
        code = "Ok" if self.how["mode"] in ("ok", "silent") else self.how["mode"]
        text = self.given["templates"].get(request["TemplateId"])
        if code == "Ok" and request.get("SignName") != self.given["sign"]:
            code = "FailedOperation.SignatureIncorrectOrUnapproved"
        elif code == "Ok" and text is None:
            code = "FailedOperation.TemplateIncorrectOrUnapproved"
        with self.lock:
            self.serial += 1
            serial = f"5000:{self.serial:06d}" if code == "Ok" else ""
        if code == "Ok":
            for position, value in enumerate(request.get("TemplateParamSet") or [], 1):
                text = text.replace(f"{{{position}}}", value)
            whole = f"【{request['SignName']}】{text}"
            if self.how["receipt"] == "success":
                self.received[phone].append({"text": whole, "at": time.time(), "serial": serial})
            if self.how["receipt"] != "none":
                self._receipts(serial, phone)
        return {
            "SerialNo": serial, "PhoneNumber": phone, "Fee": int(bool(serial)), "SessionContext": request.get("SessionContext", ""),
            "Code": code, "Message": "send success" if code == "Ok" else code, "IsoCode": "CN",
        }  # fmt: skip

    def _receipts(self, serial: str, phone: str) -> None:
        good = self.how["receipt"] == "success"
        row = {
            "user_receive_time": time.strftime("%Y-%m-%d %H:%M:%S"), "nationcode": "86", "mobile": phone.removeprefix("+86"),
            "report_status": "SUCCESS" if good else "FAIL", "errmsg": "DELIVRD" if good else "MK:0001",
            "description": "用户短信送达成功" if good else "用户关机或停机", "sid": serial,
        }  # fmt: skip
        times, after = int(self.how["receipts"]), float(self.how["receipt_after_s"])
        if self.how["early"]:
            self._post([row])
            times -= 1

        def later() -> None:
            for _ in range(times):
                time.sleep(after)
                self._post([row])

        threading.Thread(target=later, daemon=True).start()

    def reply(self, mobile: str, text: str, at: int | None = None, times: int = 1) -> dict[str, Any]:
        """Somebody answers; what the platform said to it."""
        said = {
            "extend": "", "mobile": mobile, "nationcode": "86", "sign": self.given["sign"], "text": text,
            "time": at or int(time.time()),
        }  # fmt: skip
        return {"answers": [self._post(said) for _ in range(times)]}

    def _post(self, body: Any) -> dict[str, Any]:
        url = urlsplit(self.report_to)
        line = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
        try:
            line.request("POST", url.path, json.dumps(body), {"Content-Type": "application/json"})
            answer = line.getresponse()
            said = {"status": answer.status, "body": json.loads(answer.read() or b"{}")}
        except (OSError, ValueError) as error:
            said = {"status": 0, "body": {"error": str(error)}}
        finally:
            line.close()
        self.reports.append({"sent": body, "answer": said})
        return said

    def page(self) -> str:
        """What the telephones show."""
        rows = [(row["at"], phone, row["text"]) for phone, texts in self.received.items() for row in texts]
        return _PAGE % "".join(
            f"<li><b>{html.escape(phone)}</b> <small>{time.strftime('%H:%M:%S', time.localtime(at))}</small><br>{html.escape(text)}</li>"
            for at, phone, text in sorted(rows, reverse=True)
        )


def _error(code: str, message: str) -> dict[str, Any]:
    return {"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "r0"}}


def _door(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        """The published interface."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if gateway.how["mode"] == "silent":
                time.sleep(20)
            _answer(self, gateway.ask({name.lower(): value for name, value in self.headers.items()}, body))

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Door


def _control(gateway: Gateway, key: str) -> type[BaseHTTPRequestHandler]:
    class Control(BaseHTTPRequestHandler):
        """Where it is told how to behave, and its page."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = gateway.page().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            if self.headers.get("Authorization") != f"Bearer {key}":
                return _answer(self, {"error": "key"}, 401)
            match self.path.strip("/"):
                case "how":
                    gateway.how |= said
                case "report_to":
                    gateway.report_to = said["url"]
                case "ids":
                    gateway.given["ids"] = said
                case "reply":
                    return _answer(self, gateway.reply(**said))
                case "post":
                    return _answer(self, gateway._post(said["body"]))
                case "clear":
                    gateway.asked.clear(), gateway.received.clear(), gateway.reports.clear()
            _answer(self, {"asked": gateway.asked, "received": gateway.received, "reports": gateway.reports})

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Control


def _answer(door: BaseHTTPRequestHandler, body: Any, status: int = 200) -> None:
    text = json.dumps(body, ensure_ascii=False).encode()
    door.send_response(status)
    door.send_header("Content-Type", "application/json")
    door.send_header("Content-Length", str(len(text)))
    door.end_headers()
    door.wfile.write(text)


def main() -> None:
    """Read the settings, open both doors, stay until told to stop."""
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    gateway = Gateway(given)
    for port, door in (
        (given["port"], _door(gateway)),
        (given["control"], _control(gateway, given["control_key"])),
    ):
        server = ThreadingHTTPServer(("127.0.0.1", port), door)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    stopping = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopping.set())
    sys.stdout.write(json.dumps({"ready": True, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    parent = os.getppid()
    while not stopping.wait(0.5):
        if given.get("with_parent") and os.getppid() != parent:
            break


if __name__ == "__main__":
    main()
