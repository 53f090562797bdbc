"""What a city finds unusual in the reading of personal data."""

from hotline.base.kernel.figures import declare

MANY_IN_AN_HOUR = declare(
    "reads_in_an_hour",
    20,
    "一小时内查看未脱敏信息多少次以上算异常",
    "unmasked reads in an hour above which it is unusual",
    most=10_000,
)
FIRST_HOUR = declare(
    "reads_from_hour", 7, "无排班人员从几点起查看不算异常", "hour from which those without a shift may read", least=0, most=23
)  # fmt: skip
LAST_HOUR = declare(
    "reads_until_hour", 20, "无排班人员到几点止查看不算异常", "hour until which those without a shift may read", least=1, most=24
)  # fmt: skip
WORK_DAYS = declare(
    "reads_work_days",
    7,
    "查看前后多少天内在该件上有办理动作才算本职",
    "days around a read within which the reader must have acted on the case",
    most=90,
)
EXPORT_ROWS = declare(
    "reads_export_rows", 20_000, "一次最多导出多少条查阅记录", "rows of one export", most=200_000
)
