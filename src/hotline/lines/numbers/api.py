"""The register over HTTP."""

from datetime import datetime

from ninja import Field, Schema, Status

from hotline.base.people.gate import Asked, Router
from hotline.lines.numbers import actions, queries, rights
from hotline.lines.numbers.plan import Behaviour, CarriedBy, Treatment

router = Router(tags=["numbers"])


class HistoryOut(Schema):
    """One dated row of a number's history, in the order of recording."""

    treatment: Treatment
    treatment_zh: str
    treatment_en: str
    carried_by: CarriedBy | None
    effective_from: datetime | None
    effective_to: datetime | None
    superseded: bool
    reason: str
    recorded_at: datetime
    recorded_by: str


class NumberOut(Schema):
    """One number and what it does now."""

    number: str
    name: str
    name_annex: str
    name_en: str
    department: str
    department_key: str
    treatment: Treatment
    treatment_zh: str
    treatment_en: str
    behaviour_now: Behaviour
    behaviour_zh: str
    behaviour_en: str
    carried_by: CarriedBy | None
    effective_from: datetime | None
    clause: str
    text: str
    text_annex: str
    linked_trunk: str | None
    answer_at_12345_if_unanswered: bool
    budget_moves: bool
    budget_note: str
    history: list[HistoryOut]


class NumbersOut(Schema):
    """All numbers, in the order of the annex."""

    items: list[NumberOut]


class TreatmentIn(Schema):
    """From when on a number is treated how, and on what ground. No ``effective_from``: at once."""

    treatment: Treatment
    effective_from: datetime | None = None
    reason: str = Field(max_length=500)
    carried_by: CarriedBy | None = None


@router.get("/numbers", right=rights.READ, response=NumbersOut)
def list_numbers(request: Asked) -> dict[str, list[queries.NumberItem]]:
    """The register: every number, its treatment, what it does now, its history."""
    return {"items": queries.listing()}


@router.get("/numbers/{number}", right=rights.READ, response=NumberOut)
def get_number(request: Asked, number: str) -> queries.NumberItem:
    """One number."""
    return queries.item(number)


@router.post("/numbers/{number}/treatments", right=rights.WRITE, response={201: NumberOut})
def change_treatment(request: Asked, number: str, body: TreatmentIn) -> Status[queries.NumberItem]:
    """Record a change of treatment; the dialplan follows within seconds."""
    actions.change_treatment(
        request.actor, number, body.treatment, body.effective_from, body.reason, body.carried_by
    )
    return Status(201, queries.item(number))
