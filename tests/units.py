"""Which tests are one unit of work when several pytest workers share a run (pytest-xdist).

Much of what telephones and browsers do is waiting, so three workers keep two cores busy. Tests that share a costly fixture
(the one whole hotline, a switch laboratory) are one unit, so that it is made once for them; what is named nowhere is a unit
by its file, so a new file is never forgotten. The longest come first: then the workers end together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from collections.abc import Sequence

UNITS: Sequence[tuple[str, ...]] = (
    (
        "tests/calls/test_real_calls.py", "tests/calls/test_who_hears_whom.py", "tests/calls/test_a_real_queue.py",
        "tests/calls/test_a_crash_between_two_steps.py", "tests/calls/test_what_a_city_may_choose.py",
        "tests/calls/test_sipp_scenarios.py", "tests/calls/test_who_may_call.py",
    ),
    ("tests/console/test_third_parties.py", "tests/console/test_desk_acts.py", "tests/console/test_supervision.py"),
    ("tests/console/",),
    ("tests/e2e/",),
    ("tests/calls/test_announcements_heard.py",),
    ("tests/calls/test_faults.py", "tests/calls/test_transfers.py", "tests/calls/test_hostile_sip.py"),
    ("tests/handover/test_by_telephone.py",),
    ("tests/runtime/test_an_instance.py",),
    ("tests/calls/test_two_call_controls.py",),
    ("tests/recordings/test_a_real_call.py",),
    ("tests/portal/test_in_a_browser.py",),
    ("tests/live/",),
    ("tests/dial/",),
    ("tests/calls/test_a_faulty_switch.py",),
    ("tests/demo/test_demo_centres.py",),
    ("tests/handover/test_what_we_send.py",),
    ("tests/runtime/test_what_tests_leave.py",),
)  # fmt: skip
"""By the seconds a quiet machine measured; the files (or folders) of a unit that shares the switch laboratory are only some
of those that use it, for half of them is long enough to be worth a second laboratory."""

MATRICES = ("tests/chaos/", "tests/calls/test_a_faulty_switch.py::test_the_same_for_longer_and_worse")
PARTS = 12
"""The long matrices are hours of waiting in a few files, and no row needs another: their rows are shared out."""


def rank(nodeid: str) -> int:
    """The place of a test's unit among UNITS; their number for any other."""
    file = nodeid.partition("::")[0]
    return next((number for number, begin in enumerate(UNITS) if file.startswith(begin)), len(UNITS))


class Units(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole units, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(MATRICES):
            return f"part {crc32(nodeid.encode()) % PARTS} of the matrices"
        found = rank(nodeid)
        return str(found) if found < len(UNITS) else nodeid.partition("::")[0]
