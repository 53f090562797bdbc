"""A dial test's result in words: what was seen and heard, what the register says should be, and whether they agree."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from hotline.lines.numbers.plan import Behaviour, DatedTreatment, NumberPlan, behaviour, period_at, periods_of

from ..prompts import Library
from . import hearing, telephone

CODECS = {telephone.PCMA: "PCMA", telephone.PCMU: "PCMU"}
VACANT = "vacant"
"""The prompt and the tone of a vacant number bear the same name."""


class PromptHeard(TypedDict):
    """``prompt`` is None where only a part common to several prompts was heard; ``candidates`` names them."""

    prompt: str | None
    candidates: list[str]
    text: str
    start_s: float
    seconds: float
    complete: bool
    likeness: float


class Report(TypedDict):
    """One call. Seconds count from the INVITE; nothing in it comes from anywhere but the wire."""

    number: str
    code: int
    phrase: str
    cause: int | None
    answered: bool
    answered_s: float | None
    ringing_s: float | None
    early_media: bool
    early_media_s: float | None
    codec: str | None
    prompts: list[str]
    heard: list[PromptHeard]
    tones: list[dict[str, Any]]
    music: bool
    packets: int
    packets_lost: int
    ended_by: str
    seconds: float


def report(call: telephone.Call, library: Library) -> Report:
    """What ``call`` saw and heard. ``prompts`` holds the certain ones in order, music left out."""
    origin, samples = telephone.timeline(call)
    found = hearing.prompts_in(samples, library)
    voice = call.voice
    speech = [one for one in found if one.prompt is None or not library[one.prompt].music]
    return Report(
        number=call.number, code=call.code, phrase=call.phrase, cause=call.cause,
        answered=call.answered is not None, answered_s=_rounded(call.answered), ringing_s=_rounded(call.ringing),
        early_media=bool(voice) and (call.answered is None or voice[0].at < call.answered),
        early_media_s=_rounded(call.progress), codec=CODECS[voice[0].kind] if voice else None,
        prompts=[one.prompt for one in speech if one.prompt], heard=[_heard(one, origin, library) for one in speech],
        tones=[
            {"tone": tone.name, "start_s": round(origin + tone.start, 2), "seconds": tone.seconds}
            for tone in hearing.tones_in(samples)
        ],
        music=len(speech) < len(found), packets=len(voice), packets_lost=_lost(voice),
        ended_by=call.ended_by, seconds=round(call.ended, 2),
    )  # fmt: skip


def _heard(one: hearing.Heard, origin: float, library: Library) -> PromptHeard:
    return PromptHeard(
        prompt=one.prompt, candidates=list(one.candidates), text=library[one.candidates[0]].text if one.prompt else "",
        start_s=round(origin + one.start, 2), seconds=one.seconds, complete=one.complete, likeness=one.likeness,
    )  # fmt: skip


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _lost(voice: Sequence[telephone.Packet]) -> int:
    """Packets missing by their sequence numbers, source by source."""
    lost = 0
    for source in {packet.source for packet in voice}:
        numbers = sorted({packet.sequence for packet in voice if packet.source == source})
        if numbers[-1] - numbers[0] < 1 << 15:  # else the counter wrapped within the call
            lost += numbers[-1] - numbers[0] + 1 - len(numbers)
    return lost


@dataclass(frozen=True)
class Expected:
    """What a caller should meet. None: the register does not say (an agent may answer at once, a centre may be busy).
    ``announced``: exactly these of the register's own announcements (vacant, the notices) are heard, in this order."""

    behaviour: str
    code: int | None = None
    cause: int | None = None
    answered: bool | None = None
    announced: list[str] = field(default_factory=list)
    tone: str | None = None


@dataclass(frozen=True)
class Line:
    """One number as the city's file has it: enough to say what its callers should meet."""

    number: str
    name: str
    history: Sequence[DatedTreatment]
    notice_prompt: str | None
    linked_trunk: bool

    @property
    def plan(self) -> NumberPlan:
        """The part of a plan that the pure functions of the register need."""
        return NumberPlan(
            self.number,
            self.name,
            "",
            "",
            periods_of(self.history),
            self.number,
            None,
            self.notice_prompt,
            False,
            None,
        )


def expected(line: Line, at: datetime) -> Expected:
    """What a caller of ``line`` should meet at ``at``, from the register's own pure function (53号 二)."""
    doing = behaviour(line.plan, at)
    if doing is Behaviour.VACANT:
        return Expected(doing, 404, 1, False, [VACANT], VACANT)
    if doing is Behaviour.NOT_MERGED or (doing is Behaviour.LINKED and line.linked_trunk):
        return Expected(doing)
    period = period_at(line.plan, at)
    notice = [line.notice_prompt] if period and period.plays_notice and line.notice_prompt else []
    return Expected(doing, 200, None, True, notice)


def differences(found: Report, wanted: Expected, announcements: Collection[str]) -> list[str]:
    """Where ``found`` is not as ``wanted``; empty when all is well. ``announcements``: vacant and all notices."""
    wrong = []
    for name in ("code", "cause", "answered"):
        want, got = getattr(wanted, name), found[name]
        if want is not None and want != got:
            wrong.append(f"{name}: {got} ≠ {want}")
    heard = [one["prompt"] for one in found["heard"] if one["complete"] and one["prompt"] in announcements]
    if heard != wanted.announced:
        wrong.append(f"announced: {heard} ≠ {wanted.announced}")
    if wanted.tone and wanted.tone not in [tone["tone"] for tone in found["tones"]]:
        wrong.append(f"tone: {[tone['tone'] for tone in found['tones']]} ≠ {wanted.tone}")
    return wrong
