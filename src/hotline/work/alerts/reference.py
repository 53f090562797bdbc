"""The reference page of alerts, drawn from the table."""

from __future__ import annotations

from hotline.work.alerts.kinds import HEARS, KINDS


def page() -> str:
    """``docs/reference/alerts.md``, Chinese and English side by side."""
    return "\n".join(
        [
            "# 工作提醒 / Alerts for staff",
            "",
            "由 `hotline docs` 依 `work/alerts/kinds.py` 生成，请勿手改。Drawn from that table by `hotline docs`; do not edit.",
            "",
            "每种提醒都在控制台显示；本人或单位值班手机可选择用短信接收。",
            "Every kind is shown in the console; a person or a unit's duty mobile may choose to have it by text message.",
            "",
            "| kind | 提醒 | meaning | 来自 / news | 告知 / who hears |",
            "| --- | --- | --- | --- | --- |",
            *(
                f"| `{kind.name}` | {kind.zh} | {kind.en} | "
                + (" ".join(f"`case.{name}`" for name in kind.news) or "–")
                + " | "
                + "；".join(f"{HEARS[one][0]} / {HEARS[one][1]}" for one in kind.hears)
                + " |"
                for kind in KINDS.values()
            ),
            "",
        ]
    )
