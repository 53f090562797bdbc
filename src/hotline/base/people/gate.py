"""The door every API request goes through.

A room declares its routes with this module's ``Router``; a route that does not say which right it needs cannot be
declared at all::

    router = Router(tags=["cases"])

    @router.get("/cases", right="case.list", response=CasePage)
    def list_cases(request: Asked) -> CasePage: ...

``right`` is the name of a declared right, ``SIGNED_IN`` (anyone signed in) or ``PUBLIC`` (anyone).
People come with a Django session (unsafe methods need the ``X-CSRFToken`` header), machines with
``Authorization: Bearer <token>``. Either way ``request.actor`` says who is asking, what he may and how far he sees.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import ninja
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from ninja.utils import check_csrf

from hotline.base.kernel.actor import Actor, citizen
from hotline.base.kernel.errors import Forbidden, Problem
from hotline.base.people import answers, queries
from hotline.base.people.figures import IDLE_MINUTES
from hotline.base.people.sessions import SessionStore

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed_in"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_View = TypeVar("_View", bound=Callable[..., Any])


class Asked(HttpRequest):
    """A request that has passed the gate: what the views of the rooms receive."""

    actor: Actor


class Unauthenticated(Problem):
    """401: nobody is signed in, or the token is not (or no longer) valid."""

    def __init__(
        self, zh: str = "请先登录。", en: str = "Sign in first.", code: str = "not-signed-in"
    ) -> None:
        super().__init__(code, zh, en, status=401)


def not_signed_in(session: SessionBase) -> Unauthenticated:
    """Why ``session`` opens nothing: there is none, or nobody used it for too long."""
    if not getattr(session, "lapsed", False):
        return Unauthenticated()
    minutes = IDLE_MINUTES()
    return Unauthenticated(
        f"已有 {minutes} 分钟没有操作，为保护个人信息已自动退出，请重新登录。",
        f"Nothing was done for {minutes} minutes; you were signed out to protect personal data. Sign in again.",
        "session-lapsed",
    )


class _Gate:
    """The authentication callback of one route; leaves ``request.actor`` behind."""

    def __init__(self, right: str, use: bool = True) -> None:
        self.right, self.use = right, use

    def __call__(self, request: HttpRequest) -> Actor:
        actor = _bearer(request) or _person(request, self.use)
        if actor is None:
            if self.right != PUBLIC:
                raise not_signed_in(request.session)
            _same_origin(request)
            actor = citizen(address=address_of(request))
        elif self.right not in (PUBLIC, SIGNED_IN) and not actor.may(self.right):
            raise _password_first() if _waits_for_password(actor) else Forbidden(self.right)
        request.actor = actor  # type: ignore[attr-defined]
        return actor


def _waits_for_password(actor: Actor) -> bool:
    """Posts but no rights: queries.actor_of_session withholds them until a password that must be changed is."""
    return actor.kind == "person" and bool(actor.roles) and not actor.rights


def _password_first() -> Problem:
    return Problem("password-change-required", "请先修改密码。", "Change your password first.", status=403)


def address_of(request: HttpRequest) -> str:
    """Network address of the one who asks; "" when unknown.

    Behind the front door it is the last entry of X-Forwarded-For, which the front door itself wrote; anything before
    it is the client's own claim.
    """
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    for candidate in (forwarded, request.META.get("REMOTE_ADDR", "")):
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return ""


def _bearer(request: HttpRequest) -> Actor | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    actor = queries.actor_of_token(value.strip(), address=address_of(request))
    if actor is None:
        raise Unauthenticated(
            "令牌无效、已过期或已撤销。", "The token is not valid, has expired or was revoked."
        )
    return actor


def _person(request: HttpRequest, use: bool) -> Actor | None:
    actor = queries.actor_of_session(request.session, address=address_of(request))
    if actor is not None and request.method not in _SAFE and check_csrf(request) is not None:
        raise Problem(
            "csrf",
            "请求缺少或带有错误的 X-CSRFToken，请刷新页面后再试。",
            "The X-CSRFToken header is missing or wrong; reload the page and try again.",
            status=403,
        )
    if use and actor is not None and isinstance(request.session, SessionStore):
        request.session.used()
    return actor


def _same_origin(request: HttpRequest) -> None:
    """A stranger has no session for a forged request to ride on, but a forged *sign-in* would give him one."""
    origin = request.headers.get("Origin")
    if request.method not in _SAFE and origin and urlsplit(origin).netloc != request.get_host():
        raise Problem(
            "cross-origin", "不接受来自其他网站的请求。", "Requests from other sites are refused.", status=403
        )


@dataclass(frozen=True)
class Route:
    """One method of one path, as the API really serves it. ``right`` is None when nobody declared one."""

    method: str
    path: str
    right: str | None
    view: str


class Router(ninja.Router):
    """``ninja.Router`` on which every route must name the right it needs."""

    def api_operation(  # type: ignore[override]
        self, methods: list[str], path: str, *, right: str, use: bool = True, **options: Any
    ) -> Callable[[_View], _View]:
        """Declare a route; ``right`` as in the module's description, the other options are ninja's.

        ``use=False``: what the console asks by itself, nobody being there; it does not keep a session alive.
        """
        options.setdefault("openapi_extra", {}).update({"x-right": right} | _documented_security(right))
        return super().api_operation(methods, path, auth=_Gate(right, use), **options)

    def get(self, path: str, *, right: str, **options: Any) -> Callable[[_View], _View]:  # type: ignore[override]
        """Declare a read."""
        return self.api_operation(["GET"], path, right=right, **options)

    def post(self, path: str, *, right: str, **options: Any) -> Callable[[_View], _View]:  # type: ignore[override]
        """Declare a creation or an act."""
        return self.api_operation(["POST"], path, right=right, **options)

    def put(self, path: str, *, right: str, **options: Any) -> Callable[[_View], _View]:  # type: ignore[override]
        """Declare a replacement."""
        return self.api_operation(["PUT"], path, right=right, **options)

    def patch(self, path: str, *, right: str, **options: Any) -> Callable[[_View], _View]:  # type: ignore[override]
        """Declare a change."""
        return self.api_operation(["PATCH"], path, right=right, **options)

    def delete(self, path: str, *, right: str, **options: Any) -> Callable[[_View], _View]:  # type: ignore[override]
        """Declare a removal."""
        return self.api_operation(["DELETE"], path, right=right, **options)


def _documented_security(right: str) -> dict[str, Any]:
    schemes: list[dict[str, list[str]]] = [{"session": []}, {"token": []}]
    return {"security": [{}, *schemes] if right == PUBLIC else schemes}


def open_to_all(view: _View) -> _View:
    """Declare a page outside the API as PUBLIC; a page that needs a session belongs behind the gate, into the API."""
    view.right = PUBLIC  # type: ignore[attr-defined]
    return view


def install(api: ninja.NinjaAPI) -> None:
    """Give ``api`` the problem+json answers and the documentation of both ways to sign in. Called once."""
    answers.install(api)
    api.openapi_extra.setdefault("components", {})["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "hotline_session"},
        "token": {"type": "http", "scheme": "bearer"},
    }


def pages(patterns: Iterable[URLPattern | URLResolver], before: str = "") -> Iterator[Route]:
    """Every page below ``patterns``, the API's own among them; ``right`` is None where none is declared."""
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from pages(pattern.url_patterns, path)
        else:
            yield Route("GET", path, getattr(pattern.callback, "right", None), pattern.lookup_str)


def routes(api: ninja.NinjaAPI) -> Iterator[Route]:
    """Every route ``api`` serves, whichever router declared it: what the test of rights walks."""
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                gates = [callback for callback in operation.auth_callbacks if isinstance(callback, _Gate)]
                for method in operation.methods:
                    name = f"{operation.view_func.__module__}.{operation.view_func.__name__}"
                    full = "/" + f"{bound.prefix}/{path}".replace("//", "/").strip("/")
                    yield Route(method, full, gates[0].right if gates else None, name)
