"""Signing in, organisations, divisions, staff, tokens and the audit log over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login
from django.middleware.csrf import get_token
from ninja import Query, Status

from hotline.base.kernel import audit
from hotline.base.kernel.paging import Page, keyset
from hotline.base.kernel.rights import Right, declared
from hotline.base.people import actions, deputies, queries, schemas
from hotline.base.people.gate import PUBLIC, SIGNED_IN, Asked, Router, Unauthenticated, address_of
from hotline.base.people.models import Organisation, Post, SignIn, Staff
from hotline.base.people.roles import MACHINE_RIGHTS, ROLES

router = Router()

Size = Annotated[int, Query(ge=1, le=200)]


# --- session ---------------------------------------------------------------------------------------------------------


@router.post("/session", right=PUBLIC, response=schemas.Me, tags=["session"])
def sign_in(request: Asked, given: schemas.Credentials) -> dict[str, Any]:
    """Sign in; the answer's ``csrf_token`` goes into the header X-CSRFToken of every later write."""
    actions.sign_in(request, given.username, given.password, address_of(request))
    return _me(request)


@router.get("/session", right=SIGNED_IN, use=False, response=schemas.Me, tags=["session"])
def who_am_i(request: Asked) -> dict[str, Any]:
    """Who is signed in; 401 when nobody is."""
    return _me(request)


@router.delete("/session", right=SIGNED_IN, response={204: None}, tags=["session"])
def sign_out(request: Asked) -> Status[None]:
    """Sign out."""
    actions.sign_out(request, request.actor)
    return Status(204, None)


@router.post("/session/password", right=SIGNED_IN, response=schemas.Me, tags=["session"])
def change_own_password(request: Asked, given: schemas.PasswordChange) -> dict[str, Any]:
    """Change one's own password; the account's other sessions end."""
    staff = actions.change_own_password(request.actor, given.old, given.new)
    login(request, staff)
    return _me(request)


@router.post("/session/acting", right=SIGNED_IN, response=schemas.Me, tags=["session"])
def act_for(request: Asked, given: schemas.ToActFor) -> dict[str, Any]:
    """Act in the place of an absent colleague whose deputy one is now, or for oneself again."""
    actions.act_for(request.actor, request.session, given.deputy)
    return _me(request)


def _me(request: Asked) -> dict[str, Any]:
    staff = queries.staff_of_session(request.session)
    actor = queries.actor_of_session(request.session)
    if staff is None or actor is None:  # a machine's token opens no session
        raise Unauthenticated
    city = {"name": settings.CITY.get("name", ""), "time_zone": settings.TIME_ZONE}
    return queries.me(staff, actor) | {"city": city, "csrf_token": get_token(request)}


# --- organisations and divisions -------------------------------------------------------------------------------------


@router.get("/organisations", right="org.read", response=schemas.OrganisationList, tags=["organisations"])
def list_organisations(
    request: Asked,
    q: str = "",
    kind: str = "",
    parent: UUID | None = None,
    accepts_cases: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 2000,
) -> dict[str, Any]:
    """Organisations open today, in tree order."""
    return {"items": queries.organisations(q.strip(), kind, parent, accepts_cases=accepts_cases)[:limit]}


@router.post(
    "/organisations", right="org.write", response={201: schemas.OrganisationRow}, tags=["organisations"]
)
def add_organisation(request: Asked, new: schemas.NewOrganisation) -> Status[Organisation]:
    """Add an organisation, such as a department's node."""
    unit = actions.add_organisation(
        request.actor,
        new.parent,
        new.code,
        new.name,
        new.kind,
        full_name=new.full_name,
        name_en=new.name_en,
        accepts_cases=new.accepts_cases,
    )
    return Status(201, unit)


@router.delete(
    "/organisations/{uuid:organisation_id}",
    right="org.write",
    response=schemas.OrganisationRow,
    tags=["organisations"],
)
def close_organisation(request: Asked, organisation_id: UUID) -> Organisation:
    """Close an organisation as of today; its row and history stay."""
    return actions.close_organisation(request.actor, organisation_id)


