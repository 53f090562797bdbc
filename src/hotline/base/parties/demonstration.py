"""People who do not exist, for `hotline demo`: known by numbers nobody can have."""

from __future__ import annotations

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Forbidden
from hotline.base.kernel.models import this_city
from hotline.base.kernel.sealing import blind_index
from hotline.base.parties.models import Party

COUNT = 400


def phone(n: int) -> str:
    """Demonstration number ``n`` of COUNT: eleven digits like a mobile number, but no mobile number begins with 100."""
    return f"1000000{n % COUNT:04d}"


def clear(actor: Actor) -> int:
    """Remove the parties that have a demonstration number; returns how many. Only the platform itself may."""
    if actor.kind != "system":
        raise Forbidden("system")
    with deed(actor, "demo.clear_parties") as d:
        indexes = [blind_index("phone", phone(n)) for n in range(COUNT)]
        removed, _ = Party.objects.filter(city_id=this_city(), phone_index__in=indexes).delete()
        d.about("party", "demo", removed=removed)
    return removed
