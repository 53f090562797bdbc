"""Addresses of the portal. Each can be shared and reloaded."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from hotline.faces.portal import asking, following, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("ask", RedirectView.as_view(pattern_name="portal:start"), name="ask-redirect"),
    path("ask/type", asking.ask, {"step": "type"}, name="start"),
    path("ask/done", asking.asked, name="asked"),
    path("ask/<slug:step>", asking.ask, name="ask"),
    path("follow", following.follow, name="follow"),
    path("follow/case", following.followed, name="followed"),
    path("follow/rate", following.rate, name="rate"),
    path("numbers", views.merged_numbers, name="numbers"),
    path("privacy", views.privacy, name="privacy"),
    path("accessibility", views.accessibility, name="accessibility"),
    path("large-type", views.large_type, name="large-type"),
]
