"""What several units do not want, or what was done again and again, is escalated by itself (巴彦淖尔：问题工单提级督办)."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

from hotline.base.kernel import outbox
from hotline.base.kernel.actor import system
from hotline.base.kernel.errors import Conflict, Problem
from hotline.base.kernel.models import this_city
from hotline.work.cases import actions
from hotline.work.cases.acts import ACTS
from hotline.work.cases.figures import ESCALATION_DAYS, REDONE_ESCALATES, UNWILLING_UNITS
from hotline.work.cases.guards import why_not
from hotline.work.cases.models import Case, CaseEvent, Duty

log = logging.getLogger(__name__)
ACTOR = system("case escalation")


def listen() -> None:
    """Hear of granted returns and of what is done again; called once."""
    for name in ("grant_return", "record_visit", "rate", "send_back"):
        outbox.on(f"case.{name}", acted)


def acted(topic: str, key: str, payload: dict[str, Any]) -> None:
    """Escalate the case, once, when enough units have sent it back or it was done again often enough."""
    case = Case.objects.filter(city_id=this_city(), id=key).first()
    if case is None or Duty.objects.filter(city_id=case.city_id, case_id=case.id, kind="escalation").exists():
        return
    if topic == "case.grant_return":
        returns = CaseEvent.objects.filter(city_id=case.city_id, case_id=case.id, act="ask_return")
        units = returns.values("owner_id").distinct().count()
        if units < UNWILLING_UNITS():
            return
        ground, text = "unclaimed", f"{units} 个单位均退单 / {units} units sent it back"
    elif payload["redone"] and case.redo_count >= REDONE_ESCALATES():
        ground, text = "redone", f"已重办 {case.redo_count} 次 / done again {case.redo_count} times"
    else:
        return
    if why_not(ACTS["escalate"], case, ACTOR) is None:
        fields = {"ground": ground, "text": text, "days": ESCALATION_DAYS()}
        try:
            with transaction.atomic():
                actions.perform(ACTOR, case.id, "escalate", case.version, fields)
        except Conflict as conflict:
            if conflict.code == "case-version":
                raise  # somebody acts in this moment: the relay hands us the news again
            log.error("case %s is not escalated: %s", case.number, conflict.en)
        except Problem as problem:
            log.error("case %s is not escalated: %s", case.number, problem.en)
