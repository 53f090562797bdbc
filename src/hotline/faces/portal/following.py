"""办件查询: number and query code in, the case in plain words out, and the caller's own verdict on the result."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hotline.base.kernel.actor import Actor, citizen
from hotline.base.kernel.errors import Fault, Invalid, NotFound, Problem
from hotline.base.people.gate import address_of
from hotline.faces.portal import files
from hotline.faces.portal.page import PageError, page_errors, say, show, show_problem
from hotline.work.attachments import actions as attachments
from hotline.work.attachments import queries as attached
from hotline.work.cases import actions
from hotline.work.cases import queries as cases
from hotline.work.cases.acts import ACTS
from hotline.work.cases.queries import CitizenView
from hotline.work.cases.states import STATES
from hotline.work.cases.terms import DISSATISFIED, GRADES, TYPES
from hotline.work.cases.words import moment_en, moment_zh

COOKIE = settings.HOTLINE.cookie("follow")
SALT = "hotline.portal.follow"
OPEN_FOR_S = 1800


@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Ask for number and query code; open the case for half an hour in this browser."""
    if request.method != "POST":
        return show(request, "follow", number=request.GET.get("number", ""), sms=actions.codes_by_message())
    number, code = request.POST.get("number", "").strip(), request.POST.get("code", "").strip()
    errors = [
        PageError(field, text)
        for field, value, text in (
            ("number", number, say("请填写编号", "Enter the number")),
            ("code", code, say("请填写查询码", "Enter the query code")),
        )
        if not value
    ]
    if errors:
        return show(
            request, "follow", status=422, errors=errors, number=number, sms=actions.codes_by_message()
        )
    try:
        case_id = actions.follow(number, code, address_of(request))
    except Problem as problem:
        error = PageError("number", say(problem.zh, problem.en))
        return show(
            request,
            "follow",
            status=problem.status,
            errors=[error],
            number=number,
            sms=actions.codes_by_message(),
        )
    return opened_in_this_browser(str(case_id), reverse("portal:followed"))


def opened_in_this_browser(case_id: str, page: str) -> HttpResponse:
    """Go to ``page`` with the case open in this browser for half an hour."""
    response = HttpResponseRedirect(page)
    response.set_cookie(
        COOKIE,
        signing.dumps(case_id, salt=SALT),
        max_age=OPEN_FOR_S,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def new_code(request: HttpRequest) -> HttpResponse:
    """Ask for a new query code by text message or mail, with the number and the telephone or address that was left with it."""
    given = {name: request.POST.get(name, "").strip() for name in ("number", "contact")}
    if request.method != "POST":
        return show(request, "new_code", number=request.GET.get("number", ""))
    errors = [
        PageError(field, text)
        for field, text in (
            ("number", say("请填写编号", "Enter the number")),
            (
                "contact",
                say(
                    "请填写当时留下的手机号或邮箱", "Enter the mobile number or e-mail address you left then"
                ),
            ),
        )
        if not given[field]
    ]
    if errors:
        return show(request, "new_code", status=422, errors=errors, **given)
    try:
        actions.new_code(given["number"], given["contact"], address_of(request))
    except Problem as problem:
        return show_problem(request, problem)
    return show(request, "new_code_sent", number=given["number"])


def _caller(request: HttpRequest) -> Actor | None:
    """The caller of the case this browser has opened."""
    try:
        case_id = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=OPEN_FOR_S)
    except signing.BadSignature:
        return None
    return citizen(str(case_id), address_of(request))


def _opened(request: HttpRequest) -> tuple[Actor, CitizenView] | None:
    caller = _caller(request)
    if caller is None:
        return None
    try:
        return caller, cases.citizen_view(caller)
    except NotFound:
        return None


@require_safe
def followed(request: HttpRequest) -> HttpResponse:
    """How the case stands."""
    opened = _opened(request)
    if opened is None:
        return HttpResponseRedirect(reverse("portal:follow"))
    view = opened[1]
    state, type = STATES[view.state], TYPES[view.type]
    return show(
        request,
        "followed",
        view=view,
        state_word=say(state.zh, state.en),
        state_sentence=say(state.citizen_zh, state.citizen_en),
        unit=say(view.owner_name, view.owner_name_en),
        own_acts=[(name, say(*words[0:2])) for name, words in _PAGES.items() if name in view.may],
        type_word=say(type.zh, type.en),
        files=attached.of_caller("case", view.id),
        created=_moment(view.created_at),
        deadline=_moment(view.deadline_at),
        steps=[
            {"at": _moment(step.at), "words": say(step.zh, step.en), "text": step.text}
            for step in reversed(view.steps)
        ],
    )


