"""The one API, /api/v1: every room's routes, behind the gate."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from ninja import NinjaAPI

from hotline.base.people import gate

ROOMS = (
    "base.people",
    "base.parties",
    "base.notices",
    "lines.numbers",
    "lines.calls",
    "lines.calls.announcements",
    "lines.roster",
    "lines.alarms",
    "lines.calls.callbacks",
    "lines.calls.restrictions",
    "lines.calls.skills",
    "lines.recordings",
    "work.interests",
    "work.cases",
    "work.alerts",
    "work.attachments",
    "work.inbox",
    "work.reads",
    "work.dispatch",
    "work.views",
    "work.exports",
    "work.letters",
    "joined.exchange",
    "joined.handover",
    "joined.metrics",
    "faces.desk",
)

api = NinjaAPI(
    title="一号通 / one-number hotline platform",
    version="1",
    urls_namespace="api",
    docs_url=None,  # the interactive page loads scripts from elsewhere; openapi.json is what machines read
    description="政务服务便民热线平台接口。错误均为 application/problem+json，中英双语。",
)
gate.install(api)
for room in ROOMS:
    if find_spec(f"hotline.{room}.api"):
        api.add_router("", import_module(f"hotline.{room}.api").router)
