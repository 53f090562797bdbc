"""What came with a mail: examined and kept beside it, and given to the case it becomes or is added to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hotline.base.kernel import outbox
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import NotFound
from hotline.base.notices import queries as messages
from hotline.work.attachments import actions as attachments
from hotline.work.attachments import queries as attached
from hotline.work.attachments.examining import Upload

ACTOR = system("attachments")
CHANNEL = "email"


def listen() -> None:
    """Hear of mails that come and of messages that are forgotten; called once."""
    outbox.on("mail.received", received)
    outbox.on("incoming.forgotten", forgotten)


def received(topic: str, key: str, payload: dict[str, Any]) -> None:
    """A mail came: its files become attachments, of the case at once where it has become one meanwhile."""
    message = messages.received(key, lock=True)
    if attached.of_message(ACTOR, message["id"]):
        return  # it was put aside and waits again
    try:
        letter = messages.letter(message["id"])
    except NotFound:
        return  # the server gave nothing of it
    about = ("case", message["taken_id"]) if message["taken_as"] == "case" else ("incoming", message["id"])
    if letter.files and about[1]:
        uploads = [Upload(file.name, file.data) for file in letter.files]
        attachments.take_what_came(ACTOR, (about[0], about[1]), uploads, channel=CHANNEL)


def hand_over(actor: Actor, incoming: UUID, case_id: UUID, act: str) -> None:
    """They go with the message, in the deed that makes something of it."""
    attachments.hand_over(actor, ("incoming", incoming), ("case", case_id), act=act)


def forgotten(topic: str, key: str, payload: dict[str, Any]) -> None:
    """A message was kept long enough, and so were its files."""
    attachments.erase_all(ACTOR, ("incoming", UUID(key)), "kept long enough")
