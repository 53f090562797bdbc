"""演示数据 / demonstration data: fill a marked month, or remove it."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from datetime import timedelta
from random import Random

import click
from django.conf import settings

from hotline.base.kernel import clock
from hotline.joined.handover import queries as handovers
from hotline.joined.handover.words import LinkState
from hotline.lines.calls import demonstration as calls
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import Behaviour
from hotline.project.config import config
from hotline.project.demonstration import centres, history, live_calls
from hotline.project.runtime.switch import tools
from hotline.work.cases.states import STATES, State

NEEDS_DJANGO = True
COUNTED_WITHIN_S = 30
JOURNAL_TAKEN_IN_S = 15
"""The switch's journal names these calls once more; it knows them only while their rows are there."""


@click.group(invoke_without_command=True)
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1, 365), help="天数 / days of history."
)
@click.option(
    "--per-day",
    default=60,
    show_default=True,
    type=click.IntRange(1, 2000),
    help="工作日来电量 / calls on a working day.",
)
@click.pass_context
def command(context: click.Context, days: int, per_day: int) -> None:
    """装入带标记的一个月演示历史；hotline demo clear 全部移除。

    Fill a marked month of demonstration history: calls, run data of linked hotlines, cases at every state. All of it is
    invented and can be removed again. Refuses when a trunk leads outside.
    """
    if context.invoked_subcommand is not None:
        return
    click.echo("正在生成演示数据，约需一分钟 / making demonstration data, about a minute")
    filled = history.fill(days, per_day, lambda what: click.echo(f"  {what} …"))
    click.echo(f"来电 calls {filled.calls}；运行数据 run data {filled.run_data}；诉求件 cases {filled.cases}")
    for state, count in sorted(filled.states.items()):
        row = STATES[State(state)]
        click.echo(f"  {row.zh} {row.en}: {count}")
    click.echo("移除 / remove with: hotline demo clear")


@command.command()
def clear() -> None:
    """移除全部演示数据，不动其他任何数据 / remove all demonstration data and nothing else."""
    removed = history.clear()
    click.echo(
        f"已移除 / removed: 诉求件 cases {removed['cases']}, 来电 calls {removed['calls']}, "
        f"运行数据 run data {removed['run_data']}, 诉求人 parties {removed['parties']}"
    )


@command.command("calls")
@click.option(
    "--rate",
    default=0.2,
    show_default=True,
    type=click.FloatRange(0.01, 10),
    help="每秒几个来电 / calls a second.",
)
@click.option(
    "--seconds",
    default=60.0,
    show_default=True,
    type=click.FloatRange(1, 3600),
    help="持续多久 / for how long.",
)
@click.option(
    "--stay",
    default=40.0,
    show_default=True,
    type=click.FloatRange(3, 110),
    help="平均停留秒数 / a caller stays.",
)
def place_calls(rate: float, seconds: float, stay: float) -> None:
    """经环回中继拨入会说话的真实来电；有外部中继时拒绝。

    Place real calls with speaking callers over the loopback trunk; refuses when a trunk leads outside. They are removed
    with the rest by `hotline demo clear`.
    """
    history.refuse_beside_real_lines()
    instance = config()
    found = tools(instance.cache)
    by_kind: dict[Behaviour | None, list[str]] = {None: [settings.CITY["hotline"]["number"]]}
    for item in numbers.listing():
        by_kind.setdefault(Behaviour(item["behaviour_now"]), []).append(item["number"])
    voices = live_calls.voices(instance.home, found.espeak, found.sox)
    town = live_calls.Town(("127.0.0.1", instance.sip_port), by_kind, voices)
    began = clock.now() - timedelta(seconds=1)
    went = asyncio.run(live_calls.place(town, rate, seconds, stay, Random(), lambda text: click.echo(text)))  # noqa: S311
    click.echo(
        f"已拨 / placed {went['placed']}，应答 / answered {went['answered']}，未应答 / not answered {went['refused']}，"
        f"失败 / failed {went['failed']}，略过 / skipped {went['skipped']}"
    )
    # Those the dialplan ended alone are taken in seconds later; whoever clears before that would leave them behind.
    deadline = time.monotonic() + COUNTED_WITHIN_S
    while calls.counted(began) < went["placed"] - went["failed"] and time.monotonic() < deadline:
        time.sleep(0.5)
    time.sleep(JOURNAL_TAKEN_IN_S)
    if went["placed"] and went["failed"] == went["placed"]:
        raise click.ClickException(
            "没有一个来电拨通，hotline 在运行吗？ / not one call went through: is the hotline up?"
        )


@command.command("centres")
def run_centres() -> None:
    """在本机运行参考联动中心（12348、12315、12366）和紧急热线（110），直到 Ctrl-C；有外部中继时拒绝。

    Run the reference far centre as 12348, 12315 and 12366 and an emergency desk as 110, joined with this instance, until Ctrl-C;
    refuses when a trunk leads outside. Afterwards the city's own trunks and links stand again.
    """
    instance, ended = config(), threading.Event()
    # Also where the shell that started it in the background has Ctrl-C ignored.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: ended.set())
    with centres.joined(instance, tools(instance.cache), click.echo) as running:
        deadline = time.monotonic() + centres.READY_WITHIN_S
        while not ended.wait(1) and time.monotonic() < deadline:
            states = [handovers.state_of(number).state for number in (*centres.LINKED, centres.EMERGENCY)]
            if all(state == LinkState.OPEN for state in states):
                break
        for one in handovers.links():
            click.echo(f"  {one['number']} {one['state_zh']} {one['state_en']}")
        click.echo("已就绪，Ctrl-C 结束 / ready, Ctrl-C ends it")
        while not ended.wait(1) and all(
            centre.process and centre.process.poll() is None for centre in running
        ):
            pass
