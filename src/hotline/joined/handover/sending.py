"""Deliveries to far centres: the same bytes until somebody answers or it is too late, never two at once.

A try is claimed before it is made (`next_try_at` moves beyond the longest a try can take), so two workers, or one that
was killed in the middle, never have the same delivery under way together; the message's id lets the far side tell a
repetition.
"""

from __future__ import annotations

import http.client
import json
import logging
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.background import on_call
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.sealing import seal, unseal
from hotline.joined.handover import figures
from hotline.joined.handover.models import Delivery, FarCentre, HandOver, HandOverEvent
from hotline.joined.handover.words import DELIVERY_WORDS, OVER, DeliveryState

log = logging.getLogger(__name__)

TIMEOUT_S = 4.0
LEASE = timedelta(seconds=20)
LONGEST_PAUSE_S = 30
AT_ONCE = 8
ACTOR = system("hand-over")
_TRY_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Peer:
    """A far centre as a request needs it."""

    base_url: str
    token: str
    authority: str


@dataclass(frozen=True)
class Answer:
    """What a far centre said; ``status`` 0: nothing."""

    status: int
    body: bytes


def peer(centre: FarCentre) -> Peer:
    """The far centre with its token in clear."""
    return Peer(centre.base_url, unseal(centre.token_sealed), centre.authority)


def ask(to: Peer, method: str, path: str, body: bytes | None = None, timeout: float = TIMEOUT_S) -> Answer:
    """One request. Redirects and proxies are not followed: what is sent is for this address alone."""
    url = urlsplit(to.base_url)
    line: http.client.HTTPConnection
    if url.scheme == "https":
        trusted = ssl.create_default_context(cadata=to.authority or None)
        line = http.client.HTTPSConnection(url.hostname or "", url.port, timeout=timeout, context=trusted)
    else:
        line = http.client.HTTPConnection(url.hostname or "", url.port, timeout=timeout)
    headers = {"Authorization": f"Bearer {to.token}"} | ({"Content-Type": "application/json"} if body else {})
    try:
        line.request(method, url.path + path, body, headers)
        answer = line.getresponse()
        return Answer(answer.status, answer.read(64 * 1024))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, f"{type(error).__name__}: {error}".encode())
    finally:
        line.close()


def deliver(row: HandOver, what: str, path: str, body: bytes) -> None:
    """Have ``body`` delivered to the centre of ``row``, from the end of this transaction on."""
    now = clock.now()
    Delivery.objects.bulk_create(
        [
            Delivery(
                hand_over=row, what=what, path=path, body_sealed=seal(body.decode()), state=DeliveryState.WAITING,
                next_try_at=now, deadline_at=now + timedelta(seconds=figures.LATE_SECONDS()),
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    send()


def send_due() -> int:
    """Make every try that is due; returns how many were made."""
    claimed = _claim()
    centres = {centre.number: peer(centre) for centre in FarCentre.objects.all()}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [
            threads.submit(
                ask, centres[one.hand_over.far], "POST", one.path, unseal(one.body_sealed).encode()
            )
            if one.hand_over.far in centres
            else None
            for one in claimed
        ]
        answers = [future.result() if future else Answer(404, b"the link was removed") for future in asked]
    for one, answer in zip(claimed, answers, strict=True):
        _record(one, answer)
    return len(claimed)


def _claim() -> Sequence[Delivery]:
    now = clock.now()
    with transaction.atomic():
        due = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related("hand_over")
        found = [*due.filter(next_try_at__lte=now).order_by("next_try_at")[:50]]
        if found:
            with deed(ACTOR, "handover.send") as d:
                for one in found:
                    _begin_try(d, one, now)
    return found


def _begin_try(d: Deed, one: Delivery, now: datetime) -> None:
    if one.tries == 0:
        HandOverEvent.objects.create(hand_over=one.hand_over, at=now, kind=f"{one.what}_sent")
    one.tries, one.next_try_at, one.state = one.tries + 1, now + LEASE, DeliveryState.SENT
    one.save(update_fields=["tries", "next_try_at", "state"])
    d.about("hand_over", one.hand_over_id, what=one.what, attempt=one.tries)


def _record(one: Delivery, answer: Answer) -> None:
    now = clock.now()
    state = _meaning(answer.status)
    if state is DeliveryState.SENT and now + timedelta(seconds=_pause(one.tries)) >= one.deadline_at:
        state = DeliveryState.FAILED
    over = state in OVER
    with deed(ACTOR, "handover.delivered") as d:
        changed = (
            Delivery.objects.filter(id=one.id, state=DeliveryState.SENT)
            .update(
                state=state, status=answer.status or None, said=_words(answer),
                next_try_at=None if over else now + timedelta(seconds=_pause(one.tries)),
                done_at=now if over else None,
            )
        )  # fmt: skip
        d.about("hand_over", one.hand_over_id, what=one.what, state=state, status=answer.status)
        if not (changed and over):
            return
        detail = {"status": answer.status} | (
            {} if state is DeliveryState.ACCEPTED else {"said": _words(answer)}
        )
        HandOverEvent.objects.create(
            hand_over=one.hand_over, at=now, kind=f"{one.what}_{state}"[:20], detail=detail
        )
        if state is not DeliveryState.ACCEPTED:
            log.error("hand-over %s to %s: %s %s", one.hand_over_id, one.hand_over.far, state, _words(answer))
            _alarm(d, one.hand_over, one.what, state)


def _alarm(d: Deed, row: HandOver, what: str, state: DeliveryState) -> None:
    """The leaders' room of alarms (lines/alarms) shows it: the far side has the caller and knows nothing of him."""
    zh, en = DELIVERY_WORDS[state]
    d.tell(
        "handover.failed", row.call_id or row.id, far=row.far, number=row.far, state=state, call_id=str(row.call_id or ""),
        what=f"{zh} / {en}" if what == "message" else f"{what}: {zh} / {en}",
    )  # fmt: skip


def _meaning(status: int) -> DeliveryState:
    if status in (200, 202):
        return DeliveryState.ACCEPTED
    if status == 410:
        return DeliveryState.LATE
    if 400 <= status < 500 and status not in _TRY_AGAIN:
        return DeliveryState.REFUSED
    return DeliveryState.SENT


def _pause(tries: int) -> float:
    return min(2.0 ** (tries - 1), LONGEST_PAUSE_S)


def _words(answer: Answer) -> str:
    """What the far side said, in short: a problem's title and the places of its faults, never its whole body."""
    try:
        said = json.loads(answer.body)
        places = ", ".join(str(fault.get("where")) for fault in said.get("faults", []))
        return f"{said.get('title', '')} {places}".strip()[:500]
    except (ValueError, AttributeError):
        return answer.body.decode(errors="replace")[:200]


@on_call
def send() -> None:
    """Send what is due, at once; what fails is tried again by the clock (tasks.py)."""
    send_due()
