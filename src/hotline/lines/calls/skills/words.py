"""The names of skills. Languages by their ISO 639 codes; what lines there are the register knows."""

from __future__ import annotations

LANGUAGES: dict[str, tuple[str, str]] = {
    "cmn": ("普通话", "Mandarin"),
    "nan": ("闽南语", "Minnan"),
    "yue": ("粤语", "Cantonese"),
    "hak": ("客家话", "Hakka"),
    "cdo": ("闽东语", "Mindong"),
    "wuu": ("吴语", "Wu"),
    "en": ("英语", "English"),
    "ja": ("日语", "Japanese"),
    "ko": ("韩语", "Korean"),
    "id": ("印尼语", "Indonesian"),
    "csl": ("手语（视频）", "Chinese sign language (video)"),
}
DESKS: dict[str, tuple[str, str]] = {
    "enterprise": ("企业服务专席", "Enterprise desk"),
    "care": ("老年及无障碍专席", "Desk for the elderly and disabled"),
}
LEVELS = range(1, 6)
"""1 may serve, 3 is at home in it, 5 teaches it."""
