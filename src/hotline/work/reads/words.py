"""What was read, and what is unusual about it, in words."""

from __future__ import annotations

ACTS: dict[str, tuple[str, str]] = {
    "case.reveal": ("查看诉求人信息", "Read a caller's data"),
    "party.reveal": ("查看来话人信息", "Read a party's data"),
    "handover.reveal": ("查看移交来电号码", "Read a handed-over caller's number"),
    "rundata.reveal": ("查看退回的运行数据", "Read a refused record"),
    "inbox.download": ("下载邮件原件", "Downloaded a mail as it came"),
    "recording.listen": ("调听录音", "Listened to a recording"),
    "recording.download": ("下载录音", "Downloaded a recording"),
    "export.download": ("下载诉求件导出", "Downloaded an export of cases"),
    "audit.export": ("导出查阅记录", "Exported who read what"),
}
VERBS = {
    "reveal": ("查看未脱敏信息", "Read unmasked data"),
    "listen": ("调听", "Listened"),
    "download": ("下载", "Downloaded"),
    "export": ("导出", "Exported"),
}
FINDINGS: dict[str, tuple[str, str]] = {
    "many": ("一小时内查看过多", "Many reads in an hour"),
    "off_hours": ("非当班时间查看", "Reads outside working hours"),
    "not_his_work": ("查看未经手的诉求件", "Reads of cases on which he did nothing"),
}


def words_of(act: str) -> tuple[str, str]:
    """What an act is called: its own words, or those of what it ends in."""
    return ACTS.get(act) or VERBS.get(act.rpartition(".")[2], (act, act))
