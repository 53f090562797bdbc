"""The agent's desk: his phone's credentials, and what he asks call control to do. What he sees comes over /live/desk.
Call records too: a call and the case filed from it meet here first."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from ninja import Schema, Status
from pydantic import Field

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import NotFound
from hotline.base.people.gate import Asked, Router
from hotline.faces.desk import queries
from hotline.lines.calls import actions, limits
from hotline.work.cases import actions as cases

router = Router(tags=["desk"])


class PhoneAsked(Schema):
    """``webrtc`` for the browser, ``sip`` for a SIP phone."""

    kind: actions.PhoneKind = "webrtc"


class CommandAsked(Schema):
    """One thing the agent asks for; ``reason`` in ``args`` for a pause."""

    command: str
    call_id: UUID | None = None
    args: dict[str, Any] = Field(default_factory=dict)


@router.post("/desk/phone", right="desk.work", response=actions.Phone)
def issue_phone(request: Asked, asked: PhoneAsked | None = None) -> actions.Phone:
    """Credentials for this sign-in's phone; the ones before are valid no more."""
    return actions.issue_phone(request.actor, asked.kind if asked else "webrtc")


@router.post("/desk/commands", right="desk.work", response={202: actions.Accepted})
def give_command(request: Asked, asked: CommandAsked) -> Status[actions.Accepted]:
    """Take a command down; its result comes on the desk's stream before ``deadline_at``."""
    return Status(
        202, actions.command(request.actor, asked.command, asked.call_id, _whom(request.actor, asked))
    )


def _whom(actor: Actor, asked: CommandAsked) -> dict[str, Any]:
    """A case's contact is called without his number being seen; that it was used is logged like a look (个保法 51)."""
    case_id = asked.args.get("case_id")
    if asked.command != "dial" or not case_id or asked.args.get("party_id"):
        return asked.args
    try:
        return {**asked.args, "phone": cases.reveal(actor, UUID(str(case_id)), "phone")}
    except ValueError:
        raise NotFound("case", case_id) from None


@router.get("/desk", right="desk.work", response=dict[str, Any])
def desk(request: Asked) -> dict[str, Any]:
    """The desk's whole state, once; the stream says every change."""
    return queries.desk_state(UUID(request.actor.id))


@router.get("/desk/targets", right="desk.work", response=dict[str, Any])
def targets(request: Asked) -> dict[str, Any]:
    """Whom a call can be put through to: linked hotlines, lines, colleagues, duty telephones, emergency services."""
    return {"items": queries.targets(request.actor)}


@router.get("/desk/wrap-up-codes", right="calls.read", response=dict[str, Any])
def wrap_up_codes(request: Asked) -> dict[str, Any]:
    """What a call may have been about, for ``wrap_up_done {code}`` and for narrowing the list of calls; the city's list."""
    return {"items": limits.wrap_up_codes()}


class ContactAsked(Schema):
    """The clerk's own telephone, which rings first, and what the call is for."""

    own_phone: str
    purpose: str = "contact"


@router.post("/cases/{uuid:id}/contact", right="case.contact", response={202: dict[str, Any]}, tags=["cases"])
def contact(request: Asked, id: UUID, asked: ContactAsked) -> Status[dict[str, Any]]:
    """Call the case's caller through the platform; neither sees the other's number. The call's record is the proof."""
    phone = cases.phone_to_call(request.actor, id)
    return Status(202, {"call_id": actions.connect(request.actor, asked.own_phone, phone, id, asked.purpose)})


@router.get("/cases/{uuid:id}/contacts", right="case.read", response=dict[str, Any], tags=["cases"])
def contacts(request: Asked, id: UUID) -> dict[str, Any]:
    """The calls made about a case: when, whether the caller was reached."""
    return {"items": queries.contacts(request.actor, id)}


@router.get("/calls", right="calls.read", response=dict[str, Any], tags=["calls"])
def list_calls(
    request: Asked,
    cursor: str | None = None,
    size: int = 20,
    number: str = "",
    day: date | None = None,
    wrap_up: str = "",
) -> dict[str, Any]:
    """Calls, newest first, each with its case; ``day`` is a date of the city (YYYY-MM-DD), ``wrap_up`` a wrap-up code."""
    return queries.call_page(request.actor, number=number, day=day, wrap_up=wrap_up, cursor=cursor, size=size)


@router.get("/calls/{uuid:id}", right="calls.read", response=dict[str, Any], tags=["calls"])
def one_call(request: Asked, id: UUID) -> dict[str, Any]:
    """One call with what happened in it."""
    return queries.one_call(request.actor, id)
