"""A case's history as its caller reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hotline.base.kernel import clock
from hotline.work.cases.acts import ACTS, REDONE_BY_CENTRE_EN, REDONE_BY_CENTRE_ZH, REDONE_EN, REDONE_ZH, Act
from hotline.work.cases.models import CaseEvent
from hotline.work.cases.states import State


@dataclass(frozen=True, slots=True)
class CitizenStep:
    """One line of the citizen's time line; ``text`` is the answer or result that came with it."""

    at: datetime
    zh: str
    en: str
    text: str
    act: str


NOBODY = UUID(int=0)
Names = Mapping[UUID, tuple[str, str]]


def citizen_steps(events: Iterable[CaseEvent], names: Names) -> list[CitizenStep]:
    """The acts a caller is told of, oldest first, with the answer or result where there is one. ``names``: what he calls
    the units (people.outward_names)."""
    steps: list[CitizenStep] = []
    texts: dict[str, str] = {}
    for event in events:
        act = ACTS[event.act]
        texts |= {name: value for name, value in event.fields.items() if isinstance(value, str)}
        zh, en = _told(act, event)
        if zh:
            unit = names.get(event.owner_id or NOBODY, (event.owner_name, event.owner_name))
            steps.append(
                CitizenStep(
                    at=event.at,
                    zh=zh.format(unit=unit[0], deadline=moment_zh(event.deadline_at)),
                    en=en.format(unit=unit[1], deadline=moment_en(event.deadline_at)),
                    text=texts.get(act.shown_to_citizen, "") if act.shown_to_citizen else "",
                    act=event.act,
                )
            )
    return steps


def _told(act: Act, event: CaseEvent) -> tuple[str, str]:
    if not (event.redone and act.turns):
        return act.told_zh, act.told_en
    if event.state == State.WAITING_DISPATCH:
        return REDONE_BY_CENTRE_ZH, REDONE_BY_CENTRE_EN
    return REDONE_ZH, REDONE_EN


def moment_zh(moment: datetime | None) -> str:
    """2026年3月2日 17:30, in the city's own time."""
    if moment is None:
        return ""
    local = clock.local(moment)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def moment_en(moment: datetime | None) -> str:
    """2 March 2026, 17:30, in the city's own time."""
    if moment is None:
        return ""
    local = clock.local(moment)
    return f"{local.day} {local:%B %Y, %H:%M}"
