"""Every write on messages but the sending itself (sending.py) and the reading of mailboxes (mail/taking.py): to be sent,
reported, received, forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from hotline.base.files import actions as files
from hotline.base.kernel import clock, ids, masking
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import Deed, deed, keep
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.kernel.rows import insert
from hotline.base.kernel.sealing import blind_index, seal
from hotline.base.notices import configured, figures, gateways, secrets
from hotline.base.notices.gateways import Receipt, Reply
from hotline.base.notices.mail import configured as mailbox
from hotline.base.notices.mail import mailboxes
from hotline.base.notices.models import Incoming, Message, MessageEvent, StrayReceipt, Ticket
from hotline.base.notices.templates import Template
from hotline.base.notices.ways import Means, Way
from hotline.base.notices.words import MessageState, may
from hotline.base.parties.phones import is_mobile, normal

ACTOR = system("sms")
STRAYS_KEPT = timedelta(days=7)


def offered(template: Template) -> bool:
    """Whether the city has a gateway and wants this sent by text message."""
    chosen = configured.sms()
    return chosen is not None and template.name in chosen.templates


def ready(template: Template, means: Means = Means.SMS) -> bool:
    """Whether ``template`` can be sent by ``means`` at this moment: the city wants it so, and no secret is missing."""
    if means is Means.SMS:
        return offered(template) and configured.ready()
    chosen = mailbox.mail()
    return chosen is not None and template.name in chosen.templates and mailbox.ready()


def way(template: Template, phone: str, mail: str = "") -> Way | None:
    """How ``template`` would be sent to whoever left ``phone`` and ``mail``: to his mobile if it can be, else to his
    address; None if it would not."""
    if is_mobile(phone) and not template.mail_only and offered(template):
        return Way(Means.SMS, phone)
    chosen = mailbox.mail() if mail else None
    return Way(Means.MAIL, mail) if chosen and template.name in chosen.templates else None


def queue(
    template: Template,
    phone: str,
    fields: Mapping[str, str],
    *,
    about: tuple[str, UUID],
    key: str = "",
    mail: str = "",
) -> bool:
    """Have ``template`` sent to ``phone``, or else to ``mail``, within the deed that gives the occasion; whether it will be.

    ``key`` names the occasion where it may come twice (news does): the second time nothing is sent. Raises KeyError
    for a field that is missing.
    """
    to = way(template, phone, mail)
    if to is None:
        return False
    if key and Message.objects.filter(key=key).exists():
        return False
    now = clock.now()
    # A mail wakes nobody.
    first = now if template.at_once or to.means is Means.MAIL else opens(now)
    keep(
        Message(
            means=to.means, template=template.name, key=key, about_kind=about[0], about_id=about[1],
            to_sealed=seal(to.to), to_index=to.index, to_masked=to.masked,
            content_sealed=seal(json.dumps([fields[name] for name in template.fields], ensure_ascii=False)),
            queued_at=now, next_try_at=first, expires_at=first + timedelta(hours=template.hours),
        )
    )  # fmt: skip
    return True


def opens(now: datetime) -> datetime:
    """The first moment from ``now`` on at which people may be disturbed."""
    here = clock.local(now)
    opens = here.replace(hour=figures.FROM_HOUR(), minute=0, second=0, microsecond=0)
    if here < opens:
        return opens
    until = figures.UNTIL_HOUR()
    return now if until == 24 or here.time() < time(until) else opens + timedelta(days=1)


def take_receipts(gateway: str, receipts: Iterable[Receipt]) -> None:
    """Keep what ``gateway`` reports. Harmless twice, late, or before its own answer."""
    for receipt in receipts:
        if not _take(gateway, receipt):
            with deed(ACTOR, "notice.stray") as d:
                _keep_stray(gateway, receipt)
                d.about("notice", receipt.serial, stray=True)
            # Its message may have got its number between our look and the keeping.
            if _take(gateway, receipt):
                StrayReceipt.objects.filter(gateway=gateway, serial=receipt.serial).delete()


def _take(gateway: str, receipt: Receipt) -> bool:
    """Settle the message of ``receipt``; False when there is none (yet)."""
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(gateway=gateway, serial=receipt.serial).first()
        if message is None:
            return False
        with deed(ACTOR, "notice.receipt") as d:
            settle(d, message, receipt)
        return True


def settle(d: Deed, message: Message, receipt: Receipt) -> None:
    """Let ``message`` stand as ``receipt`` says, if it may."""
    to = MessageState.DELIVERED if receipt.delivered else MessageState.UNDELIVERED
    d.about("notice", message.id, state=to, code=receipt.code)
    if not may(message.state, to):
        return
    message.state, message.code, message.said = to, receipt.code, receipt.said
    message.settled_at = clock.now()
    message.save(update_fields=["state", "code", "said", "settled_at"])
    insert(
        MessageEvent(
            message_id=message.id, at=message.settled_at, state=to, code=receipt.code, said=receipt.said
        )
    )


def _keep_stray(gateway: str, receipt: Receipt) -> None:
    StrayReceipt.objects.update_or_create(
        gateway=gateway,
        serial=receipt.serial,
        defaults={
            "delivered": receipt.delivered, "code": receipt.code, "said": receipt.said, "at": clock.now(),
        },
    )  # fmt: skip


def take_replies(gateway: str, replies: Iterable[Reply]) -> None:
    """Keep what people wrote to us, each once, and let the rooms know (news ``sms.received``)."""
    for reply in replies:
        phone = normal(reply.phone) or reply.phone
        digest = blind_index("sms-in", f"{gateway}\x00{phone}\x00{reply.at.isoformat()}\x00{reply.text}")
        row = Incoming(
            id=ids.new(), channel=Means.SMS, digest=digest, gateway=gateway, from_sealed=seal(phone),
            from_index=blind_index("phone", phone), from_masked=masking.phone(phone), text_sealed=seal(reply.text),
            at=reply.at, received_at=clock.now(),
        )  # fmt: skip
        try:
            with transaction.atomic(), deed(ACTOR, "notice.receive") as d:
                if Incoming.objects.filter(digest=digest).exists():
                    d.about("incoming", digest.hex(), repeated=True)
                    continue
                insert(row)
                d.about("incoming", row.id)
                d.tell("sms.received", row.id)
        except IntegrityError:
            continue  # the same one at the same moment: the other request kept it


def take_as(incoming: UUID, kind: str, id: UUID | None) -> None:
    """Say what was made of a message that came in; within the deed that made it."""
    Incoming.objects.filter(id=incoming).update(taken_as=kind, taken_id=id)


def set_secret(actor: Actor, name: str, value: str) -> None:
    """Keep what the city's gateway of text messages knows us by, sealed. Right token.manage. Raises Invalid."""
    chosen = configured.sms()
    if chosen is None:
        raise _not_configured("sms")
    secrets.keep(actor, chosen.gateway, gateways.known()[chosen.gateway].secrets, name, value)


