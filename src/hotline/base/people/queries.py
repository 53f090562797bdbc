"""Who somebody is and what he may; organisations, divisions and staff as others read them."""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypedDict, TypeVar
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils.crypto import constant_time_compare

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import NotFound, Problem
from hotline.base.kernel.models import AuditRow, this_city
from hotline.base.people import deputies
from hotline.base.people.models import (
    Deputy,
    Division,
    DivisionOverlay,
    Organisation,
    OrganisationKind,
    Post,
    SignIn,
    Staff,
    Token,
)
from hotline.base.people.roles import ROLES, rights_of

_CENTRE = OrganisationKind.CENTRE
_STANDING = "standing"
ACTING = "acting"
"""Where a session keeps for which absence it acts (models.Deputy)."""
_NEEDED = {"id", "username", "name", "password", "version", "must_change_password"}
# In the model's own order, which Model.from_db wants.
_SIGNED_IN_FIELDS = [field.attname for field in Staff._meta.concrete_fields if field.attname in _NEEDED]
_SIGNED_IN = f"SELECT {', '.join(_SIGNED_IN_FIELDS)} FROM people_staff WHERE id = %s AND is_active"  # noqa: S608
_Model = TypeVar("_Model", bound=Model)


class Standing(TypedDict):
    """What somebody's posts amount to, kept in his session until ``until`` or until his ``version`` moves on."""

    version: int
    roles: list[str]
    scope: list[str]
    posts: list[str]
    until: str | None


# --- who is asking ---------------------------------------------------------------------------------------------------


def actor_of_session(session: SessionBase, address: str = "") -> Actor | None:
    """Who is signed in with ``session``, with the rights he has at this moment; None when nobody is.

    Two queries (the session, the staff row), and more only when his posts changed and are read anew.
    """
    staff = staff_of_session(session)
    if staff is None:
        return None
    if (acting := session.get(ACTING)) and not staff.must_change_password:
        if deputy := _acting(staff, acting, address):
            return deputy
        session.pop(ACTING)  # it has ended by itself
    standing: Standing | None = session.get(_STANDING)
    if standing is None or not _holds(standing, staff.version):
        standing = session[_STANDING] = standing_of(staff)
    roles = tuple(standing["roles"])
    rights = frozenset[str]() if staff.must_change_password else rights_of(roles)
    return Actor(
        kind="person",
        id=str(staff.id),
        label=staff.name,
        rights=rights,
        scope=tuple(standing["scope"]),
        roles=roles,
        address=address,
        posts=tuple(standing["posts"]),
    )


def _acting(staff: Staff, deputy_id: str, address: str) -> Actor | None:
    """``staff`` in the place of whom he stands in for: with that one's posts and nothing of his own, so that no rights meet a
    scope that neither of them has; the desk stays with its agent. None once it no longer holds."""
    row = (
        Deputy.objects.select_related("absent")
        .filter(deputies.holding(clock.now()), id=deputy_id, deputy_id=staff.id)
        .first()
    )
    if row is None:
        return None
    standing = standing_of(row.absent)
    roles = tuple(standing["roles"])
    own = standing_of(staff)["posts"]
    return Actor(
        kind="person",
        id=str(staff.id),
        label=f"{staff.name} 代 {row.absent.name}",
        rights=rights_of(roles) - deputies.KEPT_BY_THE_ABSENT,
        scope=tuple(standing["scope"]),
        roles=roles,
        address=address,
        behalf=str(row.absent_id),
        posts=tuple(dict.fromkeys([*standing["posts"], *own])),
    )


