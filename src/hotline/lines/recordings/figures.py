"""Figures of this room that are the city's policy (kernel.figures)."""

from hotline.base.kernel.figures import declare
from hotline.lines.recordings.words import RetentionClass

# No rule gives a figure for 12345; 个人信息保护法 19 asks for the shortest time that is needed, local practice is 6 to 36 months.
MONTHS = {
    RetentionClass.ORDINARY: declare(
        "recording_months_ordinary",
        24,
        "一般通话录音保存月数",
        "months an ordinary recording is kept",
        most=240,
    ),
    RetentionClass.DISPUTED: declare(
        "recording_months_disputed",
        36,
        "有争议通话录音保存月数",
        "months a disputed call's recording is kept",
        most=240,
    ),
    RetentionClass.CONFIDENTIAL: declare(
        "recording_months_confidential",
        36,
        "保密及举报来电录音保存月数",
        "months a confidential recording is kept",
        most=240,
    ),
}
TOLERANCE_S = declare(
    "recording_tolerance_seconds",
    3,
    "录音短于通话多少秒即告警",
    "seconds a recording may fall short of its talk",
    most=60,
)
