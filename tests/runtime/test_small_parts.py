"""The small parts a start is made of: processes known by pid and start time, stamps, catalogues, the front door's file."""

from __future__ import annotations

import gettext
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.project.config import ConfigurationError, config
from hotline.project.runtime import front_door, lifecycle, messages, supervision
from hotline.project.runtime import part as wrapper
from hotline.project.runtime.process import Process, stop
from hotline.project.runtime.stamps import Stamps, digest


def test_a_recycled_pid_is_not_taken_for_ours(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        record = tmp_path / "part.pid"
        record.write_text(f"{stranger.pid} 1\n")
        ours = Process.read(record)
        assert ours is not None
        assert not ours.alive
        assert stop([ours], patience=1) == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_workers_of_a_killed_server_are_ended_with_it(tmp_path: Path) -> None:
    record = tmp_path / "server.pid"
    server = subprocess.Popen(
        [sys.executable, "-S", wrapper.__file__, "server", str(record), "--", "/bin/sh", "-c", "sleep 61 & sleep 62 & wait"],
        start_new_session=True,
    )  # fmt: skip
    _until(lambda: (found := Process.read(record)) is not None and len(found.members()) == 3)
    server.kill()
    server.wait()
    left = Process.read(record)
    assert left is not None
    assert len(left.members()) == 2
    assert stop([left]) == 2
    assert left.members() == []


def test_a_part_ends_what_its_own_earlier_life_left(tmp_path: Path) -> None:
    record = tmp_path / "server.pid"
    command = [
        sys.executable,
        "-S",
        wrapper.__file__,
        "server",
        str(record),
        "--",
        "/bin/sh",
        "-c",
        "sleep 63 & wait",
    ]
    first = subprocess.Popen(command, start_new_session=True)
    _until(lambda: (found := Process.read(record)) is not None and len(found.members()) == 2)
    before = Process.read(record)
    assert before is not None
    first.kill()
    first.wait()
    second = subprocess.Popen(command, start_new_session=True)
    try:
        _until(lambda: Process.read(record) != before)
        assert before.members() == []
    finally:
        os.killpg(second.pid, signal.SIGKILL)
        second.wait()


def test_a_step_runs_again_only_when_what_it_is_made_from_changed(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("one")
    Stamps(tmp_path / "stamps.json").done("step", digest([source]))
    assert Stamps(tmp_path / "stamps.json").is_done("step", digest([source]))
    source.write_text("two")
    assert not Stamps(tmp_path / "stamps.json").is_done("step", digest([source]))
    source.unlink()
    assert not Stamps(tmp_path / "stamps.json").is_done("step", digest([source]))


CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"

#: a.py:1
msgid "已受理"
msgstr "Accepted"

msgctxt "month"
msgid "五"
msgstr "M"
"ay"

msgid "%d 件"
msgid_plural "%d 件(多)"
msgstr[0] "%d case"
msgstr[1] "%d cases"

#, fuzzy
msgid "未定"
msgstr "wrong"
"""


def test_a_catalogue_is_compiled_as_gettext_reads_it(tmp_path: Path) -> None:
    catalogue = tmp_path / "room/locale/en/LC_MESSAGES/django.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    (compiled,) = messages.compile_all(tmp_path)
    with compiled.open("rb") as file:
        english = gettext.GNUTranslations(file)
    assert english.gettext("已受理") == "Accepted"
    assert english.pgettext("month", "五") == "May"
    assert [english.ngettext("%d 件", "%d 件(多)", n) for n in (1, 2)] == ["%d case", "%d cases"]
    assert english.gettext("未定") == "未定"
    assert messages.compile_all(tmp_path) == []


def test_a_line_that_is_not_gettext_is_named_with_its_place(tmp_path: Path) -> None:
    catalogue = tmp_path / "locale/en/LC_MESSAGES/django.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text('msgid "a"\nmsgstr b\n')
    with pytest.raises(ValueError, match=r"django\.po:2: msgstr b"):
        messages.compile_all(tmp_path)


@pytest.mark.parametrize("host", ["", "hotline.example.org"])
def test_caddy_accepts_the_front_door(tmp_path: Path, host: str) -> None:
    (tmp_path / "Caddyfile").write_text(front_door.caddyfile(replace(config(), host=host)))
    done = subprocess.run(
        [front_door.program(), "validate", "--config", tmp_path / "Caddyfile", "--adapter", "caddyfile"],
        capture_output=True, text=True, check=False, env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_plain_http_stays_on_this_machine_and_https_is_told_to_browsers_for_good() -> None:
    plain = front_door.caddyfile(replace(config(), host=""))
    assert "bind 127.0.0.1" in plain
    assert "Strict-Transport-Security" not in plain
    secure = front_door.caddyfile(replace(config(), host="hotline.example.org"))
    assert "bind 127.0.0.1" not in secure
    assert "tls internal" in secure
    assert "Strict-Transport-Security" in secure


def test_a_certificate_without_its_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_TLS_CERT", "certificate.pem")
    with pytest.raises(ConfigurationError, match="HOTLINE_TLS_KEY"):
        front_door.caddyfile(replace(config(), host="hotline.example.org"))


def test_two_starts_of_one_home_at_the_same_time_are_refused(tmp_path: Path) -> None:
    lock = tmp_path / "start.lock"
    first = lifecycle.only_one(lock, config())
    try:
        with pytest.raises(ConfigurationError, match="running already"):
            lifecycle.only_one(lock, config())
    finally:
        os.close(first)
    os.close(lifecycle.only_one(lock, config()))


def test_a_home_whose_path_is_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    deep = replace(config(), home=tmp_path / ("x" * 80))
    with pytest.raises(ConfigurationError, match="HOTLINE_HOME"):
        supervision.configuration(deep, [])


def _until(true: object, seconds: float = 10) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.02)
