"""What is done to the roster. One writer at a time: who plans sees all there is, so that no two plans collide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import Deed, deed
from hotline.base.kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from hotline.base.people import queries as people
from hotline.lines.calls.ownership import Member, members
from hotline.lines.roster import rules
from hotline.lines.roster.machines import (
    LEAVE,
    SWAP,
    LeaveState,
    Row,
    ShiftState,
    SwapState,
    Who,
    rows_open,
    shift_step,
)
from hotline.lines.roster.models import Leave, Shift, Swap
from hotline.lines.roster.places import lines_known

_ONE_WRITER = 0x726F73746572
"""The advisory lock of the roster's writers ("roster" in bytes)."""


def alone() -> None:
    """Wait until nobody else writes the roster; until the end of this transaction nobody else does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_WRITER])


# --- planning ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """A shift to be planned. ``where`` is what faults are told under: a field, or a line of a file."""

    member: Member
    kind: rules.Kind
    day: date
    line: str
    duty: str = "agent"
    where: str = ""
    instead_of: UUID | None = None

    @property
    def stretch(self) -> rules.Stretch:
        """When it is."""
        return rules.Stretch(*self.kind.hours(self.day))


def plan(actor: Actor, staff_id: UUID, day: date, kind: str, line: str = "", duty: str = "agent") -> Shift:
    """Plan one shift. Right roster.write. Raises Invalid with every fault, Conflict when he cannot have it then."""
    with deed(actor, "roster.plan", right="roster.write") as d:
        alone()
        staff, faults = {member.id: member for member in members(actor)}, list[Fault]()
        wanted = wish(staff.get(staff_id), str(staff_id), day, kind, line, duty, lines_known(), faults)
        if faults or wanted is None:
            raise Invalid(faults)
        (shift,) = keep_plan(actor, d, [wanted])
        return shift


def wish(
    member: Member | None, who: str, day: date, kind: str, line: str, duty: str, lines: Sequence[str],
    faults: list[Fault], where: str = "",
) -> Wanted | None:  # fmt: skip
    """A shift as somebody asks for it, checked word by word into ``faults``; None when it is not one.

    ``lines``: those that have seats, the main one first; ``where``: the line of a file, none for a single wish.
    """

    def fault(field: str, zh: str, en: str) -> None:
        faults.append(Fault(f"{where} {field}".strip(), zh, en))

    known, line = rules.kinds(day), line or lines[0]
    before = len(faults)
    if member is None:
        fault("staff", f"没有可上座席的人员“{who}”", f"Nobody who works at a desk is called “{who}”")
    if kind not in known:
        names = "、".join(f"{one.zh}（{one.code}）" for one in known.values())
        fault(
            "shift",
            f"没有班次“{kind}”，可用：{names}",
            f"There is no shift “{kind}”; known: {', '.join(known)}",
        )
    if line not in lines:
        fault(
            "line",
            f"号码“{line}”没有座席，可用：{'、'.join(lines)}",
            f"“{line}” has no seats; known: {', '.join(lines)}",
        )
    if duty not in rules.DUTIES:
        fault(
            "duty",
            f"应为 {'、'.join(rules.DUTIES)} 之一：“{duty}”",
            f"must be one of {', '.join(rules.DUTIES)}: “{duty}”",
        )
    elif duty != "agent" and member is not None and not member.leads:
        fault(
            "duty",
            f"{member.name}没有值班管理权限，不能任{rules.DUTIES[duty][0]}",
            f"{member.name} may not supervise the desks",
        )
    if len(faults) > before or member is None:
        return None
    return Wanted(member, known[kind], day, line, duty, where)


def keep_plan(actor: Actor, d: Deed, wanted: Sequence[Wanted]) -> list[Shift]:
    """Keep the shifts, all or none. Raises Conflict (one) or Invalid (every line of a file) when somebody cannot have one."""
    have = _taken(wanted)
    faults, shifts = list[Fault](), list[Shift]()
    for one in wanted:
        mine = have.setdefault(one.member.id, [])
        if (why := _impossible(one, mine)) is not None:
            faults.append(Fault(one.where, *why))
            continue
        mine.append((one.stretch, ""))
        shifts.append(_shift(actor, one))
    if faults and not wanted[0].where:
        raise Conflict(faults[0].zh, faults[0].en)
    if faults:
        raise Invalid(faults)
    Shift.objects.bulk_create(shifts)
    for shift in shifts[:200]:
        d.about(
            "shift",
            shift.id,
            staff=str(shift.staff_id),
            day=str(shift.day),
            shift=shift.kind,
            line=shift.line,
        )
    for day in {shift.day for shift in shifts}:
        d.tell("roster.changed", day)
    return shifts


def _shift(actor: Actor, one: Wanted) -> Shift:
    return Shift(
        staff_id=one.member.id, name=one.member.name, owner_id=one.member.owner.id, owner_path=one.member.owner.path,
        day=one.day, kind=one.kind.code, line=one.line, duty=one.duty, starts_at=one.stretch.starts_at,
        ends_at=one.stretch.ends_at, instead_of=one.instead_of, planned_by=actor.label[:80], planned_at=clock.now(),
    )  # fmt: skip


_Taken = list[tuple[rules.Stretch, str]]
"""Somebody's planned shifts (no word) and approved leave ("leave")."""


