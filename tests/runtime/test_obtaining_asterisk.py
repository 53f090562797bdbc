"""Where Asterisk comes from: what was named, what is installed, the machine's own mirror — checked, and said when not."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.project.config import config
from hotline.project.runtime import packages, switch


@pytest.mark.telephony
def test_what_was_fetched_runs_and_is_new_enough() -> None:
    found = switch.tools(config().cache, say=print)
    assert switch.version_of(found.asterisk) >= switch.OLDEST
    assert (found.modules / "res_pjsip.so").is_file()


def test_an_asterisk_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "asterisk"
    old.write_text("#!/bin/sh\necho Asterisk 20.9.1\n")
    old.chmod(0o755)
    monkeypatch.setenv("HOTLINE_ASTERISK", str(old))
    with pytest.raises(packages.CannotObtain, match=r"22\.7"):
        switch.tools(tmp_path)


@pytest.mark.telephony
def test_a_mirror_nobody_answers_for_is_named(tmp_path: Path) -> None:
    with pytest.raises(packages.CannotObtain, match=r"127\.0\.0\.1:9/"):
        packages.obtain(tmp_path, print, "http://127.0.0.1:9/")
    assert not packages.prefix_in(tmp_path).ready


@pytest.mark.telephony
def test_a_mirror_whose_signature_cannot_be_checked_is_refused(tmp_path: Path) -> None:
    release = tmp_path / "mirror/dists" / packages.SUITE / "Release"
    release.parent.mkdir(parents=True)
    release.write_text(
        f"Suite: {packages.SUITE}\nCodename: {packages.SUITE}\nDate: Mon, 01 Jan 2024 00:00:00 UTC\n"
    )
    with pytest.raises(packages.CannotObtain, match="not signed"):
        packages.obtain(tmp_path / "cache", print, f"file:{tmp_path / 'mirror'}/")


def test_the_mirror_is_the_machines_own(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(
        "deb [arch=amd64] http://one.example/debian bookworm main\n# deb http://no.example/debian bookworm main\n"
        "deb http://other.example/tools stable main\n"
    )
    (tmp_path / "sources.list.d/debian.sources").write_text(
        "Types: deb\nURIs: http://two.example/debian/\nSuites: bookworm\nComponents: main\n"
    )
    assert list(packages.mirrors_of_sources(tmp_path)) == [
        "http://one.example/debian/",
        "http://two.example/debian/",
    ]
