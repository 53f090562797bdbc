"""What may be done in this room. Asking for a swap or leave, for oneself, needs no more than reading."""

from hotline.base.kernel.rights import declare

ROSTER_READ = declare("roster.read", "查看排班、申请换班请假", "See the roster, ask for swaps and leave")
ROSTER_WRITE = declare("roster.write", "排班与审批", "Plan shifts, decide swaps and leave")