def _taken(wanted: Sequence[Wanted]) -> dict[UUID, _Taken]:
    """What the people concerned have near the days concerned. Two queries."""
    if not wanted:
        return {}
    concerned = {one.member.id for one in wanted}
    first = min(one.stretch.starts_at for one in wanted) - rules.MOST_REST
    last = max(one.stretch.ends_at for one in wanted) + rules.MOST_REST
    near = Q(staff_id__in=concerned, starts_at__lt=last, ends_at__gt=first)
    found: dict[UUID, _Taken] = {}
    for shift in Shift.objects.filter(near, state=ShiftState.PLANNED):
        found.setdefault(shift.staff_id, []).append((rules.Stretch(shift.starts_at, shift.ends_at), ""))
    for leave in Leave.objects.filter(near, state=LeaveState.APPROVED):
        found.setdefault(leave.staff_id, []).append((rules.Stretch(leave.starts_at, leave.ends_at), "leave"))
    return found


def _impossible(one: Wanted, have: _Taken) -> tuple[str, str] | None:
    """Why he cannot have this shift; None: he can."""
    for stretch, what in have:
        if (
            what == "leave"
            and stretch.starts_at < one.stretch.ends_at
            and one.stretch.starts_at < stretch.ends_at
        ):
            said = f"{_local(stretch.starts_at)} – {_local(stretch.ends_at)}"
            return f"{one.member.name}已获准请假：{said}", f"{one.member.name} is on leave: {said}"
    shifts = [stretch for stretch, what in have if not what]
    found = rules.against(shifts, one.stretch, rules.rest(one.day))
    if found is None:
        return None
    other, overlap = found
    said = f"{_local(other.starts_at)} – {_local(other.ends_at)}"
    if overlap:
        return (
            f"{one.member.name}同一时间已有班次：{said}",
            f"{one.member.name} already has a shift then: {said}",
        )
    hours = rules.rest(one.day).total_seconds() / 3600
    return (
        f"{one.member.name}与 {said} 的班次之间休息不足 {hours:g} 小时",
        f"{one.member.name} would have less than {hours:g} hours of rest beside the shift of {said}",
    )


def _local(moment: datetime) -> str:
    return clock.local(moment).strftime("%m-%d %H:%M")


def withdraw(actor: Actor, shift_id: UUID, reason: str = "") -> Shift:
    """Take a planned shift back. Right roster.write. Raises NotFound, Conflict when it has begun or is planned no more."""
    with deed(actor, "roster.withdraw", right="roster.write") as d:
        alone()
        shift = _visible_shift(actor, shift_id)
        if shift.starts_at <= clock.now():
            raise Conflict(
                "班次已经开始，不能撤销；人不在岗请登记请假", "The shift has begun; enter leave instead"
            )
        _leave_shift(d, shift, "withdraw", reason)
        return shift


def _visible_shift(actor: Actor, shift_id: UUID) -> Shift:
    shift = Shift.objects.select_for_update().filter(people.within(actor, "owner_path"), id=shift_id).first()
    if shift is None:
        raise NotFound("shift", shift_id)
    return shift