def staff_of_session(session: SessionBase) -> Staff | None:
    """The staff row behind ``session``; None when closed, or when the password changed since."""
    staff_id = session.get(SESSION_KEY)
    if staff_id is None:
        return None
    # Plain SQL: every request comes through here, and a model's query costs seven times the CPU.
    with connection.cursor() as cursor:
        cursor.execute(_SIGNED_IN, [staff_id])
        row = cursor.fetchone()
    if row is None:
        return None
    staff = Staff.from_db(connection.alias, _SIGNED_IN_FIELDS, row)
    known = constant_time_compare(session.get(HASH_SESSION_KEY, ""), staff.get_session_auth_hash())
    return staff if known else None


def actor_of_staff(staff_id: UUID) -> Actor | None:
    """Somebody of the staff, with what he may do now: for what is recorded of him without his asking. None when there is no
    such person, or his account is closed."""
    staff = Staff.objects.filter(id=staff_id, is_active=True).first()
    if staff is None:
        return None
    standing = standing_of(staff)
    roles = tuple(standing["roles"])
    scope, posts = tuple(standing["scope"]), tuple(standing["posts"])
    return Actor("person", str(staff.id), staff.name, rights_of(roles), scope, roles, posts=posts)


def actor_of_token(key: str, address: str = "") -> Actor | None:
    """The machine that holds ``key``; None when there is no such token, or it has expired or was revoked. One query."""
    token = Token.objects.select_related("organisation").filter(hash=token_hash(key), revoked_at=None).first()
    if token is None or (token.expires_at and token.expires_at <= clock.now()):
        return None
    return Actor(
        kind="machine",
        id=str(token.id),
        label=token.name,
        rights=frozenset(token.rights),
        scope=(token.organisation.path,),
        address=address,
    )


def token_hash(key: str) -> bytes:
    """What is stored of a token. Its 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).digest()


def standing_of(staff: Staff) -> Standing:
    """The roles and the scope of the posts ``staff`` holds now. Two queries."""
    now = clock.now()
    coming = staff.posts.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__gt=now)
    held = list(posts_held(staff))
    changes = [post.ends_at for post in held if post.ends_at] + list(
        coming.values_list("starts_at", flat=True)
    )
    return Standing(
        version=staff.version,
        roles=list(dict.fromkeys(post.role for post in held)),
        scope=_outermost("/" if ROLES[post.role].whole_city else post.organisation.path for post in held),
        # A report of the centre itself is filed and sent on by its own people: whom it names steps aside from it.
        posts=sorted({post.organisation.path for post in held if post.organisation.kind != _CENTRE}),
        until=min(changes).isoformat() if changes else None,
    )


def posts_held(staff: Staff) -> QuerySet[Post]:
    """The posts ``staff`` holds at this moment, longest held first, with their organisations."""
    now = clock.now()
    current = staff.posts.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)
    return current.select_related("organisation").order_by("starts_at")


def units_of(staff_id: UUID) -> list[UUID]:
    """Where somebody is posted now, the longest held first. One query."""
    now = clock.now()
    held = Post.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), staff_id=staff_id, starts_at__lte=now)
    return [*dict.fromkeys(held.order_by("starts_at").values_list("organisation_id", flat=True))]


def _holds(standing: Standing, version: int) -> bool:
    until = standing["until"]
    known = "posts" in standing  # not in the session of one who signed in before posts were kept there
    return (
        known
        and standing["version"] == version
        and (until is None or clock.now() < datetime.fromisoformat(until))
    )


def _outermost(paths: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept


# --- organisations ---------------------------------------------------------------------------------------------------


def within(actor: Actor, path_field: str = "path") -> Q:
    """The condition that keeps to ``actor``'s scope, for any table that carries an organisation's path.

    ``path_field`` is the look-up to that path, such as ``"unit__path"``. An actor without scope sees nothing.
    """
    if actor.sees_all:
        return Q()
    seen = Q(pk__in=[])
    for path in actor.scope:
        seen |= Q(**{f"{path_field}__startswith": path})
    return seen


def organisations(
    q: str = "", kind: str = "", parent: UUID | None = None, *, accepts_cases: bool | None = None
) -> QuerySet[Organisation]:
    """Organisations open today whose name or key holds ``q``, in tree order."""
    found = Organisation.objects.filter(Q(closed_on=None) | Q(closed_on__gt=clock.today())).order_by("path")
    if q:
        found = found.filter(
            Q(name__icontains=q) | Q(full_name__icontains=q) | Q(name_en__icontains=q) | Q(key__icontains=q)
        )
    if kind:
        found = found.filter(kind=kind)
    if parent:
        found = found.filter(parent_id=parent)
    if accepts_cases is not None:
        found = found.filter(accepts_cases=accepts_cases)
    return found


def organisation(id: UUID | str) -> Organisation:
    """One organisation by id, closed or not. Raises NotFound."""
    return _one(Organisation.objects.filter(id=id), "organisation", id)


def outward_names(ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """What a citizen calls each unit, in Chinese and English: a case node is its department to him. One query."""
    rows = Organisation.objects.filter(id__in=set(ids)).select_related("parent")
    return {
        row.id: (whose.name, whose.name_en or whose.name)
        for row in rows
        for whose in (row.parent if row.kind == "node" and row.parent else row,)
    }


def organisation_by_key(key: str) -> Organisation:
    """One organisation by its key in the city's files. Raises NotFound."""
    return _one(Organisation.objects.filter(key=key), "organisation", key)


