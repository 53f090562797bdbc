"""What may be done in this room."""

from hotline.base.kernel.rights import declare

READ = declare("attachment.read", "查看附件（留痕）", "Open attachments (logged)")
ADD = declare("attachment.add", "上传附件", "Add attachments")
RELEASE = declare(
    "attachment.release", "向承办单位开放保密件的附件", "Let a unit see an attachment of a confidential case"
)
QUARANTINE = declare(
    "attachment.quarantine",
    "处置隔离的附件、删除附件",
    "Deal with quarantined attachments, erase attachments",
)
