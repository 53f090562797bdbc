"""Taking in what comes to the city's mailbox: each mail once, with its bytes as they came, and none is lost.

A mail's row, its file and how far the mailbox was read are one transaction: a worker that dies before its end leaves the
mail where it lies, and it is fetched again. What tells that it is the same is what its sender wrote, not where it lies: a
mailbox that was moved or rebuilt numbers its mails anew.
"""

from __future__ import annotations

import hashlib
import logging
import time
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from hotline.base.files import actions as files
from hotline.base.kernel import clock, ids, masking
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.models import this_city
from hotline.base.kernel.rows import insert
from hotline.base.kernel.sealing import blind_index, seal
from hotline.base.notices import figures
from hotline.base.notices.actions import ACTOR, queue, take_receipts
from hotline.base.notices.gateways import Receipt
from hotline.base.notices.mail import configured, reading, texts
from hotline.base.notices.mail.configured import Mail
from hotline.base.notices.mail.mailboxes import Came, Mailbox, Place, Unavailable
from hotline.base.notices.mail.reading import Letter
from hotline.base.notices.models import Incoming, MailboxState, Message
from hotline.base.notices.ways import Means, index

log = logging.getLogger(__name__)

MOST, LONGEST_S = 50, 20
"""So many mails, and so long, at one look: the worker has other things to do."""
PAUSES_S = (15, 30, 60, 120, 300)
"""How long a server that is away is left alone, the longer it is away."""
NAME = "imap"


def look() -> int:
    """Take in what came since the last look; how many mails."""
    chosen = configured.mail()
    if chosen is None:
        return 0
    state, _ = MailboxState.objects.get_or_create(city_id=this_city(), name=_name(chosen))
    if state.next_look_at and state.next_look_at > clock.now():
        return 0
    mailbox, taken = configured.open_mailbox(chosen), 0
    try:
        if mailbox is None:
            raise Unavailable("broken", "hotline mail secret")
        taken = _take_all(chosen, mailbox, state)
    except Unavailable as error:
        _away(state, error)
    except Exception as error:  # nothing was taken back that was taken; the alarm comes if it stays so
        log.exception("mail could not be taken in")
        _away(state, Unavailable("again", f"{type(error).__name__} {error}"[:300]))
    else:
        _there(state)
    return taken


def _name(chosen: Mail) -> str:
    """What makes it the same mailbox: its server, user and folder; not whose certificate it is known by, say."""
    where = (chosen.mailbox, *(chosen.settings.get(name, "") for name in ("imap", "user", "folder")))
    return blind_index("mailbox", repr(where)).hex()


def _take_all(chosen: Mail, mailbox: Mailbox, state: MailboxState) -> int:
    ends, taken = time.monotonic() + LONGEST_S, 0
    for came in mailbox.read(Place(state.validity, state.uid), MOST, figures.MAIL_MB() * 1024 * 1024):
        taken += _take(chosen, state.id, came)
        if time.monotonic() > ends:
            break
    return taken


def _take(chosen: Mail, state_id: UUID, came: Came) -> bool:
    """Keep one mail; False when it was there."""
    letter = reading.read(came.raw)
    digest = _digest(letter, came)
    with transaction.atomic(), deed(ACTOR, "mail.take") as d:
        state = MailboxState.objects.select_for_update().get(id=state_id)
        state.validity, state.uid = came.place.validity, came.place.uid
        state.save(update_fields=["validity", "uid"])
        if Incoming.objects.filter(city_id=this_city(), digest=digest).exists():
            d.about("incoming", digest.hex(), repeated=True)
            return False
        row = _row(chosen, letter, came, digest)
        if came.raw:
            row.original_id = files.keep(ACTOR, [came.raw], kind="mail", content_type="message/rfc822").id
        insert(row)
        d.about("incoming", row.id, size=came.size, taken_as=row.taken_as)
        if not row.taken_as:
            d.tell("mail.received", row.id)
        if row.flaw == "cut" and not row.taken_as and not letter.listed and letter.sender:
            _say_too_large(row, letter.sender)
        take_receipts(
            chosen.gateway, (Receipt(one.serial, False, one.code, one.said) for one in letter.failures)
        )
    return True