def root() -> Organisation:
    """The root of the tree. Raises NotFound before the city is loaded."""
    return _one(Organisation.objects.filter(parent=None), "organisation", "/")


def organisations_by_key() -> dict[str, Organisation]:
    """All organisations by key, for loaders. One query."""
    return {row.key: row for row in Organisation.objects.all()}


# --- divisions -------------------------------------------------------------------------------------------------------


def find_divisions(q: str = "", level: str = "", limit: int = 50) -> list[Division]:
    """Divisions whose full name holds every word of ``q`` or whose code begins with it; shortest (widest) first."""
    found = Division.objects.order_by("code")
    for word in q.split():
        found = found.filter(Q(full_name__icontains=word) | Q(code__startswith=word))
    if level:
        found = found.filter(level=level)
    return sorted(found[:500], key=lambda row: (q not in row.name, len(row.code), row.code))[:limit]


def division(code: str) -> Division:
    """One division by its national code. Raises NotFound."""
    return _one(Division.objects.filter(code=code), "division", code)


class OutOfJurisdiction(Problem):
    """The city does not administer this place; no unit can be given its cases."""

    def __init__(self, place: Division, why: str) -> None:
        super().__init__(
            "out-of-jurisdiction",
            f"{place.full_name}不在本市管辖范围内：{why or '不属本市管理'}",
            f"{place.full_name} ({place.code}) is outside the city's jurisdiction.",
            status=422,
        )


def handler_of(code: str, on: date | None = None) -> Organisation | None:
    """The unit that handles division ``code`` on a date (today): a county, or the zone laid over its towns.

    None when no unit is named for it or anything above it. Raises NotFound for an unknown code and OutOfJurisdiction
    for a place the city does not administer. Three queries.
    """
    return handlers_of([division(code)], on)[code]


def handlers_of(
    places: Iterable[Division], on: date | None = None, *, strict: bool = True
) -> dict[str, Organisation | None]:
    """``handler_of`` for many places at once, by code, in two queries.

    With ``strict=False`` a place out of jurisdiction reads None instead of raising.
    """
    places = list(places)
    lineages = {place.code: place.lineage.strip("/").split("/") for place in places}
    codes = {code for lineage in lineages.values() for code in lineage}
    overlays = {
        row.division.code: row
        for row in DivisionOverlay.objects.filter(
            division__code__in=codes, effective_from__lte=on or clock.today()
        )
        .select_related("division", "handled_by")
        .order_by("effective_from")
    }
    units = {
        row.division_code: row for row in Organisation.objects.filter(division_code__in=codes, closed_on=None)
    }
    found: dict[str, Organisation | None] = {}
    for place in places:
        unit, outside = nearest(lineages[place.code], overlays, units)
        if outside is not None and strict:
            raise OutOfJurisdiction(place, outside)
        found[place.code] = unit
    return found


