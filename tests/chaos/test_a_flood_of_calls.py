"""An operator whose trunk goes mad: real calls, far more than a city has, while two people talk."""

from __future__ import annotations

import pytest

from tests.calls.lab import Lab, until
from tests.calls.scenes import Scene, nothing_is_left
from tests.calls.street import Street

pytestmark = [pytest.mark.chaos, pytest.mark.telephony, pytest.mark.timeout(420)]

CALLS, A_SECOND = 400, 20


def test_a_flood_of_calls_that_hang_up_at_once(patient: Lab) -> None:
    scene, street = Scene(patient, "talking"), Street(patient)
    scene.settle("talking")
    try:
        flood = street.calls("hang_up_with_the_answer", "12345", times=CALLS, a_second=A_SECOND)
        scene.listen("talking", 10)
        patient.call("12345", 700).wait(8, "state", state="CONFIRMED")
        street.went_well(flood, "hang_up_with_the_answer")
    finally:
        street.end()
    scene.settle("talking")
    scene.hangs_up()
    patient.parties[-1].say("hangup")
    until(12, lambda: not patient.rows("SELECT 1 FROM calls_call WHERE state <> 'ended'"), "calls stay open")
    outcomes = [call["outcome"] for call in nothing_is_left(patient, street.before)]
    assert len(outcomes) == CALLS + 1
    assert set(outcomes) <= {"abandoned_in_queue", "answered", "fallback"}
