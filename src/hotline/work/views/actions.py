"""Keeping and forgetting filters and columns."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from hotline.base.people import queries as people
from hotline.work.cases import columns, filters
from hotline.work.cases import queries as cases
from hotline.work.cases.fields import Field
from hotline.work.cases.lists import LISTS
from hotline.work.views.figures import SAVED
from hotline.work.views.models import ChosenColumns, SavedFilter

LIST = "case.list"
_NAME = Field("name", "line", "名称", "Name", max_length=40)


def save(actor: Actor, name: str, asks: Mapping[str, str], *, shared: bool = False) -> SavedFilter:
    """Keep a filter under ``name``, in place of one of that name; ``shared`` with those posted where he is. Right case.list.

    Raises Invalid, Conflict when he keeps as many as he may or has no unit to share with.
    """
    wanted = filters.read(asks)
    cases.asked_for(actor, wanted)
    read, fault = _NAME.read(name)
    if fault:
        raise Invalid([fault])
    staff_id = _staff(actor)
    with deed(actor, "filter.save", LIST) as d:
        unit_id = _unit_of(staff_id) if shared else None
        old = SavedFilter.objects.filter(staff_id=staff_id)
        if old.exclude(name=read).count() >= SAVED():
            raise Conflict(
                f"最多保存 {SAVED()} 个筛选，请先删除不用的",
                f"At most {SAVED()} filters are kept; remove one first",
            )
        row, _ = old.update_or_create(
            name=read,
            defaults={
                "asks": wanted.kept, "unit_id": unit_id, "saved_at": clock.now(), "staff_id": staff_id,
                "staff_name": actor.label,
            },
        )  # fmt: skip
        d.about("filter", row.id, shared=shared)
    return row


def forget(actor: Actor, id: UUID) -> None:
    """Forget one's own filter. Raises NotFound."""
    with deed(actor, "filter.forget", LIST) as d:
        removed, _ = SavedFilter.objects.filter(staff_id=_staff(actor), id=id).delete()
        if not removed:
            raise NotFound("filter", id)
        d.about("filter", id)


def choose(actor: Actor, work_list: str, names: list[str]) -> list[str]:
    """Show these columns in this order in work list ``work_list`` ("" is all cases); none: the usual ones again. Raises Invalid."""
    if work_list and work_list not in LISTS:
        raise Invalid([Fault("list", "没有这个清单", "No such list")])
    chosen = [column.name for column in columns.chosen(names, columns.LIST)]
    with deed(actor, "columns.choose", LIST) as d:
        rows = ChosenColumns.objects.filter(staff_id=_staff(actor), work_list=work_list)
        if names:
            rows.update_or_create(defaults={"columns": chosen}, staff_id=_staff(actor), work_list=work_list)
        else:
            rows.delete()
        d.about("columns", work_list or "all")
    return chosen


def _staff(actor: Actor) -> UUID:
    if actor.kind != "person":
        raise Forbidden(LIST)
    return UUID(actor.id)


def _unit_of(staff_id: UUID) -> UUID:
    units = people.units_of(staff_id)
    if not units:
        raise Conflict(
            "您没有岗位单位，不能共享", "You are posted nowhere, so there is nobody to share it with"
        )
    return units[0]
