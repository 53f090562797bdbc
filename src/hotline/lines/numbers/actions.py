"""What changes the register: loading a city's files, and changing how a number is treated from a date on.

History is append-only. Every change says ``numbers.changed`` to other rooms and wakes the channel ``numbers``, on
which callcontrol listens to write the dialplan anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import Deed, deed, notify
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.base.people import queries as people
from hotline.lines.numbers.files import DatedRow, Register, read_register
from hotline.lines.numbers.models import HotlineNumber, TreatmentRow, Trunk
from hotline.lines.numbers.plan import (
    BEHAVIOUR_OF,
    Behaviour,
    CarriedBy,
    DatedTreatment,
    Treatment,
    TrunkPlan,
    periods_of,
)
from hotline.lines.numbers.queries import history_of

CHANNEL = "numbers"
"""The PostgreSQL channel that is notified, with an empty payload, after every change of the register."""

FARTHEST_YEARS = 50
"""How far ahead a change may be planned; what lies beyond is a slip of typing."""


@dataclass(frozen=True)
class Difference:
    """One way in which the files and the register differed. ``kept``: the files do not win, the register stays."""

    kind: Literal["added", "appended", "updated", "removed", "kept"]
    about: str
    zh: str
    en: str


def load(actor: Actor, folder: Path) -> list[Difference]:
    """Load a city's register from ``folder``; returns how the files differed from the register.

    Into an empty register everything is written. Afterwards facts that only files hold (names, clauses, trunks) follow
    the files, dated rows are appended, and nothing that people changed in the console is overwritten: such differences
    are ``kept``. Load the organisations before. Raises Invalid, with every fault, if any file is wrong.
    """
    departments = {key: row.id for key, row in people.organisations_by_key().items()}
    register = read_register(folder, departments)
    with deed(actor, "numbers.load", right="numbers.write") as d:
        differences = [*_load_numbers(actor, register, departments), *_load_trunks(register.trunks)]
        d.about("register", folder.name, differences=[[one.kind, one.about] for one in differences])
        if any(one.kind != "kept" for one in differences):
            _announce(d, "*")
    return differences


def change_treatment(
    actor: Actor,
    number: str,
    treatment: Treatment,
    effective_from: datetime | None,
    reason: str,
    carried_by: CarriedBy | None = None,
) -> None:
    """From ``effective_from`` (None: at once) treat ``number`` as ``treatment``; whatever was planned from then on lapses.

    ``carried_by`` says who plays the tone or the notice; left out, it stays with whoever plays it now, else the platform.
    Raises NotFound, Invalid (a past date, a date without offset, no reason), Conflict when nothing would change.
    """
    with deed(actor, "numbers.change_treatment", right="numbers.write") as d:
        row = HotlineNumber.objects.select_for_update().filter(number=number).first()
        if row is None:
            raise NotFound("number", number)
        now = clock.now()
        begins = now if effective_from is None else effective_from
        _check_change(begins, now, reason, treatment, carried_by)
        recorded = history_of(row.treatments.all())
        new = DatedTreatment(treatment, begins, carried_by or _carrier(recorded, treatment, begins))
        if _course([*recorded, new]) == _course(recorded):
            raise Conflict(
                f"{number} 届时本就如此处理，无需变更", f"{number} is treated so at that time already"
            )
        _append(actor, row, len(recorded) + 1, DatedRow(new, reason.strip()))
        d.about(
            "number",
            number,
            treatment=treatment,
            carried_by=new.carried_by,
            effective_from=begins.isoformat(),
        )
        _announce(d, number)


def _check_change(
    begins: datetime, now: datetime, reason: str, treatment: Treatment, carried_by: CarriedBy | None
) -> None:
    faults = []
    if begins.tzinfo is None:
        faults.append(Fault("effective_from", "生效时间应带时区", "The time needs its offset"))
    elif begins < now:
        zh, en = "不能改写过去：生效时间应为现在或以后", "The past cannot be changed: choose now or later"
        faults.append(Fault("effective_from", zh, en))
    elif begins.year > now.year + FARTHEST_YEARS:
        zh, en = (
            f"生效时间不得晚于 {FARTHEST_YEARS} 年之后",
            f"The time may not be more than {FARTHEST_YEARS} years ahead",
        )
        faults.append(Fault("effective_from", zh, en))
    if not reason.strip():
        faults.append(Fault("reason", "请写明变更依据", "Say on what ground"))
    if carried_by and not _plays(treatment):
        faults.append(
            Fault(
                "carried_by",
                "该处理方式不播放空号音或提醒，应留空",
                "This treatment plays nothing; leave it empty",
            )
        )
    if faults:
        raise Invalid(faults)


def _plays(treatment: Treatment) -> bool:
    return BEHAVIOUR_OF[treatment] in (Behaviour.VACANT, Behaviour.NOTICE_THEN_QUEUE)


def _carrier(recorded: Sequence[DatedTreatment], treatment: Treatment, at: datetime) -> CarriedBy | None:
    """Who plays it if nobody said: whoever plays the same thing at that time, else the platform, which surely can."""
    if not _plays(treatment):
        return None
    before = next((period for period in periods_of(recorded) if period.covers(at)), None)
    same = before is not None and before.behaviour is BEHAVIOUR_OF[treatment]
    return before.carried_by if before and same else CarriedBy.PLATFORM


def _course(recorded: Sequence[DatedTreatment]) -> list[tuple[datetime | None, Treatment, CarriedBy | None]]:
    """When what changes: the periods, without boundaries at which nothing does."""
    course: list[tuple[datetime | None, Treatment, CarriedBy | None]] = []
    for period in periods_of(recorded):
        if not course or course[-1][1:] != (period.treatment, period.carried_by):
            course.append((period.effective_from, period.treatment, period.carried_by))
    return course


def _load_numbers(actor: Actor, register: Register, departments: Mapping[str, UUID]) -> Iterator[Difference]:
    rows = (
        HotlineNumber.objects.select_for_update(of=("self",))
        .prefetch_related("treatments")
        .order_by("number")
    )
    standing = {row.number: row for row in rows}
    for facts in register.numbers:
        values = asdict(facts)
        values["department_id"] = departments[values.pop("department")]
        row = standing.pop(facts.number, None)
        if row is None:
            row = HotlineNumber.objects.create(**values)
            yield Difference("added", facts.number, f"新增号码 {facts.name}", f"New number: {facts.name_en}")
            for sequence, dated in enumerate(register.history[facts.number], 1):
                _append(actor, row, sequence, dated)
            continue
        yield from _update_facts(row, values)
        yield from _append_history(actor, row, register.history[facts.number])
    for number in standing:
        yield Difference(
            "kept", number, "文件中没有此号码，登记保留", "Not in the files; the register keeps it"
        )


def _update_facts(row: HotlineNumber, values: Mapping[str, Any]) -> Iterator[Difference]:
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        before = getattr(row, name)
        setattr(row, name, value)
        yield Difference(
            "updated", f"{row.number}.{name}", f"“{before}” 改为 “{value}”", f"“{before}” becomes “{value}”"
        )
    if changed:
        row.save(update_fields=list(changed))


def _append_history(actor: Actor, row: HotlineNumber, wanted: Sequence[DatedRow]) -> Iterator[Difference]:
    """Append the dated rows that only the file has, where they neither rewrite the past nor undo another's change."""
    recorded = history_of(row.treatments.all())
    in_file = {dated.dated for dated in wanted}
    for dated in recorded:
        if dated not in in_file:
            zh, en = (
                f"登记中的变更不在文件里，保留：{_words(dated)}",
                f"Changed in the register, kept: {_words(dated)}",
            )
            yield Difference("kept", row.number, zh, en)
    for one in wanted:
        if one.dated in recorded:
            continue
        begins, latest = one.dated.effective_from, [d.effective_from for d in recorded if d.effective_from]
        if begins is None or begins < clock.now() or (latest and begins <= max(latest)):
            zh = f"文件中的一行会改写过去或覆盖已登记的变更，未采用：{_words(one.dated)}"
            en = f"A row of the file would rewrite the past or a recorded change, not taken: {_words(one.dated)}"
            yield Difference("kept", row.number, zh, en)
            continue
        recorded.append(one.dated)
        _append(actor, row, len(recorded), one)
        yield Difference(
            "appended", row.number, f"追加：{_words(one.dated)}", f"Appended: {_words(one.dated)}"
        )


