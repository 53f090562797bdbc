"""What may be done in this room."""

from hotline.base.kernel.rights import declare

READ = declare("alert.read", "接收工作提醒", "Have alerts about cases")
DUTY = declare("alert.duty", "设置单位值班手机", "Set a unit's duty mobile")
