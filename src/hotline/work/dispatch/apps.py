"""The room of dispatch."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """Registers the rights this room guards and the figures it goes by."""

    name = "hotline.work.dispatch"
    label = "dispatch"
    verbose_name = "派单"

    def ready(self) -> None:
        from hotline.work.dispatch import figures, rights  # noqa: F401
