"""Telling staff, and what they do with what they were told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from hotline.base.kernel import clock, masking
from hotline.base.kernel.actor import Actor, system
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Fault, Invalid, NotFound
from hotline.base.kernel.models import this_city
from hotline.base.kernel.sealing import seal, unseal
from hotline.base.notices import actions as notices
from hotline.base.parties.phones import is_mobile, normal
from hotline.base.people import deputies, holders
from hotline.work.alerts import figures, rights
from hotline.work.alerts.kinds import HEARS, KINDS, OF_UNITS, Hears, Kind, whose
from hotline.work.alerts.models import Alert, Holder, Waiting, Wish
from hotline.work.alerts.texts import ALERTS
from hotline.work.cases import queries as cases

ACTOR = system("alerts")


def tell(topic: str, case_id: str, payload: Mapping[str, Any], kind: Kind, hears: tuple[Hears, ...]) -> None:
    """Tell everybody who ``hears`` of the news, and note for the mobiles that want it. Seven queries at most for one unit, however
    many hear."""
    if kind is OF_UNITS:
        for asked in payload.get("units", ()):
            _tell(topic, case_id, payload, kind, hears, UUID(asked))
    else:
        unit = UUID(found) if (found := whose(payload)) else cases.last_unit(case_id)
        _tell(topic, case_id, payload, kind, hears, unit)
        if payload.get("units"):
            tell(topic, case_id, payload, OF_UNITS, OF_UNITS.hears)


def _tell(
    topic: str,
    case_id: str,
    payload: Mapping[str, Any],
    kind: Kind,
    hears: tuple[Hears, ...],
    unit_id: UUID | None,
) -> None:
    told = _who(unit_id, hears)
    key = ":".join([topic, case_id, str(payload["version"]), str(payload.get("deadline_at") or "")])
    units = [unit_id] if unit_id and Hears.HANDLERS in hears else []
    if not told and not units:
        return
    now = clock.now()
    with deed(ACTOR, "alert.tell") as d:
        d.about("case", case_id, alert=kind.name, told=len(told))
        Alert.objects.bulk_create(
            [
                Alert(staff_id=staff, key=key, kind=kind.name, case_id=UUID(case_id), number=payload["number"], at=now)
                for staff in told
            ],
            ignore_conflicts=True,
        )  # fmt: skip
        if notices.offered(ALERTS):
            _note(key, kind, payload["number"], told, units)


def _who(unit_id: UUID | None, hears: Iterable[Hears]) -> list[UUID]:
    """The people meant, each once: of the unit, or of the nearest above it that has any."""
    found: dict[UUID, None] = {}
    for one in hears:
        roles = HEARS[one][2]
        if one is Hears.DISPATCHERS:
            found |= dict.fromkeys(holders.of_role(*roles))
        elif unit_id:
            found |= dict.fromkeys(holders.at(unit_id, *roles, nearest_above=one is not Hears.OFFICE))
    # Who is away is told all the same, for the day he is back; his deputy is told today.
    return [*dict.fromkeys([*found, *deputies.of(found).values()])]


def _note(key: str, kind: Kind, number: str, told: list[UUID], units: list[UUID]) -> None:
    wanted = Wish.objects.filter(
        city_id=this_city(), holder_id__in=[*told, *units], kinds__contains=[kind.name]
    )
    now = clock.now()
    Waiting.objects.bulk_create(
        [
            Waiting(holder=holder, holder_id=id, key=key, kind=kind.name, number=number, at=now)
            for holder, id in wanted.values_list("holder", "holder_id")
        ],
        ignore_conflicts=True,
    )


def send_texts() -> int:
    """Send each mobile one message for all that waits for it; returns how many messages.

    Not at night (``sms_from_hour``), not sooner than ``alert_sms_minutes`` after the last, and nothing of what the person
    has read in the console meanwhile.
    """
    now = clock.now()
    if notices.opens(now) > now:
        return 0
    unsent = Waiting.objects.filter(city_id=this_city(), sent_at=None)
    since = now - timedelta(minutes=figures.TEXT_MINUTES())
    lately = Waiting.objects.filter(city_id=this_city(), sent_at__gt=since).values_list("holder", "holder_id")
    rested = set(unsent.order_by().values_list("holder", "holder_id").distinct()) - set(lately.distinct())
    return sum(_send(Holder(holder), id) for holder, id in sorted(rested))


def _send(holder: Holder, id: UUID) -> bool:
    with deed(ACTOR, "alert.send") as d:
        unsent = Waiting.objects.select_for_update().filter(holder=holder, holder_id=id, sent_at=None)
        rows = [*unsent.order_by("at", "id")]
        wish = Wish.objects.filter(holder=holder, holder_id=id).first()
        if holder is Holder.STAFF:
            read = set(
                Alert.objects.filter(staff_id=id, key__in=[row.key for row in rows]).exclude(read_at=None)
                .values_list("key", flat=True)
            )  # fmt: skip
            left = [row for row in rows if row.key not in read]
        else:
            left = rows
        d.about(holder, id, waiting=len(rows), told=len(left))
        sent = False
        if left and wish:
            names = [kind.zh for kind in KINDS.values() if kind.name in {row.kind for row in left}]
            fields = {
                "count": str(len(left)), "kinds": "、".join(names), "number": left[-1].number,
                "url": f"{settings.HOTLINE.origin}/console/alerts",
            }  # fmt: skip
            phone = unseal(wish.phone_sealed)
            sent = notices.queue(ALERTS, phone, fields, about=(holder, id), key=f"alerts:{left[0].id}")
        if sent:
            unsent.update(sent_at=clock.now())
        else:
            unsent.delete()  # read already, wanted no more, or no gateway: it is not what the next one waits for
        return sent


def read(
    actor: Actor, *, ids: Iterable[UUID] = (), case_id: UUID | None = None, everything: bool = False
) -> int:
    """One's own alerts were read: those named, those about a case, or all; returns how many had not been."""
    mine = Alert.objects.filter(staff_id=_staff(actor), read_at=None)
    if not everything:
        mine = mine.filter(case_id=case_id) if case_id else mine.filter(id__in=list(ids)[:200])
    with deed(actor, "alert.read", rights.READ) as d:
        number = mine.update(read_at=clock.now())
        d.about("staff", actor.id, read=number)
    return number


