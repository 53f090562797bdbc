"""The sub-room of announcements."""

from django.apps import AppConfig


class AnnouncementsConfig(AppConfig):
    """Registers its rights and the figures it goes by."""

    name = "hotline.lines.calls.announcements"
    label = "announcements"
    verbose_name = "公告"

    def ready(self) -> None:
        from hotline.lines.calls.announcements import figures, rights  # noqa: F401
