"""Hand-over: callers who go to a linked hotline, or come from one, with what they have already told."""

from django.apps import AppConfig


class HandOverConfig(AppConfig):
    """Registers the right of far centres and listens for calls that are handed over and that end."""

    name = "hotline.joined.handover"
    label = "handover"
    verbose_name = "转接移交"

    def ready(self) -> None:
        from hotline.base.kernel import outbox
        from hotline.joined.handover import figures, meeting, outgoing, rights  # noqa: F401

        outbox.on("call.handover", outgoing.on_handed_over)
        outbox.on("call.came_over", meeting.on_came_over)
        outbox.on("call.ended", meeting.on_ended)
        outbox.on("call.code_keyed", meeting.on_code_keyed)
