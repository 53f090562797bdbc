"""What a city decides about alerts."""

from hotline.base.kernel.figures import declare

KEPT_DAYS = declare("alert_kept_days", 60, "工作提醒保存几天", "days for which alerts are kept", most=3660)
TEXT_MINUTES = declare(
    "alert_sms_minutes", 30, "同一手机两条工作提醒短信至少相隔几分钟", "minutes between two text messages of alerts to one mobile",
    most=1440,
)  # fmt: skip
