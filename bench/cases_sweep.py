"""What the minute's look at every clock costs with a million open cases.

The cases are made in the database (INSERT … SELECT: only what the sweep reads is real), their deadlines lie anywhere in
the next thirty days; of 2,000 the end is near and 1,000 are late. Three sweeps are timed: one with nothing to say, the
one that finds these, and one that finds 50,000 late ones at once, as after a holiday. The figure is the slowest.

    python -m bench.cases_sweep      writes var/bench/cases.json
"""

from __future__ import annotations

import time

from bench.figures import Figure, record
from bench.own_database import own_database

OPEN, SOON, LATE, FLOOD = 1_000_000, 2_000, 1_000, 50_000
_PREFILL = """
    INSERT INTO cases_case (id, city_id, number, query_code, type, matter, content, place_division, place_name, place_address,
        confidential, contact_name, contact_phone, contact_name_masked, contact_phone_masked, contact_phone_last4, channel,
        created_at, demo, state, version, changed_at, owner_id, owner_name, owner_path, designated, deadline_at,
        clock_running, clock_started_at, redo_count, urged, urgency, step_due_at)
    SELECT gen_random_uuid(), %(city)s, (20000000000000 + n)::text, ''::bytea, 'help', '路灯', '路灯不亮', '', '', ''::bytea, false,
        ''::bytea, ''::bytea, '', '', '', 'phone', now(), false, 'signed', 3, now(), gen_random_uuid(), '某局',
        '/city/unit/', false, now() + interval '2 days' + n %% 2419200 * interval '1 second', true, now(), 0, 0,
        'normal', now() + interval '2 days' + n %% 1209600 * interval '1 second'
      FROM generate_series(1, %(open)s) AS n
"""
_MOVE = """
    UPDATE cases_case SET deadline_at = now() + %(by)s * interval '1 hour', told_soon_at = NULL, told_late_at = NULL
     WHERE id IN (SELECT id FROM cases_case WHERE told_late_at IS NULL AND deadline_at > now() + interval '1 day' LIMIT %(many)s)
"""


def timed() -> tuple[float, int]:
    """Seconds of one sweep, and of how many cases it had something to say."""
    from hotline.work.cases.sweep import sweep

    began = time.monotonic()
    found = sweep()
    return time.monotonic() - began, found.soon + found.late + found.steps


def main() -> None:
    """Fill a database of one's own, sweep."""
    with own_database():
        from django.db import connection

        from hotline.base.kernel.models import this_city

        with connection.cursor() as cursor:
            print(f"making {OPEN} open cases …", flush=True)
            cursor.execute(_PREFILL, {"city": this_city(), "open": OPEN})
            cursor.execute("VACUUM ANALYZE cases_case")
            nothing, said = timed()
            assert said == 0, said
            cursor.execute(_MOVE, {"by": 5, "many": SOON})
            cursor.execute(_MOVE, {"by": -1, "many": LATE})
            usual, said = timed()
            assert said == SOON + LATE, said
            cursor.execute(_MOVE, {"by": -2, "many": FLOOD})
            flood, said = timed()
            assert said == FLOOD, said
    found = [
        Figure("cases.sweep_1m_s", round(max(nothing, usual, flood), 2), "s", 5, below=True),
        Figure("cases.sweep_1m_nothing_ms", round(nothing * 1000, 1), "ms"),
        Figure("cases.sweep_1m_3000_s", round(usual, 2), "s"),
        Figure("cases.sweep_1m_50000_s", round(flood, 2), "s"),
    ]
    record("cases", "cases_sweep", found)


if __name__ == "__main__":
    main()
