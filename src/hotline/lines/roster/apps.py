"""The room of shifts: who is to sit at the desks when, and who is in charge."""

from django.apps import AppConfig


class RosterConfig(AppConfig):
    """Registers the rights this room guards and the figures it goes by."""

    name = "hotline.lines.roster"
    label = "roster"
    verbose_name = "排班"

    def ready(self) -> None:
        from hotline.lines.roster import figures, rights  # noqa: F401
