"""What a city decides about a citizen's look at his own case."""

from hotline.base.kernel.figures import declare

CODE_LENGTH = declare("query_code_length", 6, "查询码位数", "characters of a query code", least=6, most=12)
FOLLOW_TRIES_PER_CASE = declare(
    "follow_tries_per_case",
    10,
    "同一来源对同一编号十分钟内最多查询几次",
    "looks at one case from one address in ten minutes",
    most=1000,
)
"""A stranger who guesses shuts out himself, not the caller."""
FOLLOW_TRIES_PER_CASE_FROM_ALL = declare(
    "follow_tries_per_case_from_anywhere",
    100,
    "不论来源对同一编号十分钟内最多查询几次",
    "looks at one case from anywhere in ten minutes",
    least=10,
    most=1000,
)
"""All 28⁶ codes at the default rate take ninety years."""
FOLLOW_TRIES_PER_ADDRESS = declare(
    "follow_tries_per_address",
    30,
    "同一来源十分钟内最多查询几次",
    "looks at cases from one address in ten minutes",
    most=10_000,
)
CALLER_URGES_PER_DAY = declare(
    "caller_urges_per_day",
    1,
    "诉求人一天最多催办几次",
    "times a day a caller may have a case hurried",
    most=24,
)
CALLER_ADDITIONS_PER_DAY = declare(
    "caller_additions_per_day",
    10,
    "诉求人一天最多补充几次",
    "times a day a caller may add to a case",
    most=100,
)
CODES_PER_ADDRESS = declare(
    "query_codes_per_address",
    100,
    "同一来源一天最多找回几次查询码",
    "tries for a new query code from one address in a day",
    most=10_000,
)
CODES_PER_CASE = declare(
    "query_codes_per_day",
    3,
    "同一编号一天最多找回几次查询码",
    "new query codes for one case in a day",
    most=20,
)
"""Each sends a text message to a telephone whose owner may not have asked for it."""
APPEAL_DAYS = declare(
    "appeal_days", 5, "评价后几个工作日内可以申诉", "working days in which a verdict may be appealed", most=60
)
APPEAL_DECISION_DAYS = declare(
    "appeal_decision_days",
    10,
    "申诉应在几个工作日内核定",
    "working days in which an appeal is to be decided",
    most=60,
)
UNWILLING_UNITS = declare(
    "unwilling_units",
    3,
    "几个单位均退单后自动提级",
    "units that sent a case back before it is escalated by itself",
    least=2,
    most=20,
)
"""巴彦淖尔：转办三个以上单位无人认领的为问题工单，提级督办。"""
REDONE_ESCALATES = declare(
    "redone_escalates",
    3,
    "重办几次后自动提级",
    "times a case is done again before it is escalated by itself",
    most=20,
)
ESCALATION_DAYS = declare(
    "escalation_days",
    5,
    "自动提级的答复期限（工作日）",
    "working days to answer an escalation by itself",
    most=60,
)
ARCHIVE_AFTER_DAYS = declare(
    "archive_after_days", 90, "办结几天后自动归档", "days after closing when a case is archived", most=3650
)
