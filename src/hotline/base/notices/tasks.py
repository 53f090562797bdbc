"""What this room does by the clock."""

from __future__ import annotations

from hotline.base.kernel.background import every
from hotline.base.notices import actions, sending
from hotline.base.notices.mail import taking
from hotline.base.notices.ways import Means


@every("* * * * * */3")
def send_what_is_due() -> None:
    """Hand text messages over, also those that could not be before."""
    sending.send_due(Means.SMS)


@every("* * * * * */5")
def send_mail_that_is_due() -> None:
    """The same for mail, apart from it: a slow server of the one must not hold up the other."""
    sending.send_due(Means.MAIL)


@every("* * * * * */15")
def read_mail() -> None:
    """Take in what came to the city's mailbox."""
    taking.look()


@every("20 19 * * *")
def forget() -> None:
    """Wipe what messages said that are older than the city keeps it."""
    actions.forget(actions.ACTOR)
