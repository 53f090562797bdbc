"""The far centre itself: who it is, how it behaves now, what it takes in and what it sends out."""

from __future__ import annotations

import hmac
import json
import secrets
import ssl
import threading
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reference.farcentre import protocol
from reference.farcentre.store import Store

MODES = ("answer", "echo", "busy", "refuse", "no_answer", "code")


@dataclass
class Desk:
    """How one number of the centre behaves now; all of it may be changed while it runs."""

    mode: str = "answer"
    rings: float = 1.0
    tone: int = 1000
    status: str = "open"
    seats_free: int = 3
    waiting: int = 0
    http: str = "ok"
    """``ok``; ``500``; ``slow`` answers after 6 s; ``drop`` takes the message and hangs up without a word."""


@dataclass
class Centre:
    """All numbers this process stands for, their store, and the way to the hotline."""

    numbers: tuple[str, ...]
    folder: Path
    token: str
    """What the hotline must show us."""
    hotline_url: str
    hotline_tokens: dict[str, str]
    """What each number shows the hotline."""
    main: str = "12345"
    authority: str = ""
    desks: dict[str, Desk] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "store.sqlite")
        self.desks = {number: Desk() for number in self.numbers}
        self._lock = threading.Lock()

    # --- taken in ----------------------------------------------------------------------------------------------------

    def authorised(self, header: str) -> bool:
        """Whether whoever asks shows our token."""
        return hmac.compare_digest(header.encode(), f"Bearer {self.token}".encode())

    def status(self, number: str) -> dict[str, Any]:
        """What `GET …/status` says."""
        desk = self.desks[number]
        state = "busy" if desk.mode == "busy" and desk.status == "open" else desk.status
        return {
            "state": state,
            "seats_free": desk.seats_free if state == "open" else 0,
            "waiting": desk.waiting,
        }

    def take(self, number: str, raw: bytes) -> tuple[int, dict[str, Any]]:
        """A message from the hotline: (status, answer)."""
        try:
            said = json.loads(raw.decode("utf-8"))
        except ValueError:
            return self._refuse(number, 400, "message-unreadable", [])
        with self._lock:
            if wrong := protocol.faults(said, number):
                return self._refuse(number, 422, "invalid", wrong)
            known = self.store.message(number, said["message_id"])
            if known is not None:
                if known["body"] != said:
                    return self._refuse(number, 409, "other-content", [])
                self.store.do(
                    "UPDATE message SET times = times + 1 WHERE number = ? AND id = ?",
                    number,
                    said["message_id"],
                )
                return 200, {"message_id": said["message_id"], "received_at": known["taken_at"], "met": False}
            if protocol.late(said):
                return self._refuse(number, 410, "too-late", [])
            now = _now()
            self.store.do(
                "INSERT INTO message (number, id, correlation, body, taken_at, code) VALUES (?, ?, ?, ?, ?, ?)",
                number, said["message_id"], said["correlation_id"], json.dumps(said), now, said.get("code"),
            )  # fmt: skip
        return 202, {"message_id": said["message_id"], "received_at": now, "met": False}

    def _refuse(
        self, number: str, status: int, why: str, wrong: list[protocol.Fault]
    ) -> tuple[int, dict[str, Any]]:
        self.store.do("INSERT INTO refusal VALUES (?, ?, ?, ?)", number, status, why, _now())
        return status, {
            "type": why,
            "title": "未接收",
            "title_en": "Refused",
            "status": status,
            "faults": wrong,
        }

    def outcome(self, message_id: str, raw: bytes) -> tuple[int, dict[str, Any]]:
        """The hotline says what became of a caller we sent."""
        try:
            said = json.loads(raw)
            self.store.do(
                "INSERT INTO outcome VALUES (?, ?, ?, ?)",
                message_id,
                said["outcome"],
                said.get("reference"),
                said["at"],
            )
        except (ValueError, KeyError):
            return 422, {
                "type": "invalid",
                "title": "内容有误",
                "title_en": "Invalid",
                "status": 422,
                "faults": [],
            }
        return 200, {"outcome": said["outcome"]}

    # --- sent out ----------------------------------------------------------------------------------------------------

    def hand_over(self, number: str, **said: Any) -> tuple[int, dict[str, Any]]:
        """Tell the hotline that a caller of ``number`` comes over. What is given replaces the customary content."""
        message = {
            "message_id": str(uuid.uuid4()),
            "correlation_id": f"{number}-{uuid.uuid4()}",
            "sent_at": _now(),
            "kind": "transfer",
            "from": number,
            "to": self.main,
            "number_dialled": number,
            "consent": True,
            "confidential": False,
            "caller": {"phone_masked": "138****0000"},
            "summary": "",
        } | said
        return self.post(number, "/hand-overs", message, message)

    def say_outcome(self, number: str, message_id: str, **said: Any) -> tuple[int, dict[str, Any]]:
        """Tell the hotline what became of a caller it sent."""
        return self.post(number, f"/hand-overs/{message_id}/outcome", {"at": _now()} | said)

    def post(
        self,
        number: str,
        path: str,
        body: Any,
        message: dict[str, Any] | None = None,
        token: str | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """One request to the hotline; (status, answer), status 0 when nobody answered."""
        key = token or self.hotline_tokens.get(number, "")
        asked = urllib.request.Request(  # noqa: S310 - the address is ours
            self.hotline_url + path, json.dumps(body).encode(), method="POST",
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )  # fmt: skip
        trusted = (
            ssl.create_default_context(cadata=self.authority or None)
            if self.hotline_url.startswith("https")
            else None
        )
        try:
            with urllib.request.urlopen(asked, timeout=10, context=trusted) as answer:  # noqa: S310
                status, said = answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            status, said = error.code, json.loads(error.read() or b"{}")
        except OSError as error:
            status, said = 0, {"title": str(error)}
        if message is not None:
            self.store.do(
                "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?, ?, ?)",
                message["message_id"], number, message["correlation_id"], message.get("code"), status, json.dumps(said),
            )  # fmt: skip
        return status, said

    # --- looking -----------------------------------------------------------------------------------------------------

    def desk(self, number: str, changes: dict[str, Any]) -> dict[str, Any]:
        """Change how a number behaves; what it is then."""
        desk = self.desks[number]
        for name, value in changes.items():
            setattr(desk, name, type(getattr(desk, name))(value))
        return asdict(desk)

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All that is kept, for whoever looks over the centre's shoulder."""
        tables = ("message", "call", "refusal", "outcome", "sent")
        return {name: self.store.do(f"SELECT * FROM {name}") for name in tables}  # noqa: S608 - our own names

    def new_code(self) -> str:
        """Six digits for a caller whom no header will name."""
        return f"{secrets.randbelow(1_000_000):06}"


def _now() -> str:
    return datetime.now(UTC).isoformat()


def wait(seconds: float) -> None:
    """Do nothing for so long."""
    time.sleep(seconds)
