"""The register of hotline numbers."""

from django.apps import AppConfig


class NumbersConfig(AppConfig):
    """Registers the rights this room guards."""

    name = "hotline.lines.numbers"
    label = "numbers"
    verbose_name = "号码登记"

    def ready(self) -> None:
        from hotline.lines.numbers import figures, rights  # noqa: F401
