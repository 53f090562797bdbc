"""Text messages to citizens and back."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Registers the rights and the figures of this room."""

    name = "hotline.base.notices"
    label = "notices"
    verbose_name = "短信通知"

    def ready(self) -> None:
        from hotline.base.notices import figures, rights  # noqa: F401
