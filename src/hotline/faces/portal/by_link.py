"""Links that text messages carry: /r/<token> opens one thing for whoever holds it, without a number or a code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from hotline.base.kernel import clock
from hotline.base.kernel.actor import citizen
from hotline.base.kernel.errors import Invalid, Problem
from hotline.base.kernel.grades import GRADES
from hotline.base.notices import tickets
from hotline.base.people.gate import address_of
from hotline.faces.portal.following import opened_in_this_browser
from hotline.faces.portal.page import PageError, page_errors, say, show, show_problem
from hotline.lines.calls import ratings
from hotline.work.cases import texts
from hotline.work.cases.words import moment_en, moment_zh


@require_http_methods(["GET", "HEAD", "POST"])
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """What the link is for: the rating of a case's result, or of a call."""
    try:
        ticket = tickets.look(token, address_of(request))
        if ticket.purpose == texts.TICKET:
            return opened_in_this_browser(str(ticket.about_id), reverse("portal:rate"))
        return _call(request, ratings.rateable(ticket.about_id))
    except Problem as problem:
        return show_problem(request, problem)


def _call(request: HttpRequest, call: ratings.Rateable) -> HttpResponse:
    if request.method == "POST":
        given = request.POST.get("grade", "")
        try:
            ratings.rate(
                citizen(address=address_of(request)),
                call.id,
                int(given) if given in ("1", "2", "3", "4", "5") else 0,
                "link",
            )
        except Invalid as problem:
            return _call_page(request, call, page_errors(problem.faults))
        return show(request, "rated")
    if call.rating is not None:
        return show(request, "rated")
    return _call_page(request, call, [])


def _call_page(request: HttpRequest, call: ratings.Rateable, errors: list[PageError]) -> HttpResponse:
    at = clock.local(call.at)
    return show(
        request,
        "rate_call",
        status=422 if errors else 200,
        errors=errors,
        number=call.number,
        at=say(moment_zh(at), moment_en(at)),
        grades=[(str(digit), say(zh, en)) for digit, (_, zh, en) in enumerate(GRADES, 1)],
    )
