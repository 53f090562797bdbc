"""Every write on text messages but the sending itself (sending.py): to be sent, reported, received, forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from hotline.base.kernel import clock, ids, masking
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import Deed, deed, keep
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.kernel.rows import insert
from hotline.base.kernel.sealing import blind_index, seal
from hotline.base.notices import configured, figures, gateways
from hotline.base.notices.gateways import Receipt, Reply
from hotline.base.notices.models import GatewaySecret, Incoming, Message, MessageEvent, StrayReceipt, Ticket
from hotline.base.notices.templates import Template
from hotline.base.notices.words import MessageState, may
from hotline.base.parties.phones import is_mobile, normal

ACTOR = system("sms")
STRAYS_KEPT = timedelta(days=7)


def offered(template: Template) -> bool:
    """Whether the city has a gateway and wants this message sent."""
    chosen = configured.sms()
    return chosen is not None and template.name in chosen.templates


def ready(template: Template) -> bool:
    """Whether ``template`` can be sent at this moment: it is offered, and no secret is missing."""
    return offered(template) and configured.ready()


def reaches(template: Template, phone: str) -> bool:
    """Whether ``template`` would be sent to ``phone``: it is offered, and that is a mobile."""
    return is_mobile(phone) and offered(template)


def queue(
    template: Template,
    phone: str,
    fields: Mapping[str, str],
    *,
    about: tuple[str, UUID],
    key: str = "",
) -> bool:
    """Have ``template`` sent to ``phone``, within the deed that gives the occasion; whether it will be.

    ``key`` names the occasion where it may come twice (news does): the second time nothing is sent. Raises KeyError
    for a field that is missing.
    """
    if not reaches(template, phone):
        return False
    if key and Message.objects.filter(key=key).exists():
        return False
    now = clock.now()
    first = now if template.at_once else opens(now)
    keep(
        Message(
            template=template.name, key=key, about_kind=about[0], about_id=about[1],
            to_sealed=seal(phone), to_index=blind_index("phone", phone), to_masked=masking.phone(phone),
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
            id=ids.new(), digest=digest, gateway=gateway, from_sealed=seal(phone), from_index=blind_index("phone", phone),
            from_masked=masking.phone(phone), text_sealed=seal(reply.text), at=reply.at, received_at=clock.now(),
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
    """Keep what the city's gateway knows us by, sealed. Right token.manage. Raises Invalid."""
    chosen = configured.sms()
    if chosen is None:
        raise Invalid(
            [
                Fault(
                    "sms",
                    "city.yaml 中没有 sms，先配置网关",
                    "city.yaml has no block sms; name a gateway first",
                )
            ]
        )
    wanted = gateways.known()[chosen.gateway].secrets
    if name not in wanted:
        names = "、".join(wanted)
        raise Invalid([Fault("name", f"没有“{name}”；有：{names}", f"No “{name}”; there are: {names}")])
    if not value.strip():
        raise Invalid([Fault("value", "没有内容", "It is empty")])
    with deed(actor, "notice.set_secret", right="token.manage") as d:
        GatewaySecret.objects.update_or_create(
            gateway=chosen.gateway, name=name, defaults={"value_sealed": seal(value.strip())}
        )
        d.about("gateway", chosen.gateway, secret=name)


def forget(actor: Actor) -> int:
    """Wipe numbers and words of messages older than the city keeps them; that they were sent stays. How many."""
    before = clock.now() - timedelta(days=30 * figures.KEPT_MONTHS())
    with deed(actor, "notice.forget") as d:
        gone = Message.objects.filter(queued_at__lt=before).exclude(content_sealed=b"")
        gone = gone.filter(next_try_at=None)
        wiped = gone.update(content_sealed=b"", to_sealed=b"", to_index=b"")
        wiped += (
            Incoming.objects.filter(received_at__lt=before)
            .exclude(text_sealed=b"")
            .update(text_sealed=b"", from_sealed=b"", from_index=b"")
        )
        StrayReceipt.objects.filter(at__lt=clock.now() - STRAYS_KEPT).delete()
        Ticket.objects.filter(expires_at__lt=before).delete()
        d.about("notices", "old", wiped=wiped)
    return wiped
