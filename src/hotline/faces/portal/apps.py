"""The citizen's face: server-rendered pages that need neither JavaScript nor an account."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Registers the figures it goes by; no rights: citizens act under their query code."""

    name = "hotline.faces.portal"
    label = "portal"
    verbose_name = "市民门户"

    def ready(self) -> None:
        from hotline.faces.portal import figures  # noqa: F401
