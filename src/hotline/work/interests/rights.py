"""What may be done in this room."""

from hotline.base.kernel.rights import declare

STEP_ASIDE = declare("case.aside", "申报回避", "Step aside from a case, declare a tie")
ORDER = declare("case.order_aside", "责令及解除回避", "Have somebody step aside, or let him back")
