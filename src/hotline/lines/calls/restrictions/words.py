"""The states of a restriction and the acts on it, as a table."""

from __future__ import annotations

from enum import StrEnum


class Restricted(StrEnum):
    """Where a restriction stands."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    IN_FORCE = "in_force"
    APPEALED = "appealed"  # in force until the appeal is decided
    LIFTED = "lifted"


class Reason(StrEnum):
    """Why a caller is restricted. What he complains of is never among them."""

    ABUSE = "abuse"  # 辱骂威胁
    OBSCENE = "obscene"
    SILENT = "silent"  # 反复无声来电
    FLOODING = "flooding"  # 短时间大量重复占线


REASON_WORDS: dict[Reason, tuple[str, str]] = {
    Reason.ABUSE: ("辱骂、威胁", "Abuse or threats"),
    Reason.OBSCENE: ("淫秽内容", "Obscene talk"),
    Reason.SILENT: ("反复无声来电", "Silent calls again and again"),
    Reason.FLOODING: ("短时间大量占线", "Many calls in a short time"),
}

STATE_WORDS: dict[Restricted, tuple[str, str]] = {
    Restricted.PROPOSED: ("待审批", "Proposed"),
    Restricted.REFUSED: ("不予管控", "Refused"),
    Restricted.IN_FORCE: ("管控中", "In force"),
    Restricted.APPEALED: ("异议复核中", "Appealed"),
    Restricted.LIFTED: ("已解除", "Lifted"),
}

ACTS: dict[tuple[Restricted, str], Restricted] = {
    (Restricted.PROPOSED, "approve"): Restricted.IN_FORCE,
    (Restricted.PROPOSED, "refuse"): Restricted.REFUSED,
    (Restricted.IN_FORCE, "appeal"): Restricted.APPEALED,
    (Restricted.IN_FORCE, "lift"): Restricted.LIFTED,
    (Restricted.APPEALED, "uphold"): Restricted.IN_FORCE,
    (Restricted.APPEALED, "lift"): Restricted.LIFTED,
}
"""Which act leads where. Who proposed does not approve; who approved does not decide the appeal."""

STANDING = (Restricted.IN_FORCE, Restricted.APPEALED)
OPEN = (Restricted.PROPOSED, *STANDING)
