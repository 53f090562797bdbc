"""The reference page of case states, drawn from the table of acts."""

from __future__ import annotations

from hotline.work.cases.acts import ACTS, CLOCKS, RELATIONS, Act, Turn
from hotline.work.cases.fields import Field
from hotline.work.cases.states import STATES, State
from hotline.work.cases.terms import TYPES


def page() -> str:
    """``docs/reference/case-states.md``, Chinese and English side by side."""
    return "\n".join(
        [
            "# 诉求件的状态与办理动作 / Case states and acts",
            "",
            "由 `hotline docs` 依 `work/cases/` 的 `acts.py` 和 `states.py` 生成，请勿手改。"
            "Drawn from those tables by `hotline docs`; do not edit.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            *_diagram(),
            "```",
            "",
            "## 状态 / States",
            "",
            "| state | 状态 | meaning | 轮到谁 / whose turn |",
            "| --- | --- | --- | --- |",
            *(f"| `{row.state}` | {row.zh} | {row.en} | {_MOVERS[row.mover]} |" for row in STATES.values()),
            "",
            "## 动作 / Acts",
            "",
            "| act | 动作 | meaning | 从 / from | 到 / to | 权限 / right | 由谁 / by | 时限 / clock | 填写 / fields |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *(_row(act) for act in ACTS.values()),
            "",
            "`*` 必填 / required. 指定办理的件不得退单 / a designated unit may not use: "
            + ", ".join(f"`{act.name}`" for act in ACTS.values() if act.barred_if_designated)
            + ". 举报件不得 / not for reports: "
            + ", ".join(f"`{act.name}`" for act in ACTS.values() if act.barred_types)
            + ". 须在期满前 / only before the deadline: "
            + ", ".join(f"`{act.name}`" for act in ACTS.values() if act.in_time)
            + ".",
            "",
            "## 诉求类型 / Types",
            "",
            "、".join(f"{word.zh} `{word.value}`" for word in TYPES.values()),
            "",
        ]
    )


_MOVERS = {
    "centre": "12345 中心 / the centre",
    "owner": "承办单位 / the unit",
    "visitor": "回访员或诉求人 / visitor or caller",
    "nobody": "无 / nobody",
}


def _diagram() -> list[str]:
    names = [f'    state "{row.zh}<br>{row.en}" as {row.state}' for row in STATES.values()]
    arrows = ["    [*] --> accepted: 受理 accept"]
    for act in ACTS.values():
        for source in act.sources:
            arrows.append(f"    {source} --> {act.to or source}: {act.zh} {act.name}")
            arrows += [f"    {source} --> {turn.to}: {act.zh} {act.name}（不满意）" for turn in act.turns]
            arrows += [
                f"    {source} --> {turn.or_else}: {act.zh} {act.name}（不满意，期限无法计算）"
                for turn in act.turns
                if turn.or_else
            ]
    return [*names, *arrows, f"    {State.CLOSED} --> [*]"]


def _row(act: Act) -> str:
    sources = " ".join(f"`{state}`" for state in act.sources) or "–"
    targets = [f"`{act.to}`" if act.to else "不变 / stays", *(_target(turn) for turn in act.turns)]
    clocks = [CLOCKS[act.clock], *(CLOCKS[turn.clock] for turn in act.turns)]
    relation = RELATIONS[act.relation]
    return " | ".join(
        [
            f"| `{act.name}`", act.zh, act.en, sources, "；".join(targets), f"`{act.right}`" if act.right else "–",
            f"{relation[0]} / {relation[1]}", "；".join(f"{zh} / {en}" for zh, en in clocks),
            "、".join(_field(field) for field in act.fields) + " |",
        ]
    )  # fmt: skip


def _target(turn: Turn) -> str:
    target = f"`{turn.to}`（{'、'.join(sorted(turn.values))}）"
    if turn.or_else is None:
        return target
    return f"{target}，期限无法计算时 / when no deadline can be counted `{turn.or_else}`"


def _field(field: Field) -> str:
    return f"{field.zh} `{field.name}`{'*' if field.required else ''}"
