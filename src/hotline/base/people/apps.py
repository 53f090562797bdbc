"""The room of organisations, staff, roles and sign-in."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers the rights this room guards and the figures it goes by."""

    name = "hotline.base.people"
    label = "people"
    verbose_name = "机构与人员"

    def ready(self) -> None:
        from hotline.base.people import figures, rights  # noqa: F401
