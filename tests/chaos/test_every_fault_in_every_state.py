"""Every fault in every state of a call. What must hold is said in tests/calls/faults.py and scenes.py."""

from __future__ import annotations

import pytest

from tests.calls.faults import FAULTS, outlived, switch_dies, undone_by_nobody
from tests.calls.lab import Lab
from tests.calls.scenes import STATES

pytestmark = [pytest.mark.chaos, pytest.mark.telephony, pytest.mark.timeout(420)]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_call_outlives(patient: Lab, fault: str, state: str) -> None:
    outlived(patient, fault, state)


@pytest.mark.parametrize("state", STATES)
def test_callers_of_a_switch_that_dies_are_called_back(patient: Lab, state: str) -> None:
    switch_dies(patient, state)


def test_a_call_control_that_wakes_undoes_nothing(patient: Lab) -> None:
    undone_by_nobody(patient)
