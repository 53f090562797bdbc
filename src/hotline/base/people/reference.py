"""The reference page of roles and rights, drawn from the table the program runs on (``hotline docs``)."""

from hotline.base.kernel.rights import Right, declared
from hotline.base.people.roles import MACHINE_RIGHTS, ROLES, SEPARATED


def page() -> str:
    """The page as Markdown."""
    lines = [
        "# 岗位与权限 / Roles and rights",
        "",
        "由 `hotline docs` 依 `src/hotline/base/people/roles.py` 生成，请勿手改。"
        "Drawn from that table by `hotline docs`; do not edit.",
        "",
        "## 岗位 / Roles",
        "",
        "范围“全市”者看全部数据；“本单位”者只看任职机构及其下级。"
        "*City* sees everything; *subtree* sees the organisation of the post and all below it.",
        "",
        "| 岗位 | role | 范围 / sees | 权限 / rights |",
        "| --- | --- | --- | --- |",
    ]
    for role in ROLES.values():
        sees = "全市 / city" if role.whole_city else "本单位 / subtree"
        rights = " ".join(f"`{name}`" for name in sorted(role.rights)) or "–"
        lines.append(f"| {role.zh} | `{role.name}` {role.en} | {sees} | {rights} |")
    separated = "、".join(ROLES[name].zh for name in ROLES if name in SEPARATED)
    lines += [
        "",
        f"{separated}不得由一人同时担任（等保三级 三权分立），由动作和数据库触发器双重把关；任何人不得给本人授予岗位。",
        "No one holds two of the three administrators' posts at a time; the action refuses it and so does the database. "
        "Nobody gives a post to himself.",
        "",
        "## 权限 / Rights",
        "",
        "“机器”一列为可授予机器令牌的权限。The last column marks what a machine's token may be given.",
        "",
        "| right | 权限 | in English | 机器 / machine |",
        "| --- | --- | --- | --- |",
    ]
    lines += [_line(right) for _, right in sorted(declared().items())]
    return "\n".join(lines) + "\n"


def _line(right: Right) -> str:
    return f"| `{right.name}` | {right.zh} | {right.en} | {'✓' if right.name in MACHINE_RIGHTS else ''} |"
