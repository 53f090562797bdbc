"""演示数据 / demonstration data: fill a marked month, or remove it."""

from __future__ import annotations

import click

from hotline.project.demonstration import history
from hotline.work.cases.acts import STATES, State

NEEDS_DJANGO = True


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
