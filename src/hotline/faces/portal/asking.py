"""我要咨询 / 我要投诉 / 我要求助 / 我要建议: one question a page, check, file, receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from hotline.base.kernel import clock, ids, rates
from hotline.base.kernel.actor import citizen
from hotline.base.kernel.errors import Problem
from hotline.base.people import queries as people
from hotline.base.people.gate import address_of
from hotline.faces.portal import drafts, files
from hotline.faces.portal.figures import FILED_PER_HOUR, TRIES_PER_DRAFT
from hotline.faces.portal.page import PageError, page_errors, say, show, show_problem
from hotline.work.attachments import actions as attachments
from hotline.work.cases import actions, clocks
from hotline.work.cases import queries as cases
from hotline.work.cases.intake import Asking
from hotline.work.cases.terms import NORMAL, TYPES


@dataclass(frozen=True, slots=True)
class Step:
    """One page: its name in the address, the draft's fields it asks for, and those without which one cannot go on."""

    name: str
    fields: tuple[str, ...]
    needs: tuple[str, ...]


STEPS = {
    step.name: step
    for step in (
        Step("type", ("type",), ("type",)),
        Step("matter", ("type", "matter", "content"), ("matter", "content")),
        Step("county", ("county",), ("county",)),
        Step("place", ("division", "address"), ("place_seen",)),
        Step("contact", ("name", "phone", "mail", "confidential"), ("phone",)),
        Step("check", (), ()),
    )
}
ORDER = list(STEPS)
FILES = "files"
"""Not on everybody's way: the check page leads to it and back."""


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, step: str) -> HttpResponse:
    """Show or take one page of a request."""
    if step not in STEPS and step != FILES:
        return show(request, "problem", status=404, sentence=_("没有这个页面。"))
    draft = drafts.read(request)
    if "receipt" in draft:
        draft = {}  # what was filed is filed; this is a new request
    if request.GET.get("type") in TYPES:
        draft = draft | {"type": request.GET["type"]}
    missing = _first_missing(draft, before="check" if step == FILES else step)
    if missing and not (step == "matter" and request.method == "POST"):
        return HttpResponseRedirect(_address(missing))
    if step == FILES:
        return files.choose(request, draft)
    if request.method == "POST":
        return _file(request, draft) if step == "check" else _take(request, STEPS[step], draft)
    return _page(request, STEPS[step], draft, [])


def _first_missing(draft: dict[str, Any], before: str) -> str | None:
    for name in ORDER[: ORDER.index(before)]:
        if any(not draft.get(field) for field in STEPS[name].needs):
            return name
    return None


def _address(step: str) -> str:
    return reverse("portal:ask", args=[step])


def _take(request: HttpRequest, step: Step, draft: dict[str, Any]) -> HttpResponse:
    """Read one page into the draft; back to it with the faults, or on to the next."""
    given: dict[str, Any] = {field: request.POST.get(field, "").strip() for field in step.fields}
    if step.name == "contact":
        given["confidential"] = "confidential" in request.POST
    if step.name == "county" and given.get("county") != draft.get("county"):
        given |= {"division": "", "place_seen": False}
    draft = draft | given | ({"place_seen": True} if step.name == "place" else {})
    errors = _errors(step, draft)
    if errors:
        return _page(request, step, draft, errors, status=422)
    changing = request.GET.get("change") and not _first_missing(draft, before="check")
    response = HttpResponseRedirect(_address("check" if changing else ORDER[ORDER.index(step.name) + 1]))
    drafts.write(request, response, {"key": str(ids.new())} | draft)
    return response


def _asking(draft: dict[str, Any]) -> Asking:
    return Asking(
        type=draft.get("type", ""),
        matter=draft.get("matter", ""),
        content=draft.get("content", ""),
        channel="portal",
        division=draft.get("division", ""),
        address=draft.get("address", ""),
        name=draft.get("name", ""),
        phone=draft.get("phone", ""),
        mail=draft.get("mail", ""),
        confidential=bool(draft.get("confidential")),
        key=draft.get("key", ""),
    )


def _errors(step: Step, draft: dict[str, Any]) -> list[PageError]:
    """What the intake says about the fields of this page, and what only the portal asks for."""
    errors = [error for error in page_errors(_asking(draft).faults()) if error.field in step.fields]
    if step.name == "county" and draft.get("county") not in {unit.key for unit in _counties()}:
        errors.append(PageError("county", _("请选择事情发生在哪个县（市、区）")))
    town = draft.get("division") if step.name == "place" else ""
    if town and town not in {code for code, _name in _towns(draft["county"])}:
        errors.append(PageError("division", _("请从列表中选择乡镇（街道）")))
    if step.name == "contact" and not draft.get("phone"):
        # 潍坊 11: 诉求人应当提供联系方式
        errors.append(PageError("phone", _("请填写电话号码，我们要用它答复您")))
    return errors


