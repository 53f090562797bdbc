"""Exchange: what comes in from, and later goes out to, hotlines and systems that are not this platform."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "hotline.joined.exchange"
    label = "exchange"

    def ready(self) -> None:
        from hotline.base.kernel import rights

        rights.declare("rundata.push", "报送运行数据", "Send run data")
        rights.declare("rundata.read", "查看运行数据", "Read run data")
