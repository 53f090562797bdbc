"""The statements that find what is unusual in who reads personal data. Plain SQL: windows and intervals the ORM has no words for.

Each answers one row a reader: his id and name, how often, the last time, and one thing it was about.
"""

from __future__ import annotations

_READS = """
    SELECT * FROM kernel_auditrow
     WHERE city_id = %(city)s AND act::text ~ '\\.(reveal|listen|download|export)$' AND at >= %(since)s AND at < %(until)s
       AND actor_kind = 'person'
"""
_MANY = """
    (SELECT *, count(*) OVER (PARTITION BY actor_id ORDER BY at RANGE BETWEEN interval '1 hour' PRECEDING AND CURRENT ROW) AS n
       FROM reads) counted WHERE n > %(many)s
"""
# Who has shifts around that time is measured by them, with half an hour before and two after; anybody else by the hour.
_OFF_HOURS = """
    reads r WHERE CASE
        WHEN EXISTS (SELECT FROM roster_shift s WHERE s.staff_id::text = r.actor_id AND s.state = 'planned'
                        AND s.ends_at > r.at - interval '7 days' AND s.starts_at < r.at + interval '7 days')
        THEN NOT EXISTS (SELECT FROM roster_shift s WHERE s.staff_id::text = r.actor_id AND s.state = 'planned'
                        AND s.starts_at - interval '30 minutes' <= r.at AND s.ends_at + interval '2 hours' >= r.at)
        ELSE extract(hour FROM r.at AT TIME ZONE %(zone)s) NOT BETWEEN %(first)s AND %(last)s - 1 END
"""
_NOT_HIS_WORK = """
    reads r WHERE act = 'case.reveal' AND NOT EXISTS (
        SELECT FROM cases_caseevent e WHERE e.city_id = r.city_id AND e.case_id = r.object_id::uuid AND e.actor_id = r.actor_id
           AND e.at BETWEEN r.at - %(around)s AND r.at + %(around)s)
"""


def _each(how_often: str, unusual: str) -> str:
    return (
        f"WITH reads AS ({_READS}) SELECT actor_id, max(actor_label), {how_often}, max(at), "  # noqa: S608 -- our own words
        f"(array_agg(object_id ORDER BY at DESC))[1] FROM {unusual} GROUP BY actor_id LIMIT %(most)s"
    )


STATEMENTS = {
    "many": _each("max(n)", _MANY),
    "off_hours": _each("count(*)", _OFF_HOURS),
    "not_his_work": _each("count(DISTINCT object_id)", _NOT_HIS_WORK),
}
