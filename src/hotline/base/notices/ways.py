"""The ways in which a citizen is reached: by text message on his mobile, or else by mail at the address he left."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hotline.base.kernel import masking
from hotline.base.kernel.sealing import blind_index


class Means(StrEnum):
    """By what."""

    SMS = "sms"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Way:
    """One way: ``to`` is a mobile number or a mail address, in its one spelling."""

    means: Means
    to: str

    @property
    def index(self) -> bytes:
        """What finds everything of whoever is reached so."""
        return index(self.means, self.to)

    @property
    def masked(self) -> str:
        """As lists show it."""
        return masking.phone(self.to) if self.means is Means.SMS else masking.mail(self.to)


def index(means: str, to: str) -> bytes:
    """The blind index of a number or an address; of nothing, nothing."""
    return blind_index("phone" if means == Means.SMS else "mail", to) if to else b""
