"""How long a caller who has been answered hears nothing: from the 200 OK to the first packet that carries sound.

BENCH_SOUND_PER_S callers a second for BENCH_SOUND_S seconds call 12345, where nobody is at the desks, and are welcomed.
The caller is our own, that of the dial test; both moments are those at which the datagram came in, by the kernel's account.

    python -m bench.calls_sound      writes var/bench/calls.json
"""

from __future__ import annotations

import asyncio
import os
import statistics

from bench.figures import Figure, record
from bench.laboratory import laboratory, within
from bench.sipp import HERE, PartMissing
from hotline.lines.calls.probe import telephone
from hotline.lines.calls.prompts.sound import ALAW, decode

PER_S = float(os.environ.get("BENCH_SOUND_PER_S", "15"))
SECONDS = float(os.environ.get("BENCH_SOUND_S", "20"))
STAYS_S = 2.0
LOUD = 0.01
"""Of full scale: -40 dB, well above the noise of a silent line."""
TARGET_MS = 150.0


async def callers(sip_port: int) -> list[telephone.Call]:
    """All their calls, begun evenly."""
    loop = asyncio.get_running_loop()
    began, count = loop.time(), round(PER_S * SECONDS)
    tasks = []
    for n in range(count):
        await asyncio.sleep(max(began + n / PER_S - loop.time(), 0))
        tasks.append(
            asyncio.create_task(
                telephone.call(
                    (HERE, sip_port), "12345", caller=f"136{n:08d}", seconds=STAYS_S, codecs=(telephone.PCMA,)
                )
            )
        )
    return list(await asyncio.gather(*tasks))


def is_sound(packet: telephone.Packet) -> bool:
    """Whether something can be heard in it."""
    return packet.kind == telephone.PCMA and bool(abs(decode(packet.payload, ALAW)).max() > LOUD)


def silence_ms(call: telephone.Call) -> float:
    """Milliseconds from the answer to the first sound. Raises PartMissing for a call that had none."""
    first = next((packet.at for packet in call.packets if is_sound(packet)), None)
    if call.answered is None or first is None:
        raise PartMissing(
            f"a caller was told {call.code} {call.phrase} and heard {len(call.packets)} packets of silence"
        )
    return max(first - call.answered, 0.0) * 1000


def main() -> None:
    """Measure, print, write."""
    lab = laboratory(round(2 * PER_S * STAYS_S))
    try:
        lab.start()
        calls = asyncio.run(callers(lab.sip_port))
        within(20, lab.quiet, "the switch is not quiet after the last call")
    finally:
        lab.stop()
    silences = [silence_ms(call) for call in calls]
    answers = [(call.answered or 0.0) * 1000 for call in calls]
    record(
        "calls",
        "calls_sound",
        [
            Figure(
                "calls.answer_to_audio_p95_ms",
                round(statistics.quantiles(silences, n=20)[-1], 1),
                "ms",
                TARGET_MS,
            ),
            Figure("calls.answer_to_audio_p50_ms", round(statistics.median(silences), 1), "ms"),
            Figure("calls.invite_to_answer_p95_ms", round(statistics.quantiles(answers, n=20)[-1], 1), "ms"),
        ],
    )


if __name__ == "__main__":
    main()
