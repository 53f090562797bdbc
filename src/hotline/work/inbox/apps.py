"""The inbox of what citizens wrote."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """Registers the right this room guards, and hears of mail. It has no tables: messages are the notices', cases the cases'."""

    name = "hotline.work.inbox"
    label = "inbox"
    verbose_name = "来信"

    def ready(self) -> None:
        from hotline.work.inbox import enclosures, rights  # noqa: F401

        enclosures.listen()
