"""The inbox of what citizens wrote."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """A room without tables: messages are the notices', cases the cases'."""

    name = "hotline.work.inbox"
    label = "inbox"
    verbose_name = "来信"
