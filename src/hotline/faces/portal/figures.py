"""What a city decides about how much one browser or one address may file."""

from hotline.base.kernel.figures import declare

TRIES_PER_DRAFT = declare(
    "portal_tries_per_request",
    30,
    "同一份诉求一小时内最多提交几次",
    "attempts to file one request in an hour",
    least=5,
)
"""Clicks on one request: impatience and mistakes, not a machine."""
FILED_PER_HOUR = declare(
    "portal_filed_per_hour", 300, "同一来源一小时内最多提交几件", "requests filed from one address in an hour"
)
"""Counting what was really filed: a whole village may stand behind one address of a mobile network."""
