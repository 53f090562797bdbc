"""The room of letters."""

from django.apps import AppConfig


class LettersConfig(AppConfig):
    """Registers the rights of this room."""

    name = "hotline.work.letters"
    label = "letters"
    verbose_name = "文书"

    def ready(self) -> None:
        from hotline.work.letters import rights  # noqa: F401
