"""A message of ours as a mail: the same words a telephone would show, and where they can be answered."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from django.conf import settings

from hotline.base.kernel import clock
from hotline.base.kernel.sealing import blind_index
from hotline.base.notices.templates import Template

FOOT = "（这封邮件由系统发出。回复本邮件即可补充情况。This mail was sent by the hotline's system; answering it adds to your request.）"


def serial_of(message_id: UUID, address: str) -> str:
    """The Message-ID of our message: the same at every try, and known to nobody who did not get it."""
    return f"<{blind_index('mail-serial', str(message_id)).hex()}@{address.rpartition('@')[2]}>"


def write(
    message_id: UUID, template: Template, fields: list[str], to: str, *, address: str, name: str
) -> EmailMessage:
    """The mail that says ``template`` to ``to``, from the city's ``address``. Nobody's program answers it (RFC 3834)."""
    given = dict(zip(template.fields, fields, strict=True))
    letter = EmailMessage(SMTP)
    local, _, domain = address.rpartition("@")
    letter["From"] = Address(name, local, domain)
    letter["To"] = Address("", *to.rsplit("@", 1))
    about = given.get("number", "")
    letter["Subject"] = f"{settings.CITY['hotline']['name']}：{template.zh}{f'（{about}）' if about else ''}"
    letter["Message-ID"] = serial_of(message_id, address)
    letter["Date"] = format_datetime(clock.local(clock.now()))
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(f"{template.text.format(**given)}\n\n-- \n{name}\n{FOOT}\n", cte="base64")
    return letter
