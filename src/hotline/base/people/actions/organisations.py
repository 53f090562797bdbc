"""Opening and closing organisations in the console. A row is never renamed or moved (models.Organisation)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid
from hotline.base.people import queries
from hotline.base.people.actions.loading import is_key
from hotline.base.people.models import Organisation, OrganisationKind


def add_organisation(
    actor: Actor,
    parent_id: UUID,
    key: str,
    name: str,
    kind: str,
    *,
    full_name: str = "",
    name_en: str = "",
    accepts_cases: bool = False,
) -> Organisation:
    """Add an organisation under another, such as a department's node (53号 三(四)). Right org.write."""
    with deed(actor, "org.add", right="org.write") as d:
        parent = queries.organisation(parent_id)
        faults = []
        if not is_key(key):
            faults.append(
                Fault("key", "只能用小写英文字母、数字和“-”", "Only lower-case letters, digits and “-”")
            )
        if not 1 <= len(name.strip()) <= 120:
            faults.append(Fault("name", "名称须为 1–120 字", "The name must have 1–120 characters"))
        if kind not in OrganisationKind.values or kind == OrganisationKind.GOVERNMENT:
            faults.append(Fault("kind", f"没有类别“{kind}”", f"There is no kind “{kind}”"))
        if faults:
            raise Invalid(faults)
        if Organisation.objects.filter(key=key).exists():
            raise Conflict(f"编码“{key}”已被使用。", f"The key “{key}” is taken.", code="key-taken")
        unit = Organisation.objects.create(
            key=key,
            name=name.strip(),
            full_name=full_name.strip() or name.strip(),
            name_en=name_en.strip() or name.strip(),
            kind=kind,
            path=f"{parent.path}{key}/",
            parent=parent,
            accepts_cases=accepts_cases,
        )
        d.about("organisation", unit.id, key=key)
        d.tell("organisation.added", unit.id)
    return unit


def close_organisation(actor: Actor, organisation_id: UUID, closed_on: date | None = None) -> Organisation:
    """Close an organisation from a day on (today); it must have no open organisation under it. Right org.write."""
    with deed(actor, "org.close", right="org.write") as d:
        unit = queries.organisation(organisation_id)
        if unit.closed_on:
            raise Conflict("该机构已经撤销。", "The organisation is closed already.")
        if unit.parent_id is None or unit.children.filter(closed_on=None).exists():
            raise Conflict("该机构还有下级机构，不能撤销。", "There are open organisations under it.")
        unit.closed_on = closed_on or clock.today()
        unit.save(update_fields=["closed_on"])
        d.about("organisation", unit.id, closed_on=unit.closed_on.isoformat())
        d.tell("organisation.closed", unit.id)
    return unit
