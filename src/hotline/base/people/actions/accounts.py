"""Accounts and posts: who works here, and what his posts let him do.

The system administrator opens accounts, the security administrator gives posts, the audit administrator watches both
(等保三级 三权分立); nobody gives a post to himself.
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import override

from hotline.base.kernel import clock, private
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.base.people import queries
from hotline.base.people.actions.session import lift_locks
from hotline.base.people.models import Organisation, OrganisationKind, Post, Staff
from hotline.base.people.roles import ROLES, SEPARATED

# Django's own validators in words; its Chinese lacks some of them.
_WEAKNESSES = {
    "password_too_short": "密码过短，至少 {min_length} 个字符",
    "password_too_common": "密码过于常见",
    "password_too_similar": "密码与用户名过于相似",
    "password_entirely_numeric": "密码不能全是数字",
}
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}[a-z0-9]")


def open_account(
    actor: Actor, username: str, name: str, *, password: str = "", must_change_password: bool = True
) -> tuple[Staff, str]:
    """Open an account; returns it and its password, drawn at random when none is given (shown once, never stored).

    Right staff.manage. Raises Invalid for a bad user name or a weak password, Conflict when the user name is taken.
    """
    with deed(actor, "staff.open", right="staff.manage") as d:
        staff = Staff(
            username=username.strip().lower(),
            name=name.strip(),
            must_change_password=must_change_password,
            created_at=clock.now(),
        )
        _check_names(staff)
        password = password or secrets.token_urlsafe(15)
        _set_password(staff, password)
        try:
            with transaction.atomic():
                staff.save(force_insert=True)
        except IntegrityError:
            raise Conflict(
                f"用户名“{staff.username}”已被使用。",
                f"The user name “{staff.username}” is taken.",
                code="username-taken",
            ) from None
        d.about("staff", staff.id, username=staff.username)
        d.tell("staff.opened", staff.id)
    return staff, password


def change_account(
    actor: Actor, staff_id: UUID, *, name: str | None = None, active: bool | None = None
) -> Staff:
    """Rename, close (``active=False``) or reopen an account; closing holds at the next request. Right staff.manage."""
    with deed(actor, "staff.change", right="staff.manage") as d:
        staff = _locked(actor, staff_id)
        changed: dict[str, object] = {}
        if name is not None and name.strip() != staff.name:
            changed["name"] = name.strip()
        if active is not None and active != staff.is_active:
            changed["is_active"] = active
        for field, value in changed.items():
            setattr(staff, field, value)
        _check_names(staff)
        if active:
            lift_locks(staff)
        staff.version += 1
        staff.save()
        d.about("staff", staff.id, changed=sorted(changed), active=staff.is_active)
        d.tell("staff.changed", staff.id, active=staff.is_active)
    return staff


def reset_password(actor: Actor, staff_id: UUID) -> str:
    """Give an account a new random password, to be changed at the next sign-in, and lift a lock. Right staff.manage.

    Another administrator's password is not reset from here: who could, would hold his post too (三权分立). That is done
    on the server, with ``hotline user password``.
    """
    with deed(actor, "staff.reset_password", right="staff.manage") as d:
        staff = _locked(actor, staff_id)
        if actor.kind == "person" and queries.posts_held(staff).filter(role__in=SEPARATED).exists():
            raise Conflict(
                "系统、安全、审计管理员的密码只能在服务器上重置（hotline user password）。",
                "An administrator's password is reset on the server only (hotline user password).",
                code="separated-posts",
            )
        password = secrets.token_urlsafe(15)
        _set_password(staff, password)
        staff.must_change_password = True
        lift_locks(staff)
        staff.version += 1
        staff.save()
        d.about("staff", staff.id)
    return password


def change_own_password(actor: Actor, old: str, new: str) -> Staff:
    """Change one's own password, knowing the old one. Every session of the account ends but the caller renews his own.

    Raises Invalid naming ``old`` or ``new``.
    """
    with deed(actor, "staff.change_own_password") as d:
        staff = _locked(actor, actor.id, whole_tree=True)
        if not staff.check_password(old):
            raise Invalid([Fault("old", "原密码不正确", "The old password is wrong")])
        if old == new:
            raise Invalid(
                [Fault("new", "新密码不得与原密码相同", "The new password must differ from the old one")]
            )
        _set_password(staff, new, where="new")
        staff.must_change_password = False
        staff.version += 1
        staff.save()
        d.about("staff", staff.id)
    return staff


def give_post(
    actor: Actor,
    staff_id: UUID,
    role: str,
    organisation_id: UUID,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Post:
    """Give somebody ``role`` in an organisation from ``starts_at`` (now) until before ``ends_at`` (open).

    Right role.manage. Nobody may give himself a post, and nobody may hold two of the system, security and audit
    administrators' posts at a time (等保三级 三权分立); the database refuses that too.
    """
    with deed(actor, "post.give", right="role.manage") as d:
        staff = _locked(actor, staff_id, whole_tree=True)
        unit = queries.organisation(organisation_id)
        begins = starts_at or clock.now()
        _check_post(actor, staff, role, unit, begins, ends_at)
        post = Post.objects.create(
            staff=staff, role=role, organisation=unit, starts_at=begins, ends_at=ends_at, given_by=actor.label
        )
        _posts_changed(staff)
        d.about("staff", staff.id, role=role, organisation=str(unit.id), post=str(post.id))
        d.tell("staff.changed", staff.id, active=staff.is_active)
    return post


def end_post(actor: Actor, staff_id: UUID, post_id: UUID) -> Post:
    """Take a post back as of now; it stays in the record. Right role.manage."""
    with deed(actor, "post.end", right="role.manage") as d:
        staff = _locked(actor, staff_id, whole_tree=True)
        post = Post.objects.filter(id=post_id, staff=staff).first()
        if post is None:
            raise NotFound("post", post_id)
        now = clock.now()
        if post.ends_at and post.ends_at <= now:
            raise Conflict("该岗位已经结束。", "The post has already ended.")
        post.ends_at = max(now, post.starts_at)
        post.save(update_fields=["ends_at"])
        _posts_changed(staff)
        d.about("staff", staff.id, role=post.role, post=str(post.id))
        d.tell("staff.changed", staff.id, active=staff.is_active)
    return post


def first_accounts(home: Path) -> int:
    """One account per staff role, with a random password, for the first start of an empty instance. Citizens need none.

    Writes ``home/accounts.json`` (mode 0600, ``[{"role", "username", "password"}]``) and returns how many were opened:
    none when any account exists already. Needs the organisations loaded.
    """
    if Staff.objects.exists():
        return 0
    actor = system("first start")
    accounts = list[dict[str, str]]()
    with deed(actor, "staff.first_accounts") as d:
        for role in ROLES:
            if role == "citizen" or (place := _first_place(role)) is None:
                continue
            username = role.replace("_", "-")
            staff, password = open_account(actor, username, ROLES[role].zh, must_change_password=False)
            give_post(actor, staff.id, role, place.id)
            accounts.append({"role": role, "username": username, "password": password})
        d.about("staff", "first", opened=len(accounts))
        # Inside the transaction: no account without its password on file, and no file without its accounts.
        private.write(home / "accounts.json", json.dumps(accounts, ensure_ascii=False, indent=1) + "\n")
    return len(accounts)


def _first_place(role: str) -> Organisation | None:
    """Where a role's first account is posted, found by what an organisation is, never by its name; None: nowhere yet."""
    kinds = {
        "node_handler": (OrganisationKind.NODE, OrganisationKind.DEPARTMENT),
        "node_leader": (OrganisationKind.NODE, OrganisationKind.DEPARTMENT),
        "expert": (OrganisationKind.DEPARTMENT,),
        "hotline_owner": (OrganisationKind.DEPARTMENT,),
        "linked_editor": (OrganisationKind.LINKED_CENTRE, OrganisationKind.DEPARTMENT),
        "government_office": (OrganisationKind.GOVERNMENT_OFFICE,),
        "efficiency_office": (OrganisationKind.EFFICIENCY_OFFICE,),
    }.get(role, (OrganisationKind.CENTRE,))
    for kind in kinds:
        found = queries.organisations(kind=kind).filter(in_jurisdiction=True)
        if kind == OrganisationKind.NODE:
            # A department's node rather than a county's.
            found = found.filter(parent__kind=OrganisationKind.DEPARTMENT) or found
        if unit := found.first():
            return unit
    root = Organisation.objects.filter(parent=None).first()
    if root is not None and not ROLES[role].whole_city:
        return Organisation.objects.exclude(parent=None).order_by("path").first()
    if root is None:
        raise Conflict(
            "还没有机构数据，请先加载城市数据。", "There are no organisations yet; load the city first."
        )
    return root


