"""Agents' skills."""

from django.apps import AppConfig


class SkillsConfig(AppConfig):
    """Registers the rights this room guards."""

    name = "hotline.lines.calls.skills"
    label = "skills"
    verbose_name = "座席技能"

    def ready(self) -> None:
        from hotline.lines.calls.skills import rights  # noqa: F401
