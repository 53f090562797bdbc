"""Every state of a transfer, whoever hangs up, whatever call control is meanwhile. The table is in tests/calls/transfers.py."""

from __future__ import annotations

import pytest

from tests.calls.lab import Lab
from tests.calls.transfers import MEANWHILE, REMAINS, hung_up

pytestmark = [pytest.mark.chaos, pytest.mark.telephony, pytest.mark.timeout(420)]


@pytest.mark.parametrize("control", MEANWHILE)
@pytest.mark.parametrize(("state", "who"), REMAINS)
def test_what_remains_when_somebody_hangs_up(patient: Lab, state: str, who: str, control: str) -> None:
    hung_up(patient, state, who, control)