def _row(chosen: Mail, letter: Letter, came: Came, digest: bytes) -> Incoming:
    ours = letter.sender == chosen.address
    written_by = reading.AUTOMATIC if ours and not letter.written_by else letter.written_by
    about = _answers(letter, chosen)
    flaw = "broken" if letter.broken else ""
    if not came.whole:
        flaw = "cut" if came.raw else "unread"
    return Incoming(
        id=ids.new(), channel=Means.MAIL, digest=digest, gateway=chosen.gateway,
        from_sealed=seal(letter.sender), from_index=index(Means.MAIL, letter.sender), from_masked=masking.mail(letter.sender),
        subject_sealed=seal(letter.subject), text_sealed=seal(letter.text), size=came.size, flaw=flaw,
        at=came.at, received_at=clock.now(), taken_as=written_by,
        answers_kind=about[0], answers_id=about[1],
    )  # fmt: skip


def _digest(letter: Letter, came: Came) -> bytes:
    """What tells a mail: its sender's own headers and its body. What servers on the way wrote above it may differ."""
    body = came.raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    whose = f"{letter.message_id}\x00{letter.date}\x00{letter.sender}\x00{letter.subject}"
    if not came.raw:
        whose = f"{came.place.validity}\x00{came.place.uid}"
    return blind_index("mail-in", f"{whose}\x00{hashlib.sha256(body).hexdigest()}")


def _answers(letter: Letter, chosen: Mail) -> tuple[str, UUID | None]:
    """What the message of ours was about that it answers."""
    found = Message.objects.filter(city_id=this_city(), gateway=chosen.gateway, serial__in=letter.answers)
    about = (
        found.order_by("-queued_at").values_list("about_kind", "about_id").first() if letter.answers else None
    )
    return about or ("", None)


def _say_too_large(row: Incoming, sender: str) -> None:
    """Once a day to one sender: two machines would else write to each other for ever."""
    fields = {
        "mb": str(figures.MAIL_MB()),
        "url": settings.HOTLINE.origin,
        "hotline": settings.CITY["hotline"]["number"],
    }
    day = clock.local(row.received_at).date()
    key = f"mail-too-large:{bytes(row.from_index).hex()}:{day}"
    queue(texts.TOO_LARGE, "", fields, about=("incoming", row.id), key=key, mail=sender)


def _away(state: MailboxState, error: Unavailable) -> None:
    """Leave the server alone for a while; say so when it takes nothing of ours, or has been away for long."""
    now = clock.now()
    with deed(ACTOR, "mail.away") as d:
        state = MailboxState.objects.select_for_update().get(id=state.id)
        state.failing_since = state.failing_since or now
        since = now - state.failing_since
        pause = next((s for s in PAUSES_S if since.total_seconds() < 4 * s), PAUSES_S[-1])
        most = timedelta(minutes=figures.MAIL_AWAY_MINUTES())
        long_away = since >= most
        if not long_away:  # the alarm comes in time
            pause = min(pause, int((most - since).total_seconds()) + 1)
        state.next_look_at, state.said = now + timedelta(seconds=pause), error.said
        if not state.told and (error.verdict == "broken" or long_away):
            log.error("the mailbox cannot be read: %s", error.said)
            d.tell("mail.broken", NAME, what=error.said)
            state.told = True
        d.about("mailbox", state.name, verdict=error.verdict)
        state.save(update_fields=["failing_since", "next_look_at", "said", "told"])


def _there(state: MailboxState) -> None:
    """It could be read. Written down at each change, and once a minute; else a mailbox would fill the audit."""
    now = clock.now()
    fresh = state.looked_at and now - state.looked_at < timedelta(minutes=1)
    if fresh and state.failing_since is None:
        return
    with transaction.atomic():
        state = MailboxState.objects.select_for_update().get(id=state.id)
        if state.failing_since is not None:
            with deed(ACTOR, "mail.there") as d:
                d.about("mailbox", state.name)
                if state.told:
                    d.tell("mail.mended", NAME)
        state.failing_since, state.told, state.said, state.next_look_at, state.looked_at = (
            None,
            False,
            "",
            None,
            now,
        )
        state.save(update_fields=["failing_since", "told", "said", "next_look_at", "looked_at"])