@router.get("/divisions", right="org.read", response=schemas.DivisionList, tags=["organisations"])
def list_divisions(
    request: Asked, q: str = "", level: str = "", limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> dict[str, Any]:
    """Divisions by name or code, each with the unit that handles it today."""
    places = queries.find_divisions(q.strip(), level, limit)
    handlers = queries.handlers_of(places, strict=False)
    items = []
    for place in places:
        unit = handlers[place.code]
        facts = {name: getattr(place, name) for name in ("code", "name", "full_name", "level")}
        items.append(
            facts | {"handled_by": unit.name if unit else None, "handled_by_id": unit.id if unit else None}
        )
    return {"items": items}


# --- staff -----------------------------------------------------------------------------------------------------------


@router.get("/staff", right="staff.read", response=schemas.StaffPage, tags=["staff"])
def list_staff(request: Asked, q: str = "", cursor: str | None = None, size: Size = 50) -> Page[Staff]:
    """Accounts with their posts, by user name."""
    return keyset(queries.staff_list(request.actor, q.strip()), ["username"], cursor, size)


@router.get("/roles", right="staff.read", response=schemas.RoleList, tags=["staff"])
def list_roles(request: Asked) -> dict[str, Any]:
    """What roles there are, and what each may."""
    rights = declared()

    def words(names: frozenset[str]) -> list[Right]:
        return [rights[name] for name in sorted(names & rights.keys())]

    roles = [
        {"name": r.name, "zh": r.zh, "en": r.en, "whole_city": r.whole_city, "rights": words(r.rights)}
        for r in ROLES.values()
    ]
    return {"items": roles, "machine_rights": words(MACHINE_RIGHTS)}


@router.post("/staff", right="staff.manage", response={201: schemas.OpenedStaff}, tags=["staff"])
def open_account(request: Asked, new: schemas.NewStaff) -> Status[Staff]:
    """Open an account; its password is in the answer and nowhere else."""
    staff, password = actions.open_account(
        request.actor,
        new.username,
        new.name,
        password=new.password,
        must_change_password=new.must_change_password,
    )
    staff.password = password  # what the answer shows; the row with its hash is written already
    return Status(201, staff)


@router.patch("/staff/{uuid:staff_id}", right="staff.manage", response=schemas.StaffRow, tags=["staff"])
def change_account(request: Asked, staff_id: UUID, change: schemas.StaffChange) -> Staff:
    """Rename, close or reopen an account; closing holds at its next request."""
    return actions.change_account(request.actor, staff_id, name=change.name, active=change.is_active)


@router.post(
    "/staff/{uuid:staff_id}/password", right="staff.manage", response=schemas.NewPassword, tags=["staff"]
)
def reset_password(request: Asked, staff_id: UUID) -> dict[str, str]:
    """Draw a new password, to be changed at the next sign-in; lifts a lock."""
    return {"password": actions.reset_password(request.actor, staff_id)}


@router.post(
    "/staff/{uuid:staff_id}/posts", right="role.manage", response={201: schemas.PostRow}, tags=["staff"]
)
def give_post(request: Asked, staff_id: UUID, new: schemas.NewPost) -> Status[Post]:
    """Give a role in an organisation. The three administrators' posts are never in one hand."""
    post = actions.give_post(
        request.actor, staff_id, new.role, new.organisation, starts_at=new.starts_at, ends_at=new.ends_at
    )
    return Status(201, post)


@router.delete(
    "/staff/{uuid:staff_id}/posts/{uuid:post_id}",
    right="role.manage",
    response=schemas.PostRow,
    tags=["staff"],
)
def end_post(request: Asked, staff_id: UUID, post_id: UUID) -> Post:
    """Take a post back as of now; it stays in the record."""
    return actions.end_post(request.actor, staff_id, post_id)


# --- deputies --------------------------------------------------------------------------------------------------------


@router.get("/deputies", right=SIGNED_IN, response=schemas.DeputyPage, tags=["deputies"])
def list_deputies(request: Asked, cursor: str | None = None, size: Size = 50) -> Page[Any]:
    """One's own, those of one's units for a leader, all for an auditor; newest first."""
    return deputies.page(request.actor, cursor, size)


@router.get("/deputies/colleagues", right=SIGNED_IN, response=schemas.Colleagues, tags=["deputies"])
def list_colleagues(request: Asked, q: str = "") -> dict[str, Any]:
    """Who may be chosen: colleagues of one's unit, for a leader everybody in his sight."""
    return {"items": deputies.colleagues(request.actor, q.strip())}


@router.post("/deputies", right=SIGNED_IN, response={201: schemas.DeputyRow}, tags=["deputies"])
def name_deputy(request: Asked, new: schemas.NewDeputy) -> Status[Any]:
    """Name a deputy for oneself or, as a leader, for somebody of one's units."""
    row = actions.name_deputy(
        request.actor, new.deputy, new.starts_at, new.ends_at, new.reason, absent_id=new.absent
    )
    return Status(201, deputies.one(request.actor, row.id))


@router.post(
    "/deputies/{uuid:id}/decision", right="deputy.approve", response=schemas.DeputyRow, tags=["deputies"]
)
def decide_deputy(request: Asked, id: UUID, given: schemas.Decision) -> Any:
    """Approve or refuse."""
    return deputies.one(request.actor, actions.decide(request.actor, id, given.approve).id)


@router.delete("/deputies/{uuid:id}", right=SIGNED_IN, response=schemas.DeputyRow, tags=["deputies"])
def end_deputy(request: Asked, id: UUID) -> Any:
    """End it now; it stays in the record."""
    return deputies.one(request.actor, actions.end_deputy(request.actor, id).id)


# --- tokens ----------------------------------------------------------------------------------------------------------


@router.get("/tokens", right="token.manage", response=schemas.TokenList, tags=["tokens"])
def list_tokens(request: Asked) -> dict[str, Any]:
    """Machines' tokens, revoked ones too."""
    return {"items": queries.tokens()}


@router.post("/tokens", right="token.manage", response={201: schemas.IssuedToken}, tags=["tokens"])
def issue_token(request: Asked, new: schemas.NewToken) -> Status[dict[str, Any]]:
    """Make a token; its key is in the answer and nowhere else."""
    token, key = actions.issue_token(
        request.actor, new.name, new.rights, new.organisation, expires_at=new.expires_at
    )
    return Status(201, schemas.TokenRow.from_orm(token).dict() | {"token": key})


@router.delete("/tokens/{uuid:token_id}", right="token.manage", response={204: None}, tags=["tokens"])
def revoke_token(request: Asked, token_id: UUID) -> Status[None]:
    """End a token at once."""
    actions.revoke_token(request.actor, token_id)
    return Status(204, None)


# --- logs ------------------------------------------------------------------------------------------------------------


@router.get("/audit", right="audit.read", response=schemas.AuditPage, tags=["audit"])
def list_audit(
    request: Asked,
    act: str = "",
    object_kind: str = "",
    object_id: str = "",
    actor_id: str = "",
    cursor: str | None = None,
    size: Size = 50,
) -> Page[Any]:
    """Who did what, newest first."""
    rows = queries.audit_rows(act=act, object_kind=object_kind, object_id=object_id, actor_id=actor_id)
    return keyset(rows, ["-at", "-id"], cursor, size)


@router.get("/audit/verdict", right="audit.verify", response=schemas.AuditVerdict, tags=["audit"])
def verify_audit(request: Asked) -> audit.Verdict:
    """Recompute the audit log's whole chain and say where it breaks, if it does."""
    return audit.verify()


@router.get("/sign-ins", right="audit.read", response=schemas.SignInPage, tags=["audit"])
def list_sign_ins(request: Asked, cursor: str | None = None, size: Size = 50) -> Page[SignIn]:
    """Attempts to sign in, newest first."""
    return keyset(queries.sign_ins(), ["-at", "-id"], cursor, size)
