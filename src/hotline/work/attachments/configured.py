"""What a city says of attachments: block ``attachments`` of city.yaml, ``{kinds: [jpg, pdf, …], clamd: …}``. It may be left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hotline.base.kernel.errors import Fault
from hotline.work.attachments.kinds import KINDS

_PLACE = re.compile(r"unix:/\S+|\S+:\d{1,5}")


def faults(city: Mapping[str, Any]) -> list[Fault]:
    """Everything wrong with the block in ``city``, a city.yaml that was read."""
    given = city.get("attachments")
    where = "city.yaml:attachments"
    if given is None:
        return []
    if not isinstance(given, dict) or not given.keys() <= {"kinds", "clamd"}:
        return [Fault(where, "可有 kinds、clamd", "may have kinds and clamd")]
    found = []
    wanted = given.get("kinds", [*KINDS])
    if not isinstance(wanted, list) or not wanted or not set(map(str, wanted)) <= KINDS.keys():
        there = "、".join(KINDS)
        found.append(Fault(f"{where}.kinds", f"应为其中几种：{there}", f"must be some of: {there}"))
    if not _PLACE.fullmatch(str(given.get("clamd", "unix:/run/clamd"))):
        found.append(
            Fault(f"{where}.clamd", "应为 unix:/路径 或 主机:端口", "must be unix:/path or host:port")
        )
    return found
