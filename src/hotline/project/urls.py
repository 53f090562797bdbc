"""Addresses: the portal at /, the API under /api/v1, the health page. The console is static and served by Caddy."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

from hotline.base.people.gate import open_to_all
from hotline.project.api import api
from hotline.project.runtime.health import healthz

urlpatterns = [
    path("healthz", open_to_all(healthz)),
    path("api/v1/", api.urls),
    path("language", open_to_all(set_language), name="set_language"),
    path("", include("hotline.faces.portal.urls")),
]

handler404 = "hotline.faces.portal.views.nowhere"
