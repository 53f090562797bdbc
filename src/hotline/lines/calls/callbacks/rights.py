"""What may be done in this room."""

from hotline.base.kernel.rights import declare

READ = declare("callback.read", "查看漏接回拨", "See missed callers")
TAKE = declare("callback.take", "回拨漏接来电", "Call missed callers back")
