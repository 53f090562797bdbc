"""Whom an agent may have called, and when: asked before call control hears of it (outgoing.py)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings

from hotline.base.kernel import clock, ids, sealing
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.parties import actions as parties
from hotline.base.parties.phones import normal
from hotline.lines.calls import rules_file
from hotline.lines.calls.callbacks import actions as callbacks
from hotline.lines.calls.callbacks import queries as callback_queries
from hotline.lines.numbers import queries as numbers

URGENT = "urgent"
"""The purpose of a call that cannot wait for the morning; it stands in the call's record."""
KEPT = ("purpose", "case_id", "callback_id")


def to_dial(actor: Actor, asked: dict[str, Any]) -> dict[str, Any]:
    """Whom to call, sealed: a citizen's number stands in no row in plain.

    Raises Invalid for what is no citizen's number, and outside the hours in which citizens may be rung.
    """
    _check_the_hour(asked)
    call_id = ids.new()
    if asked.get("callback_id"):
        callback_id = UUID(str(asked["callback_id"]))
        callbacks.take(actor, callback_id)
        phone: str | None = callbacks.phone_for(callback_id, actor)
        callbacks.attempted(callback_id, actor, call_id)
    elif asked.get("party_id"):
        phone = parties.phone_to_call(actor, UUID(str(asked["party_id"])), str(asked.get("purpose", "")))
    else:
        phone = normal(str(asked.get("phone", "")))
    if phone is None or phone in not_citizens():
        zh, en = "不是可以外呼的市民电话号码", "Not a citizen's telephone number that can be called"
        raise Invalid([Fault("args.phone", zh, en)])
    kept = {key: str(asked[key])[:60] for key in KEPT if asked.get(key)}
    return {**kept, "new_call_id": str(call_id), "phone_sealed": sealing.seal(phone).hex()}


def _check_the_hour(asked: dict[str, Any]) -> None:
    """Nobody is rung at night (routing.yaml, ``callback.hours``) but for what is urgent, and whom our own fault cut off."""
    now = clock.local(clock.now())
    hours = rules_file.queue_rules(now).calling_back.hours
    if hours is None or hours.covers(now, rules_file.working(now.date())) or asked.get("purpose") == URGENT:
        return
    if asked.get("callback_id") and callback_queries.cannot_wait(UUID(str(asked["callback_id"]))):
        return
    spans = "、".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in hours.spans)
    zh, en = f"现在不是可以致电市民的时段（{spans}）", f"Citizens are not rung at this hour (only {spans})"
    if not asked.get("callback_id"):
        zh += "；确属紧急的请选“紧急”，用途会记入通话"
        en += "; choose “urgent” if it is, which the call's record keeps"
    raise Invalid([Fault("args.purpose", zh, en)])


def not_citizens() -> set[str]:
    """Numbers that are never dialled as somebody's telephone: hotlines' and emergency services'."""
    plans = numbers.plans()
    emergencies = {str(row["number"]) for row in settings.CITY["emergency_numbers"]}
    return {plan.number for plan in plans.numbers} | {plans.main} | emergencies
