"""What this room's routes take and give."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, Field


class Credentials(Schema):
    """A user name and its password."""

    username: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=500)]


class PasswordChange(Schema):
    """The old password and the new one."""

    old: Annotated[str, Field(max_length=500)]
    new: Annotated[str, Field(max_length=500)]


class Home(Schema):
    """The organisation somebody's first post is in."""

    id: UUID
    name: str
    path: str


class City(Schema):
    """The city this instance serves."""

    name: str
    time_zone: str


class ActFor(Schema):
    """Somebody in whose place the one signed in may act now: the deputy's id, who it is, until when."""

    id: UUID
    absent_id: UUID
    name: str
    until: datetime


class ToActFor(Schema):
    """For whom to act from now on; null: for oneself."""

    deputy: UUID | None


class DeputyRow(Schema):
    """Who stands in for whom. ``now``: it holds at this moment."""

    id: UUID
    absent_id: UUID
    absent: str
    deputy_id: UUID
    deputy: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    state: str
    asked_at: datetime
    asked_by: str
    decided_by: str
    decided_at: datetime | None
    ended_at: datetime | None
    now: bool
    may_decide: bool
    may_end: bool


class DeputyPage(Schema):
    """A page of them."""

    items: list[DeputyRow]
    next_cursor: str | None


class NewDeputy(Schema):
    """Who is to stand in, for whom (null: for oneself), when and why."""

    absent: UUID | None = None
    deputy: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Annotated[str, Field(max_length=400)]


class Decision(Schema):
    """Yes or no."""

    approve: bool


class Colleague(Schema):
    """Somebody who may be chosen."""

    id: UUID
    name: str
    unit: str


class Colleagues(Schema):
    """Those who may be chosen."""

    items: list[Colleague]


class Me(Schema):
    """Who is signed in. ``rights`` is empty until a password that must be changed is changed."""

    id: UUID
    name: str
    username: str
    roles: list[str]
    rights: list[str]
    organisation: Home | None
    must_change_password: bool
    acting: UUID | None
    may_act_for: list[ActFor]
    city: City
    csrf_token: str


class OrganisationRow(Schema):
    """An organisation; ``code`` is its key in the city's files."""

    id: UUID
    code: Annotated[str, Field(validation_alias="key")]
    name: str
    full_name: str
    name_en: str
    kind: str
    path: str
    parent_id: UUID | None
    division_code: str
    accepts_cases: bool


class OrganisationList(Schema):
    """Organisations in tree order."""

    items: list[OrganisationRow]


class NewOrganisation(Schema):
    """An organisation to add under another."""

    parent: UUID
    code: Annotated[str, Field(max_length=60)]
    name: Annotated[str, Field(max_length=120)]
    kind: str
    full_name: Annotated[str, Field(max_length=200)] = ""
    name_en: Annotated[str, Field(max_length=200)] = ""
    accepts_cases: bool = False


class DivisionRow(Schema):
    """A division; ``handled_by`` names the unit its cases go to, null outside the city's jurisdiction."""

    code: str
    name: str
    full_name: str
    level: str
    handled_by: str | None
    handled_by_id: UUID | None


class DivisionList(Schema):
    """Divisions found."""

    items: list[DivisionRow]


class PostRow(Schema):
    """A post somebody holds, held or will hold."""

    id: UUID
    role: str
    organisation: Home
    starts_at: datetime
    ends_at: datetime | None
    given_by: str


class StaffRow(Schema):
    """An account with its posts."""

    id: UUID
    username: str
    name: str
    is_active: bool
    locked_until: datetime | None
    must_change_password: bool
    posts: list[PostRow]

    @staticmethod
    def resolve_posts(staff: Any) -> list[Any]:
        """The posts in the order they began, from what was prefetched."""
        return sorted(staff.posts.all(), key=lambda post: post.starts_at)


class StaffPage(Schema):
    """A page of accounts."""

    items: list[StaffRow]
    next_cursor: str | None


class NewStaff(Schema):
    """An account to open. Without a password one is drawn and given back once."""

    username: Annotated[str, Field(max_length=200)]
    name: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=500)] = ""
    must_change_password: bool = True


class OpenedStaff(StaffRow):
    """The account with its password, shown only now."""

    password: str


class StaffChange(Schema):
    """What to change; absent = unchanged."""

    name: Annotated[str, Field(max_length=200)] | None = None
    is_active: bool | None = None


class NewPassword(Schema):
    """A password drawn at random, shown only now."""

    password: str


class NewPost(Schema):
    """A role in an organisation, from a moment (now) until before another (open)."""

    role: str
    organisation: UUID
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class RightWords(Schema):
    """A right and its words."""

    name: str
    zh: str
    en: str


class RoleRow(Schema):
    """A role, and what it may."""

    name: str
    zh: str
    en: str
    whole_city: bool
    rights: list[RightWords]


class RoleList(Schema):
    """All roles, and the rights a machine's token may be given."""

    items: list[RoleRow]
    machine_rights: list[RightWords]


class NewToken(Schema):
    """A machine's token to make."""

    name: Annotated[str, Field(max_length=200)]
    rights: Annotated[list[str], Field(max_length=50)]
    organisation: UUID
    expires_at: AwareDatetime | None = None


class TokenRow(Schema):
    """A token without its key; ``starts_with`` helps to recognise it."""

    id: UUID
    name: str
    starts_with: str
    rights: list[str]
    organisation: Home
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class IssuedToken(TokenRow):
    """The token with its key, shown only now."""

    token: str


class TokenList(Schema):
    """All tokens, newest first."""

    items: list[TokenRow]


class AuditEntry(Schema):
    """One row of the audit log."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: str
    actor_label: str
    address: str
    act: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]
    sealed: bool

    @staticmethod
    def resolve_sealed(row: Any) -> bool:
        """Whether the row is in the chain yet."""
        return row.seal is not None


class AuditPage(Schema):
    """A page of the audit log, newest first."""

    items: list[AuditEntry]
    next_cursor: str | None


class AuditVerdict(Schema):
    """Whether the chain of the audit log holds, and at which seal it breaks first."""

    seals: int
    rows: int
    broken_at: int | None


class SignInRow(Schema):
    """One attempt to sign in."""

    id: UUID
    at: datetime
    username: str
    outcome: str
    address: str | None


class SignInPage(Schema):
    """A page of attempts to sign in, newest first."""

    items: list[SignInRow]
    next_cursor: str | None