def _leave_shift(d: Deed, shift: Shift, act: str, reason: str = "") -> None:
    after = shift_step(shift.state, act)
    if after is None:
        raise Conflict("该班次已不在排班表中", "This shift is planned no more")
    shift.state, shift.reason = after, reason[:200]
    shift.save(update_fields=["state", "reason"])
    d.about("shift", shift.id, act=act, staff=str(shift.staff_id), day=str(shift.day))
    d.tell("roster.changed", shift.day)


# --- swaps ---------------------------------------------------------------------------------------------------------------


def ask_swap(actor: Actor, mine: UUID, other: UUID, theirs: UUID | None, reason: str) -> Swap:
    """Ask ``other`` to take one's own shift, for his or for nothing. Raises Invalid, NotFound, Conflict."""
    with deed(actor, "roster.ask_swap", right="roster.read") as d:
        own, his = _planned(mine), _planned(theirs) if theirs else None
        if str(own.staff_id) != actor.id:
            raise NotFound("shift", mine)
        if other == own.staff_id or (his is not None and his.staff_id != other):
            raise Invalid([Fault("theirs", "要换的班次不是对方的", "The shift asked for is not the other's")])
        colleague = next((member for member in members(actor) if member.id == other), None)
        if colleague is None:
            raise NotFound("staff", other)
        _reason(reason)
        if Swap.objects.filter(mine=own, state__in=[SwapState.ASKED, SwapState.ACCEPTED]).exists():
            raise Conflict("该班次已有未了结的换班申请", "There is an open request to swap this shift")
        swap = Swap.objects.create(
            asker_id=own.staff_id, asker_name=own.name, other_id=other, other_name=colleague.name, mine=own, theirs=his,
            reason=reason.strip(), asked_at=clock.now(),
        )  # fmt: skip
        d.about("swap", swap.id, mine=str(mine), theirs=str(theirs) if theirs else None, other=str(other))
        d.tell("roster.swap_asked", swap.id, other=str(other))
        return swap


def _planned(shift_id: UUID) -> Shift:
    shift = Shift.objects.select_for_update().filter(id=shift_id, state=ShiftState.PLANNED).first()
    if shift is None:
        raise NotFound("shift", shift_id)
    if shift.starts_at <= clock.now():
        raise Conflict("班次已经开始，不能换班", "The shift has begun and cannot be swapped")
    return shift


def _reason(reason: str) -> None:
    if not 2 <= len(reason.strip()) <= 200:
        raise Invalid([Fault("reason", "请写明原因（2–200 字）", "Give the reason, 2 to 200 characters")])


def act_on_swap(actor: Actor, swap_id: UUID, act: str, note: str = "") -> Swap:
    """Accept, decline, approve, refuse or withdraw a swap, by the table SWAP. On approval both shifts change hands."""
    with deed(actor, f"roster.swap_{act}", right="roster.read") as d:
        alone()
        swap = (
            Swap.objects.select_for_update(of=("self",))
            .select_related("mine", "theirs")
            .filter(id=swap_id)
            .first()
        )
        if swap is None:
            raise NotFound("swap", swap_id)
        row = _row(SWAP, swap.state, act, _part(actor, swap.asker_id, swap.other_id))
        swap.state, swap.note = row.target, note[:200] or swap.note
        if row.who == "other":
            swap.answered_at = clock.now()
        else:
            swap.decided_at, swap.decided_by = clock.now(), actor.label[:80]
        swap.save()
        d.about("swap", swap.id, act=act)
        d.tell("roster.swap", swap.id, act=act, asker=str(swap.asker_id), other=str(swap.other_id))
        if row.target == SwapState.APPROVED:
            _change_hands(actor, d, swap)
        return swap


def _change_hands(actor: Actor, d: Deed, swap: Swap) -> None:
    """The two shifts go over, with the checks of any plan; a conflict takes the approval back."""
    # Whoever approves decides for both, also where one of them belongs to another centre.
    found = {member.id: member for member in members(system("roster"))}
    wanted, lines = [], lines_known()
    for shift, to in ((swap.mine, swap.other_id), (swap.theirs, swap.asker_id)):
        if shift is None:
            continue
        _planned(shift.id)
        faults: list[Fault] = []
        one = wish(found.get(to), str(to), shift.day, shift.kind, shift.line, shift.duty, lines, faults)
        if one is None:
            raise Invalid(faults)
        _leave_shift(d, shift, "give_away")
        wanted.append(Wanted(one.member, one.kind, one.day, one.line, one.duty, "", shift.id))
    keep_plan(actor, d, wanted)


