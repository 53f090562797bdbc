"""Saved filters and chosen columns."""

from django.apps import AppConfig


class ViewsConfig(AppConfig):
    """Registers the figures of this room. It guards no right: who may list cases may keep how he looks at them."""

    name = "hotline.work.views"
    label = "views"
    verbose_name = "清单视图"

    def ready(self) -> None:
        from hotline.work.views import figures  # noqa: F401
