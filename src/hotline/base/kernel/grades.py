"""好差评: the five grades of the national scale (GB/T 39735), best first, with their words."""

from __future__ import annotations

GRADES: tuple[tuple[str, str, str], ...] = (
    ("very_satisfied", "非常满意", "Very satisfied"),
    ("satisfied", "满意", "Satisfied"),
    ("fair", "基本满意", "Fairly satisfied"),
    ("dissatisfied", "不满意", "Dissatisfied"),
    ("very_dissatisfied", "非常不满意", "Very dissatisfied"),
)
"""(value, Chinese, English); a key on the telephone and a digit in a text message count from 1."""
DIGITS = "，".join(f"{digit}{zh}" for digit, (_, zh, _) in enumerate(GRADES, 1))
"""What the digits mean, as it is written in a text message."""
