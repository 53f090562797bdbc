"""The citizen's face: server-rendered pages that need neither JavaScript nor an account."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Nothing to register: citizens act under their query code, not under a right."""

    name = "hotline.faces.portal"
    label = "portal"
    verbose_name = "市民门户"
