"""The portal's plain pages: home, the numbers, privacy, accessibility, large type."""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from hotline.faces.portal.page import LARGE_TYPE_COOKIE, say, show
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import BEHAVIOUR_WORDS, Behaviour

YEAR_S = 365 * 86_400


def nowhere(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that is none: a link cut short, or words of the message taken into it."""
    sentence = say(
        "没有这个页面。链接若来自短信，请看是否复制完整。",
        "There is no such page. If the link came in a text message, see whether it was copied whole.",
    )
    return show(request, "problem", status=404, sentence=sentence)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What a citizen can do here."""
    return show(request, "home", merged=len(numbers.listing()))


@require_safe
def merged_numbers(request: HttpRequest) -> HttpResponse:
    """The hotlines merged into one number, by what a caller meets when dialling them (53号 二, annex)."""
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in numbers.listing():
        groups[row["behaviour_now"]].append(
            {
                "number": row["number"],
                "name": say(row["name"], row["name_en"]),
                "department": row["department"],
            }
        )
    return show(
        request,
        "numbers",
        groups=[
            {
                "title": say(*BEHAVIOUR_WORDS[behaviour]),
                "what": _what_to_do(behaviour),
                "rows": groups[behaviour.value],
            }
            for behaviour in Behaviour
            if groups[behaviour.value]
        ],
    )


def _what_to_do(behaviour: Behaviour) -> str:
    number = settings.CITY["hotline"]["number"]
    match behaviour:
        case Behaviour.VACANT:
            return say(f"不再使用，请直接拨打 {number}。", f"No longer in use: dial {number}.")
        case Behaviour.NOTICE_THEN_QUEUE:
            return say(
                f"仍可拨打，听到提示后由 {number} 接听；也可直接拨打 {number}。",
                f"Still in use: after a notice {number} answers. You may dial {number} as well.",
            )
        case Behaviour.NOT_MERGED:
            return say("尚未归并，请按原号码拨打。", "Not merged yet: dial the number itself.")
        case _:
            return say(
                f"仍可拨打；也可拨打 {number}，由 {number} 为您转接。",
                f"Still in use. You may also dial {number} and be put through.",
            )


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is done with personal data (个保法 17)."""
    return show(request, "privacy")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How accessible this is, and whom to tell when it is not (无障碍环境建设法 32, 35)."""
    return show(request, "accessibility")


@require_POST
def large_type(request: HttpRequest) -> HttpResponse:
    """Turn the large-type version (适老版) on or off, and stay on the page."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("portal:home")
    response = HttpResponseRedirect(target)
    on = request.COOKIES.get(LARGE_TYPE_COOKIE) == "1"
    response.set_cookie(
        LARGE_TYPE_COOKIE,
        "0" if on else "1",
        max_age=YEAR_S,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response
