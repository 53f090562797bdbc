"""Messages to citizens and back: by text message and by mail."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Registers the rights and the figures of this room."""

    name = "hotline.base.notices"
    label = "notices"
    verbose_name = "短信与邮件"

    def ready(self) -> None:
        from hotline.base.notices import figures, rights  # noqa: F401
        from hotline.base.notices.mail import texts  # noqa: F401
