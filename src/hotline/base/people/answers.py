"""How the API says no: ``application/problem+json``, always in Chinese and English, with the place of each fault."""

import json
import logging
from typing import Any

import ninja
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

from hotline.base.kernel.errors import Fault, Invalid, Problem

log = logging.getLogger(__name__)

# pydantic's error types in words; its own English message serves as the English text.
_CHINESE = {
    "missing": "缺少此项",
    "extra_forbidden": "不接受此项",
    "json_invalid": "不是合法的 JSON",
    "string_type": "应为文字",
    "string_too_short": "文字过短，至少 {min_length} 个字符",
    "string_too_long": "文字过长，最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不符",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为“是”或“否”",
    "bool_parsing": "应为“是”或“否”",
    "list_type": "应为列表",
    "too_short": "项目过少，至少 {min_length} 项",
    "too_long": "项目过多，最多 {max_length} 项",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "literal_error": "取值不在允许的范围内：{expected}",
    "enum": "取值不在允许的范围内：{expected}",
    "uuid_type": "应为编号（UUID）",
    "uuid_parsing": "应为编号（UUID）",
    "date_type": "应为日期",
    "date_parsing": "应为日期（YYYY-MM-DD）",
    "date_from_datetime_parsing": "应为日期（YYYY-MM-DD）",
    "datetime_type": "应为时间",
    "datetime_parsing": "应为时间（ISO 8601）",
    "datetime_from_date_parsing": "应为时间（ISO 8601）",
    "timezone_aware": "时间须带时区",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
}


def problem_response(problem: Problem) -> HttpResponse:
    """``problem`` as an HTTP answer; also for views outside the API."""
    return HttpResponse(
        json.dumps(problem.as_dict(), ensure_ascii=False),
        status=problem.status,
        content_type="application/problem+json",
    )


def install(api: ninja.NinjaAPI) -> None:
    """Have ``api`` answer every exception as a problem."""

    def answer(request: HttpRequest, exc: Exception | type[Exception]) -> HttpResponse:
        return problem_response(_problem_of(request, exc))

    for kind in (Problem, ValidationError, Http404, HttpError, Exception):
        api.add_exception_handler(kind, answer)


def _problem_of(request: HttpRequest, exc: object) -> Problem:
    match exc:
        case Problem():
            return exc
        case ValidationError():
            return Invalid([_fault(error) for error in exc.errors])
        case Http404():
            return Problem("not-found", "没有找到。", "Not found.", status=404)
        case HttpError(status_code=400):
            return Problem("malformed", "请求无法解析。", str(exc), status=400)
        case HttpError(status_code=429):
            return Problem(
                "too-many", "请求过于频繁，请稍后再试。", "Too many requests; try again later.", status=429
            )
        case HttpError():
            return Problem("refused", "请求被拒绝。", str(exc), status=exc.status_code)
    log.error(
        "%s %s failed", request.method, request.path, exc_info=exc if isinstance(exc, Exception) else None
    )
    return Problem(
        "internal", "系统内部错误，已记录。", "An internal error occurred and was recorded.", status=500
    )


def _fault(error: dict[str, Any]) -> Fault:
    # ninja's location is (source, parameter of the view, field, …); callers know the fields only.
    source, *place = [str(part) for part in error["loc"]]
    if source in ("body", "form") and len(place) > 1:
        place = place[1:]
    words = _CHINESE.get(error["type"])
    zh = words.format_map(_Loose(error.get("ctx", {}))) if words else f"内容有误（{error['type']}）"
    return Fault(".".join(place) or source, zh, str(error["msg"]))


class _Loose(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"
