"""What may be done in this room."""

from hotline.base.kernel.rights import declare

READ = declare("skill.read", "查看座席技能", "See agents' skills")
WRITE = declare("skill.write", "评定座席技能", "Rate agents' skills")
