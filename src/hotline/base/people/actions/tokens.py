"""Machines' tokens: made by the security administrator, shown once, stored as a hash, limited to a few rights."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Conflict, Fault, Invalid, NotFound
from hotline.base.people import queries
from hotline.base.people.models import Token
from hotline.base.people.roles import MACHINE_RIGHTS


def issue_token(
    actor: Actor, name: str, rights: list[str], organisation_id: UUID, *, expires_at: datetime | None = None
) -> tuple[Token, str]:
    """Make a token with ``rights`` over the subtree of an organisation; returns it and the key, shown only now.

    Right token.manage. Raises Invalid for a right a machine may not have (roles.MACHINE_RIGHTS).
    """
    with deed(actor, "token.issue", right="token.manage") as d:
        unit = queries.organisation(organisation_id)
        faults = [
            Fault(
                f"rights.{i}", f"机器令牌不得有权限“{right}”", f"A machine may not have the right “{right}”"
            )
            for i, right in enumerate(rights)
            if right not in MACHINE_RIGHTS
        ]
        if not rights:
            faults.append(Fault("rights", "至少一项权限", "At least one right"))
        if not 1 <= len(name.strip()) <= 80:
            faults.append(Fault("name", "名称须为 1–80 字", "The name must have 1–80 characters"))
        if expires_at and expires_at <= clock.now():
            faults.append(Fault("expires_at", "应晚于现在", "Must be in the future"))
        if faults:
            raise Invalid(faults)
        key = "hl_" + secrets.token_urlsafe(32)
        token = Token.objects.create(
            name=name.strip(),
            hash=queries.token_hash(key),
            starts_with=key[:8],
            rights=sorted(set(rights)),
            organisation=unit,
            made_by=actor.label,
            made_at=clock.now(),
            expires_at=expires_at,
        )
        d.about("token", token.id, name=token.name, rights=token.rights, organisation=str(unit.id))
    return token, key


def revoke_token(actor: Actor, token_id: UUID) -> None:
    """End a token at once; its row stays. Right token.manage."""
    with deed(actor, "token.revoke", right="token.manage") as d:
        token = Token.objects.select_for_update().filter(id=token_id).first()
        if token is None:
            raise NotFound("token", token_id)
        if token.revoked_at:
            raise Conflict("令牌已经撤销。", "The token is revoked already.")
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        d.about("token", token.id, name=token.name)
