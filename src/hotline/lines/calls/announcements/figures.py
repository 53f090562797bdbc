"""The figures of announcements that a city decides."""

from hotline.base.kernel.figures import declare

AT_ONCE = declare(
    "announcements_at_once",
    3,
    "一条线上最多同时播放几条公告",
    "announcements a caller hears at most",
    most=10,
)
LONGEST_HOURS = declare(
    "announcement_hours", 72, "一条公告最长播放多少小时", "hours an announcement may last at most", most=720
)
