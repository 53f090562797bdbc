"""What a city decides about restricted callers."""

from hotline.base.kernel.figures import declare

DAYS_MOST = declare(
    "restriction_days_most",
    30,
    "骚扰来电管控最长天数",
    "the longest a caller may be restricted, in days",
    most=365,
)
