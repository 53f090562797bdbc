"""Routes of figures: the board, and what each figure means."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from django.http import HttpResponse
from ninja import Schema

from hotline.base.people.gate import Asked, Router
from hotline.joined.metrics import queries

router = Router(tags=["metrics"])


class Figures(Schema):
    """Counts and rates; rates are 0–1, null where the denominator is zero."""

    calls: int
    answered: int
    abandoned: int
    short_abandoned: int
    vacant: int
    answer_rate: float | None
    answer_rate_without_short: float | None
    within_15s_rate: float | None


class NumberFigures(Figures):
    """One number's figures. ``source``: ``own``, ``linked`` (its own centre reports) or ``both``."""

    number: str
    name: str
    name_en: str
    treatment: str
    source: str


class QueueNow(Schema):
    """Who waits for a person in 12345's queue at this moment; ``emergency``: callers of 110, 119, 120, 122 among them."""

    waiting: int
    longest_s: int
    emergency: int


class SeatsNow(Schema):
    """12345's own seats at this moment."""

    ready: int
    busy: int
    wrap_up: int
    paused: int
    signed_in: int


class Levels(Schema):
    """The service levels in force: answered within ``answer_seconds``, at least the share ``answer_rate`` of calls."""

    answer_seconds: int
    answer_rate: float


class AlarmNow(Schema):
    """An alarm nobody has answered, in words for a wall: whom it is about stands at the leaders' own page."""

    id: UUID
    kind: str
    zh: str
    en: str
    urgent: bool
    state: str
    raised_at: datetime
    times: int
    seen_by: str


class Board(Schema):
    """Today, as the wallboard shows it."""

    at: datetime
    day: str
    levels: Levels
    totals: Figures
    by_number: list[NumberFigures]
    queue: QueueNow
    seats: SeatsNow
    alarms: list[AlarmNow]


class Definition(Schema):
    """What a figure means, as in force now."""

    code: str
    version: int
    effective_from: datetime
    unit: str
    zh: str
    en: str
    formula_zh: str
    formula_en: str
    source: str


class Definitions(Schema):
    """All figures."""

    items: list[Definition]


@router.get("/board", right="board.read", response=Board, summary="今日大屏 / Today's board")
def read_board(request: Asked) -> HttpResponse:
    """The board once; /live/board sends it as it changes."""
    return HttpResponse(msgspec.json.encode(queries.board()), content_type="application/json")


@router.get(
    "/metrics", right="metrics.read", response=Definitions, summary="指标定义 / What the figures mean"
)
def list_metrics(request: Asked) -> dict[str, object]:
    """Every figure with the formula in force."""
    return {"items": queries.definitions()}
