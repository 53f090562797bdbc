"""What a city decides about saved filters."""

from hotline.base.kernel.figures import declare

SAVED = declare(
    "saved_filters_per_person",
    50,
    "每人最多保存多少个筛选",
    "saved filters a person may keep",
    most=1000,
)
