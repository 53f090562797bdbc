"""Real calls to a small real Asterisk: the report is what was on the wire, nothing else."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from hotline.lines.calls import prompts
from hotline.lines.calls.probe import report, telephone

from .conftest import Exchange

pytestmark = pytest.mark.telephony


Calls = dict[str, report.Report]


def dial(exchange: Exchange, calls: dict[str, tuple[str, dict[str, Any]]]) -> Calls:
    """All the calls at the same time; a name for each. Looked at when all are over: thinking makes the others deaf."""
    library = prompts.load(exchange.home)

    async def one(number: str, how: dict[str, Any]) -> telephone.Call:
        return await telephone.call(exchange.address, number, caller="10086", **{"seconds": 20, **how})

    async def together() -> list[telephone.Call]:
        return await asyncio.gather(*(one(number, how) for number, how in calls.values()))

    heard = asyncio.run(together())
    return {name: report.report(call, library) for name, call in zip(calls, heard, strict=True)}


@pytest.fixture(scope="module")
def met(exchange: Exchange) -> Calls:
    """Eight calls at once to the exchange whose prompts are as they should be."""
    words = prompts.path(exchange.home, "queue-still").with_suffix(".alaw").read_bytes()
    return dial(
        exchange,
        {
            "vacant PCMA": ("12396", {"codecs": (telephone.PCMA,)}),
            "vacant PCMU": ("12396", {"codecs": (telephone.PCMU,)}),
            "cut off": ("12333", {"seconds": 15}),
            "to its end": ("12316", {}),
            "rings, then silence": ("12345", {"seconds": 4}),
            "never answered": ("12315", {"seconds": 8}),
            "echo": ("12320", {"seconds": 9, "speech": {telephone.PCMA: words}}),
            "unknown": ("99999", {}),
        },
    )


@pytest.fixture(scope="module")
def met_spoilt(spoilt_exchange: Exchange) -> Calls:
    return dial(spoilt_exchange, {"swapped": ("12333", {"seconds": 12}), "damaged": ("12396", {})})


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
def test_a_vacant_number_gives_tone_and_words_as_early_media_then_404_cause_1(met: Calls, codec: str) -> None:
    found = met[f"vacant {codec}"]
    assert (found["code"], found["cause"], found["answered"]) == (404, 1, False)
    assert found["early_media"]
    assert found["prompts"] == ["vacant"]
    assert [tone["tone"] for tone in found["tones"]] == ["vacant"]
    assert found["tones"][0]["start_s"] < found["heard"][0]["start_s"]
    assert found["ended_by"] == "far"
    assert found["seconds"] < 6.5
    assert found["codec"] == codec


def test_prompts_are_told_in_order_and_a_prompt_cut_off_is_told_as_a_part(met: Calls) -> None:
    found = met["cut off"]
    assert found["answered"]
    assert found["prompts"] == ["notice-12333", "queue-wait"]
    assert [one["complete"] for one in found["heard"]] == [True, False]
    assert found["ended_by"] == "caller"


def test_the_far_end_hanging_up_is_told_with_its_cause(met: Calls) -> None:
    found = met["to its end"]
    assert (found["code"], found["cause"], found["ended_by"]) == (200, 16, "far")
    assert found["prompts"] == ["notice-12316"]


def test_silence_after_ringing_is_no_prompt(met: Calls) -> None:
    found = met["rings, then silence"]
    assert found["ringing_s"] is not None
    assert found["answered_s"] is not None
    assert found["answered_s"] > 0.9
    assert found["prompts"] == []
    assert found["tones"] == []


def test_a_call_nobody_answers_is_cancelled_and_told_so(met: Calls) -> None:
    found = met["never answered"]
    assert (found["code"], found["answered"], found["ended_by"]) == (487, False, "caller")
    assert [tone["tone"] for tone in found["tones"]] == ["ringback"]


def test_what_the_caller_says_is_really_sent(met: Calls) -> None:
    assert met["echo"]["prompts"][:1] == ["queue-still"], "the echo returns our own words"


def test_a_refusal_without_sound_is_told_with_its_cause(met: Calls) -> None:
    found = met["unknown"]
    assert (found["code"], found["cause"], found["early_media"], found["packets"]) == (404, 1, False, 0)


def test_two_prompts_swapped_on_disk_are_found_out(met_spoilt: Calls) -> None:
    found = met_spoilt["swapped"]
    assert found["prompts"][0] == "notice-12316"
    wanted = report.Expected("notice_then_queue", 200, None, True, ["notice-12333"])
    assert report.differences(found, wanted, {"notice-12333", "notice-12316", "vacant"})


def test_a_damaged_prompt_is_not_told_as_complete(met_spoilt: Calls) -> None:
    found = met_spoilt["damaged"]
    assert not any(one["complete"] for one in found["heard"])
    assert report.differences(
        found, report.Expected("vacant", 404, 1, False, ["vacant"], "vacant"), {"vacant"}
    )


def test_where_nobody_listens_there_is_no_call() -> None:
    with pytest.raises(telephone.CouldNotCall, match="没有应答"):
        asyncio.run(telephone.call(("127.0.0.1", 9), "12345", caller="10086", seconds=1))


WATCH = """
    import json, os, sys
    seen = {"connect": [], "opened": []}
    def watch(event, args):
        if event in ("socket.connect", "socket.sendto"):
            seen["connect"].append([args[0].type.name, *map(str, args[1] if isinstance(args[1], tuple) else [args[1]])])
        if event == "open" and isinstance(args[0], (str, os.PathLike)):
            seen["opened"].append(str(args[0]))
    sys.addaudithook(watch)
    sys.argv = ["hotline", "dial", "12396", "--json"]
    from hotline.project.cli import main
    try:
        main()
    except SystemExit as done:
        seen["code"] = done.code
    seen["modules"] = sorted(sys.modules)
    print(json.dumps(seen), file=sys.stderr)
"""


def test_the_dial_command_uses_nothing_but_sip_and_rtp(exchange: Exchange) -> None:
    environment = {
        "HOTLINE_HOME": str(exchange.home), "HOTLINE_SIP_PORT": str(exchange.port), "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(report.__file__).parents[4]),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WATCH)],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    found, seen = json.loads(done.stdout), json.loads(done.stderr.splitlines()[-1])
    assert seen["code"] in (0, None)
    assert found["as_expected"], found["differences"]
    assert not [
        name for name in seen["modules"] if name.split(".")[0] in ("django", "psycopg", "aiohttp", "httpx")
    ]
    assert seen["connect"]
    for kind, host, port in seen["connect"]:
        assert (kind, host) == ("SOCK_DGRAM", "127.0.0.1"), (kind, host, port)
    sounds = str(exchange.home / "asterisk")
    assert not [file for file in seen["opened"] if file.startswith(sounds)], (
        "the sound files are not its evidence"
    )
    assert not [
        file
        for file in seen["opened"]
        if "secrets" in Path(file).name and file.startswith(str(exchange.home))
    ]
