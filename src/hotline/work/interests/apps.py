"""The room of 回避."""

from django.apps import AppConfig


class InterestsConfig(AppConfig):
    """Registers the rights this room guards."""

    name = "hotline.work.interests"
    label = "interests"
    verbose_name = "回避"

    def ready(self) -> None:
        from hotline.work.interests import rights  # noqa: F401
