"""What an export of a hundred thousand cases takes: time, memory, and the size of the file; what printing a letter takes.

The worker's way: encryption, read-back and progress on, masked columns as a clerk gets them.

    python -m bench.papers            writes var/bench/papers.json
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable

from bench.cases import prefill
from bench.figures import Figure, record
from bench.own_database import own_database

ROWS = 100_000
PRINTS = 20


def main() -> None:
    """Load the city, fill the table by COPY, export it whole, read the file back, print letters."""
    with own_database():
        from hotline.project.cli.load import load_city

        load_city()
        print(f"pre-filled by COPY to {ROWS} cases", flush=True)
        _apart(lambda: prefill(ROWS))
        record("papers", "papers", [*exported(), *printed()])


def _apart(work: Callable[[], object]) -> None:
    """Do ``work`` in a process of its own, so that what it takes is not counted as the export's memory."""
    from django.db import connection, connections

    connections.close_all()
    connection.close_pool()
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def exported() -> list[Figure]:
    """One export of every case in the columns shown first, with what was asked in it."""
    from hotline.base.kernel.actor import system
    from hotline.base.people import actions as people
    from hotline.base.people import queries
    from hotline.work.cases import columns
    from hotline.work.exports import actions
    from hotline.work.exports.models import Export

    bench = system("bench")
    staff, _ = people.open_account(bench, "bench", "度量员", must_change_password=False)
    people.give_post(bench, staff.id, "dispatcher", queries.root().id)
    actor = queries.actor_of_staff(staff.id)
    assert actor is not None
    names = [column.name for column in columns.of(columns.EXPORT) if column.name != "address"]
    actions.ask(actor, {}, names, why="度量")
    begun, cpu = time.monotonic(), time.process_time()
    assert actions.write_next()
    took, spent = time.monotonic() - begun, time.process_time() - cpu
    row = Export.objects.get()
    assert (row.state, row.rows) == ("ready", ROWS), (row.state, row.reason_en)
    return [
        Figure("papers.export_100k_s", took, "s"),
        Figure("papers.export_100k_cpu_s", spent, "s"),
        Figure("papers.export_100k_peak_rss_mb", _peak_mb(), "MB", 256),
        Figure("papers.export_100k_size_mb", row.size / 1024 / 1024, "MB"),
    ]


def printed() -> list[Figure]:
    """Letters filled from the built-in template, and set as PDF."""
    from hotline.work.letters import forms, pdf
    from hotline.work.letters.kinds import FIELDS, KINDS

    values = {name: f"{name}的内容，" * 8 for name in FIELDS}
    filling, setting = [], []
    for _ in range(PRINTS):
        begun = time.process_time()
        whole = forms.filled(forms.built_in(KINDS["dispatch_order"]), values)
        between = time.process_time()
        assert pdf.printed(whole).startswith(b"%PDF")
        filling.append(between - begun)
        setting.append(time.process_time() - between)
    return [
        Figure("papers.letter_fill_cpu_ms", statistics.median(filling) * 1000, "ms"),
        Figure("papers.letter_pdf_cpu_ms", statistics.median(setting) * 1000, "ms"),
    ]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
