"""What gateways and mailboxes know us by: set by command, kept sealed, in no file."""

from __future__ import annotations

from collections.abc import Sequence

from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Fault, Invalid
from hotline.base.kernel.sealing import seal, unseal
from hotline.base.notices.models import GatewaySecret


def of(gateway: str) -> dict[str, str]:
    """What ``gateway`` knows us by, as far as it was set."""
    return {row.name: unseal(row.value_sealed) for row in GatewaySecret.objects.filter(gateway=gateway)}


def keep(actor: Actor, gateway: str, wanted: Sequence[str], name: str, value: str) -> None:
    """Keep one of the secrets ``gateway`` wants, sealed. Right token.manage. Raises Invalid."""
    if name not in wanted:
        names = "、".join(wanted)
        raise Invalid([Fault("name", f"没有“{name}”；有：{names}", f"No “{name}”; there are: {names}")])
    if not value.strip():
        raise Invalid([Fault("value", "没有内容", "It is empty")])
    with deed(actor, "notice.set_secret", right="token.manage") as d:
        GatewaySecret.objects.update_or_create(
            gateway=gateway, name=name, defaults={"value_sealed": seal(value.strip())}
        )
        d.about("gateway", gateway, secret=name)
