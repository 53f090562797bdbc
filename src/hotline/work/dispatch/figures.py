"""What a city decides about suggestions."""

from hotline.base.kernel.figures import declare

SUGGESTIONS = declare("dispatch_suggestions", 5, "派单最多建议几家单位", "units suggested at most", most=10)
SAME_MATTER = declare(
    "dispatch_same_matter",
    50,
    "同一诉求人两件内容相似百分之几算同一事项（首接负责）",
    "per cent of likeness from which two cases of one caller are one matter",
    least=20,
    most=100,
)
