"""The room of exports."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """Registers the rights and the figures of this room."""

    name = "hotline.work.exports"
    label = "exports"
    verbose_name = "导出"

    def ready(self) -> None:
        from hotline.work.exports import figures, rights  # noqa: F401