def _part(actor: Actor, asker: UUID, other: UUID | None = None) -> set[Who]:
    """What ``actor`` is in a request. Nobody decides what he himself asked for or agreed to."""
    if actor.id == str(asker):
        return {"asker"}
    if other is not None and actor.id == str(other):
        return {"other"}
    return {"leader"} if actor.may("roster.write") else set()


def _row(table: tuple[Row, ...], state: str, act: str, part: set[Who]) -> Row:
    if act not in {row.act for row in table}:
        raise NotFound("act", act)
    if act not in {row.act for row in table if row.who in part}:
        raise Forbidden("roster.write")
    found = next((row for row in rows_open(table, state) if row.act == act), None)
    if found is None:
        raise Conflict(
            f"申请当前状态（{state}）不能执行此操作", f"The request is {state}: this cannot be done now"
        )
    return found


def acts_allowed(
    actor: Actor, table: tuple[Row, ...], state: str, asker: UUID, other: UUID | None = None
) -> list[dict[str, Any]]:
    """What ``actor`` may do with a request now."""
    part = _part(actor, asker, other)
    return [
        {"act": row.act, "zh": row.zh, "en": row.en} for row in rows_open(table, state) if row.who in part
    ]


# --- leave ---------------------------------------------------------------------------------------------------------------


def ask_leave(
    actor: Actor, kind: str, starts_at: datetime, ends_at: datetime, reason: str, staff_id: UUID | None = None
) -> Leave:
    """Ask for leave for oneself; with right roster.write also for another (who rings in sick). Raises Invalid."""
    faults = []
    if kind not in rules.LEAVES:
        known = ", ".join(rules.LEAVES)
        faults.append(
            Fault("kind", f"没有“{kind}”这种假，可用：{known}", f"There is no leave “{kind}”; known: {known}")
        )
    if ends_at <= starts_at:
        faults.append(Fault("ends_at", "结束须晚于开始", "must be after the beginning"))
    if not 2 <= len(reason.strip()) <= 200:
        faults.append(Fault("reason", "请写明原因（2–200 字）", "Give the reason, 2 to 200 characters"))
    if faults:
        raise Invalid(faults)
    staff_id = staff_id or UUID(actor.id)
    own = str(staff_id) == actor.id
    with deed(actor, "roster.ask_leave", right="roster.read" if own else "roster.write") as d:
        member = next((one for one in members(actor) if one.id == staff_id), None)
        if member is None:
            raise NotFound("staff", staff_id)
        leave = Leave.objects.create(
            staff_id=staff_id, name=member.name, owner_path=member.owner.path, kind=kind, starts_at=starts_at,
            ends_at=ends_at, reason=reason.strip(), asked_at=clock.now(),
        )  # fmt: skip
        d.about("leave", leave.id, staff=str(staff_id), leave=kind)
        d.tell("roster.leave_asked", leave.id)
        return leave


def act_on_leave(actor: Actor, leave_id: UUID, act: str, note: str = "") -> Leave:
    """Approve, refuse or withdraw leave, by the table LEAVE. Approved, it takes its shifts out of the plan (``freed``)."""
    with deed(actor, f"roster.leave_{act}", right="roster.read") as d:
        alone()
        leave = Leave.objects.select_for_update().filter(id=leave_id).first()
        if leave is None:
            raise NotFound("leave", leave_id)
        row = _row(LEAVE, leave.state, act, _part(actor, leave.staff_id))
        leave.state, leave.note = row.target, note[:200] or leave.note
        leave.decided_at, leave.decided_by = clock.now(), actor.label[:80]
        d.about("leave", leave.id, act=act)
        d.tell("roster.leave", leave.id, act=act, staff=str(leave.staff_id))
        if row.target == LeaveState.APPROVED:
            touched = Shift.objects.select_for_update().filter(
                staff_id=leave.staff_id, state=ShiftState.PLANNED, starts_at__lt=leave.ends_at, ends_at__gt=leave.starts_at,
            )  # fmt: skip
            for shift in touched:
                _leave_shift(d, shift, "take_leave")
                leave.freed.append(shift.id)
        leave.save()
        return leave
