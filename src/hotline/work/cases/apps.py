"""The room of 诉求件: intake, dispatch, clocks, acts, return visits."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the rights this room guards, the figures it goes by, and which agent a caller with an open case should have."""

    name = "hotline.work.cases"
    label = "cases"
    verbose_name = "诉求件"

    def ready(self) -> None:
        from hotline.lines.calls import waiting
        from hotline.work.cases import figures, queries, rights  # noqa: F401

        waiting.prefer(queries.agent_of_open_case)
