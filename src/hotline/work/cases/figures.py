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
