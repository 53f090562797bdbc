"""The room of 查阅留痕."""

from django.apps import AppConfig


class ReadsConfig(AppConfig):
    """Registers the right this room guards and the figures its findings go by."""

    name = "hotline.work.reads"
    label = "reads"
    verbose_name = "查阅留痕"

    def ready(self) -> None:
        from hotline.work.reads import figures, rights  # noqa: F401
