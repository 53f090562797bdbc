"""The figures this room goes by; a city sets them in city.yaml (`limits`)."""

from hotline.base.kernel.figures import declare

LATE_SECONDS = declare(
    "hand_over_late_seconds", 600, "移交消息超过多少秒即过迟，不再收发",
    "Seconds after which a hand-over message is too late to be sent or taken", least=60, most=86_400,
)  # fmt: skip
KEPT_DAYS = declare(
    "hand_over_days",
    365,
    "移交内容保存多少天",
    "Days for which what was handed over is kept",
    least=30,
    most=3_650,
)
CODE_SECONDS = declare(
    "hand_over_code_seconds",
    900,
    "移交码有效秒数",
    "Seconds a one-time hand-over code holds",
    least=60,
    most=3_600,
)
CODE_TRIES = declare(
    "hand_over_code_tries", 5, "同一人或同一通话十分钟内可试移交码的次数",
    "How often one person, or one call, may try a hand-over code within ten minutes", least=1, most=50,
)  # fmt: skip
