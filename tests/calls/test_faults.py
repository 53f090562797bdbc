"""A part dies during a call: nobody who talks hears of it, the call goes on from where it stood, nothing is left of it.

These are the pairs of fault and state that have least in common with each other; `make chaos-calls` runs all of them
(tests/chaos/test_every_fault_in_every_state.py). Ringing and talking under a frozen call control that another replaces are in
test_two_call_controls.py.
"""

from __future__ import annotations

import pytest

from tests.calls.faults import outlived, switch_dies
from tests.calls.lab import Lab

pytestmark = pytest.mark.telephony


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("kill", "consulting"),
        ("kill", "dialling"),
        ("freeze", "conference"),
        ("freeze+kill", "awaiting"),
        ("freeze+kill", "ringing"),
        ("database", "held"),
        ("kill", "survey"),
    ],
)
def test_a_call_outlives_the_fault(patient: Lab, fault: str, state: str) -> None:
    outlived(patient, fault, state)


def test_callers_of_a_switch_that_dies_are_first_in_line_to_be_called_back(patient: Lab) -> None:
    switch_dies(patient, "consulting")
