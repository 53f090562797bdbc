"""Reading the portal's pages as a person without JavaScript does: links, fields, what is written."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from django.test import Client

from hotline.base.people import queries as people

ANSWERS: dict[str, dict[str, str]] = {
    "matter": {"type": "complaint", "matter": "小区路灯不亮", "content": "丰海路的路灯坏了一个星期。"},
    "county": {"county": "fengze"},
    "place": {"division": "", "address": "丰海路 12 号"},
    "contact": {"name": "张三丰", "phone": "138 1234 1234"},
}


def a_county() -> str:
    """Some county's key."""
    return str(people.organisations(kind="county").filter(in_jurisdiction=True)[0].key)


@dataclass
class Receipt:
    """What the last page shows."""

    number: str
    code: str
    page: str


def text(response: Any) -> str:
    """The page's words without its markup."""
    body = re.sub(r"<(style|script).*?</\1>", "", response.content.decode(), flags=re.S)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def fill(client: Client, **changes: dict[str, str]) -> None:
    """Answer every page up to the check; ``changes`` by page over the usual answers."""
    for step, usual in ANSWERS.items():
        answers = usual | ({"county": a_county()} if step == "county" else {}) | changes.get(step, {})
        response = client.post(f"/ask/{step}", answers)
        assert response.status_code == 302, text(response)


def receipt(client: Client) -> Receipt:
    """Submit and read the last page."""
    response = client.post("/ask/check", follow=True)
    page = response.content.decode()
    number = re.search(r'id="number">(\d+)<', page)
    code = re.search(r'id="code">(\w+)<', page)
    assert number, text(response)
    assert code
    return Receipt(number.group(1), code.group(1), text(response))


def file_one(client: Client, **changes: dict[str, str]) -> Receipt:
    """A request from the first page to the last."""
    fill(client, **changes)
    return receipt(client)
