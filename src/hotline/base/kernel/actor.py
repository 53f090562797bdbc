"""Who does something: a person with a session, a machine with a token, a citizen on the portal, or the platform itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["person", "machine", "citizen", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts.

    ``rights`` are right names (kernel.rights); ``scope`` holds organisation paths such as ``"/"`` or ``"/3/17/"`` whose
    subtree the actor may see; ``id`` is the staff, token or party id as text.
    """

    kind: Kind
    id: str
    label: str
    rights: frozenset[str] = frozenset()
    scope: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    address: str = ""
    """Network address the act came from, empty when the platform itself acts."""

    def may(self, right: str) -> bool:
        """Whether this actor holds ``right``. The platform itself may everything."""
        return self.kind == "system" or right in self.rights

    @property
    def sees_all(self) -> bool:
        """Whether the scope is the whole city."""
        return self.kind == "system" or "/" in self.scope


def system(label: str) -> Actor:
    """The platform acting by itself; ``label`` says which part, for the audit log."""
    return Actor(kind="system", id="", label=label, scope=("/",))


def citizen(party_id: str = "", address: str = "") -> Actor:
    """A citizen on the portal or the phone, known by what they hold (a query code, a line), not by an account."""
    return Actor(kind="citizen", id=party_id, label="citizen", roles=("citizen",), address=address)
