"""The room of recordings."""

from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    """Registers the rights this room guards and listens for calls that end."""

    name = "hotline.lines.recordings"
    label = "recordings"
    verbose_name = "录音"

    def ready(self) -> None:
        from hotline.base.kernel import outbox
        from hotline.lines.recordings import figures, intake, judging, rights  # noqa: F401

        outbox.on("call.ended", intake.note_end)
        outbox.on("call.recording_failed", judging.note_failure)