def _check_names(staff: Staff) -> None:
    faults = []
    if not _USERNAME.fullmatch(staff.username):
        faults.append(
            Fault(
                "username",
                "用户名为 3–60 位小写字母、数字及“.”“-”“_”，首尾为字母或数字",
                "3–60 lower-case letters, digits, “.”, “-”, “_”; a letter or digit at both ends",
            )
        )
    if not 1 <= len(staff.name) <= 60:
        faults.append(Fault("name", "姓名须为 1–60 字", "The name must have 1–60 characters"))
    if faults:
        raise Invalid(faults)


def _set_password(staff: Staff, password: str, where: str = "password") -> None:
    try:
        with override("en"):
            validate_password(password, staff)
    except ValidationError as error:
        raise Invalid([_weakness(where, one) for one in error.error_list]) from None
    staff.set_password(password)


def _weakness(where: str, error: ValidationError) -> Fault:
    zh = _WEAKNESSES.get(error.code or "", "密码不符合要求")
    return Fault(where, zh.format_map(error.params or {}), " ".join(error.messages))


def _locked(actor: Actor, staff_id: UUID | str, *, whole_tree: bool = False) -> Staff:
    """The staff row, locked; only of the actor's own subtree unless the right is one over everybody."""
    if not whole_tree:
        queries.staff_member(actor, staff_id)
    staff = Staff.objects.select_for_update().filter(id=staff_id).first()
    if staff is None:
        raise NotFound("staff", staff_id)
    return staff


