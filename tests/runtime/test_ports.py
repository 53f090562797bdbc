"""Inner ports: chosen once, and none that an outgoing connection could take while its part is down."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from hotline.project import config as settings
from hotline.project.config import Config


def an_instance(monkeypatch: pytest.MonkeyPatch, home: Path) -> Config:
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    return Config.from_environment()


def first_outgoing() -> int:
    return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])


def test_no_inner_port_is_one_the_kernel_gives_to_outgoing_connections(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for n in range(5):
        ports = an_instance(monkeypatch, tmp_path / str(n)).ports
        assert len(ports) >= 8
        assert max(*ports.values(), ports["callcontrol"] + 7) < first_outgoing()
        assert min(ports.values()) >= settings.LOWEST_PORT


def test_ports_stay_the_same_and_only_one_that_was_taken_is_chosen_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = an_instance(monkeypatch, tmp_path).ports
    assert an_instance(monkeypatch, tmp_path).ports == before
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", before["web"]))
        stranger.listen()
        again = an_instance(monkeypatch, tmp_path)
        assert again.renew_taken_ports() == ["web"]
        after = again.ports
    assert after["web"] != before["web"]
    assert {**after, "web": 0} == {**before, "web": 0}
    assert json.loads((tmp_path / "ports.json").read_text()) == after


def test_a_run_of_ports_does_not_meet_those_that_are_given_away() -> None:
    given = {settings.free_port() for _ in range(20)}
    for _ in range(50):
        start = settings.free_port(given, run=400)
        assert not given & {*range(start, start + 400)}
        assert start % 2 == 0
