"""Alerts for staff."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Registers the rights, figures and texts of this room, and listens for what happens to cases."""

    name = "hotline.work.alerts"
    label = "alerts"
    verbose_name = "工作提醒"

    def ready(self) -> None:
        from hotline.work.alerts import figures, news, rights, texts  # noqa: F401

        news.listen()
