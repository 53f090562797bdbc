"""extensions.conf, compiled from the register.

The dialplan alone obeys the register, also past a date and while every Python process is dead: dated periods become
comparisons with the clock, vacant numbers and the fallback need nobody. A call that is to be answered is offered to
the call controls with StasisBroadcast; if none claims it within 0.8 s the fallback answers (ADR 0007).

Every call the dialplan ends by itself says so in CDR(outcome); journal.py counts it later, exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hotline.lines.calls.switch.plan import Rings, Sounds
from hotline.lines.numbers.plan import Behaviour, NumberPlan, Period, Plans, TrunkPlan, spellings

CLAIM_WITHIN_MS = 800
VACANT_SECONDS = 6
"""53号 二(一): 群众拨打提示空号. Early media, at most so long; the call is never answered, so never billed."""

CORRELATION_HEADER = "X-Correlation-Id"
OURS = "^[cu]-[0-9a-f.-]+$"
"""How our correlation ids look: c-<call id> from call control, u-<channel id> from the dialplan."""

ANY_NUMBER = "_[+0-9]!"
"""Digits only: a catch-all with letters would also match Asterisk's own h, i and T."""

VACANT_TONE = "!950/330,!1400/330,!1800/330,!0/1000,!950/330,!1400/330,!1800/330,!0/1000"

CHANNEL_VARIABLES = (
    "CALL_ID",
    "LEG_ID",
    "ROLE",
    "CALL_NUMBER",
    "CALL_DIALLED",
    "CALL_TRUNK",
    "CALL_BEHAVIOUR",
    "CALL_NOTICE",
    "CALL_LINKED",
    "CALL_RETURNED",
    "CALL_CORRELATION",
)
"""Shown on every ARI event of a channel, so that a lost index can be rebuilt from Asterisk."""

_CONTEXT: dict[Behaviour, str] = {
    Behaviour.NOT_MERGED: "claim",
    Behaviour.VACANT: "on-vacant",
    Behaviour.NOTICE_THEN_QUEUE: "claim",
    Behaviour.OWN_SEATS: "claim",
    Behaviour.LINKED: "on-linked",
}
"""NOT_MERGED: before its date a number's calls do not come here. One that comes all the same was moved early by its
operator: the caller is helped at 12345 and the call is marked, he is not sent away (ADR 0008)."""

QUEUE = "queue"
"""CALL_BEHAVIOUR of the main number, which stands in no plan of merger."""

EMERGENCY = "emergency"


def extensions(plans: Plans, sounds: Sounds, rings: Rings) -> str:
    """The whole extensions.conf. Its numbers' trunks must be among `plans.trunks`."""
    blocks = [_GENERAL, _arrive(plans), *(_trunk(plans, trunk) for trunk in plans.trunks)]
    blocks += [_lines(plans, sounds), _on_vacant(sounds), _ON_LINKED, _on_emergency(plans, rings)]
    blocks += [_CLAIM, _fallback(plans, sounds, rings), _CORRELATE, _AGENTS]
    return "\n".join(blocks)


def _context(name: str, *extens: Iterable[str]) -> str:
    """One context; each item of `extens` is [pattern, step, step…], a later step may be `label: application`."""
    out = [f"[{name}]"]
    for pattern, first, *rest in extens:
        out.append(f"exten => {pattern},1,{first}")
        for step in rest:
            label, colon, application = step.partition(": ")
            if colon and label.isalpha() and label.islower():
                out.append(f" same => n({label}),{application}")
            else:
                out.append(f" same => n,{step}")
    return "\n".join(out) + "\n"


_GENERAL = (
    "; Written by the platform from the register of numbers: changes made here are lost.\n"
    "[general]\nstatic=yes\nwriteprotect=yes\nautofallthrough=yes\n\n"
    "[globals]\n; Seconds a sandbox's business time is ahead; call control sets it, elsewhere it stays 0.\n"
    "CLOCK_OFFSET=0\n"
)


