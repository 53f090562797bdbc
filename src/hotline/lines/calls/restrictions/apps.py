"""Restricted callers."""

from django.apps import AppConfig


class RestrictionsConfig(AppConfig):
    """Registers the rights and figures of this room."""

    name = "hotline.lines.calls.restrictions"
    label = "restrictions"
    verbose_name = "骚扰来电管控"

    def ready(self) -> None:
        from hotline.lines.calls.restrictions import figures, rights  # noqa: F401
