"""拨测 / dial test: a real call to a number of the register, telling what a caller meets.

The witness stands outside: what it reports comes from the SIP messages and the sound it received, recognised by the
fingerprints made when the prompts were synthesised. It opens neither the database nor Asterisk's control interface;
what should be heard is read from the city's files.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from hotline.lines.calls import prompts
from hotline.lines.calls.probe import report, telephone
from hotline.lines.numbers import files
from hotline.lines.numbers.city_file import hours_of
from hotline.lines.numbers.city_file import read_city as read_city_file
from hotline.lines.numbers.plan import EMERGENCY_NUMBERS, Behaviour, Hours, TrunkPlan, number_dialled
from hotline.project.config import config

COULD_NOT_CALL = 3
CODECS = {
    "any": (telephone.PCMA, telephone.PCMU), "pcma": (telephone.PCMA,), "pcmu": (telephone.PCMU,),
}  # fmt: skip


@dataclass(frozen=True)
class City:
    """What the city's files say, as far as a dial test needs it."""

    main: str
    lines: dict[str, report.Line]
    trunks: Sequence[TrunkPlan]
    hours: Hours | None  # when numbers may be dialled through a real trunk
    zone: str

    @property
    def announcements(self) -> set[str]:
        """Prompts that say what a number does; hearing a wrong one is a fault."""
        return {report.VACANT, *(line.notice_prompt for line in self.lines.values() if line.notice_prompt)}


def read_city(folder: Path) -> City:
    """The register as the files have it. Raises Invalid with every fault."""
    register = files.read_register(folder)
    facts, _ = read_city_file(folder)
    linked = {number for trunk in register.trunks if trunk.kind == "linked" for number in trunk.serves}
    lines = {
        fact.number: report.Line(
            fact.number, fact.name, [row.dated for row in register.history[fact.number]],
            fact.notice_prompt or None, fact.number in linked,
        )
        for fact in register.numbers
    }  # fmt: skip
    named = facts.get("dial_tests", {}).get("hours")
    hours = hours_of(facts, named) if named else None
    return City(str(facts["hotline"]["number"]), lines, register.trunks, hours, facts["timezone"])


@click.command()
@click.argument("number", required=False)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="登记的全部号码和总号 / every number of the register and the main one.",
)
@click.option("--json", "as_json", is_flag=True, help="机器可读 / machine-readable.")
@click.option(
    "--trunk",
    "trunk_name",
    help="经哪条中继（trunks.csv），默认环回 / through which trunk; loopback if omitted.",
)
@click.option(
    "--from", "caller", default="anonymous", show_default=True, help="主叫号码 / calling number shown."
)
@click.option(
    "--seconds",
    default=25.0,
    show_default=True,
    type=click.FloatRange(1, 120),
    help="最多停留 / stay at most.",
)
@click.option(
    "--codec",
    type=click.Choice(list(CODECS)),
    default="any",
    show_default=True,
    help="语音编码 / voice codec.",
)
@click.option(
    "--at-once",
    default=11,
    show_default=True,
    type=click.IntRange(1, 40),
    help="--all 同时拨几路 / calls at once.",
)
@click.option(
    "--check",
    is_flag=True,
    help="与城市文件所载登记不符时退出码为 1 / exit code 1 when not as the register in the city's files says.",
)
def command(
    number: str | None, every: bool, as_json: bool, trunk_name: str | None, caller: str, seconds: float, codec: str,
    at_once: int, check: bool,
) -> None:  # fmt: skip
    """拨打登记的号码，报告主叫实际遇到的信令和语音。

    Dial NUMBER (or --all) and report what a caller meets: final SIP code, Q.850 cause, answered or not, which prompts
    and tones are heard. Only numbers of the register are dialled, never 110, 119, 120 or 122.

    应有的表现取自城市文件，不取自数据库；在管理台改过而未写入 treatments.csv 的处理方式会显示为不符。
    What should be heard is read from the city's files, not from the database: a treatment changed in the console and not
    written to treatments.csv shows as a difference.

    Exit codes: 0 measured, 1 not as the city's files say (with --check), 2 wrong usage or refused, 3 could not call.
    """
    city = read_city(config().city_dir)
    if every is bool(number):
        raise click.UsageError("给出一个号码或 --all / give a number or --all")
    trunk, target = _through(city, trunk_name)
    dialled = [city.main, *sorted(city.lines)] if every else [_allowed(city, trunk, number or "")]
    library = prompts.load(config().home)
    if not library:
        click.echo(
            "尚无提示语声纹，先运行 hotline up / no fingerprints of prompts yet: run hotline up first",
            err=True,
        )
        raise SystemExit(COULD_NOT_CALL)
    if not trunk.is_loopback:
        at_once = 1  # a real trunk's lines are for the public
    try:
        reports = asyncio.run(_dial(target, dialled, at_once, library, caller, seconds, CODECS[codec]))
    except telephone.CouldNotCall as reason:
        click.echo(str(reason), err=True)
        raise SystemExit(COULD_NOT_CALL) from reason
    results = [_result(city, one) for one in reports]
    if as_json:
        click.echo(json.dumps(results if every else results[0], ensure_ascii=False, indent=1))
    else:
        _print(results)
    if check and not all(result["as_expected"] for result in results):
        raise SystemExit(1)


