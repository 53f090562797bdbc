"""Demonstration calls go over the loopback trunk only, speak, and end in time."""

from __future__ import annotations

import asyncio
import time
from random import Random

import pytest
from click.testing import CliRunner

from hotline.base.kernel.errors import Conflict
from hotline.lines.numbers.models import Trunk
from hotline.lines.numbers.plan import Behaviour
from hotline.project.cli import demo
from hotline.project.demonstration import live_calls
from hotline.project.runtime.switch import Tools

from .conftest import Exchange


@pytest.mark.django_db
@pytest.mark.usefixtures("city")
def test_no_demonstration_call_where_a_trunk_leads_outside() -> None:
    Trunk.objects.filter(name="loopback").update(host="203.0.113.9")
    done = CliRunner().invoke(demo.command, ["calls", "--seconds", "1"])
    assert isinstance(done.exception, Conflict)


@pytest.mark.telephony
def test_callers_speak_and_the_whole_ends_in_time(exchange: Exchange, toolbox: Tools) -> None:
    voices = live_calls.voices(exchange.home, toolbox.espeak, toolbox.sox)
    assert len({voice[8] for voice in voices}) == len(voices) >= 5, "every caller has something else to say"
    numbers: dict[Behaviour | None, list[str]] = {None: ["12320"], Behaviour.VACANT: ["12396"]}
    town = live_calls.Town(exchange.address, numbers, voices)
    began = time.monotonic()
    went = asyncio.run(live_calls.place(town, 3, 4, 3, Random(1), lambda text: None))
    assert went["placed"] >= 5
    assert went["answered"] + went["refused"] == went["placed"]
    assert went["answered"] > 0
    assert time.monotonic() - began < 30