def _page(
    request: HttpRequest, step: Step, draft: dict[str, Any], errors: list[PageError], status: int = 200
) -> HttpResponse:
    position = ORDER.index(step.name)
    return show(
        request,
        f"ask_{step.name}",
        status=status,
        errors=errors,
        draft=draft,
        step=step.name,
        back=_address("check" if request.GET.get("change") else ORDER[position - 1])
        if position
        else reverse("portal:home"),
        **_choices(step.name, draft),
    )


def _choices(step: str, draft: dict[str, Any]) -> dict[str, Any]:
    match step:
        case "type":
            return {"types": [(word.value, say(word.zh, word.en)) for word in TYPES.values()]}
        case "matter":
            return {"type_word": _type_word(draft)}
        case "county":
            return {"counties": [(unit.key, unit.name) for unit in _counties()]}
        case "place":
            return {
                "towns": _towns(draft["county"]),
                "county_name": people.organisation_by_key(draft["county"]).name,
            }
        case "check":
            names = "、".join(file["name"] for file in files.of_draft(draft))
            return {
                "type_word": _type_word(draft),
                "place_word": _place_word(draft),
                "files_word": names or say("没有", "None"),
            }
        case _:
            return {}


def _type_word(draft: dict[str, Any]) -> str:
    word = TYPES[draft["type"]]
    return say(word.zh, word.en)


def _place_word(draft: dict[str, Any]) -> str:
    if draft.get("division"):
        return people.division(draft["division"]).full_name
    return people.organisation_by_key(draft["county"]).name


def _counties() -> list[Any]:
    units = [*people.organisations(kind="county"), *people.organisations(kind="zone")]
    return [unit for unit in units if unit.in_jurisdiction]


def _towns(county: str) -> list[tuple[str, str]]:
    """The towns a county or zone really handles: those laid over by a zone are the zone's (domain: 台商投资区)."""
    towns = people.find_divisions(level="town", limit=500)
    handlers = people.handlers_of(towns, strict=False)
    return [(t.code, t.name) for t in towns if (unit := handlers[t.code]) is not None and unit.key == county]


def _file(request: HttpRequest, draft: dict[str, Any]) -> HttpResponse:
    """File the request. The draft's own key makes a double click one case."""
    address = address_of(request)
    if not _may_file(draft["key"], address):
        return show_problem(
            request,
            Problem(
                "too-many",
                "提交过于频繁，请一小时后再试，或拨打 12345",
                "Too many requests from here; try again in an hour or call 12345",
                status=429,
            ),
        )
    caller = citizen(address=address, rights=frozenset({"case.create"}))
    try:
        with transaction.atomic():
            drafts.hold(request)  # a double click: one after the other
            filed = actions.accept(caller, _in_place(draft))
            attachments.hand_over(caller, ("draft", UUID(draft["key"])), ("case", filed.id), act="accept")
    except Problem as problem:
        return show_problem(request, problem)
    _count_filed(draft["key"], address)
    response = HttpResponseRedirect(reverse("portal:asked"))
    receipt = {"number": filed.number, "code": filed.query_code, "type": draft["type"]}
    drafts.write(request, response, {"receipt": receipt}, drafts.RECEIPT_KEPT)
    return response


def _may_file(key: str, address: str) -> bool:
    filed = rates.made(f"portal-filed:{rates.source(address)}", 3600)
    return rates.allow(f"portal-tries:{key}", TRIES_PER_DRAFT(), 3600) and filed < FILED_PER_HOUR()


def _count_filed(key: str, address: str) -> None:
    """Count a request that was filed, once however often it was sent."""
    if rates.allow(f"portal-filed-draft:{key}", 1, 86_400):
        rates.allow(f"portal-filed:{rates.source(address)}", FILED_PER_HOUR(), 3600)


def _in_place(draft: dict[str, Any]) -> Asking:
    """The request with its place: the town if one was chosen, else the county; a zone without a town goes in words."""
    if draft.get("division"):
        return _asking(draft)
    unit = people.organisation_by_key(draft["county"])
    if unit.division_code:
        return _asking(draft | {"division": unit.division_code})
    return _asking(draft | {"address": f"{unit.name} {draft.get('address', '')}".strip()})


@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """The receipt: number, query code, what happens next and when."""
    receipt = drafts.read(request).get("receipt")
    if receipt is None:
        return HttpResponseRedirect(reverse("portal:home"))
    word = TYPES[receipt["type"]]
    return show(
        request,
        "asked",
        number=receipt["number"],
        code=receipt["code"],
        type_word=say(word.zh, word.en),
        promise=_promise(receipt["type"]),
    )


def _promise(type: str) -> str:
    """The limit that holds today, in words; empty when the city has set none."""
    try:
        limit = clocks.in_force(cases.limits(), type, NORMAL, clock.now())
    except clocks.NoLimit:
        return ""
    if limit.unit == limit.Unit.HOURS:
        return say(f"{limit.amount} 小时", f"{limit.amount} hours")
    return say(f"{limit.amount} 个工作日", f"{limit.amount} working days")
