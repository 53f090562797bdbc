"""A call through the real switch, from the first word to the encrypted file: recorded by segments, told from tones."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.calls.lab import CHECKOUT, Agent, Lab, Party, until

pytestmark = [pytest.mark.telephony]
CALLER, AGENT = 700, 1100

_WORKER = """
import base64, json, sys, time
from datetime import timedelta
import django
django.setup()
from hotline.base.files import queries as files
from hotline.base.kernel import clock, outbox
from hotline.lines.calls import recorded
from hotline.lines.recordings import intake, judging
from hotline.lines.recordings.models import CallCheck, Finding, Segment
call_id, later = sys.argv[1], timedelta(seconds=float(sys.argv[2]))
outbox.relay()
deadline = time.monotonic() + 60
while not recorded.running() and [*intake.spool().glob("*.wav")] and time.monotonic() < deadline:
    intake.take_in()
    time.sleep(0.5)
with clock.at(clock.now() + later):
    judging.look_at_running()
    judging.judge()
check, call = CallCheck.objects.filter(call_id=call_id).first(), recorded.of(call_id)
print(json.dumps({
    "left": [path.name for path in intake.spool().iterdir()] if intake.spool().is_dir() else [],
    "judged": bool(check and check.judged_at), "told": check and check.told,
    "amiss": [*Finding.objects.filter(call_id=call_id).values("kind", "n", "detail")],
    "lanes": [[one.role, one.agent_id, [[a.timestamp(), b.timestamp()] for a, b in one.spans]] for one in call.spoken],
    "segments": [
        [row.n, row.state, row.seconds, row.started_at.timestamp(), row.ended_at.timestamp(),
         base64.b64encode(b"".join(files.opened(row.file_id).read())).decode() if row.file_id else ""]
        for row in Segment.objects.filter(call_id=call_id).order_by("n")
    ],
}))
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    one = Lab()
    try:
        one.start()
        yield one
    finally:
        one.stop()


