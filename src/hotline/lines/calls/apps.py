"""The room of calls: queue, seats, legs, offers; `switch` drives Asterisk."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Registers the rights this room guards and the figures it goes by, and listens for changes of the register,
    calls that end, and what callers answer by text message."""

    name = "hotline.lines.calls"
    label = "calls"
    verbose_name = "话务"

    def ready(self) -> None:
        from hotline.lines.calls import leaving, limits, ratings, rights  # noqa: F401

        leaving.listen()
        ratings.listen()
