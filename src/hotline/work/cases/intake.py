"""What somebody asks for, before it is a case, and what may be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from hotline.base.kernel.errors import Fault
from hotline.base.parties.phones import normal
from hotline.work.cases.fields import storable
from hotline.work.cases.terms import NORMAL, TYPES, URGENCIES

MATTER_MAX = 100
CONTENT_MAX = 5000
ADDRESS_MAX = 200
NAME_MAX = 50


@dataclass(frozen=True, slots=True)
class Asking:
    """A request as it was put. ``key`` makes repetitions of it one case; ``answer`` closes it at once; ``reported``:
    the organisation it is against."""

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

    def faults(self) -> list[Fault]:
        """Everything wrong with it. ``where`` is the field's place in ``POST /cases``."""
        found = [
            _length("matter", "事项", "Matter", self.matter, MATTER_MAX, required=True),
            _length("content", "内容", "Content", self.content, CONTENT_MAX, required=True),
            _length("place.address", "详细地点", "Address", self.address, ADDRESS_MAX),
            _length("contact.name", "称呼", "Name", self.name, NAME_MAX),
            _length("answered", "答复内容", "Answer", self.answer, CONTENT_MAX),
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
        if self.division and not (self.division.isascii() and self.division.isdigit()):
            found.append(Fault("place.division", "区划代码只能是数字", "A division code is digits only"))
        if self.key and len(self.key) > 200:
            found.append(Fault("Idempotency-Key", "最多 200 个字符", "At most 200 characters"))
        return [fault for fault in found if fault]


def _length(where: str, zh: str, en: str, text: str, limit: int, *, required: bool = False) -> Fault | None:
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
