"""Missed callers, and calling them back."""

from django.apps import AppConfig


class CallbacksConfig(AppConfig):
    """Registers the rights this room guards and listens for calls that end."""

    name = "hotline.lines.calls.callbacks"
    label = "callbacks"
    verbose_name = "漏接回拨"

    def ready(self) -> None:
        from hotline.lines.calls.callbacks import missed, rights  # noqa: F401

        missed.listen()
