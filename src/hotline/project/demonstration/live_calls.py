"""Real calls for `hotline demo calls`: invented callers dial over the loopback trunk and speak.

The calls are real for the switch, call control and the desk; only the people are not. Callers show numbers nobody can
have, so `hotline demo clear` finds the calls again, and nothing is placed where a trunk leads outside.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hotline.base.parties import demonstration as nobodies
from hotline.lines.calls import prompts
from hotline.lines.calls.probe import telephone
from hotline.lines.numbers.plan import Behaviour

MOST_AT_ONCE = 100
SHARES: Mapping[Behaviour | None, float] = {
    None: 0.60,  # the main number
    Behaviour.NOTICE_THEN_QUEUE: 0.15,
    Behaviour.LINKED: 0.12,
    Behaviour.OWN_SEATS: 0.08,
    Behaviour.VACANT: 0.05,
}
"""How often each kind of number is dialled: an assumption, most people know 12345 by now."""

Speech = Mapping[int, bytes]


@dataclass(frozen=True)
class Town:
    """Where calls go and who can be dialled: numbers by what they do, None for the main number."""

    target: telephone.Address
    numbers: Mapping[Behaviour | None, list[str]]
    voices: list[Speech]


def voices(home: Path, espeak: Path, sox: Path) -> list[Speech]:
    """What the invented callers say, spoken once and kept in the instance's home."""
    said = prompts.read(Path(__file__).with_name("callers.csv"))
    folder = home / "demonstration"
    prompts.build(folder, said, espeak=espeak, sox=sox)
    return [
        {
            kind: prompts.path(folder, one.id).with_suffix(extension).read_bytes()
            for kind, extension in ((telephone.PCMA, ".alaw"), (telephone.PCMU, ".ulaw"))
        }
        for one in said
    ]


async def place(
    town: Town, rate: float, seconds: float, stay: float, random: Random, say: Callable[[str], None]
) -> Counter[str]:
    """Place about ``rate`` calls a second for ``seconds``; each caller stays ``stay`` seconds on average.

    Returns how the calls went: placed, answered, refused, and skipped when MOST_AT_ONCE are up already.
    """
    went: Counter[str] = Counter()
    running: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    while loop.time() < ends:
        if len(running) < MOST_AT_ONCE:
            task = asyncio.create_task(_one(town, stay, random, went))
            running.add(task)
            task.add_done_callback(running.discard)
        else:
            went["skipped"] += 1
        await asyncio.sleep(min(random.expovariate(rate), ends - loop.time() if ends > loop.time() else 0))
        say(f"{len(running)} 路在线 / up, {went['placed']} 路已拨 / placed")
    await asyncio.gather(*running)
    return went


async def _one(town: Town, stay: float, random: Random, went: Counter[str]) -> None:
    kinds = [kind for kind in SHARES if town.numbers.get(kind)]
    kind = random.choices(kinds, [SHARES[kind] for kind in kinds])[0]
    number = random.choice(town.numbers[kind])
    caller = nobodies.phone(random.randrange(nobodies.COUNT))
    lasts = max(random.gauss(stay, stay / 3), 3.0)
    went["placed"] += 1
    try:
        call = await telephone.call(
            town.target, number, caller=caller, seconds=lasts, speech=random.choice(town.voices)
        )
    except telephone.CouldNotCall:
        went["failed"] += 1
        return
    went["answered" if call.answered is not None else "refused"] += 1
