"""Errors a person or a machine can act on: what is wrong and where, in Chinese and English (problem+json, RFC 9457)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hotline.base.kernel.rights import declared


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. ``where`` is a field path, or ``file:line:column`` for a file."""

    where: str
    zh: str
    en: str


class Problem(Exception):
    """A refusal with its reason. ``code`` is stable and for machines; ``zh`` and ``en`` are sentences for people."""

    def __init__(
        self, code: str, zh: str, en: str, *, status: int = 400, faults: Sequence[Fault] = ()
    ) -> None:
        super().__init__(f"{zh} / {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.status = status
        self.faults = tuple(faults)

    def as_dict(self) -> dict[str, Any]:
        """The application/problem+json body."""
        return {
            "type": self.code,
            "title": self.zh,
            "title_en": self.en,
            "status": self.status,
            "faults": [asdict(fault) for fault in self.faults],
        }

    def as_error(self) -> dict[str, str]:
        """The refusal of a desk's command, as it is kept and shown."""
        return {"type": self.code, "title": self.zh, "title_en": self.en}

    def __str__(self) -> str:
        lines = [f"{self.zh} / {self.en}"]
        lines += [f"  {fault.where}: {fault.zh} / {fault.en}" for fault in self.faults]
        return "\n".join(lines)


class Forbidden(Problem):
    """The actor lacks the right."""

    def __init__(self, right: str) -> None:
        known = declared().get(right)
        zh, en = (known.zh, known.en) if known else (right, right)
        super().__init__(
            "forbidden", f"没有权限：{zh}（{right}）", f"Not allowed: {en} ({right})", status=403
        )
        self.right = right


class NotFound(Problem):
    """There is no such thing, or the actor may not know of it: both read the same."""

    def __init__(self, kind: str, id: object) -> None:
        super().__init__("not-found", f"找不到：{kind} {id}", f"Not found: {kind} {id}", status=404)


class Conflict(Problem):
    """The thing changed meanwhile, or its state does not allow this now. Nothing was done."""

    def __init__(self, zh: str, en: str, *, code: str = "conflict") -> None:
        super().__init__(code, zh, en, status=409)


class Invalid(Problem):
    """The input is refused whole; ``faults`` says every place that is wrong, not only the first."""

    def __init__(
        self,
        faults: Sequence[Fault],
        zh: str = "内容有误，未作任何改动",
        en: str = "Refused; nothing was changed",
    ) -> None:
        super().__init__("invalid", zh, en, status=422, faults=faults)
