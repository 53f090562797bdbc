"""How every page of the portal is rendered: language, large type, the city's name, errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from hotline.base.kernel.errors import Fault, Problem

LARGE_TYPE_COOKIE = settings.HOTLINE.cookie("large")


@dataclass(frozen=True, slots=True)
class PageError:
    """One fault as the page shows it: the words, and the field the summary links to."""

    field: str
    text: str


def say(zh: str, en: str) -> str:
    """The one of two wordings that fits the page's language."""
    return en if get_language() == "en" else zh


def page_errors(faults: Iterable[Fault]) -> list[PageError]:
    """Faults of a form for the error summary; ``contact.phone`` stands at the field ``phone``."""
    return [PageError(fault.where.rpartition(".")[2], say(fault.zh, fault.en)) for fault in faults]


def show(
    request: HttpRequest,
    template: str,
    *,
    status: int = 200,
    errors: list[PageError] | None = None,
    **context: Any,
) -> HttpResponse:
    """Render ``portal/<template>.html``. Pages are never cached: the next person at this computer is somebody else."""
    city = settings.CITY
    response = render(
        request,
        f"portal/{template}.html",
        {
            "city": say(city["name"], city["name_en"]),
            "hotline": city["hotline"]["number"],
            "centre": say(city["hotline"]["name"], city["hotline"]["name_en"]),
            "emergency": [
                {"number": row["number"], "name": say(row["name"], row["name_en"])}
                for row in city["emergency_numbers"]
            ],
            # 无障碍环境建设法 35: an emergency must be reachable without a voice. Only numbers the city has named.
            "emergency_sms": [
                {"number": row["sms"], "name": say(row["name"], row["name_en"])}
                for row in city["emergency_numbers"]
                if row.get("sms")
            ],
            "large": request.COOKIES.get(LARGE_TYPE_COOKIE) == "1",
            "errors": errors or [],
            "error_of": {error.field: error.text for error in errors or []},
            **context,
        },
        status=status,
    )
    response["Cache-Control"] = "no-store"
    return response


def show_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A refusal as a page: what is wrong and what to do."""
    return show(request, "problem", status=problem.status, sentence=say(problem.zh, problem.en))
