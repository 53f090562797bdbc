"""What a city decides about messages."""

from hotline.base.kernel.figures import declare

FROM_HOUR = declare(
    "sms_from_hour",
    8,
    "短信最早几点发出（除验证类）",
    "hour from which text messages may go out",
    least=0,
    most=23,
)
UNTIL_HOUR = declare(
    "sms_until_hour",
    21,
    "短信最晚几点发出（除验证类）",
    "hour until which text messages may go out",
    least=1,
    most=24,
)
KEPT_MONTHS = declare(
    "sms_kept_months", 24, "短信内容保存几个月", "months for which what a text message said is kept", most=120
)
TICKET_DAYS = declare(
    "sms_link_days", 7, "短信链接几天内有效", "days for which the link in a text message can be used", most=90
)
TICKET_TRIES = declare(
    "sms_link_tries", 30, "同一来源十分钟内最多打开几次短信链接", "text-message links opened from one address in ten minutes", most=10_000
)  # fmt: skip
"""A ticket is ten characters of twenty-eight: so many tries find one of a million in some millions of years."""
MAIL_MB = declare(
    "mail_mb", 25, "一封来信邮件最大多少 MB", "megabytes a mail that comes in may have", least=1, most=200
)
MAIL_AWAY_MINUTES = declare(
    "mail_away_minutes", 10, "邮件服务器多少分钟不可达即告警", "minutes for which the mail server may be away before an alarm", most=1440
)  # fmt: skip
