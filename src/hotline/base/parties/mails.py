"""E-mail addresses as people write them, brought to one spelling."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def normal(text: str) -> str | None:
    """The one spelling of an address, in small letters, the domain as DNS has it; None when ``text`` is none."""
    name, _, domain = text.strip().rpartition("@")
    try:
        address = f"{name}@{domain.encode('idna').decode()}".lower()
        validate_email(address)
        address.encode("ascii")
    except (ValidationError, UnicodeError):
        return None
    return address if len(address) <= 254 else None
