"""A middleware for tests only: every write over HTTP, in every test of every room, must leave an audit row (issue 2, 7)."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

# What a request may write without it being an act of somebody: his session, the counters of tries, his own draft.
_WRITE = re.compile(
    r'(?:^|[()])\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(?!django_session|kernel_trycount|portal_draft)(\w+)'
)
"""At the beginning of a statement, or of one of those that a WITH holds."""


def _own_transaction(request: HttpRequest) -> AbstractContextManager[Any]:
    """A refused write takes back its own transaction. Where the test itself is one, that needs a savepoint here: deeds
    have none, and would leave the test's transaction, with the session still to be saved, broken."""
    inside_a_test = connection.in_atomic_block and request.method not in ("GET", "HEAD")
    return transaction.atomic() if inside_a_test else nullcontext()


class EveryWriteIsAudited:
    """Fails a request that changed rows and wrote no audit row."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        written: set[str] = set()

        def watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
            done = execute(sql, params, many, context)
            if not (
                str(sql).startswith("UPDATE") and context["cursor"].rowcount == 0
            ):  # somebody was quicker
                written.update(_WRITE.findall(str(sql)))
            return done

        with connection.execute_wrapper(watch), _own_transaction(request):
            response = self.get_response(request)
        if response.status_code < 400 and written:
            assert "kernel_auditrow" in written, (
                f"{request.method} {request.path} wrote {written}, no audit row"
            )
        return response
