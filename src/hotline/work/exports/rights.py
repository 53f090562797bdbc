"""What may be done in this room."""

from hotline.base.kernel.rights import declare

READ = declare("export.read", "查看导出记录", "See exports")
ASK = declare("export.ask", "导出诉求件", "Export cases")
SEE_ALL = declare("export.see_all", "查看全部导出记录", "See who exported what")
