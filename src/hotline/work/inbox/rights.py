"""What may be done in this room."""

from hotline.base.kernel.rights import declare

WORK = declare("inbox.work", "处理来信", "Deal with what citizens wrote")