def _trunk(plans: Plans, trunk: TrunkPlan) -> str:
    """What an INVITE from this trunk meets first: its spelling is turned into the register's, all else is 404."""
    known = [plans.main, *(n.number for n in plans.numbers), *(e.number for e in plans.emergency)]
    if trunk.kind == "operator":
        numbers = [number for number in known if trunk.carries(number)]
    else:
        # A linked centre may hand a call over to 12345, or back to its own line; it brings nothing else.
        numbers = [number for number in known if number == plans.main or trunk.carries(number)]
    spelt = sorted((spelling, number) for number in numbers for spelling in spellings(trunk, number))
    entry = _context(
        f"trunk-{trunk.name}",
        *([spelling, f"Goto(arrive,{number},1)"] for spelling, number in spelt),
        [ANY_NUMBER, "Hangup(1)"],
    )
    back = _context(
        f"spelling-{trunk.name}",
        *([spelling, f"Return({number})"] for spelling, number in spelt),
        [ANY_NUMBER, "Return()"],
    )
    return entry + "\n" + back


def _header(variable: str, header: str, allowed: str) -> str:
    """Read a header into a variable, of which only the `allowed` characters (as FILTER writes them) are kept.

    Whoever calls writes the headers, and Asterisk reads an application's arguments after the variables in them: a
    parenthesis or a quote of his would be dialplan. So this is the only way a header comes in.
    """
    return f"Set({variable}=${{FILTER({allowed},${{PJSIP_HEADER(read,{header})}})}})"


_URI = "+0-9:@>"
"""What is left of a header with a URI: enough to find the digits between its scheme and its host or end."""


def _arrive(plans: Plans) -> str:
    """Note what the INVITE said. A call an operator sent on to the main number counts for the number first dialled."""
    steps = [
        "Set(CALL_DIALLED=${EXTEN})",
        "Set(CALL_TRUNK=${CUT(CHANNEL(endpoint),-,2-)})",
        _header("CORRELATION", CORRELATION_HEADER, "a-z0-9.\\x2d"),
        # Whoever's mark it is: a linked centre's message about this caller bears the same (docs/reference/hand-over.md).
        "Set(CALL_CORRELATION=${CORRELATION:0:80})",
        f'GotoIf($[${{REGEX("{OURS}" ${{CORRELATION}})}} = 0]?foreign)',
        "Set(CALL_RETURNED=${CORRELATION})",
    ]
    first_dialled = [
        plans.main,
        *steps,
        "foreign: " + _header("FIRST", "History-Info", _URI),
        "GotoIf($[${LEN(${FIRST})} > 0]?first)",
        _header("FIRST", "Diversion", _URI),
        "GotoIf($[${LEN(${FIRST})} > 0]?first)",
        _header("FIRST", "To", _URI),
        "first: Set(FIRST=${CUT(FIRST,>,1)})",
        "Set(FIRST=${CUT(FIRST,@,1)})",
        "Set(FIRST=${FILTER(+0-9,${CUT(FIRST,:,2)})})",
        "GotoIf($[${LEN(${FIRST})} = 0]?plain)",
        "Gosub(spelling-${CALL_TRUNK},${FIRST},1)",
        f'GotoIf($["${{GOSUB_RETVAL}}" = "" | "${{GOSUB_RETVAL}}" = "{plans.main}"]?plain)',
        "GotoIf($[${DIALPLAN_EXISTS(line,${GOSUB_RETVAL},1)} = 0]?plain)",
        "Goto(line,${GOSUB_RETVAL},1)",
        f"plain: Goto(line,{plans.main},1)",
    ]
    emergency = [[e.number, *steps, f"foreign: Goto(on-emergency,{e.number},1)"] for e in plans.emergency]
    return _context(
        "arrive", *emergency, first_dialled, [ANY_NUMBER, *steps, "foreign: Goto(line,${EXTEN},1)"]
    )


