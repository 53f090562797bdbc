"""Which mailbox the city has: block ``mail`` of city.yaml. Without it no mail is read and none is sent.

The mailbox's password is not in a file: ``hotline mail secret``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings

from hotline.base.kernel.errors import Fault
from hotline.base.notices import secrets, templates
from hotline.base.notices.mail import mailboxes
from hotline.base.notices.mail.mailboxes import Mailbox
from hotline.base.parties.mails import normal

log = logging.getLogger(__name__)

BLOCK = "mail"
_OWN = frozenset({"mailbox", "address", "name", "templates"})


@dataclass(frozen=True, slots=True)
class Mail:
    """The city's choice. ``address``, ``name``: as whom it writes; ``templates``: which messages go by mail."""

    mailbox: str
    address: str
    name: str
    settings: Mapping[str, str]
    templates: frozenset[str]

    @property
    def gateway(self) -> str:
        """What messages and secrets name it by."""
        return f"mail:{self.mailbox}"


def mail() -> Mail | None:
    """The city's mailbox; None: it has none."""
    given = settings.CITY.get(BLOCK)
    return _read(json.dumps(given)) if given else None


@lru_cache(maxsize=8)
def _read(block: str) -> Mail | None:
    """As with text messages: a wrong block (`hotline load` says what) stops nobody."""
    given = json.loads(block)
    if wrong := [f"{place} {en}" for place, _, en in _faults(given)]:
        log.error("city.yaml, mail: no mail is read or sent: %s", "; ".join(wrong))
        return None
    chosen = {name: str(value) for name, value in given.items() if name not in _OWN}
    return Mail(
        given["mailbox"], normal(given["address"]) or "", given.get("name") or settings.CITY["hotline"]["name"],
        _opened_files({**mailboxes.known()[given["mailbox"]].settings, **chosen}),
        frozenset(given.get("templates") or templates.declared()),
    )  # fmt: skip


def _opened_files(given: Mapping[str, str]) -> dict[str, str]:
    """With the certificates themselves instead of their file's name."""
    opened = dict(given)
    if name := given.get("authority"):
        try:
            if "/" in name or name.startswith("."):
                raise OSError(name)
            opened["authority"] = (settings.HOTLINE.city_dir / name).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            opened["authority"] = "unreadable"
    return opened


def ready() -> bool:
    """Whether mail can be read and sent: no secret is missing."""
    chosen = mail()
    return chosen is not None and not missing_secrets(chosen)


def missing_secrets(chosen: Mail) -> list[str]:
    """The names of the secrets that were not set yet."""
    there = secrets.of(chosen.gateway)
    return [name for name in mailboxes.known()[chosen.mailbox].secrets if not there.get(name)]


def open_mailbox(chosen: Mail) -> Mailbox | None:
    """The mailbox, ready to be used; None while a secret is missing."""
    if missing_secrets(chosen):
        return None
    return mailboxes.known()[chosen.mailbox](chosen.settings, secrets.of(chosen.gateway))


def faults(city: Mapping[str, Any]) -> list[Fault]:
    """Everything wrong with the block in ``city``, a city.yaml that was read."""
    given = city.get(BLOCK)
    return [] if given is None else [Fault(f"city.yaml:{BLOCK}{at}", zh, en) for at, zh, en in _faults(given)]


def _faults(given: Any) -> Iterator[tuple[str, str, str]]:
    known = mailboxes.known()
    if not isinstance(given, dict) or given.get("mailbox") not in known:
        names = "、".join(sorted(known))
        yield (
            ".mailbox",
            f"应为已安装的邮箱之一：{names}",
            f"must be a kind of mailbox that is installed: {names}",
        )
        return
    kind = known[given["mailbox"]]
    for name in given.keys() - _OWN - kind.settings.keys():
        there = "、".join([*sorted(_OWN), *kind.settings])
        yield f".{name}", f"没有这一项；有：{there}", f"no such key; there are: {there}"
    for name in (given.keys() & kind.settings.keys()) | (given.keys() & {"name"}):
        if not isinstance(given[name], str):
            yield f".{name}", "应为带引号的文字", "must be words, in quotes"
            return
    if normal(str(given.get("address", ""))) is None:
        yield ".address", "应为本市的邮箱地址", "must be the city's e-mail address"
    wanted = given.get("templates", [])
    if not isinstance(wanted, list) or not set(map(str, wanted)) <= templates.declared().keys():
        there = "、".join(sorted(templates.declared()))
        yield ".templates", f"应为其中几种：{there}", f"must be some of: {there}"
    chosen = {name: str(given[name]) for name in given.keys() & kind.settings.keys()}
    for name, zh, en in kind.faults(_opened_files({**kind.settings, **chosen})):
        yield f".{name}", zh, en