def _words(dated: DatedTreatment) -> str:
    begins = clock.local(dated.effective_from).isoformat() if dated.effective_from else "–"
    return " ".join(filter(None, (dated.treatment, begins, dated.carried_by)))


def _append(actor: Actor, row: HotlineNumber, sequence: int, dated: DatedRow) -> None:
    TreatmentRow.objects.create(
        number=row,
        sequence=sequence,
        treatment=dated.dated.treatment,
        carried_by=dated.dated.carried_by or "",
        effective_from=dated.dated.effective_from,
        reason=dated.reason,
        recorded_at=clock.now(),
        recorded_by=actor.label,
    )


def _load_trunks(plans: Sequence[TrunkPlan]) -> Iterator[Difference]:
    """The trunks become those of the file: an operator's trunk is wired by whoever edits the file, nobody else."""
    standing = {row.name: row for row in Trunk.objects.select_for_update().order_by("name")}
    for position, plan in enumerate(plans):
        values = asdict(plan) | {"position": position, "from_number": plan.from_number or ""}
        values |= {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
        row = standing.pop(plan.name, None)
        if row is None:
            Trunk.objects.create(**values)
            yield Difference("added", f"trunk {plan.name}", "新增中继", "New trunk")
        elif changed := [name for name, value in values.items() if getattr(row, name) != value]:
            for name in changed:
                setattr(row, name, values[name])
            row.save(update_fields=changed)
            yield Difference(
                "updated",
                f"trunk {plan.name}",
                "改动：" + "、".join(changed),
                "Changed: " + ", ".join(changed),
            )
    for name, row in standing.items():
        row.delete()
        yield Difference("removed", f"trunk {name}", "文件中已无此中继", "No longer in the file")


def _announce(d: Deed, number: str) -> None:
    d.tell("numbers.changed", number)
    notify(CHANNEL, "")
