"""What may be done in this room."""

from hotline.base.kernel.rights import declare

LISTEN = declare(
    "recording.listen", "收听本人通话录音（留痕）", "Hear the recordings of one's own calls (logged)"
)
LISTEN_ALL = declare(
    "recording.listen_all", "收听他人通话录音（留痕）", "Hear the recordings of others' calls (logged)"
)
LISTEN_CONFIDENTIAL = declare(
    "recording.listen_confidential",
    "收听保密及举报来电录音（留痕）",
    "Hear recordings of confidential calls and reports (logged)",
)
DOWNLOAD = declare("recording.download", "下载录音（留痕）", "Download recordings (logged)")
HOLD = declare(
    "recording.hold", "录音留存（不得销毁）及解除", "Hold recordings from expiry, and release them"
)
