"""Somebody hangs up in the middle of a transfer. These are six rows of the table in transfers.py; `make chaos-calls` shows
all of them, also with call control killed meanwhile (tests/chaos/test_transfers_whoever_hangs_up.py)."""

from __future__ import annotations

import pytest

from tests.calls.lab import Lab
from tests.calls.transfers import hung_up

pytestmark = pytest.mark.telephony


@pytest.mark.parametrize(
    ("state", "who", "control"),
    [
        ("consulting_rings", "agent", "alive"),
        ("consulting", "third", "frozen and killed"),
        ("swapped", "agent", "alive"),
        ("conference", "agent", "killed"),
        ("transferring", "third", "alive"),
        ("returning", "caller", "alive"),
    ],
)
def test_what_remains_when_somebody_hangs_up(patient: Lab, state: str, who: str, control: str) -> None:
    hung_up(patient, state, who, control)
