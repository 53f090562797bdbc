"""What somebody asks for, before it is a case, and what may be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.errors import Fault
from hotline.base.parties import mails
from hotline.base.parties.phones import normal
from hotline.work.cases.fields import storable
from hotline.work.cases.terms import NORMAL, TYPES, URGENCIES

MATTER_MAX = 100
CONTENT_MAX = 5000
ADDRESS_MAX = 200
NAME_MAX = 50
ARRIVED = frozenset({"letter", "visit"})
"""The channels on which something, or somebody, came to the counter on a day that is to be noted."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request as it was put. ``key`` makes repetitions of it one case; ``answer`` closes it at once; ``reported``:
    the organisation it is against. ``arrived``: the day a letter or a visitor came.

    ``mail`` and ``arrived`` came later and are out of its repr: what tells a repetition (actions._content) stays the same
    for those who do not use them."""

    type: str
    matter: str
    content: str
    channel: str
    division: str = ""
    address: str = ""
    name: str = ""
    phone: str = ""
    confidential: bool = False
    urgency: str = NORMAL
    reported: UUID | None = None
    call_id: UUID | None = None
    answer: str = ""
    key: str = ""
    demo: bool = False
    mail: str = field(default="", repr=False)
    arrived: date | None = field(default=None, repr=False)

    def faults(self) -> list[Fault]:
        """Everything wrong with it. ``where`` is the field's place in ``POST /cases``."""
        found = [
            length("matter", "事项", "Matter", self.matter, MATTER_MAX, required=True),
            length("content", "内容", "Content", self.content, CONTENT_MAX, required=True),
            length("place.address", "详细地点", "Address", self.address, ADDRESS_MAX),
            length("contact.name", "称呼", "Name", self.name, NAME_MAX),
            length("answered", "答复内容", "Answer", self.answer, CONTENT_MAX),
        ]
        if self.type not in TYPES:
            zh = "、".join(f"{word.zh}（{word.value}）" for word in TYPES.values())
            found.append(Fault("type", f"请选择诉求类型：{zh}", f"Choose a type: {', '.join(TYPES)}"))
        if self.urgency not in URGENCIES:
            zh = "、".join(f"{word.zh}（{word.value}）" for word in URGENCIES.values())
            found.append(
                Fault("urgency", f"请选择紧急程度：{zh}", f"Choose an urgency: {', '.join(URGENCIES)}")
            )
        if self.phone and normal(self.phone) is None:
            found.append(
                Fault(
                    "contact.phone",
                    "电话号码只能是数字，例如 13812341234 或 0595-22345678",
                    "A phone number is digits only, such as 13812341234 or 0595-22345678",
                )
            )
        if self.mail and mails.normal(self.mail) is None:
            found.append(
                Fault(
                    "contact.mail",
                    "邮箱地址的格式不对，例如 name@example.com",
                    "An e-mail address looks like name@example.com",
                )
            )
        found.append(self._arrival())
        if self.division and not (self.division.isascii() and self.division.isdigit()):
            found.append(Fault("place.division", "区划代码只能是数字", "A division code is digits only"))
        if self.key and len(self.key) > 200:
            found.append(Fault("Idempotency-Key", "最多 200 个字符", "At most 200 characters"))
        return [fault for fault in found if fault]

    def _arrival(self) -> Fault | None:
        if self.channel not in ARRIVED:
            return (
                Fault("arrived", "只有来信、来访填写收到日期", "Only for letters and visits")
                if self.arrived
                else None
            )
        if self.call_id:
            return Fault(
                "channel", "来电登记的件不能是来信或来访", "What came by telephone is no letter and no visit"
            )
        if self.arrived is None:
            return Fault("arrived", "请填写来信或来访的日期", "Give the day it came")
        if self.arrived > clock.local(clock.now()).date():
            return Fault("arrived", "日期不能晚于今天", "The day cannot be later than today")
        return None


def length(where: str, zh: str, en: str, text: str, limit: int, *, required: bool = False) -> Fault | None:
    """What is wrong with a text that may hold ``limit`` characters; None: nothing."""
    if required and not text.strip():
        return Fault(where, f"请填写{zh}", f"{en} is required")
    if len(text) > limit:
        return Fault(
            where,
            f"{zh}最多 {limit} 字，现有 {len(text)} 字",
            f"{en} may hold {limit} characters, this is {len(text)}",
        )
    if not storable(text):
        return Fault(where, f"{zh}含有不能保存的字符", f"{en} holds an unusable character")
    return None
