"""What agents ask for at their desks: a phone, and commands that call control carries out."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from typing_extensions import TypedDict

from hotline.base.kernel import clock, ids, sealing
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import deed, notify
from hotline.base.kernel.errors import Fault, Forbidden, Invalid, NotFound, Problem
from hotline.base.kernel.models import Heartbeat
from hotline.base.parties.phones import normal
from hotline.base.people import queries as people
from hotline.lines.calls import dialling, inviting, limits
from hotline.lines.calls.agent_machine import AGENT_COMMANDS
from hotline.lines.calls.models import AgentState, Call, CallCommand, PhoneCredential
from hotline.lines.calls.words import CRIES, CallState
from hotline.lines.numbers import queries as numbers

PHONE_HOURS = 12
PUSH_WITHIN_S = 2.0
SILENT_AFTER = timedelta(seconds=20)
"""Call control beats every few seconds; who was silent for so long is asked nothing, lest web threads wait for the dead."""
COMMAND_SECONDS = 5
COMMANDS = (*AGENT_COMMANDS, *inviting.COMMANDS, "dial", *CRIES)
CHANNEL = "callcontrol"
"""The PostgreSQL channel on which call control hears what desks ask for."""

PhoneKind = Literal["webrtc", "sip"]


class Phone(TypedDict):
    """What a phone signs in with. ``registrar`` is for SIP phones, ``ws_path`` for browsers."""

    uri: str
    auth_user: str
    password: str
    ws_path: str
    registrar: str
    ice_servers: list[dict[str, Any]]
    expires_at: str


class Accepted(TypedDict):
    """A command that has been taken down; its result comes on the desk's stream before the deadline."""

    id: str
    deadline_at: str


def issue_phone(actor: Actor, kind: PhoneKind = "webrtc") -> Phone:
    """Give the agent a phone for this sign-in; the one he had before is valid no more.

    Returns when every switch knows it. Right desk.work. Raises Problem (503) when no call control runs.
    """
    password, staff_id = secrets.token_urlsafe(24), UUID(actor.id)
    now = clock.now()
    expires = now + timedelta(hours=PHONE_HOURS)
    with deed(actor, "desk.phone", right="desk.work") as d:
        if not _call_control_alive():
            raise _telephony_off()
        agent = _agent(actor, staff_id, now)
        row, _ = PhoneCredential.objects.select_for_update().get_or_create(
            staff_id=staff_id,
            defaults={
                "endpoint": f"agent-{staff_id.hex}", "kind": kind, "password_sealed": b"", "issued_at": now,
                "expires_at": expires, "version": 0,
            },
        )  # fmt: skip
        row.kind, row.password_sealed, row.version = kind, sealing.seal(password), row.version + 1
        row.issued_at, row.expires_at = now, expires
        row.save()
        AgentState.objects.filter(id=agent.id).update(endpoint=row.endpoint)
        d.about("agent", staff_id, phone=kind)
        notify(CHANNEL, json.dumps({"phone": actor.id}))
    _wait_until_pushed(row)
    return _phone(row, password)


def _wait_until_pushed(row: PhoneCredential) -> None:
    """A phone the switch does not know yet would be refused at its first registration."""
    until = time.monotonic() + PUSH_WITHIN_S
    while not PhoneCredential.objects.filter(id=row.id, pushed_version__gte=row.version).exists():
        if time.monotonic() > until:
            raise _telephony_off()
        time.sleep(0.02)


def _call_control_alive() -> bool:
    """Whether any call control gave a sign of life just now. A sandbox's clock jumps, so there its age says nothing."""
    beats = Heartbeat.objects.filter(process__startswith="callcontrol")
    return settings.SANDBOX or beats.filter(at__gt=clock.now() - SILENT_AFTER).exists()


def _telephony_off() -> Problem:
    return Problem(
        "telephony-off",
        "话务控制没有响应，暂时不能接听电话。",
        "Call control does not respond; calls cannot be taken now.",
        status=503,
    )


def _phone(row: PhoneCredential, password: str) -> Phone:
    host = settings.HOTLINE.host or "localhost"
    return Phone(
        uri=f"sip:{row.endpoint}@{host}",
        auth_user=row.endpoint,
        password=password,
        ws_path="/ws/sip",
        registrar=f"sip:{settings.HOTLINE.host or '127.0.0.1'}:{settings.HOTLINE.sip_port}",
        ice_servers=[],
        expires_at=row.expires_at.isoformat(),
    )


