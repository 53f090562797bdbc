"""Addresses of the portal. Each can be shared and reloaded."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from hotline.base.people.gate import open_to_all
from hotline.faces.portal import asking, by_link, following, views

app_name = "portal"
# What follow/case and follow/rate show needs the query code as well, which follow asks for;
# what r/<token> shows needs the token.
urlpatterns = [
    path("", open_to_all(views.home), name="home"),
    path("ask", open_to_all(RedirectView.as_view(pattern_name="portal:start")), name="ask-redirect"),
    path("ask/type", open_to_all(asking.ask), {"step": "type"}, name="start"),
    path("ask/done", open_to_all(asking.asked), name="asked"),
    path("ask/<slug:step>", open_to_all(asking.ask), name="ask"),
    path("follow", open_to_all(following.follow), name="follow"),
    path("follow/code", open_to_all(following.new_code), name="new-code"),
    path("follow/case", open_to_all(following.followed), name="followed"),
    path("follow/act/<slug:name>", open_to_all(following.caller_act), name="caller-act"),
    path("follow/rate", open_to_all(following.rate), name="rate"),
    path("r/<slug:token>", open_to_all(by_link.opened), name="by-link"),
    path("numbers", open_to_all(views.merged_numbers), name="numbers"),
    path("privacy", open_to_all(views.privacy), name="privacy"),
    path("accessibility", open_to_all(views.accessibility), name="accessibility"),
    path("large-type", open_to_all(views.large_type), name="large-type"),
]
