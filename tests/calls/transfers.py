"""Who hangs up in the middle of a transfer, and what must remain: the table, and how one row of it is shown."""

from __future__ import annotations

import signal
import time

from tests.calls.lab import Lab, until
from tests.calls.scenes import Scene

OVER, TALKING, LINKED, TRANSFERRING, QUEUED = "over", "talking", "linked", "transferring", "queued"

REMAINS: dict[tuple[str, str], str] = {
    # The caller: it is over for everybody, whoever rings or talks with whom.
    ("consulting_rings", "caller"): OVER,
    ("consulting", "caller"): OVER,
    ("swapped", "caller"): OVER,
    ("conference_rings", "caller"): OVER,
    ("conference", "caller"): OVER,
    ("transferring", "caller"): OVER,
    ("returning", "caller"): OVER,
    # The agent: the call outlives him, the caller is left to the third; one who still rings is rung for the caller.
    ("consulting_rings", "agent"): TRANSFERRING,
    ("consulting", "agent"): LINKED,
    ("swapped", "agent"): LINKED,
    ("conference_rings", "agent"): TRANSFERRING,
    ("conference", "agent"): LINKED,
    ("returning", "agent"): QUEUED,
    # The third: back to who was there before; where nobody was, back to the queue, first in line.
    ("consulting_rings", "third"): TALKING,
    ("consulting", "third"): TALKING,
    ("swapped", "third"): TALKING,
    ("conference_rings", "third"): TALKING,
    ("conference", "third"): TALKING,
    ("transferring", "third"): QUEUED,
}
"""(state, who hangs up) → how the call stands. In ``returning`` the transfer has failed and the caller waits again: the
agent, rung once more, refuses him. In ``transferring`` the agent is gone already."""

REFUSES = (
    ("consulting_rings", "third"), ("conference_rings", "third"), ("transferring", "third"), ("returning", "agent"),
)  # fmt: skip
"""Whose telephone only rings."""

MEANWHILE = ("alive", "killed", "frozen and killed")
"""What call control is while somebody hangs up."""


def hung_up(lab: Lab, state: str, who: str, control: str) -> None:
    """Bring a call into ``state``, let ``who`` hang up, and see that what remains is what the table says."""
    scene = Scene(lab, state)
    if (state, who) == ("returning", "agent"):
        until(8, lambda: len([n for n in scene.party("agent").read() if n["event"] == "incoming"]) == 2)
    time.sleep(0.5)
    if control == "killed":
        lab.kill_control()
    elif control == "frozen and killed":
        assert lab.control
        lab.control.send_signal(signal.SIGSTOP)
    scene.party(who).say("hangup 486" if (state, who) in REFUSES else "hangup")
    if control != "alive":
        scene.party(who).wait(6, "state", state="DISCONNECTED")
        time.sleep(1)
        if control != "killed":
            lab.kill_control()
        lab.start_control()
    _what_remains(scene, REMAINS[state, who])
    call = scene.ended()
    gave_up = (state, who) == ("returning", "caller")
    assert call["outcome"] == ("abandoned_in_queue" if gave_up else "answered"), call
    scene.nothing_is_left()


def _what_remains(scene: Scene, remains: str) -> None:
    match remains:
        case "over":
            return
        case "transferring":
            scene.is_("transferring")
            scene.party("third").say("answer")
            scene.is_("linked")
            scene.settle("linked")
        case "queued":
            until(8, lambda: "transfer_failed" in scene.call["marks"], "the transfer did not fail")
            scene.answered_again("talking")
            scene.settle("talking")
        case state:
            scene.is_(state)
            scene.settle(state)
    scene.hangs_up()
