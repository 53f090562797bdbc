"""The text message to staff. Nothing of the matter and nobody's name stands in it: anybody may read a telephone.

One message for however many alerts wait: two hundred cases that are late at once are one message.
"""

from hotline.base.notices.templates import declare

ALERTS = declare(
    "staff-alerts", "工作提醒（办理人员）", "Alerts (staff)",
    "您有{count}条办件提醒：{kinds}，最近一件{number}，请登录 {url} 办理。", hours=12,
)  # fmt: skip
