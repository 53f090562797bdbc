"""号码登记 / the register of numbers: what each of them does now."""

from __future__ import annotations

import json

import click

from hotline.lines.numbers import queries

NEEDS_DJANGO = True

FIELDS = ("number", "name", "department", "treatment", "behaviour_now", "effective_from", "clause")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="机器可读 / machine-readable.")
def command(as_json: bool) -> None:
    """列出登记的号码、处理方式和此刻的表现。

    List the registered numbers, how each is treated, and what it does at this moment.
    """
    items = queries.listing()
    if as_json:
        rows = [{field: item[field] for field in FIELDS} for item in items]  # type: ignore[literal-required]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for item in items:
        since = (item["effective_from"] or "–")[:10]
        click.echo(
            f"{item['number']:<6} {item['treatment']:<18} {item['behaviour_now']:<18} {since:<11}"
            f"{item['clause']:<8} {item['name']}（{item['department']}）"
        )
    if not items:
        raise click.ClickException(
            "登记是空的，请先 hotline load / The register is empty: run hotline load first"
        )
