"""What a city decides about attachments."""

from hotline.base.kernel.figures import declare

FILE_MB = declare("attachment_mb", 10, "单个附件最大多少 MB", "megabytes one attachment may have", most=30)
PER_REQUEST = declare(
    "attachments_per_request", 6, "一次提交最多几个附件", "attachments that may come at once", most=20
)
PER_CASE = declare("attachments_per_case", 50, "一件最多几个附件", "attachments of one case", most=500)
MEGAPIXELS = declare(
    "attachment_megapixels", 60, "图片最大多少百万像素", "million pixels a picture may have", most=200
)
PER_ADDRESS = declare(
    "attachments_per_address", 200, "同一来源一小时内最多传几个附件", "attachments from one address in an hour", most=10_000
)  # fmt: skip
SCAN_HOURS = declare(
    "attachment_scan_hours", 24, "查毒无结论多少小时后隔离", "hours without a scanner's verdict before quarantine", most=720
)  # fmt: skip
