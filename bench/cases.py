"""What a case costs the web process: CPU and queries of filing, listing and reading, at a thousand and a hundred thousand cases.

Measured through the real WSGI application (middleware, session, gate, encryption, search index, audit, outbox, pool)
with ``time.thread_time`` around each request: CPU of the web process alone, the database's own is not in it. The cases
it lists are pre-filled by COPY; the measured ones are filed through the API.

    python -m bench.cases            writes var/bench/skeleton.json
"""

from __future__ import annotations

import io
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.figures import Figure, record
from bench.own_database import own_database

REPEATS = 200
SIZES = (1_000, 100_000)
WORDS = [
    "路灯",
    "噪音",
    "公交",
    "医保",
    "社保",
    "停车",
    "积水",
    "垃圾",
    "热水",
    "断电",
    "学位",
    "物业",
    "欠薪",
    "扬尘",
    "树木",
]


class Web:
    """The WSGI application, called as Granian calls it."""

    def __init__(self) -> None:
        from django.core.wsgi import get_wsgi_application
        from django.db import connection

        self.app = get_wsgi_application()
        self.connection = connection
        self.cookies: dict[str, str] = {}
        self.csrf_token = ""

    def ask(self, method: str, path: str, query: str = "", body: Any = None) -> tuple[float, bytes, int]:
        """CPU seconds of this thread, the answer's body, and the number of statements sent."""
        raw = b"" if body is None else json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(raw),
            "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
            "wsgi.run_once": False, "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(raw)),
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "HTTP_X_CSRFTOKEN": self.csrf_token, "REMOTE_ADDR": "127.0.0.1",
        }  # fmt: skip
        status: list[str] = []
        sent = 0

        def count(execute: Callable[..., Any], *rest: Any) -> Any:
            nonlocal sent
            sent += 1
            return execute(*rest)

        def begin(code: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            status.append(code)
            self._keep_cookies(headers)
            return lambda _: None

        before = time.thread_time()
        with self.connection.execute_wrapper(count):
            answer = self.app(environ, begin)
            content = b"".join(answer)
            answer.close()
        spent = time.thread_time() - before
        if not status[0].startswith("2"):
            raise RuntimeError(f"{method} {path}: {status[0]} {content.decode()[:500]}")
        return spent, content, sent

    def _keep_cookies(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]


def sign_in(web: Web) -> None:
    """Somebody of the centre, as people.actions makes him."""
    from hotline.base.kernel.actor import system
    from hotline.base.people import actions, queries

    bench = system("bench")
    staff, password = actions.open_account(bench, "bench", "度量员", must_change_password=False)
    actions.give_post(bench, staff.id, "agent", queries.root().id)
    _, me, _ = web.ask("POST", "/api/v1/session", body={"username": "bench", "password": password})
    web.csrf_token = json.loads(me)["csrf_token"]


def prefill(upto: int) -> None:
    """COPY cases with their events until there are ``upto``."""
    from django.db import connection

    from hotline.base.kernel import clock, ids, masking
    from hotline.base.kernel.models import this_city
    from hotline.base.kernel.sealing import blind_index, seal
    from hotline.base.people import queries as people
    from hotline.work.cases.models import Case

    chance = random.Random(7)
    units = [*people.organisations(accepts_cases=True)]
    have, now, city = Case.objects.count(), clock.now(), this_city()
    name, phone = seal("张三丰"), seal("13800000000")
    cases, events = [], []
    for n in range(have, upto):
        unit = chance.choice(units)
        matter, content = f"{chance.choice(WORDS)}问题", "".join(chance.choices(WORDS, k=20)) + "请尽快处理。"
        number = f"1{n:013d}"
        state = chance.choice(["closed"] * 8 + ["dispatched", "signed"])
        running = state != "closed"
        id, tel = ids.new(), f"138{n % 10**8:08d}"
        cases.append((
            id, city, number, b"x" * 16, "help", matter, content, "", "", b"", False, None, name, phone, "张**",
            masking.phone(tel), blind_index("phone", tel), tel[-4:], "phone", now, False, state, 4,
            now, unit.id, unit.name, unit.path, False, now, running, 0, 0, "normal", now if running else None,
        ))  # fmt: skip
        for version, act in enumerate(("accept", "dispatch", "sign_for", "reply"), 1):
            events.append((
                ids.new(), city, id, version, act, now, "person", "x", "度量员", "{}", state, unit.id, unit.name, now, running,
                False, "", False,
            ))  # fmt: skip
    with connection.cursor() as cursor:
        copy(cursor, "cases_case", _CASE, cases)
        copy(cursor, "cases_caseevent", _EVENT, events)
        cursor.execute("VACUUM ANALYZE cases_case, cases_caseevent")


_CASE = (
    "id city_id number query_code type matter content place_division place_name place_address confidential party_id "
    "contact_name contact_phone contact_name_masked contact_phone_masked contact_phone_index contact_phone_last4 channel "
    "created_at demo state version changed_at owner_id owner_name owner_path designated deadline_at clock_running "
    "redo_count urged urgency step_due_at"
)
_EVENT = (
    "id city_id case_id version act at actor_kind actor_id actor_label fields state owner_id owner_name deadline_at "
    "clock_running redone step step_late"
)


def copy(cursor: Any, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    """COPY ``rows`` into ``table``."""
    with cursor.copy(f"COPY {table} ({', '.join(columns.split())}) FROM STDIN") as sink:
        for row in rows:
            sink.write_row(row)


def measure(web: Web, work: Callable[[], tuple[float, bytes, int]]) -> tuple[float, int]:
    """Median CPU milliseconds and the most statements of ``REPEATS`` requests, after warming up."""
    for _ in range(20):
        work()
    runs = [work() for _ in range(REPEATS)]
    return statistics.median(run[0] for run in runs) * 1000, max(run[2] for run in runs)


def figures(web: Web, size: int, *, official: bool) -> list[Figure]:
    """The five figures of the issue with ``size`` cases in the table; the targets are held at the larger size."""
    tail = "" if official else f"_{size}"
    chance = random.Random(size)

    def create() -> tuple[float, bytes, int]:
        body = {
            "type": "help", "matter": "小区路灯不亮", "content": "丰海路的路灯坏了一个星期，晚上看不见路，请尽快修。" * 3,
            "place": {"division": "350503", "address": "丰海路 12 号"},
            "contact": {"name": "李四", "phone": f"139{chance.randrange(10**8):08d}"}, "confidential": False,
        }  # fmt: skip
        return web.ask("POST", "/api/v1/cases", body=body)

    created, create_queries = measure(web, create)
    listed, list_queries = measure(web, lambda: web.ask("GET", "/api/v1/cases", "size=100"))
    ids = [
        row["id"] for row in json.loads(web.ask("GET", "/api/v1/cases", "size=100&list=to_reply")[1])["items"]
    ]
    read, read_queries = measure(web, lambda: web.ask("GET", f"/api/v1/cases/{chance.choice(ids)}"))
    found, _ = measure(
        web, lambda: web.ask("GET", "/api/v1/cases", "size=20&q=%E5%8C%BB%E4%BF%9D%E5%99%AA%E9%9F%B3")
    )
    return [
        Figure(f"cases.create_cpu_ms{tail}", created, "ms", 5 if official else None),
        Figure(f"cases.create_queries{tail}", create_queries, "", 12 if official else None),
        Figure(f"cases.list100_cpu_ms{tail}", listed, "ms", 10 if official else None),
        Figure(f"cases.list100_queries{tail}", list_queries, "", 6 if official else None),
        Figure(f"cases.detail_cpu_ms{tail}", read, "ms", 5 if official else None),
        Figure(f"cases.detail_queries{tail}", read_queries, ""),
        Figure(f"cases.search20_cpu_ms{tail}", found, "ms"),
    ]


def main() -> None:
    """Load the city into a database of one's own, measure at each size."""
    with own_database():
        from hotline.project.cli.load import load_city

        load_city()
        web = Web()
        sign_in(web)
        found = []
        for size in SIZES:
            print(f"pre-filled by COPY to {size} cases", flush=True)
            prefill(size)
            found += figures(web, size, official=size == SIZES[-1])
        record("skeleton", "cases", found)


if __name__ == "__main__":
    main()
