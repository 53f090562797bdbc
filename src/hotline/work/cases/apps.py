"""The room of 诉求件: intake, dispatch, clocks, acts, return visits."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the rights this room guards and the figures it goes by."""

    name = "hotline.work.cases"
    label = "cases"
    verbose_name = "诉求件"

    def ready(self) -> None:
        from hotline.work.cases import figures, rights  # noqa: F401
