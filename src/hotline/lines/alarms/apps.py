"""The room of alarms: whatever a leader must know at once, from every room, in one place."""

from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    """Listens for the news of other rooms that are alarms."""

    name = "hotline.lines.alarms"
    label = "alarms"
    verbose_name = "告警"

    def ready(self) -> None:
        from hotline.lines.alarms import news

        news.listen()
