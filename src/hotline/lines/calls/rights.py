"""What may be done in this room."""

from hotline.base.kernel.rights import declare

DESK_WORK = declare("desk.work", "坐席接听", "Work at the desk")
DESK_SUPERVISE = declare("desk.supervise", "值班管理", "Supervise the desks")
CALLS_READ = declare("calls.read", "查看通话记录", "See call records")
SEAT_READ = declare("seat.read", "查看坐席与工时", "See seats and their time")
