"""Agents of a lab: acts through the rooms' own actions, in the lab's environment. JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import sys
from typing import Any
from uuid import UUID


def main() -> None:
    from hotline.project.cli import set_up_django

    set_up_django()
    from django.db import connections

    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = globals()[f"do_{asked.pop('do')}"](**asked)
            print(json.dumps({"ok": answer}, default=str), flush=True)
        except Exception as error:
            connections.close_all()
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


def _actor(staff: str) -> Any:
    from hotline.base.kernel.actor import Actor
    from hotline.base.people.queries import posts_held, staff_member
    from hotline.base.people.roles import rights_of

    row = staff_member(_system(), UUID(staff))
    roles = tuple(post.role for post in posts_held(row))
    return Actor("person", staff, row.name, rights_of(roles), ("/",), roles)


def _system() -> Any:
    from hotline.base.kernel.actor import system

    return system("lab")


def do_agent(name: str, organisation: str, role: str = "agent") -> str:
    from hotline.base.people import actions, queries

    staff, _ = actions.open_account(_system(), name, name)
    place = queries.organisation_by_key(organisation)
    actions.give_post(_system(), staff.id, role, place.id)
    return str(staff.id)


def do_phone(staff: str, kind: str = "sip") -> Any:
    from hotline.lines.calls import actions

    return actions.issue_phone(_actor(staff), kind)  # type: ignore[arg-type]


def do_command(
    staff: str, command: str, args: dict[str, Any] | None = None, call_id: str | None = None
) -> Any:
    from hotline.lines.calls import actions

    return actions.command(_actor(staff), command, UUID(call_id) if call_id else None, args)


def do_connect(staff: str, own_phone: str, phone: str) -> str:
    from uuid import uuid4

    from hotline.lines.calls import actions

    return str(actions.connect(_actor(staff), own_phone, phone, uuid4(), "first_contact"))


def do_state(staff: str) -> Any:
    from hotline.faces.desk import queries

    return queries.desk_state(UUID(staff))


def do_clock(moment: str | None) -> int:
    import time
    from datetime import datetime

    from hotline.base.kernel import clock

    offset = round(datetime.fromisoformat(moment).timestamp() - time.time()) if moment else 0
    clock.set_offset(offset)
    return offset


def do_rate(staff: str, skill: str, level: int) -> None:
    from hotline.lines.calls.skills import actions

    actions.rate(_system(), UUID(staff), skill, level)


def do_language(phone: str, language: str) -> None:
    from hotline.base.parties import actions

    party = actions.find_or_create(_system(), phone)
    actions.note_party(_system(), party.id, language=language)


def do_news() -> int:
    """What the worker would carry from room to room."""
    from hotline.base.kernel import outbox

    return outbox.relay()


def do_figures() -> dict[str, int]:
    """Calls by number, as the boards count them."""
    from datetime import timedelta

    from hotline.base.kernel import clock
    from hotline.lines.calls import queries

    now = clock.now()
    rows = queries.by_number(now - timedelta(days=2), now + timedelta(days=2), 15, 5)
    return {row["number"]: row["calls"] for row in rows}


def do_owed(call_id: str) -> Any:
    """What the room of callbacks makes of this call's end; nothing of it is left for the next test."""
    from hotline.lines.calls.callbacks import missed
    from hotline.lines.calls.callbacks.models import Callback, MissedCall

    missed.call_ended("call.ended", call_id, {})
    found = MissedCall.objects.filter(call_id=call_id).select_related("callback").first()
    if found is None:
        return None
    owed = {"why": found.callback.why, "priority": found.callback.priority, "state": found.callback.state}
    found.delete()
    Callback.objects.filter(id=found.callback_id).delete()
    return owed


def do_treatment(number: str, treatment: str, effective_from: str, carried_by: str | None = None) -> Any:
    from datetime import datetime

    from hotline.lines.numbers import actions

    return actions.change_treatment(
        _system(), number, treatment=treatment, effective_from=datetime.fromisoformat(effective_from),
        carried_by=carried_by, reason="lab",
    )  # fmt: skip


def do_announce(text: str, seconds: float, lines: list[str] | None = None, kind: str = "other") -> str:
    from datetime import timedelta

    from hotline.base.kernel import clock
    from hotline.lines.calls.announcements import actions

    ends = clock.now() + timedelta(seconds=seconds)
    row = actions.publish(_system(), kind=kind, title="lab", text=text, lines=lines or (), ends_at=ends)
    return str(row.id)


def do_hearings(id: str) -> Any:
    from hotline.lines.calls.announcements import queries

    return next(row for row in queries.listed("all").items if str(row["id"]) == id)


def do_withdraw(id: str) -> Any:
    from hotline.lines.calls.announcements import actions

    return str(actions.withdraw(_system(), UUID(id), "lab").withdrawn_at)


if __name__ == "__main__":
    main()
