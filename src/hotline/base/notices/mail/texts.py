"""What goes by mail only."""

from hotline.base.notices.templates import declare

TOO_LARGE = declare(
    "mail-too-large", "邮件过大", "A mail was too large",
    "您发来的邮件超过 {mb} MB，没有完整收下。请缩小附件，或分几封邮件发送；也可在 {url} 提交诉求，或拨打{hotline}。",
    at_once=True, mail_only=True,
)  # fmt: skip