def set_mail_secret(actor: Actor, name: str, value: str) -> None:
    """Keep what the city's mailbox knows us by, sealed. Right token.manage. Raises Invalid."""
    chosen = mailbox.mail()
    if chosen is None:
        raise _not_configured("mail")
    secrets.keep(actor, chosen.gateway, mailboxes.known()[chosen.mailbox].secrets, name, value)


def _not_configured(block: str) -> Invalid:
    return Invalid(
        [
            Fault(
                block,
                f"city.yaml 中没有可用的 {block}，先配置",
                f"city.yaml has no usable block {block}; write it first",
            )
        ]
    )


def take_back(d: Deed, incoming: UUID) -> bool:
    """Have a message wait again that was put aside, or was taken for no person's, within the deed ``d`` that does so; False when
    it has become something. Rooms hear of a mail then as if it had just come."""
    rows = Incoming.objects.filter(id=incoming, taken_id=None).exclude(taken_as="")
    if not rows.update(taken_as=""):
        return False
    if Incoming.objects.filter(id=incoming, channel=Means.MAIL).exists():
        d.tell("mail.received", incoming)
    return True


def forget(actor: Actor) -> int:
    """Wipe numbers and words of messages older than the city keeps them; that they were sent stays. How many."""
    before = clock.now() - timedelta(days=30 * figures.KEPT_MONTHS())
    with deed(actor, "notice.forget") as d:
        gone = Message.objects.filter(queued_at__lt=before).exclude(content_sealed=b"")
        gone = gone.filter(next_try_at=None)
        wiped = gone.update(content_sealed=b"", to_sealed=b"", to_index=b"")
        wiped += _forget_incoming(d, before)
        StrayReceipt.objects.filter(at__lt=clock.now() - STRAYS_KEPT).delete()
        Ticket.objects.filter(expires_at__lt=before).delete()
        d.about("notices", "old", wiped=wiped)
    return wiped


def _forget_incoming(d: Deed, before: datetime) -> int:
    """Who keeps what came with them hears of it (news ``incoming.forgotten``)."""
    old = Incoming.objects.select_for_update().filter(received_at__lt=before)
    old = old.exclude(text_sealed=b"", from_sealed=b"", original_id=None)
    rows = [*old.values_list("id", "original_id")]
    files.erase(ACTOR, [file for _, file in rows if file], "kept long enough")
    for id, _ in rows:
        d.tell("incoming.forgotten", id)
    return Incoming.objects.filter(id__in=[id for id, _ in rows]).update(
        text_sealed=b"", subject_sealed=b"", from_sealed=b"", from_index=b"", original_id=None
    )
