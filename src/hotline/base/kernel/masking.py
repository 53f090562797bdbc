"""How personal data looks to those who need not see it: 138****1234, 张**, 350***********12."""

from __future__ import annotations


def phone(number: str) -> str:
    """Mask a telephone number: the first three and last four digits stay; a short one keeps only its last two."""
    if len(number) >= 8:
        return f"{number[:3]}****{number[-4:]}"
    return "*" * max(len(number) - 2, 0) + number[-2:]


def name(text: str) -> str:
    """Mask a person's name: the first character (the family name) stays."""
    return text[:1] + "*" * min(max(len(text) - 1, 0), 2)


def identity(number: str) -> str:
    """Mask an identity number: the first three and last two characters stay."""
    if len(number) <= 5:
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 5) + number[-2:]


def mail(address: str) -> str:
    """Mask an e-mail address: the first character and the domain stay."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}" if domain else ""
