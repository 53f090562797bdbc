"""links.csv: which far centres are joined by the hand-over protocol, and where. Their tokens are never in a file."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from hotline.base.kernel import tables
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Invalid, NotFound
from hotline.base.kernel.sealing import seal
from hotline.base.kernel.tables import Row, Sheet
from hotline.joined.handover.models import FarCentre
from hotline.joined.handover.queries import linked_numbers

FILE = "links.csv"
COLUMNS = ("number", "base_url", "authority", "carries_header")
Line = tuple[str, str, str, str]


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load(actor: Actor, folder: Path) -> Iterator[Line]:
    """Let the far centres be those of ``folder``'s links.csv (none without the file); yields what was new or differs.

    Load the numbers before. Raises Invalid with every fault.
    """
    sheet = tables.read(folder / FILE, COLUMNS) if (folder / FILE).is_file() else Sheet(folder / FILE)
    known = {*linked_numbers(), *(str(row["number"]) for row in settings.CITY["emergency_numbers"])}
    wanted = [_centre(sheet, row, folder, known) for row in sheet.rows]
    sheet.unique("number")
    if sheet.faults:
        raise Invalid(sheet.faults)
    standing = {row.number: row for row in FarCentre.objects.all()}
    with deed(actor, "handover.load", right="numbers.write") as d:
        lines = [
            line for values in wanted for line in _put(standing.pop(str(values["number"]), None), values)
        ]
        for number, row in standing.items():
            row.delete()
            lines.append(("removed", f"link {number}", "文件中已无此联动", "No longer in the file"))
        d.about("links", folder.name, changed=[line[:2] for line in lines])
    yield from lines


def _put(row: FarCentre | None, values: dict[str, str | bool]) -> Iterator[Line]:
    if row is None:
        FarCentre.objects.create(**values)
        yield "added", f"link {values['number']}", "新增联动", "New link"
    elif changed := [name for name, value in values.items() if getattr(row, name) != value]:
        for name in changed:
            setattr(row, name, values[name])
        row.save(update_fields=changed)
        words = ", ".join(changed)
        yield "updated", f"link {row.number}", f"改动：{words}", f"Changed: {words}"


def _centre(sheet: Sheet, row: Row, folder: Path, known: set[str]) -> dict[str, str | bool]:
    number = sheet.required(row, "number")
    if number and number not in known:
        sheet.fault(
            row.line, "number", f"{number} 不是联动热线、分中心或紧急号码",
            f"{number} is no linked hotline, sub-centre or emergency number",
        )  # fmt: skip
    sheet.required(row, "base_url")
    sheet.parsed(
        row, "base_url", _base_url, "应为 https:// 地址（仅本机可用 http://）",
        "must be an https:// address (http:// for this machine only)",
    )  # fmt: skip
    authority = sheet.parsed(
        row, "authority", lambda name: _authority(folder, name),
        "应为城市文件夹中的证书文件（PEM）", "must be a certificate file (PEM) in the city's folder",
    )  # fmt: skip
    return {
        "number": number,
        "base_url": row["base_url"].rstrip("/"),
        "authority": authority or "",
        "carries_header": not row["carries_header"] or sheet.yes(row, "carries_header"),
    }


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    plain_here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if (
        not parts.hostname
        or parts.query
        or parts.fragment
        or parts.username
        or not (parts.scheme == "https" or plain_here)
    ):
        raise ValueError(text)
    return text


def _authority(folder: Path, name: str) -> str:
    if "/" in name or name.startswith("."):
        raise ValueError(name)
    try:
        text = (folder / name).read_text(encoding="ascii")
        ssl.create_default_context(cadata=text)
    except (OSError, UnicodeDecodeError, ssl.SSLError) as error:
        raise ValueError(name) from error
    return text


def set_token(actor: Actor, number: str, token: str) -> None:
    """Keep the token that the centre of ``number`` gave us, sealed. Right token.manage. Raises NotFound."""
    with deed(actor, "handover.set_token", right="token.manage") as d:
        if not FarCentre.objects.filter(number=number).update(token_sealed=seal(token.strip())):
            raise NotFound("link", number)
        d.about("link", number)
