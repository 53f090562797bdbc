"""The service levels a city measures itself by."""

from hotline.base.kernel.figures import declare

WITHIN_S = declare(
    "answer_seconds",
    15,
    "应在多少秒内由人工接听",
    "seconds within which a person should answer",
    most=600,
)
"""GB/T 33358-2016: 15 s."""
RATE_PERCENT = declare(
    "answer_rate_target", 95, "接通率目标（百分之几）", "target of the answer rate, per cent", most=100
)
"""GB/T 33358-2016: at least 95 % of the calls of 24 hours."""
SHORT_S = declare(
    "short_abandon_seconds",
    5,
    "等待不足多少秒即挂断算短放弃",
    "seconds of waiting below which a caller who gives up counts as a short abandon",
    most=60,
)
"""A caller who gives up sooner hardly waited; both rates are published, with and without him (domain.md §6)."""
