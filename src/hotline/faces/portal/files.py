"""Photographs and files that come with a request: chosen on a page of their own, or with what a caller adds later."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from hotline.base.kernel.actor import citizen
from hotline.base.kernel.errors import Invalid, Problem
from hotline.base.people.gate import address_of
from hotline.faces.portal.page import PageError, page_errors, say, show, show_problem
from hotline.work.attachments import actions, queries
from hotline.work.attachments.examining import Upload

FIELD = "file"


def uploads(request: HttpRequest) -> list[Upload]:
    """The files of a form."""
    return [Upload(file.name or "", file.read()) for file in request.FILES.getlist(FIELD)]


def too_much(request: HttpRequest) -> PageError | None:
    """What is wrong when so much came at once that its files were left out while it was read."""
    most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    if int(request.META.get("CONTENT_LENGTH") or 0) <= most:
        return None
    mb = most // 1024 // 1024
    return PageError(
        FIELD,
        say(
            f"一次最多传 {mb} MB，这次没有收下，请分几次上传",
            f"At most {mb} MB at once; nothing was taken, send them one after the other",
        ),
    )


def promised() -> str:
    """What may be sent, in words."""
    taken = queries.limits()
    kinds = "、".join(taken["kinds"])
    return say(
        f"最多 {taken['at_once']} 个，每个不超过 {taken['mb']} MB。可以上传：{kinds}。照片里的拍摄地点等信息会自动去掉。",
        f"At most {taken['at_once']}, each up to {taken['mb']} MB: {', '.join(taken['kinds'])}. "
        "Where a photograph was taken is removed from it.",
    )


def of_draft(draft: dict[str, Any]) -> list[queries.OwnFile]:
    """What was sent with a draft so far."""
    return queries.of_caller("draft", draft["key"]) if draft.get("key") else []


def choose(request: HttpRequest, draft: dict[str, Any]) -> HttpResponse:
    """The page on which files are added to a request and taken back, before it is sent."""
    here = reverse("portal:ask", args=["files"])
    errors: list[PageError] = []
    if request.method == "POST":
        caller, key = citizen(address=address_of(request)), UUID(draft["key"])
        try:
            if "remove" in request.POST:
                actions.remove_from_draft(caller, key, UUID(request.POST["remove"]))
                return HttpResponseRedirect(here)
            if over := too_much(request):
                errors = [over]
            elif given := uploads(request):
                with transaction.atomic():
                    actions.add_from_caller(caller, ("draft", key), given, channel="portal")
                return HttpResponseRedirect(here)
            else:
                errors = [PageError(FIELD, say("请先选择文件", "Choose a file first"))]
        except ValueError:
            return HttpResponseRedirect(here)
        except Invalid as problem:
            errors = page_errors(problem.faults)
        except Problem as problem:
            return show_problem(request, problem)
    return show(
        request,
        "ask_files",
        status=422 if errors else 200,
        errors=errors,
        files=of_draft(draft),
        promised=promised(),
        back=reverse("portal:ask", args=["check"]),
    )