def command(
    actor: Actor, name: str, call_id: UUID | None = None, args: Mapping[str, Any] | None = None
) -> Accepted:
    """Take down what an agent asks for. Right desk.work. Raises Invalid for an unknown command, NotFound for a call
    that is not his."""
    if name not in COMMANDS:
        known = ", ".join(COMMANDS)
        raise Invalid(
            [
                Fault(
                    "command", f"未知命令“{name}”，可用：{known}", f"Unknown command “{name}”; known: {known}"
                )
            ]
        )
    staff_id, now, asked = UUID(actor.id), clock.now(), dict(args or {})
    with deed(actor, f"desk.{name}", right="desk.work") as d:
        agent = _agent(actor, staff_id, now)
        call_id = _call_meant(actor, name, call_id, agent)
        if name == "sign_in":
            asked["lines"] = lines_of(staff_id)
        elif name == "wrap_up_done" and asked.get("code"):
            _check_code(str(asked["code"]))
        elif name == "dial":
            asked = dialling.to_dial(actor, asked)
        row = CallCommand(
            id=ids.new(), staff_id=staff_id, command=name, call_id=call_id, args=asked, asked_at=now,
            deadline_at=now + timedelta(seconds=COMMAND_SECONDS),
        )  # fmt: skip
        if name in CRIES:
            row.taken_at, row.done_at, row.ok = now, now, True
            about = {"staff_id": actor.id, "name": actor.label, "note": str(asked.get("note", ""))[:200]}
            d.tell(
                f"agent.{name}",
                str(call_id or staff_id),
                call_id=str(call_id or ""),
                at=now.isoformat(),
                **about,
            )
        row.save(force_insert=True)
        d.about("agent", staff_id, command=name, call=str(call_id) if call_id else None)
        notify(CHANNEL, json.dumps({"command": str(row.id)}))
        notify(
            "desk", json.dumps({"staff_id": str(staff_id)})
        )  # the desk's stream watches it until its deadline
    return Accepted(id=str(row.id), deadline_at=row.deadline_at.isoformat())


def _call_meant(actor: Actor, name: str, call_id: UUID | None, agent: AgentState) -> UUID | None:
    """The call a command is about: the agent's own, or for a leader any that is on. Raises NotFound, Forbidden."""
    if name in CRIES:
        return agent.call_id
    if name not in inviting.COMMANDS:
        return None
    if name in inviting.LEADERS_COMMANDS:
        if not actor.may("desk.supervise"):
            raise Forbidden("desk.supervise")
        call_id = call_id or agent.call_id
        if call_id is None or not Call.objects.filter(id=call_id).exclude(state=CallState.ENDED).exists():
            raise NotFound("call", call_id)
        return call_id
    call_id = call_id or agent.call_id
    if call_id is None or call_id != agent.call_id:
        raise NotFound("call", call_id)
    return call_id


def _check_code(code: str) -> None:
    known = [row["code"] for row in limits.wrap_up_codes()]
    if code not in known:
        words = " ".join(known)
        raise Invalid(
            [
                Fault(
                    "args.code",
                    f"没有话后代码“{code}”，可用：{words}",
                    f"No such code “{code}”; known: {words}",
                )
            ]
        )


def connect(actor: Actor, own_phone: str, phone: str, case_id: UUID, purpose: str) -> UUID:
    """Put a clerk of a unit, on his own telephone, through to a case's caller: his rings first, neither sees the other's
    number, both see the hotline's; returns the call's id. Right case.contact. Raises Invalid (also outside the hours in which
    citizens may be rung), Problem.

    The record of the call is the proof of the contact.
    """
    own, staff_id, now = normal(own_phone), UUID(actor.id), clock.now()
    if own is None or own in dialling.not_citizens():
        raise Invalid([Fault("own_phone", "请填写您自己的电话号码", "Give the number of your own telephone")])
    asked = dialling.to_dial(actor, {"phone": phone, "case_id": str(case_id), "purpose": purpose})
    with deed(actor, "call.connect", right="case.contact") as d:
        if not _call_control_alive():
            raise _telephony_off()
        row = CallCommand(
            id=ids.new(), staff_id=staff_id, command="connect", args={**asked, "own_sealed": sealing.seal(own).hex()},
            asked_at=now, deadline_at=now + timedelta(seconds=COMMAND_SECONDS),
        )  # fmt: skip
        row.save(force_insert=True)
        d.about("case", case_id, call=asked["new_call_id"], purpose=purpose[:60])
        notify(CHANNEL, json.dumps({"command": str(row.id)}))
    return UUID(asked["new_call_id"])


def _agent(actor: Actor, staff_id: UUID, now: datetime) -> AgentState:
    return AgentState.objects.get_or_create(
        staff_id=staff_id, defaults={"name": actor.label[:60], "since": now, "idle_since": now}
    )[0]


def lines_of(staff_id: UUID) -> list[str]:
    """The lines an agent answers: the own-seats lines of the departments he is posted to, else the main number's.

    53号 二(二)2: the seats of 12329 stay its department's people, inside 12345.
    """
    plans = numbers.plans()
    own = {plan.number for plan in plans.numbers if plan.seats_hours is not None}
    homes = {
        item["number"]: people.organisation_by_key(item["department_key"]).path
        for item in numbers.listing()
        if item["number"] in own
    }
    posts = people.posts_held(people.staff_member(system("calls"), staff_id))
    held = [post.organisation.path for post in posts]
    lines = [number for number, home in homes.items() if any(path.startswith(home) for path in held)]
    return lines or [plans.main]
