"""What may be done in this room."""

from hotline.base.kernel.rights import declare

READ = declare("notice.read", "查看短信记录", "See text messages and what became of them")
