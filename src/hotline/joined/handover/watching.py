"""The links' state, by itself: is the far switch there, does the far centre answer, does it take calls?

The switch asks each linked and emergency trunk with SIP OPTIONS every few seconds (`qualify` in switch/files.py); what it
found is read here, together with `GET /status` of every far centre. A change is a row and a piece of news.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec

from hotline.base.kernel import clock
from hotline.base.kernel.actor import system
from hotline.base.kernel.deeds import deed
from hotline.joined.handover import format, queries
from hotline.joined.handover.models import FarCentre, Link, LinkChange
from hotline.joined.handover.sending import Answer, ask, peer
from hotline.joined.handover.words import LinkState
from hotline.lines.calls.switch import trunks
from hotline.lines.numbers import queries as numbers

ACTOR = system("links")
STATUS_TIMEOUT_S = 3.0
AT_ONCE = 12


def check() -> None:
    """Look at every link once and keep what changed. One at a time (tasks.py)."""
    trunks_of: dict[str, list[str]] = {}
    for plan in numbers.trunk_plans():
        for number in plan.serves if plan.kind != "operator" else ():
            trunks_of.setdefault(number, []).append(plan.name)
    centres = {centre.number: peer(centre) for centre in FarCentre.objects.all()}
    telephones = trunks.states()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = {
            number: threads.submit(ask, one, "GET", "/status", None, STATUS_TIMEOUT_S)
            for number, one in centres.items()
        }
        said = {number: _status(future.result()) for number, future in asked.items()}
    standing = {row.number: row for row in Link.objects.all()}
    now, same = clock.now(), []
    for number in dict.fromkeys([*trunks_of, *centres, *standing]):
        ways = {telephones.get(name, "down") for name in trunks_of.get(number, ())}
        telephone = "none" if not ways else "up" if "up" in ways else "down"
        if not _keep(standing.get(number), number, telephone, number in centres, said.get(number)):
            same.append(number)
    Link.objects.filter(number__in=same).update(checked_at=now)


def _status(answer: Answer) -> format.Status | None:
    if answer.status != 200:
        return None
    try:
        return msgspec.json.decode(answer.body, type=format.Status)
    except msgspec.DecodeError:
        return None


def judge(telephone: str, joined: bool, said: format.Status | None) -> LinkState:
    """The one state of a link. Callers go by telephone: without it nobody can be put through, whatever the messages say."""
    if telephone == "none" and not joined:
        return LinkState.UNKNOWN
    if telephone == "down" or (telephone == "none" and said is None):
        return LinkState.UNREACHABLE
    return LinkState(said.state) if said else LinkState.OPEN


def _keep(row: Link | None, number: str, telephone: str, joined: bool, said: format.Status | None) -> bool:
    """Keep what was found; False when it is what was known."""
    state, now = judge(telephone, joined, said), clock.now()
    messages = "none" if not joined else "up" if said else "down"
    figures = {
        "seats_free": said.seats_free if said else None,
        "waiting": said.waiting if said else None,
        "checked_at": now,
    }
    if row is not None and (row.state, row.telephone, row.messages) == (state, telephone, messages):
        if (row.seats_free, row.waiting) == (figures["seats_free"], figures["waiting"]):
            return False
        Link.objects.filter(id=row.id).update(**figures)
        return True
    before = row.state if row else ""
    with deed(ACTOR, "link.change") as d:
        d.about("link", number, state=state, before=before, telephone=telephone, messages=messages)
        LinkChange.objects.create(
            number=number, at=now, state=state, before=before, telephone=telephone, messages=messages
        )
        since = row.since if row is not None and before == state else now
        found = {"state": state, "since": since, "telephone": telephone, "messages": messages, **figures}
        Link.objects.update_or_create(number=number, defaults=found)
        news = {"number": number, "name": queries.names().get(number, number), "since": now.isoformat()}
        if state == LinkState.UNREACHABLE and before != state:
            d.tell("link.down", number, **news)
        elif before == LinkState.UNREACHABLE and state != before:
            d.tell("link.up", number, state=state, **news)
    return True
