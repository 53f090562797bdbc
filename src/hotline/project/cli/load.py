"""载入城市数据 / load the city's files: units, divisions, numbers, trunks, time limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path

import click
from django.conf import settings
from django.db import transaction

from hotline.base.kernel import calendar, figures
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.notices import configured as sms
from hotline.base.notices.mail import configured as mail
from hotline.base.people import actions as people
from hotline.joined.handover import far_centres
from hotline.lines.calls import pauses, prompts, rules_file
from hotline.lines.calls.announcements import queries as announcements
from hotline.lines.numbers import actions as numbers
from hotline.lines.numbers import city_file
from hotline.lines.numbers import files as number_files
from hotline.lines.roster import rules as shifts
from hotline.work.attachments import configured as attachments
from hotline.work.cases import actions as cases
from hotline.work.dispatch import actions as dispatch

NEEDS_DJANGO = True

Line = tuple[str, str, str, str]
"""What was done (added, appended, updated, closed, removed, kept), about what, in Chinese, in English."""

Step = Callable[[Actor, Path], Iterator[Line]]


_CITY_CHECKS = (
    figures.faults,
    pauses.faults,
    shifts.faults,
    announcements.faults,
    sms.faults,
    mail.faults,
    attachments.faults,
)
"""What rooms go by in city.yaml and check themselves."""


class _DryRun(Exception):
    """Takes back what a dry run wrote."""


@click.command()
@click.option("--dry-run", is_flag=True, help="只显示差异，不写入 / show the difference, write nothing.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="城市文件夹，缺省为本实例的 / the city's folder; this instance's own by default.",
)
def command(dry_run: bool, folder: Path | None) -> None:
    """载入城市文件夹，逐条列出差异；已有数据不被覆盖，文件有误则整体拒绝。

    Load the city's folder and list every difference. What stands is never overwritten; a wrong file is refused whole.
    """
    lines = load_city(folder, dry_run=dry_run)
    kept = [line for line in lines if line[0] == "kept"]
    shown = lines if len(lines) <= 200 else kept
    for kind, about, zh, en in shown:
        click.echo(f"{kind:<9}{about}  {zh} / {en}")
    done = len(lines) - len(kept)
    zh, en = ("将改动", "to change") if dry_run else ("已改动", "changed")
    click.echo(f"{zh} {done} 处，保留 {len(kept)} 处 / {done} {en}, {len(kept)} kept as they stand")


def load_city(folder: Path | None = None, *, dry_run: bool = False) -> list[Line]:
    """Load the city's folder (by default this instance's own); returns a line for each thing that was new or differs.

    All or nothing: if any file is wrong nothing of any file is loaded, and Invalid names every fault of every file.
    What stands in the database already is never overwritten (design.md, rule 3).
    """
    folder = folder or settings.HOTLINE.city_dir
    actor = system("hotline load")
    lines: list[Line] = []
    try:
        with transaction.atomic():
            city = city_file.read_city(folder)[0]
            faults = [
                *_prompt_faults(folder / "prompts.csv"),
                *_holiday_faults(folder / "holidays"),
                *(fault for check in _CITY_CHECKS for fault in check(city)),
            ]
            # The units' own faults must not hide, nor invent, any of the numbers': these are checked against the file.
            for step in (_check_numbers, _check_routing, _people, _limits):
                faults += _try(step, actor, folder, lines)
            for step in (_numbers, far_centres.load, dispatch.load):
                if not faults:
                    faults += _try(step, actor, folder, lines)
            if faults:
                raise Invalid(
                    faults, "城市数据有误，整体未载入", "The city's data are wrong; nothing was loaded"
                )
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return lines


def _try(step: Step, actor: Actor, folder: Path, lines: list[Line]) -> tuple[Fault, ...]:
    """Run one step into ``lines``; what it finds wrong, after taking back what it wrote."""
    try:
        with transaction.atomic():
            lines += step(actor, folder)
    except Invalid as invalid:
        return invalid.faults
    return ()


def _check_numbers(actor: Actor, folder: Path) -> Iterator[Line]:
    number_files.read_register(folder)
    return iter(())


def _check_routing(actor: Actor, folder: Path) -> Iterator[Line]:
    rules_file.read(folder, rules_file.names_of(folder, city_file.read_city(folder)[0]))
    return iter(())


def _people(actor: Actor, folder: Path) -> Iterator[Line]:
    for one in people.load(actor, folder):
        yield one.kind, one.about, one.zh, one.en


def _numbers(actor: Actor, folder: Path) -> Iterator[Line]:
    for one in numbers.load(actor, folder):
        yield one.kind, one.about, one.zh, one.en


def _limits(actor: Actor, folder: Path) -> Iterator[Line]:
    rows = city_file.read_city(folder)[0]["time_limits"]  # what is wrong with the rest, _check_numbers says
    try:
        added = cases.load_limits(actor, rows)
    except Invalid as invalid:
        raise Invalid([Fault(f"city.yaml:{f.where}", f.zh, f.en) for f in invalid.faults]) from None
    if added:
        yield "added", "time_limits", f"新增办理时限 {added} 条", f"{added} time limits added"


def _prompt_faults(path: Path) -> tuple[Fault, ...]:
    try:
        prompts.read(path)
    except Invalid as invalid:
        return invalid.faults
    return ()


def _holiday_faults(folder: Path) -> tuple[Fault, ...]:
    try:
        calendar.load((folder,), time.min, time.max)
    except Invalid as invalid:
        return tuple(Fault(f"holidays/{fault.where}", fault.zh, fault.en) for fault in invalid.faults)
    return ()
