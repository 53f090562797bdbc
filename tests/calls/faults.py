"""What may break during a call, and what must be so afterwards (scenes.py says what must be heard and what is left)."""

from __future__ import annotations

import contextlib
import signal
import time

from tests.calls.lab import Lab, until
from tests.calls.scenes import ALOUD, CALLER, HEARS, Scene

AFTERWARDS = {
    "queued": "talking", "ringing": "talking", "talking": "talking", "held": "talking", "consulting": "linked",
    "conference": "linked", "awaiting": "talking", "survey": "", "linking": "linked", "linked": "linked",
    "dialling": "called",
}  # fmt: skip
"""How the call stands when it has gone on (`Scene.goes_on`); "" when it is over."""


def kill(scene: Scene) -> None:
    """kill -9 call control; its successor comes two seconds later."""
    scene.lab.kill_control()
    _meanwhile(scene)
    scene.lab.start_control()


def freeze(scene: Scene) -> None:
    """SIGSTOP call control for three seconds."""
    assert scene.lab.control
    scene.lab.control.send_signal(signal.SIGSTOP)
    with contextlib.ExitStack() as stack:
        stack.callback(scene.lab.control.send_signal, signal.SIGCONT)
        _meanwhile(scene, 3)


def freeze_and_kill(scene: Scene) -> None:
    """SIGSTOP, then SIGKILL: what the switch wrote into the socket meanwhile is lost."""
    assert scene.lab.control
    scene.lab.control.send_signal(signal.SIGSTOP)
    _meanwhile(scene)
    scene.lab.kill_control()
    scene.lab.start_control()


def database(scene: Scene) -> None:
    """PostgreSQL is stopped and started again."""
    scene.lab.stop_database()
    try:
        _meanwhile(scene)
    finally:
        scene.lab.start_database()


def web(scene: Scene) -> None:
    """kill -9 the process desks talk to."""
    scene.lab.start_desk()
    _meanwhile(scene, 1)


def takeover(scene: Scene) -> None:
    """SIGSTOP call control until the other slot has its calls; then it wakes."""
    lab = scene.lab
    assert lab.control
    lab.start_control(2)
    lab.control.send_signal(signal.SIGSTOP)
    _meanwhile(scene)
    until(25, lambda: scene.call["slot"] == 2, "the call was not taken over")
    lab.control.send_signal(signal.SIGCONT)
    time.sleep(2)


def undone_by_nobody(lab: Lab) -> None:
    """A call control that wakes finds its call in other hands: what was done there meanwhile stands."""
    scene = Scene(lab, "talking")
    scene.settle("talking")
    assert lab.control
    lab.start_control(2)
    lab.control.send_signal(signal.SIGSTOP)
    until(25, lambda: scene.call["slot"] == 2, "the call was not taken over")
    scene.asks("hold")
    lab.control.send_signal(signal.SIGCONT)
    time.sleep(4)
    scene.listen("held", 3)
    scene.asks("resume")
    scene.settle("talking")
    scene.hangs_up()
    scene.ended()
    scene.nothing_is_left()


FAULTS = {
    "kill": kill, "freeze": freeze, "freeze+kill": freeze_and_kill, "database": database, "web": web, "takeover": takeover,
}  # fmt: skip
"""Those a conversation outlives."""


def _meanwhile(scene: Scene, seconds: float = 2.0) -> None:
    """While a part is away the voices go on."""
    if scene.state in ALOUD:
        scene.listen(scene.state, seconds)
    else:
        time.sleep(seconds)


def outlived(lab: Lab, fault: str, state: str) -> None:
    """Bring a call into ``state``, break, mend, go on, hang up: nothing was lost and nothing is left."""
    scene = Scene(lab, state)
    scene.settle(state) if state in HEARS else time.sleep(1)
    FAULTS[fault](scene)
    scene.settle(state, 1.5)
    scene.goes_on()
    if AFTERWARDS[state]:
        scene.settle(AFTERWARDS[state])
        scene.hangs_up()
    call = scene.ended()
    expected = "transferred_linked" if state in ("linking", "linked") else "answered"
    assert call["outcome"] == expected, call
    assert call["ended_by"] != "switch", call
    scene.nothing_is_left()


def switch_dies(lab: Lab, state: str) -> None:
    """Kill Asterisk: its calls are lost, each with one outcome, and their callers are first in line to be called back."""
    scene = Scene(lab, state)
    lab.restart_asterisk()
    call = scene.ended()
    served = {"linked": "transferred_linked", "survey": "answered"}
    talked = state in ("talking", "held", "consulting", "conference", "awaiting")
    assert call["outcome"] == served.get(state, "answered" if talked else "failed"), call
    owed = lab.ask(do="owed", call_id=str(call["id"]))
    scene.nothing_is_left()
    if state in ("dialling", "survey"):
        assert owed is None, "nobody owes a call to one whom we called, or whose talk was over"
    else:
        assert owed == {"why": "lost", "priority": -9, "state": "waiting"}
    lab.call("12345", CALLER).wait(8, "state", state="CONFIRMED")
