"""The messages there are, by text message or by mail. Each is declared by the room that sends it, in its ``texts.py``.

A gateway in China sends only what its operator has approved (模板报备): a city names, in city.yaml, the approved
template's number for each of these it wants sent; one it does not name is not sent. The text here is what must be
submitted for approval, and what is kept of a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of message.

    ``text``: with its fields in braces, in the order in which the gateway takes them. ``at_once``: at any hour, because
    its reader is waiting for it. ``hours``: after so many it is of no more use and not sent. ``mail_only``: never a text message.
    """

    name: str
    zh: str
    en: str
    text: str
    at_once: bool = False
    hours: int = 72
    mail_only: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its fields, in order."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.text) if name)


_declared: dict[str, Template] = {}


def declare(
    name: str, zh: str, en: str, text: str, *, at_once: bool = False, hours: int = 72, mail_only: bool = False
) -> Template:
    """Declare a message; declaring it twice otherwise is an error."""
    template = Template(name, zh, en, text, at_once, hours, mail_only)
    if _declared.setdefault(name, template) != template:
        raise ValueError(f"text message {name} is declared twice, and differently")
    return template


def declared() -> dict[str, Template]:
    """All messages by name."""
    return dict(_declared)


def by_sms() -> dict[str, Template]:
    """Those that may be text messages, and that an operator must approve."""
    return {name: one for name, one in _declared.items() if not one.mail_only}
