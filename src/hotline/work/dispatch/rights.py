"""What may be done in this room."""

from hotline.base.kernel.rights import declare

READ = declare("catalogue.read", "查看派单目录", "Read the dispatch catalogue")
WRITE = declare("catalogue.write", "维护派单目录", "Keep the dispatch catalogue")
