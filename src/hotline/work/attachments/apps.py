"""Attachments of cases and of what came in."""

from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    """Registers the rights and the figures of this room."""

    name = "hotline.work.attachments"
    label = "attachments"
    verbose_name = "附件"

    def ready(self) -> None:
        from hotline.work.attachments import figures, rights  # noqa: F401
