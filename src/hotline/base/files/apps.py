"""The room of files."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Guards no right of its own: who may open a file is decided by the room it belongs to."""

    name = "hotline.base.files"
    label = "files"
    verbose_name = "文件"
