"""The room of dispatch."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """Registers the rights this room guards and the figures it goes by, and has cases ask it
    for the rows they are dispatched under."""

    name = "hotline.work.dispatch"
    label = "dispatch"
    verbose_name = "派单"

    def ready(self) -> None:
        from hotline.work.cases import items
        from hotline.work.dispatch import figures, queries, rights  # noqa: F401

        items.provide(queries.item)
