"""Saved filters and chosen columns over HTTP: each person's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Schema, Status
from pydantic import Field

from hotline.base.people.gate import Asked, Router
from hotline.work.views import actions, queries

router = Router(tags=["views"])


class SavedFilterRow(Schema):
    """A filter kept by name; ``asks`` are the conditions of GET /cases. ``mine``: only its owner changes it."""

    id: UUID
    name: str
    asks: dict[str, str]
    shared: bool
    mine: bool
    by: str


class CaseViews(Schema):
    """How the asker looks at the work lists; ``columns`` by list, those never chosen left out."""

    filters: list[SavedFilterRow]
    columns: dict[str, list[str]]


class FilterToSave(Schema):
    """A filter to keep."""

    name: str
    asks: dict[str, str]
    shared: bool = False


class ColumnsToChoose(Schema):
    """The columns of a list in their order; none: the usual ones."""

    work_list: str = Field("", alias="list")
    columns: list[str]


class FilterKept(Schema):
    """What was kept."""

    id: UUID


class ColumnsChosen(Schema):
    """What is shown from now on."""

    columns: list[str]


@router.get("/case-views", right="case.list", response=CaseViews)
def read_views(request: Asked) -> dict[str, Any]:
    """One's filters, those shared in one's units, and the columns one chose."""
    return {"filters": queries.filters(request.actor), "columns": queries.columns(request.actor)}


@router.post("/case-views/filters", right="case.list", response={201: FilterKept})
def save_filter(request: Asked, body: FilterToSave) -> Any:
    """Keep a filter, in place of one of the same name."""
    row = actions.save(request.actor, body.name, body.asks, shared=body.shared)
    return Status(201, {"id": row.id})


@router.delete("/case-views/filters/{uuid:id}", right="case.list", response={204: None})
def forget_filter(request: Asked, id: UUID) -> Any:
    """Forget one's own filter."""
    actions.forget(request.actor, id)
    return Status(204, None)


@router.post("/case-views/columns", right="case.list", response=ColumnsChosen)
def choose_columns(request: Asked, body: ColumnsToChoose) -> dict[str, Any]:
    """Choose the columns of a list."""
    return {"columns": actions.choose(request.actor, body.work_list, body.columns)}
