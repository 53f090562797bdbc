"""Metrics: every figure has one definition, one formula, one place."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "hotline.joined.metrics"
    label = "metrics"

    def ready(self) -> None:
        from hotline.base.kernel import rights
        from hotline.joined.metrics import figures  # noqa: F401

        rights.declare("board.read", "查看大屏", "See the wallboard")
        rights.declare("metrics.read", "查看指标", "Read metrics")
