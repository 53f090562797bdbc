"""The desk: what the console composes across rooms."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Tells the room of recordings what only the room of cases knows."""

    name = "hotline.faces.desk"
    label = "desk"
    verbose_name = "话务台"

    def ready(self) -> None:
        from hotline.faces.desk import recordings
        from hotline.lines.recordings import restrictions
        from hotline.work.cases import queries as cases

        restrictions.provide(recordings.standing_of)
        restrictions.provide_barred(cases.stands_aside_from_call)