def nearest(
    lineage: list[str], overlays: dict[str, DivisionOverlay], units: dict[str, Organisation]
) -> tuple[Organisation | None, str | None]:
    """The unit nearest above, or the reason why there can be none."""
    for code in reversed(lineage):
        if overlay := overlays.get(code):
            return overlay.handled_by, None if overlay.handled_by else overlay.note
        if unit := units.get(code):
            return (unit, None) if unit.in_jurisdiction else (None, unit.note)
    return None, None


# --- staff -----------------------------------------------------------------------------------------------------------


def staff_list(actor: Actor, q: str = "") -> QuerySet[Staff]:
    """Staff ``actor`` may see: all for a whole-city scope, else those who hold or held a post in his subtree."""
    found = Staff.objects.prefetch_related("posts__organisation")
    if not actor.sees_all:
        found = found.filter(
            id__in=Post.objects.filter(within(actor, "organisation__path")).values("staff_id")
        )
    if q:
        found = found.filter(Q(username__icontains=q) | Q(name__icontains=q))
    return found


def staff_member(actor: Actor, id: UUID | str) -> Staff:
    """One of the staff ``actor`` may see. Raises NotFound."""
    return _one(staff_list(actor).filter(id=id), "staff", id)


def staff_by_username(username: str) -> Staff:
    """One of the staff by user name. Raises NotFound."""
    return _one(Staff.objects.filter(username=username.strip().lower()), "staff", username)


def staff_with_right(right: str) -> QuerySet[Staff]:
    """Active staff whose posts of this moment give ``right``."""
    now = clock.now()
    holders = [role.name for role in ROLES.values() if right in role.rights]
    posts = Post.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now, role__in=holders)
    return Staff.objects.filter(is_active=True, id__in=posts.values("staff_id"))


def staff_over(path: str, right: str) -> list[UUID]:
    """Ids of the active staff whose posts of this moment, at the organisation at ``path`` or above it but below the whole city,
    give ``right``. One query."""
    parts = path.strip("/").split("/")
    above = ["/" + "/".join(parts[: n + 1]) + "/" for n in range(len(parts))]
    now = clock.now()
    holders = [role.name for role in ROLES.values() if right in role.rights]
    posts = Post.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now, role__in=holders)
    posts = posts.filter(organisation__path__in=above, staff__is_active=True)
    return [*posts.values_list("staff_id", flat=True).distinct()]


def me(staff: Staff, actor: Actor) -> dict[str, Any]:
    """What the console learns about the one signed in."""
    post = posts_held(staff).first()
    return {
        "id": staff.id,
        "name": staff.name,
        "username": staff.username,
        "roles": list(actor.roles),
        "rights": sorted(actor.rights),
        "organisation": post and post.organisation,
        "must_change_password": staff.must_change_password,
        "acting": actor.behalf or None,
        "may_act_for": deputies.now_for(staff.id),
    }


def tokens() -> QuerySet[Token]:
    """All tokens, newest first; the keys themselves are nowhere."""
    return Token.objects.select_related("organisation").order_by("-made_at")


def audit_rows(**wanted: str) -> QuerySet[AuditRow]:
    """Rows of the audit log whose fields have the ``wanted`` values; an empty value asks for nothing."""
    return AuditRow.objects.filter(
        city_id=this_city(), **{name: value for name, value in wanted.items() if value}
    )


def sign_ins() -> QuerySet[SignIn]:
    """Attempts to sign in, newest first."""
    return SignIn.objects.all()


def _one(rows: QuerySet[_Model], kind: str, id: object) -> _Model:
    found = rows.first()
    if found is None:
        raise NotFound(kind, id)
    return found
