"""Who carries messages of each means: the city's gateway of text messages, the city's mailbox."""

from __future__ import annotations

import json
import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Protocol

from hotline.base.kernel.sealing import unseal
from hotline.base.notices import configured, templates
from hotline.base.notices.configured import Sms
from hotline.base.notices.gateways import Answer
from hotline.base.notices.mail import configured as mailbox
from hotline.base.notices.mail import writing
from hotline.base.notices.mail.configured import Mail
from hotline.base.notices.models import Message
from hotline.base.notices.ways import Means

log = logging.getLogger(__name__)

AT_ONCE = 8
LONGEST_S = 30
"""So long at most letters go over one connection: their claim (sending.LEASE) must outlast it."""


class Carrier(Protocol):
    """``name``: what alarms call it; ``gateway``: what its receipts name; ``most``: how many it is given at once; ``wakes``: what
    it carries rings in somebody's pocket."""

    means: Means
    name: str
    gateway: str
    most: int
    wakes: bool
    templates: Collection[str]

    def hand_over(self, claimed: Sequence[Message]) -> Iterator[tuple[Message, Answer]]:
        """Give messages away and say what was answered; what is not in the answer stays claimed. Never raises."""
        ...


def by(means: Means) -> Carrier | None:
    """Who carries ``means`` in this city; None: nobody."""
    if means is Means.SMS:
        sms = configured.sms()
        return _TextMessages(sms) if sms else None
    mail = mailbox.mail()
    return _Mails(mail) if mail else None


class _TextMessages:
    means, most, wakes = Means.SMS, 50, True
    name: str
    gateway: str
    templates: Collection[str]

    def __init__(self, chosen: Sms) -> None:
        self._chosen, self.templates = chosen, chosen.templates.keys()
        self.name = self.gateway = chosen.gateway

    def hand_over(self, claimed: Sequence[Message]) -> Iterator[tuple[Message, Answer]]:
        """Several telephones at once. What is for one goes one after the other: who reads "closed" before "accepted"
        understands neither."""
        gateway, chosen = configured.open_gateway(self._chosen), self._chosen

        def send(one: Message) -> Answer:
            if gateway is None:
                return Answer("broken", code="NoSecret", said="hotline sms secret")
            try:
                fields = json.loads(unseal(one.content_sealed))
                return gateway.send(
                    unseal(one.to_sealed), chosen.templates[one.template], fields, str(one.id)
                )
            except Exception as error:  # one message, or an adapter that raises, must not hold up the others
                log.exception("message %s could not be handed over", one.id)
                return Answer("unsure", code=type(error).__name__)

        by_telephone = defaultdict(list)
        for one in claimed:
            by_telephone[bytes(one.to_index)].append(one)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for group in threads.map(lambda ones: [(one, send(one)) for one in ones], by_telephone.values()):
                yield from group


class _Mails:
    means, name, most, wakes = Means.MAIL, "smtp", 20, False
    gateway: str
    templates: Collection[str]

    def __init__(self, chosen: Mail) -> None:
        self._chosen, self.gateway, self.templates = chosen, chosen.gateway, chosen.templates

    def hand_over(self, claimed: Sequence[Message]) -> Iterator[tuple[Message, Answer]]:
        """One after the other over one connection, for as long as their claim holds."""
        mailbox_, ends = mailbox.open_mailbox(self._chosen), time.monotonic() + LONGEST_S
        if mailbox_ is None:
            yield from (
                (one, Answer("broken", code="NoSecret", said="hotline mail secret")) for one in claimed
            )
            return
        written: list[tuple[Message, str, EmailMessage]] = []
        for one in claimed:
            try:
                written.append((one, *self._written(one)))
            except Exception as error:
                log.exception("message %s could not be written", one.id)
                yield one, Answer("unsure", code=type(error).__name__)
        answers = mailbox_.send((to, letter) for _, to, letter in written)
        for one, _, _ in written:
            if time.monotonic() > ends:
                break
            try:
                yield one, next(answers)
            except Exception as error:  # an adapter that raises
                log.exception("message %s could not be handed over", one.id)
                yield one, Answer("unsure", code=type(error).__name__)
                break

    def _written(self, one: Message) -> tuple[str, EmailMessage]:
        to = unseal(one.to_sealed)
        letter = writing.write(
            one.id, templates.declared()[one.template], json.loads(unseal(one.content_sealed)), to,
            address=self._chosen.address, name=self._chosen.name,
        )  # fmt: skip
        return to, letter
