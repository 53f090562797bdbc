"""The room of 诉求件: intake, dispatch, clocks, acts, return visits."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the rights this room guards, the figures it goes by, which agent a caller with an open case should
    have, and listens for acts its caller is to be told of, that others wait for, or that escalate it."""

    name = "hotline.work.cases"
    label = "cases"
    verbose_name = "诉求件"

    def ready(self) -> None:
        from hotline.lines.calls import waiting
        from hotline.work.cases import contacting, escalating, figures, followers, queries, rights, telling  # noqa: F401

        waiting.prefer(queries.agent_of_open_case)
        telling.listen()
        contacting.listen()
        escalating.listen()
        followers.listen()
