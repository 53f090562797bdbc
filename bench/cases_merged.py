"""How long the act takes that answers a case into which many others are merged: the lead with all its followers.

Filed, merged and answered by the product's own acts, in a database of the bench's own; the seconds are those on the wall, until
the last caller's case has its answer.

    python -m bench.cases_merged            writes var/bench/cases.json
"""

from __future__ import annotations

import time

from bench.figures import Figure, record
from bench.own_database import own_database

FOLLOWERS = (20, 200, 2_000)
"""The last is as many as one case may have (merging.MOST_TOLD)."""


def answered(followers: int) -> tuple[float, float]:
    """Seconds of the check of a lead with so many followers, and until the last of them was told."""
    from tests.cases.office import AGENT, DISPATCHER, dispatched, do, file, handler

    from hotline.base.kernel import outbox
    from hotline.work.cases import actions
    from hotline.work.cases.models import Case

    lead = dispatched()
    number = Case.objects.get(id=lead).number
    for n in range(followers):
        one = file(phone=f"139{n:08d}")
        actions.perform(AGENT, one.id, "merge", 1, {"into": number})
    do(handler(), lead, "sign_for")
    do(handler(), lead, "reply", reply="路灯已修好")
    while outbox.relay():
        pass
    began = time.perf_counter()
    do(DISPATCHER, lead, "check")
    acted = time.perf_counter() - began
    while outbox.relay():
        pass
    waiting = Case.objects.filter(lead_id=lead, state="waiting_visit").count()
    assert waiting == followers, waiting
    return acted, time.perf_counter() - began


def main() -> None:
    """Measure at each size."""
    found = []
    with own_database():
        from hotline.project.cli.load import load_city

        load_city()
        for followers in FOLLOWERS:
            acted, all_told = answered(followers)
            found += [
                Figure(
                    f"cases.lead_{followers}_act_s",
                    round(acted, 2),
                    "s",
                    2 if followers == FOLLOWERS[-1] else None,
                ),
                Figure(f"cases.lead_{followers}_all_told_s", round(all_told, 2), "s"),
            ]
            print(followers, acted, all_told, flush=True)
    record("cases", "cases_merged", found)


if __name__ == "__main__":
    main()
