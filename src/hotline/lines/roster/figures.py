"""The figures of this room that a city decides."""

from hotline.base.kernel.figures import declare

REST_HOURS = declare(
    "rest_hours", 8, "两班之间至少休息的小时数", "hours of rest between two shifts", least=0, most=48
)
