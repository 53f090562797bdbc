"""The reference page of shifts, swaps, leave and alarms, drawn from their tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hotline.lines.roster.machines import LEAVE, SHIFT, SWAP, WORDS, Row


def page() -> str:
    """``docs/reference/roster-states.md``, Chinese and English side by side."""
    return "\n".join(
        [
            "# 排班、换班、请假的状态 / States of shifts, swaps and leave",
            "",
            "由 `hotline docs` 依 `lines/roster/machines.py` 生成，请勿手改。Drawn from its tables by `hotline docs`; do not edit.",
            "",
            "## 班次 / Shifts",
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> planned",
            *(f"    {source} --> {target}: {act}" for (source, act), target in SHIFT.items()),
            "```",
            "",
            *_table("换班 / Swaps", SWAP),
            *_table("请假 / Leave", LEAVE),
            "## 状态 / States",
            "",
            "| state | 状态 | meaning |",
            "| --- | --- | --- |",
            *(f"| `{state}` | {zh} | {en} |" for state, (zh, en) in WORDS.items()),
            "",
        ]
    )


_WHO = {
    "asker": "申请人 / who asked",
    "other": "对方 / the other",
    "leader": "值班长（非当事人）/ a leader, not one of them",
}


def _table(title: str, rows: Iterable[Row]) -> Iterator[str]:
    yield from (
        f"## {title}",
        "",
        "| act | 动作 | meaning | 从 / from | 到 / to | 由谁 / by |",
        "| --- | --- | --- | --- | --- | --- |",
    )
    for row in rows:
        sources = "、".join(f"`{source}`" for source in row.sources)
        yield f"| `{row.act}` | {row.zh} | {row.en} | {sources} | `{row.target}` | {_WHO[row.who]} |"
    yield ""