def taken_in(lab: Lab, later_s: float = 0.0) -> dict[str, Any]:
    """What the worker makes of the last call, so many seconds later; in a process of its own, as it is."""
    done = subprocess.run(
        [sys.executable, "-c", _WORKER, str(lab.last_call()["id"]), str(later_s)],
        env={**lab.environment, "DJANGO_SETTINGS_MODULE": "hotline.project.settings"}, cwd=CHECKOUT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def tones(wav: str) -> set[int]:
    """Which of the two tones sound in it."""
    samples = np.frombuffer(base64.b64decode(wav)[44:], dtype="<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    hertz = np.fft.rfftfreq(len(samples), 1 / 8000)

    def loud(tone: int) -> float:
        return float(spectrum[(hertz > tone - 10) & (hertz < tone + 10)].max())

    floor = float(np.median(spectrum)) + 1
    return {tone for tone in (CALLER, AGENT) if loud(tone) > 200 * floor}


def talking(lab: Lab) -> tuple[Agent, Party]:
    """An agent and a caller who have each other."""
    agent = lab.agent("recorded", AGENT, "--answer-after", "0.3")
    agent.be_ready()
    caller = lab.call("12345", CALLER)
    until(25, lambda: lab.rows("SELECT 1 FROM calls_call WHERE state = 'talking'"), "they never met")
    return agent, caller


def test_a_call_is_recorded_by_segments_without_what_was_paused_or_on_hold(lab: Lab) -> None:
    agent, caller = talking(lab)
    call = str(lab.last_call()["id"])
    time.sleep(4)
    assert agent.command("hold")["ok"]
    time.sleep(3)
    assert agent.command("resume")["ok"]
    time.sleep(4)
    assert agent.command("record_pause")["ok"]
    time.sleep(3)
    assert agent.command("record_resume")["ok"]
    time.sleep(4)
    caller.finish()
    lab.ended()
    found = taken_in(lab)
    assert found["left"] == [], "no plain file stays"
    assert [(n, state) for n, state, *_ in found["segments"]] == [(1, "kept"), (2, "kept"), (3, "kept")]
    assert found["judged"]
    assert found["amiss"] == []
    for _, _, seconds, *_ in found["segments"]:
        assert seconds == pytest.approx(4, abs=3)
    assert tones(found["segments"][0][-1]) == {CALLER, AGENT}
    roles = {role for role, _, spans in found["lanes"] if spans}
    assert roles == {"caller", "agent"}
    spans = [span for _, _, one in found["lanes"] for span in one]
    starts, ends = found["segments"][0][3], found["segments"][-1][4]
    assert all(starts - 2 <= a < b <= ends + 2 for a, b in spans), "they spoke while they were recorded"
    assert (
        lab.one(
            "SELECT count(*) AS n FROM kernel_auditrow WHERE act = 'recording.keep' AND object_id = %s", call
        )["n"]
        == 3
    )
    lab.clear()


def test_a_recording_that_is_lost_on_its_way_raises_an_alarm(lab: Lab) -> None:
    _, caller = talking(lab)
    time.sleep(5)
    for path in (lab.home / "asterisk/spool/recording").glob("r-*.wav"):
        path.unlink()
    caller.finish()
    lab.ended()
    assert taken_in(lab)["judged"] is False, "it may still come"
    assert [row["kind"] for row in taken_in(lab, 120)["amiss"]] == ["segment_missing"]
    lab.clear()


def test_what_the_switch_cannot_begin_to_record_raises_an_alarm_and_is_tried_again_while_they_talk(
    lab: Lab,
) -> None:
    spool = lab.home / "asterisk/spool/recording"
    shutil.rmtree(spool)
    spool.write_text("no folder any more")
    try:
        _, caller = talking(lab)
        failed = "SELECT 1 FROM calls_callevent WHERE call_id = %s AND kind = 'recording_failed'"
        until(5, lambda: lab.rows(failed, lab.last_call()["id"]), "it is not known that nothing is recorded")
        for later_s in (0, 30):
            found = taken_in(lab, later_s)["amiss"]
            assert {row["kind"] for row in found} == {"failed"}, "known while they talk"
            assert found[0]["detail"]["cause"] == "the switch could not write it"
        assert lab.last_call()["state"] == "talking"
    finally:
        spool.unlink()
        spool.mkdir()
    until(25, lambda: any(spool.glob("r-*.wav")), "nobody tried to record again")
    time.sleep(4)
    caller.finish()
    lab.ended()
    lab.clear()
    later = taken_in(lab, 120)
    (kept,) = [segment for segment in later["segments"] if segment[1] == "kept"]
    assert tones(kept[-1]) == {CALLER, AGENT}, "the rest of the conversation is there"
    assert {row["kind"] for row in later["amiss"]} == {"failed"}, "told, and not again as missing"


def test_a_call_control_that_is_killed_leaves_no_hole(lab: Lab) -> None:
    _, caller = talking(lab)
    time.sleep(3)
    lab.kill_control()
    time.sleep(4)
    lab.start_control()
    time.sleep(3)
    caller.finish()
    lab.ended()
    found = taken_in(lab)
    assert found["left"] == []
    assert found["amiss"] == []
    lasted = found["segments"][-1][4] - found["segments"][0][3]
    assert sum(segment[2] for segment in found["segments"]) == pytest.approx(lasted, abs=3)
    lab.clear()


def test_what_a_killed_switch_had_recorded_is_kept_and_what_is_missing_is_said(lab: Lab) -> None:
    _, caller = talking(lab)
    time.sleep(6)
    lab.restart_asterisk()
    caller.end()
    lab.ended(30)
    found = taken_in(lab, 120)
    assert found["left"] == []
    (segment,) = found["segments"]
    assert segment[1] == "kept"
    assert segment[2] > 4, "to the moment of its death, less what was not yet written"
    assert tones(segment[-1]) == {CALLER, AGENT}
    missing = segment[4] - segment[3] - segment[2]
    assert bool(found["amiss"]) is (missing > 3), found["amiss"]
