"""The life of a 诉求件, as one table.

Every act a person or a citizen can do on a case is one row of ``ACTS``: from which states, to which, who may, what must
be filled in, what it does to the clock, what the citizen is told. The checks in ``actions.perform``, ``GET /acts``, the
console's buttons and the diagram in ``docs/reference/case-states.md`` are all drawn from these rows, so a rule
cannot be true in one place and false in another.

Sources: 国办发〔2020〕53号 (受理→派单→办理→答复→督办→办结→回访→评价), 北京市接诉即办工作条例 2021 (11–14, 23),
济南市12345市民服务热线条例 2018 (22–27), 潍坊条例 2021 (18–25).
"""

from __future__ import annotations

from typing import Any

from hotline.base.kernel.errors import NotFound
from hotline.work.cases import acts_duties, acts_marks, acts_way
from hotline.work.cases.duty_kinds import COLOURS, KINDS
from hotline.work.cases.shape import CLOCKS, RELATIONS, Act, Clock, Turn
from hotline.work.cases.states import STATES, STEPS
from hotline.work.cases.terms import GRADES, TYPES, URGENCIES

__all__ = ["ACTS", "CLOCKS", "RELATIONS", "Act", "Clock", "Turn", "act", "table"]

ACTS: dict[str, Act] = {row.name: row for row in (*acts_way.ROWS, *acts_marks.ROWS, *acts_duties.ROWS)}

REDONE_ZH = "您不满意，已交由{unit}重新办理，应在{deadline}前答复。"
REDONE_EN = "You were not satisfied: {unit} must handle it again and answer by {deadline}."
REDONE_BY_CENTRE_ZH = "您不满意，12345 正在安排重新办理。"
REDONE_BY_CENTRE_EN = "You were not satisfied; 12345 is arranging for it to be handled again."


def act(name: str) -> Act:
    """The row named ``name``. Raises NotFound."""
    if name not in ACTS:
        raise NotFound("act", name)
    return ACTS[name]


def table() -> dict[str, Any]:
    """The whole table for machines: what ``GET /acts`` answers and the documentation is drawn from."""
    return {
        "types": [word.as_dict() for word in TYPES.values()],
        "grades": [word.as_dict() for word in GRADES.values()],
        "urgencies": [word.as_dict() for word in URGENCIES.values()],
        "duties": [{"kind": row.kind, "zh": row.zh, "en": row.en} for row in KINDS.values()],
        "colours": [word.as_dict() for word in COLOURS.values()],
        "steps": [{"step": step.value, "zh": zh, "en": en} for step, (zh, en) in STEPS.items()],
        "states": [
            {
                "state": row.state.value,
                "zh": row.zh,
                "en": row.en,
                "mover": row.mover,
                "step": row.step.value if row.step else None,
                "final": row.mover == "nobody",
            }
            for row in STATES.values()
        ],
        "acts": [_act_as_dict(row) for row in ACTS.values()],
    }


def _act_as_dict(row: Act) -> dict[str, Any]:
    return {
        "act": row.name, "zh": row.zh, "en": row.en,
        "from": [state.value for state in row.sources], "to": row.to.value if row.to else None,
        "right": row.right, "relation": row.relation, "clock": row.clock.value,
        "barred_if_designated": row.barred_if_designated, "barred_types": sorted(row.barred_types),
        "in_time": row.in_time, "windowed": row.windowed,
        "duty": {"verb": row.duty.verb, "kind": row.duty.kind} if row.duty else None, "up": row.up.value if row.up else None,
        "notice": list(row.notice),
        "fields": [field.as_dict() for field in row.fields],
        "turns": [
            {
                "field": turn.field, "values": sorted(turn.values), "to": turn.to.value if turn.to else None,
                "clock": turn.clock.value, "requires": list(turn.requires), "redone": turn.redone,
                "or_else": turn.or_else.value if turn.or_else else None,
            }
            for turn in row.turns
        ],
    }  # fmt: skip
