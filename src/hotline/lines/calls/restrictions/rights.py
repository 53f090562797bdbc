"""What may be done in this room."""

from hotline.base.kernel.rights import declare

READ = declare("restriction.read", "查看骚扰来电管控", "See restricted callers")
PROPOSE = declare(
    "restriction.propose", "提出骚扰来电管控、代录异议", "Propose to restrict a caller, take down an appeal"
)
DECIDE = declare("restriction.decide", "审批骚扰来电管控", "Decide on restricted callers")