def _lines(plans: Plans, sounds: Sounds) -> str:
    """What each number does now: its periods, newest first, against the clock."""
    main = [plans.main, *_begin(plans.main), f"Set(CALL_BEHAVIOUR={QUEUE})", f"Goto(claim,{plans.main},1)"]
    return _context("line", main, *(_line(number, sounds) for number in plans.numbers))


def _begin(number: str) -> list[str]:
    return [f"Set(CALL_NUMBER={number})", f"Set(CDR(number)={number})"]


def _line(plan: NumberPlan, sounds: Sounds) -> Iterator[str]:
    yield plan.number
    yield from _begin(plan.number)
    yield "Set(NOW=$[${EPOCH} + ${CLOCK_OFFSET}])"
    dated = [(period.effective_from, period) for period in reversed(plan.periods)]
    for position, (since, _) in enumerate(dated):
        if since is not None:
            yield f"GotoIf($[${{NOW}} >= {int(since.timestamp())}]?p{_letters(position)})"
    undated = next((period for since, period in dated if since is None), None)
    yield from _enter(plan, undated, "", sounds)
    for position, (since, period) in enumerate(dated):
        if since is not None:
            yield from _enter(plan, period, f"p{_letters(position)}: ", sounds)


def _letters(position: int) -> str:
    return chr(ord("a") + position // 26) + chr(ord("a") + position % 26)


def _enter(plan: NumberPlan, period: Period | None, label: str, sounds: Sounds) -> Iterator[str]:
    behaviour = period.behaviour if period else Behaviour.NOT_MERGED
    yield f"{label}Set(CALL_BEHAVIOUR={behaviour.value})"
    # 53号 二(二)1: the notice is the operators' work; who has heard theirs hears none of ours.
    notice = sounds(plan.notice_prompt) if period and period.plays_notice and plan.notice_prompt else None
    if notice:
        yield f"Set(CALL_NOTICE={notice})"
    if behaviour is Behaviour.LINKED and plan.linked_trunk:
        yield f"Set(CALL_LINKED={plan.linked_trunk})"
        if plan.answered_here_if_unanswered:
            yield "Set(CALL_BACK=yes)"
    yield f"Goto({_CONTEXT[behaviour]},{plan.number},1)"


def _on_vacant(sounds: Sounds) -> str:
    """空号: heard as early media, then 404 with cause 1 (unallocated)."""
    vacant = sounds("vacant")
    sound = [f"Playback({vacant},noanswer)"] if vacant else [f"Playtones({VACANT_TONE})", "Wait(4)"]
    return _context(
        "on-vacant",
        [
            ANY_NUMBER,
            "Set(CDR(outcome)=vacant)",
            "Progress()",
            f"Set(TIMEOUT(absolute)={VACANT_SECONDS})",
            *sound,
            "Hangup(1)",
        ],
        ["T", "Hangup(1)"],
    )


_ON_LINKED = _context(
    # Own seats elsewhere (53号 二(二)3, 二(三)). A call that comes back with our own correlation id is not sent again.
    "on-linked",
    [ANY_NUMBER, 'ExecIf($["${CALL_RETURNED}" != ""]?Set(CALL_LINKED=))', "Goto(claim,${EXTEN},1)"],
)


_NOTE_WHO_ANSWERED = ["h", 'ExecIf($["${DIALSTATUS}" != ""]?Set(CDR(duty)=${DIALSTATUS}))']
"""At the end of a call the dialplan dialled itself: the journal learns whether anybody answered."""


def _on_emergency(plans: Plans, rings: Rings) -> str:
    """110, 119, 120, 122 misrouted to us: put through where the city has a trunk for it, else first in line."""
    extens = []
    for emergency in plans.emergency:
        steps = [emergency.number, *_begin(emergency.number), f"Set(CALL_BEHAVIOUR={EMERGENCY})"]
        if emergency.trunks:
            steps.append("Set(CDR(outcome)=emergency)")
        steps += _one_after_the_other(emergency.number, emergency.trunks, rings.emergency)
        extens.append([*steps, f"Goto(claim,{emergency.number},1)"])
    return _context("on-emergency", *extens, [ANY_NUMBER, "Hangup(1)"], _NOTE_WHO_ANSWERED)


def _one_after_the_other(number: str, trunks: Sequence[str], seconds: int) -> Iterator[str]:
    """As the city wrote them down; those that did not answer the switch's last question last, but they, too."""
    calls = [
        (f"AWAY{position}", trunk, _dial(number, trunk, seconds)) for position, trunk in enumerate(trunks)
    ]
    for away, trunk, _ in calls:
        yield f'Set({away}=${{IF($["${{DEVICE_STATE(PJSIP/{watch(trunk)})}}" = "UNAVAILABLE"]?yes)}})'
    for wanted in ("!=", "="):
        for away, _, dial in calls:
            yield f'ExecIf($["${{{away}}}" {wanted} "yes"]?{dial})'


def watch(trunk: str) -> str:
    """The endpoint by which an emergency trunk is asked whether it is there: the trunk's own is dialled whatever it says."""
    return f"watch-{trunk}"


def _dial(number: str, trunk: str, seconds: int) -> str:
    return f"Dial(PJSIP/{number}@trunk-{trunk},{seconds},b(correlate^s^1(u-${{UNIQUEID}})))"


_CLAIM = _context(
    "claim",
    [
        ANY_NUMBER,
        "Set(CDR(outcome)=unclaimed)",
        f"StasisBroadcast({CLAIM_WITHIN_MS},^callcontrol-)",
        'GotoIf($["${STASISSTATUS}" = "SUCCESS"]?done)',
        "Goto(fallback,${EXTEN},1)",
        "done: Hangup()",
    ],
)


def _fallback(plans: Plans, sounds: Sounds, rings: Rings) -> str:
    """No call control: a linked line is put through all the same; else notice, word of what is wrong, duty phones.

    A linked line nobody answers ends as the linked side says, or here, where the number says so (off unless set)."""
    phones = [f"PJSIP/{number}@trunk-{trunk.name}" for trunk in plans.trunks for number in trunk.duty]
    sorry = _say(sounds("fallback-none"))
    duty = []
    if phones:
        ring = f"Dial({'&'.join(phones)},{rings.duty},b(correlate^s^1(u-${{UNIQUEID}})))"
        duty = [*_say(sounds("fallback")), ring]
    return _context(
        "fallback",
        [
            ANY_NUMBER,
            'GotoIf($["${CALL_LINKED}" != ""]?linked)',
            "here: Set(CDR(outcome)=fallback)",
            "Answer()",
            'ExecIf($["${CALL_NOTICE}" != ""]?Playback(${CALL_NOTICE}))',
            *duty,
            *sorry,
            "Hangup()",
            "linked: Set(CDR(outcome)=fallback_linked)",
            _dial("${EXTEN}", "${CALL_LINKED}", rings.linked),
            'GotoIf($["${CALL_BACK}" != ""]?here)',
            "Hangup(${HANGUPCAUSE})",
        ],
        _NOTE_WHO_ANSWERED,
    )


def _say(prompt: str | None) -> list[str]:
    return [f"Playback({prompt})"] if prompt else ["Playtones(congestion)", "Wait(3)"]


_CORRELATE = _context(
    "correlate", ["s", f"Set(PJSIP_HEADER(add,{CORRELATION_HEADER})=${{ARG1}})", "Return()"]
)

_AGENTS = _context(
    # Agents call nobody from their phones: transfers are acts of the desk, known to the case.
    "agents",
    [ANY_NUMBER, "Hangup(21)"],
)
