"""Which gateway the city has, and which of the messages it wants sent: block ``sms`` of city.yaml.

Without the block nothing is sent to anybody. The gateway's secrets are not in a file: ``hotline sms secret``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from hotline.base.kernel.errors import Fault
from hotline.base.kernel.sealing import blind_index
from hotline.base.notices import gateways, templates
from hotline.base.notices import secrets as kept
from hotline.base.notices.gateways import Gateway

log = logging.getLogger(__name__)

BLOCK = "sms"
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Sms:
    """The city's choice. ``templates``: the gateway's own template number by the name of the message."""

    gateway: str
    settings: Mapping[str, str]
    templates: Mapping[str, str]


def sms() -> Sms | None:
    """The city's gateway; None: it has none, and nothing is sent."""
    given = settings.CITY.get(BLOCK)
    return _read(json.dumps(given)) if given else None


@lru_cache(maxsize=8)
def _read(block: str) -> Sms | None:
    """The block as JSON, read once: it is asked for in every act. A wrong one (`hotline load` says what) sends nothing and
    stops nobody."""
    given = json.loads(block)
    if wrong := [f"{place} {en}" for place, _, en in _faults(given)]:
        log.error("city.yaml, sms: nothing is sent: %s", "; ".join(wrong))
        return None
    kind = gateways.known()[given["gateway"]]
    chosen = {name: str(value) for name, value in given.items() if name in kind.settings}
    return Sms(
        given["gateway"],
        {**kind.settings, **chosen},
        {name: str(number) for name, number in given["templates"].items()},
    )


def missing_secrets(of: str) -> list[str]:
    """The names of the secrets that were not set yet."""
    there = kept.of(of)
    return [name for name in gateways.known()[of].secrets if not there.get(name)]


def ready() -> bool:
    """Whether there is a gateway that can be asked: no secret of its is missing."""
    chosen = sms()
    return chosen is not None and not missing_secrets(chosen.gateway)


def open_gateway(chosen: Sms) -> Gateway | None:
    """The gateway, ready to send; None while a secret is missing."""
    there = kept.of(chosen.gateway)
    if not all(there.get(name) for name in gateways.known()[chosen.gateway].secrets):
        return None
    return _opened(chosen.gateway, tuple(sorted(chosen.settings.items())), tuple(sorted(there.items())))


@lru_cache(maxsize=4)
def _opened(name: str, given: tuple[tuple[str, str], ...], there: tuple[tuple[str, str], ...]) -> Gateway:
    """One for all messages: it holds a connection."""
    return gateways.known()[name](dict(given), dict(there))


def door_key(name: str) -> str:
    """The secret part of the address at which gateway ``name`` reports to us. Nobody else can know it."""
    return blind_index("sms-door", name).hex()


def faults(city: Mapping[str, Any]) -> list[Fault]:
    """Everything wrong with the block in ``city``, a city.yaml that was read."""
    given = city.get(BLOCK)
    return (
        []
        if given is None
        else [Fault(f"city.yaml:{BLOCK}{place}", zh, en) for place, zh, en in _faults(given)]
    )


def _faults(given: Any) -> Iterator[tuple[str, str, str]]:
    known = gateways.known()
    if not isinstance(given, dict) or given.get("gateway") not in known:
        names = "、".join(sorted(known))
        yield (
            ".gateway",
            f"应为已安装的短信网关之一：{names}",
            f"must be a gateway that is installed: {names}",
        )
        return
    kind = known[given["gateway"]]
    for name in given.keys() - {"gateway", "templates"} - kind.settings.keys():
        there = "、".join(kind.settings)
        yield f".{name}", f"没有这一项；有：{there}", f"no such key; there are: {there}"
    for name, usual in kind.settings.items():
        value = given.get(name, usual)
        if not isinstance(value, str) or not value.strip():
            yield f".{name}", "应为带引号的文字", "must be words, in quotes"
        elif name == "endpoint" and not _safe(value):
            yield (
                ".endpoint",
                "应为 https:// 地址（仅本机可用 http://）",
                "must be https:// (http:// for this machine only)",
            )
    wanted = given.get("templates")
    if not isinstance(wanted, dict):
        yield ".templates", "应为 短信: 模板编号", "must be messages with their template's number"
        return
    for name, number in wanted.items():
        if name not in templates.by_sms():
            there = "、".join(sorted(templates.by_sms()))
            yield f".templates.{name}", f"没有这种短信；有：{there}", f"no such message; there are: {there}"
        elif not isinstance(number, str) or not number.strip():
            yield f".templates.{name}", "应为带引号的模板编号", "must be the template's number, in quotes"


def _safe(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    )
