"""An agent on another machine: https, a browser phone in its own network namespace, audio both ways."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e import journey
from tests.e2e.browser import CHROMIUM, chromium, part, sign_in, staff_context
from tests.e2e.telephone import Telephone
from tests.harness import running_instance

pytestmark = [pytest.mark.instance, pytest.mark.telephony, pytest.mark.browser, pytest.mark.timeout(420)]

HOST = "hotline.test"


@dataclass(frozen=True)
class Network:
    """A namespace joined to ours by one cable."""

    name: str
    here: str
    there: str


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@pytest.fixture
def network() -> Iterator[Network]:
    """A network namespace of our own, removed afterwards. Needs root and iproute2."""
    assert os.geteuid() == 0, "making a network namespace needs root (apt-get install iproute2, run as root)"
    name = f"hl{secrets.token_hex(3)}"
    third = secrets.randbelow(200) + 20
    here, there = f"10.213.{third}.1", f"10.213.{third}.2"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", f"{name}a", "type", "veth", "peer", "name", f"{name}b", "netns", name)
        _ip("addr", "add", f"{here}/24", "dev", f"{name}a")
        _ip("link", "set", f"{name}a", "up")
        _ip("-n", name, "addr", "add", f"{there}/24", "dev", f"{name}b")
        _ip("-n", name, "link", "set", f"{name}b", "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield Network(name, here, there)
    finally:
        _ip("netns", "del", name)


def test_an_agent_on_another_machine_answers_over_https(network: Network, tmp_path: Path) -> None:
    launcher = tmp_path / "chromium-there"
    launcher.write_text(f'#!/bin/sh\nexec ip netns exec {network.name} {CHROMIUM} "$@"\n')
    launcher.chmod(0o755)
    settings = {"HOTLINE_HOST": HOST, "HOTLINE_RTP_ADDRESS": network.here}
    flags = [f"--host-resolver-rules=MAP {HOST} {network.here}"]
    with (
        running_instance(extra_env=settings) as hotline,
        chromium(journey.AGENT_HERTZ, executable=str(launcher), flags=flags) as browser,
    ):
        base = f"https://{HOST}:{hotline.port}"
        # The certificate is the front door's own authority's; that it is https at all is what the microphone needs.
        agent = sign_in(staff_context(browser, ignore_https_errors=True), base, hotline.accounts["agent"])
        assert agent.evaluate("window.isSecureContext")
        journey.be_ready(agent, base)
        caller = Telephone(
            "call",
            f"sip:12345@127.0.0.1:{hotline.sip_port}",
            "--tone",
            str(journey.CALLER_HERTZ),
            "--user",
            "13800001111",
        )
        try:
            journey.answer(agent)
            journey.agent_hears_the_caller(agent)
            _voice_crosses_the_cable(agent, network)
            agent.wait_for_timeout(3000)
            agent.keyboard.press("F6")
            expect(agent.locator(part("call-bar"))).to_have_attribute("data-state", "wrap_up", timeout=10_000)
        finally:
            caller.finish()
        journey.caller_heard_the_agent(caller)


def _voice_crosses_the_cable(agent: object, network: Network) -> None:
    """The chosen pair of addresses is the cable's two ends, not some shortcut."""
    pair = agent.evaluate(  # type: ignore[attr-defined]
        """async () => {
          const stats = await window.__connections.at(-1).getStats();
          const all = new Map([...stats.values()].map((s) => [s.id, s]));
          const transport = [...all.values()].find((s) => s.type === 'transport');
          const chosen = all.get(transport.selectedCandidatePairId);
          return [all.get(chosen.localCandidateId).address, all.get(chosen.remoteCandidateId).address];
        }"""
    )
    assert pair[1] == network.here, pair
