"""The figures of the register; a city sets them in city.yaml (`limits`)."""

from hotline.base.kernel.figures import declare

EMERGENCY_RING_SECONDS = declare(
    "emergency_ring_seconds", 20, "紧急热线一条中继振铃多少秒后改走下一条",
    "Seconds an emergency service is rung over one trunk before the next is tried", least=5, most=60,
)  # fmt: skip