def _through(city: City, name: str | None) -> tuple[TrunkPlan, telephone.Address]:
    """The trunk to dial through and where its SIP listens; refuses what might reach a real person unasked."""
    if name is None:
        trunk = next((t for t in city.trunks if t.kind == "operator" and t.is_loopback), None)
        if trunk is None:
            raise click.UsageError(
                "没有环回中继，须用 --trunk 指明 / no loopback trunk: name one with --trunk"
            )
    else:
        trunk = next((t for t in city.trunks if t.name == name), None)
    if trunk is None:
        known = "、".join(t.name for t in city.trunks)
        raise click.UsageError(
            f"trunks.csv 里没有中继“{name}”，只有 {known} / no such trunk; there are: {known}"
        )
    if trunk.kind == "emergency":
        raise click.UsageError("不得经紧急中继拨测 / an emergency trunk is never dialled through")
    # Even over the loopback: a linked number may be put through to a real centre, and the fallback rings duty phones.
    if not all(t.is_loopback for t in city.trunks) and not _now_allowed(city):
        raise click.UsageError(
            "有通向外部的中继，且此刻不在 city.yaml dial_tests.hours 规定的拨测时段 / "
            "a trunk leads outside, and now is not within the hours city.yaml's dial_tests.hours sets"
        )
    if trunk.is_loopback:
        return trunk, ("127.0.0.1", config().sip_port)
    return trunk, (trunk.host, trunk.port or 5060)


def _now_allowed(city: City) -> bool:
    """Whether a real trunk may be dialled through now. The calendar is asked only here: it needs Django's settings."""
    from zoneinfo import ZoneInfo

    from hotline.base.kernel.calendar import city_calendar
    from hotline.project.cli import set_up_django

    if city.hours is None:
        return False
    set_up_django()
    local = _now().astimezone(ZoneInfo(city.zone))
    return city.hours.cover(local, not city.hours.working_days or city_calendar().is_working(local.date()))


def _now() -> datetime:
    """The machine's own time: a witness from outside does not follow a sandbox's clock, and reads no database."""
    import time

    return datetime.fromtimestamp(time.time(), UTC)


def _allowed(city: City, trunk: TrunkPlan, number: str) -> str:
    """The number as it will be dialled: of the register, in any spelling of the trunk, and no emergency."""
    known = [city.main, *city.lines]
    meant = number_dialled(trunk, number, [*known, *EMERGENCY_NUMBERS])
    if meant in EMERGENCY_NUMBERS:
        raise click.UsageError(f"{number} 是紧急号码，绝不拨测 / an emergency number is never dialled")
    if meant is None:
        raise click.UsageError(
            f"{number} 不在号码登记中，不拨测 / {number} is not in the register and is not dialled"
        )
    return number


async def _dial(
    target: telephone.Address, numbers: Sequence[str], at_once: int, library: prompts.Library, caller: str,
    seconds: float, codecs: tuple[int, ...],
) -> list[report.Report]:  # fmt: skip
    places = asyncio.Semaphore(at_once)

    async def one(number: str) -> report.Report:
        async with places:
            call = await telephone.call(target, number, caller=caller, seconds=seconds, codecs=codecs)
            return await asyncio.to_thread(report.report, call, library)

    return await asyncio.gather(*(one(number) for number in numbers))


def _result(city: City, found: report.Report) -> dict[str, Any]:
    """The report with the register's expectation beside it."""
    known = [city.main, *city.lines]
    meant = next(
        (n for trunk in city.trunks if (n := number_dialled(trunk, found["number"], known))), city.main
    )
    line = city.lines.get(meant)
    wanted = report.expected(line, _now()) if line else report.Expected("queue", 200, None, True)
    wrong = report.differences(found, wanted, city.announcements)
    return {
        "name": line.name if line else "",
        **found,
        "expected": asdict(wanted),
        "as_expected": not wrong,
        "differences": wrong,
    }


def _print(results: Sequence[dict[str, Any]]) -> None:
    for result in results:
        doing = result["expected"]["behaviour"]
        doing = Behaviour(doing).zh if doing in list(Behaviour) else "12345"
        heard = " → ".join(
            [*(f"<{t['tone']}>" for t in result["tones"]), *(h["prompt"] or "?" for h in result["heard"])]
        )
        verdict = "✓" if result["as_expected"] else "✗ " + "；".join(result["differences"])
        answered = "应答" if result["answered"] else "未应答"
        click.echo(
            f"{result['number']:<14} {result['code']} 原因 {result['cause'] or '–'} {answered} "
            f"{result['seconds']:.1f} 秒 听到 {heard or '–'} 应为 {doing} {verdict}"
        )