@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest) -> HttpResponse:
    """好差评: five grades; a dissatisfied caller has the case handled again (济南 27)."""
    opened = _opened(request)
    if opened is None:
        return HttpResponseRedirect(reverse("portal:follow"))
    caller, view = opened
    if "rate" not in view.may:
        return HttpResponseRedirect(reverse("portal:followed"))
    if request.method != "POST":
        return _rate_page(request, view, view.version, {}, [])
    given = {"grade": request.POST.get("grade", ""), "reason": request.POST.get("reason", "").strip()}
    try:
        version = int(request.POST.get("version", "0"))
        actions.perform(caller, view.id, "rate", version, given)
    except Invalid as problem:
        return _rate_page(request, view, version, given, page_errors(problem.faults))
    except Problem as problem:
        return show_problem(request, problem)
    except ValueError:
        return HttpResponseRedirect(reverse("portal:rate"))
    return HttpResponseRedirect(reverse("portal:followed"))


_PAGES: dict[str, tuple[str, str, str, str, str, str]] = {
    "add": (
        "补充情况", "Add something",
        "写下新的情况或您想改正的内容，承办单位会看到；原来写的不会改动。",
        "Write what is new or what you want to correct; the unit will see it. What you wrote before stays as it is.",
        "提交补充", "Add it",
    ),
    "caller_urge": (
        "催办", "Ask for it to be hurried",
        "承办单位会收到您的催办，一天可以催一次。", "The unit will be told. You can do this once a day.",
        "催办", "Ask now",
    ),
    "withdraw": (
        "撤回诉求", "Withdraw the request",
        "撤回后即办结，承办单位不再办理；以后可以重新提出。",
        "It will be closed and the unit stops working on it; you can ask again later.",
        "确认撤回", "Withdraw it",
    ),
}  # fmt: skip
"""The caller's own acts besides rating: title, what it means, and the button, in Chinese and English."""
ADDS = "add"
"""The one that files may come with."""


@require_http_methods(["GET", "HEAD", "POST"])
def caller_act(request: HttpRequest, name: str) -> HttpResponse:
    """One of the caller's own acts, with the fields that the table of acts has for it."""
    opened = _opened(request)
    if opened is None or name not in _PAGES or name not in opened[1].may:
        return HttpResponseRedirect(reverse("portal:followed" if opened else "portal:follow"))
    caller, view = opened
    fields = ACTS[name].fields
    given = {field.name: request.POST.get(field.name, "").strip() for field in fields}
    errors: list[PageError] = []
    if request.method == "POST":
        try:
            if over := files.too_much(request):
                raise Invalid([Fault(over.field, over.text, over.text)])
            with transaction.atomic():
                case = actions.by_caller(caller, name, {key: value for key, value in given.items() if value})
                if name == ADDS:
                    attachments.add_from_caller(
                        caller, ("case", case.id), files.uploads(request), channel="portal", act=name
                    )
            return HttpResponseRedirect(reverse("portal:followed"))
        except Invalid as problem:
            errors = page_errors(problem.faults)
        except Problem as problem:
            return show_problem(request, problem)
    words = _PAGES[name]
    return show(
        request,
        "caller_act",
        status=422 if errors else 200,
        back=reverse("portal:followed"),
        errors=errors,
        view=view,
        title=say(*words[0:2]),
        meaning=say(*words[2:4]),
        button=say(*words[4:6]),
        promised=files.promised() if name == ADDS else "",
        fields=[
            {
                "name": field.name, "label": say(field.zh, field.en), "required": field.required,
                "most": field.max_length, "value": given[field.name],
                "error": next((error.text for error in errors if error.field == field.name), ""),
            }
            for field in fields
        ],
    )  # fmt: skip


def _rate_page(
    request: HttpRequest, view: CitizenView, version: int, given: dict[str, str], errors: list[PageError]
) -> HttpResponse:
    return show(
        request,
        "rate",
        back=reverse("portal:followed"),
        status=422 if errors else 200,
        errors=errors,
        version=version,
        view=view,
        result=next((step.text for step in reversed(view.steps) if step.act == "check"), ""),
        given=given,
        grades=[(word.value, say(word.zh, word.en), word.value in DISSATISFIED) for word in GRADES.values()],
    )


def _moment(moment: datetime | None) -> str:
    return say(moment_zh(moment), moment_en(moment))
