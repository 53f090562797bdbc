"""Finding cases by what stands in them."""

from django.apps import AppConfig


class FindingConfig(AppConfig):
    """It guards no right of its own: who may know of what is found, the cases' room says."""

    name = "hotline.work.finding"
    label = "finding"
    verbose_name = "诉求检索"