def _check_post(
    actor: Actor, staff: Staff, role: str, unit: Organisation, begins: datetime, ends_at: datetime | None
) -> None:
    faults = []
    if role not in ROLES or role == "citizen":
        faults.append(Fault("role", f"没有岗位“{role}”", f"There is no staff role “{role}”"))
    elif unit.parent_id is None and not ROLES[role].whole_city:
        # At the root his subtree would be the whole city.
        title = ROLES[role]
        faults.append(
            Fault(
                "organisation",
                f"“{title.zh}”须任职于具体单位，不能在根机构“{unit.name}”",
                f"A post as “{title.en}” needs a unit of its own, not the root “{unit.name_en or unit.name}”",
            )
        )
    if unit.closed_on and unit.closed_on <= clock.today():
        faults.append(Fault("organisation", "该机构已撤销", "The organisation is closed"))
    if ends_at and ends_at <= begins:
        faults.append(Fault("ends_at", "结束时间应晚于开始时间", "The end must be after the start"))
    if faults:
        raise Invalid(faults)
    if actor.kind == "person" and actor.id == str(staff.id):
        raise Conflict("不得给本人授予岗位。", "Nobody may give himself a post.", code="own-post")
    overlapping = staff.posts.filter(Q(ends_at=None) | Q(ends_at__gt=begins)).exclude(starts_at=F("ends_at"))
    if ends_at:
        overlapping = overlapping.filter(starts_at__lt=ends_at)
    if overlapping.filter(role=role, organisation=unit).exists():
        raise Conflict("此人在该机构已有这一岗位。", "He holds this post there already.")
    if role in SEPARATED and overlapping.filter(role__in=SEPARATED - {role}).exists():
        raise Conflict(
            "系统管理员、安全管理员、审计管理员不得由一人兼任。",
            "The system, security and audit administrators' posts are never in one hand.",
            code="separated-posts",
        )


def _posts_changed(staff: Staff) -> None:
    staff.version += 1
    staff.save(update_fields=["version"])
