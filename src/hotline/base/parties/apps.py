"""The room of citizens and enterprises: who calls and whom a case concerns."""

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Registers the rights this room guards."""

    name = "hotline.base.parties"
    label = "parties"
    verbose_name = "市民与企业"

    def ready(self) -> None:
        from hotline.base.parties import rights  # noqa: F401
