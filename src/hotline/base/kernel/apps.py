"""The kernel: what every room stands on and which itself knows no room."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "hotline.base.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hotline.base.kernel import rights

        rights.declare("system.read", "查看系统状态", "See the system's state")
        rights.declare("audit.read", "查看审计记录", "Read the audit log")
        rights.declare("audit.verify", "校验审计链", "Verify the audit chain")
        rights.declare("clock.set", "拨动沙箱时钟", "Set the sandbox clock")
