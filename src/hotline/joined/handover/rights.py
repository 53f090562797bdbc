"""What may be done in this room."""

from hotline.base.kernel.rights import declare

PUSH = declare("handover.push", "移交来电", "Hand callers over")