def wish(actor: Actor, phone: str, kinds: Iterable[str]) -> None:
    """Set the mobile at which one wants alerts of ``kinds``; an empty ``phone`` or no kind ends it. Raises Invalid."""
    with deed(actor, "alert.wish", rights.READ) as d:
        _set(Holder.STAFF, UUID(_staff(actor)), phone, kinds)
        d.about("staff", actor.id, kinds=sorted(kinds))


def wish_for_unit(actor: Actor, unit_id: UUID, phone: str, kinds: Iterable[str]) -> None:
    """Set a unit's duty mobile, as ``wish`` does. Right alert.duty, for units within sight. Raises Invalid, NotFound."""
    with deed(actor, "alert.wish_for_unit", rights.DUTY) as d:
        if not holders.sees_unit(actor, unit_id):
            raise NotFound("organisation", unit_id)
        _set(Holder.UNIT, unit_id, phone, kinds)
        d.about("organisation", unit_id, kinds=sorted(kinds))


def _set(holder: Holder, id: UUID, phone: str, kinds: Iterable[str]) -> None:
    wanted, number = sorted(set(kinds)), normal(phone) or ""
    if strange := [name for name in wanted if name not in KINDS]:
        raise Invalid(
            [Fault("kinds", f"没有这种提醒：{'、'.join(strange)}", f"No such alert: {', '.join(strange)}")]
        )
    current = Wish.objects.filter(holder=holder, holder_id=id)
    if not phone.strip() and wanted and current.exists():
        current.update(kinds=wanted)  # the mobile stays as it is: nobody has to type it again to choose kinds
        return
    if not phone.strip() or not wanted:
        current.delete()
        return
    if not is_mobile(number):
        raise Invalid([Fault("phone", "请填写 11 位手机号码", "Give a mobile number of 11 digits")])
    Wish.objects.update_or_create(
        holder=holder, holder_id=id,
        defaults={"phone_sealed": seal(number), "phone_masked": masking.phone(number), "kinds": wanted},
    )  # fmt: skip


def prune() -> int:
    """Remove alerts older than the city keeps them, read or not; returns how many."""
    before = clock.now() - timedelta(days=figures.KEPT_DAYS())
    with deed(ACTOR, "alert.prune") as d:
        gone, _ = Alert.objects.filter(at__lt=before).delete()
        Waiting.objects.filter(at__lt=before).delete()
        d.about("alerts", "old", removed=gone)
    return gone


def _staff(actor: Actor) -> str:
    """A person's own id; a machine has no alerts."""
    if actor.kind != "person":
        raise NotFound("alerts", actor.id)
    return actor.id
