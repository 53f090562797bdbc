"""`hotline demo calls` on a whole instance: real calls, speaking callers, all of it removable."""

from __future__ import annotations

import re

import pytest

from tests.harness import Instance

pytestmark = [pytest.mark.telephony, pytest.mark.instance]


def figure(text: str, name: str) -> int:
    match = re.search(rf"{name} (\d+)", text)
    assert match is not None, text
    return int(match[1])


def test_demonstration_calls_are_real_and_are_removed_again(hotline: Instance) -> None:
    placed = hotline.hotline("demo", "calls", "--rate", "2", "--seconds", "4", "--stay", "6")
    assert placed.returncode == 0, placed.stderr
    last = placed.stdout.splitlines()[-1]
    assert figure(last, "placed") >= 1
    assert figure(last, "failed") == 0
    assert figure(last, "answered") + figure(last, "not answered") == figure(last, "placed")
    assert figure(hotline.hotline("demo", "clear").stdout, "calls") == figure(last, "placed")
    assert figure(hotline.hotline("demo", "clear").stdout, "calls") == 0


def test_nothing_that_answers_is_said_plainly(hotline: Instance) -> None:
    unplugged = hotline.environment | {"HOTLINE_SIP_PORT": "9"}
    other = Instance(hotline.home, hotline.port, 9, unplugged)
    done = other.hotline("demo", "calls", "--rate", "2", "--seconds", "1", "--stay", "3")
    assert done.returncode == 1
    assert "hotline" in done.stderr
