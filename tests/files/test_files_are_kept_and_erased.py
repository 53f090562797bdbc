"""Keeping, rotating keys and erasing, with a real database and a real folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.db import transaction

from hotline.base.files import actions, keys, queries
from hotline.base.files.chunks import Altered
from hotline.base.files.folder import Folder, store
from hotline.base.files.models import StoredFile
from hotline.base.kernel.actor import system
from hotline.base.kernel.errors import NotFound, Problem
from hotline.project.cli.files import command

pytestmark = pytest.mark.django_db
ME = system("test")
CONTENT = os.urandom(200_000)


def keep(content: bytes = CONTENT) -> StoredFile:
    return actions.keep(ME, [content], kind="recording", content_type="audio/wav")


def path_of(file: StoredFile) -> Path:
    place = store()
    assert isinstance(place, Folder)
    return place._path(str(file.id))


@pytest.fixture(params=["aes-256-gcm", "sm4-gcm"])
def cipher(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(settings.CITY, "files", {"cipher": request.param})
    return str(request.param)


@pytest.fixture
def second_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The instance is given a new field key, as an operator would in secrets.json."""
    monkeypatch.setitem(settings.HOTLINE.secrets, "field_key_2", "another key, as long as the first one was")


def test_a_kept_file_is_read_whole_and_in_part_and_nothing_plain_lies_in_the_store(cipher: str) -> None:
    content = b"the words of a caller " * 9000
    file = keep(content)
    opened = queries.opened(file.id)
    assert b"".join(opened.read()) == content
    assert b"".join(opened.read(65_530, 131_100)) == content[65_530:131_100]
    assert file.suite == cipher
    stored = path_of(file).read_bytes()
    assert b"words of a caller" not in stored
    assert path_of(file).stat().st_mode & 0o077 == 0


def test_every_file_has_a_key_of_its_own() -> None:
    one, other = keep(), keep()
    assert queries.opened(one.id).lock.key != queries.opened(other.id).lock.key
    assert path_of(one).read_bytes()[30:60] != path_of(other).read_bytes()[30:60]


def test_a_wrapped_key_of_another_row_opens_nothing() -> None:
    one, other = keep(), keep()
    StoredFile.objects.filter(id=one.id).update(wrapped_key=bytes(other.wrapped_key))
    with pytest.raises(Altered):
        queries.opened(one.id)


def test_a_cipher_this_machine_does_not_have_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CITY, "files", {"cipher": "rot13"})
    with pytest.raises(Problem, match="rot13"):
        keep()


def test_a_new_master_key_takes_over_without_writing_a_file_anew(second_key: None, monkeypatch: Any) -> None:
    monkeypatch.delitem(settings.HOTLINE.secrets, "field_key_2")
    old = keep()
    before = path_of(old).read_bytes()
    monkeypatch.setitem(settings.HOTLINE.secrets, "field_key_2", "another key, as long as the first one was")
    new = keep()
    assert (old.key_version, new.key_version) == (1, 2)
    assert b"".join(queries.opened(old.id).read()) == CONTENT
    assert actions.rewrap(ME) == 1
    assert actions.rewrap(ME) == 0
    assert StoredFile.objects.get(id=old.id).key_version == 2
    assert path_of(old).read_bytes() == before
    monkeypatch.setitem(
        settings.HOTLINE.secrets, "field_key", "the first key is lost, nothing needs it any more"
    )
    assert b"".join(queries.opened(old.id).read()) == CONTENT
    assert keys.newest() == 2


def test_an_erased_file_cannot_be_opened_before_its_bytes_are_gone_and_its_row_stays() -> None:
    file = keep()
    path = path_of(file)
    actions.erase(ME, [file.id], "retention")
    assert path.is_file()
    with pytest.raises(NotFound):
        queries.opened(file.id)
    assert bytes(StoredFile.objects.get(id=file.id).wrapped_key) == b""
    assert actions.remove_erased() == 1
    assert not path.exists()
    assert actions.remove_erased() == 0
    assert StoredFile.objects.filter(id=file.id, size=len(CONTENT)).exists()


def test_what_a_taken_back_transaction_left_in_the_store_is_removed_and_nothing_else() -> None:
    kept = keep()
    with transaction.atomic():
        lost = keep()
        transaction.set_rollback(True)
    assert path_of(lost).is_file()
    long_ago = time.time() - 2 * actions.ORPHAN_AFTER_S
    for file in (kept, lost):
        os.utime(path_of(file), (long_ago, long_ago))
    actions.remove_orphans()
    assert not path_of(lost).exists()
    assert b"".join(queries.opened(kept.id).read()) == CONTENT


def test_a_disk_that_fails_while_writing_leaves_no_file_and_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    before = StoredFile.objects.count()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep()
    monkeypatch.undo()
    assert StoredFile.objects.count() == before
    assert not [*settings.HOTLINE.home.glob("files/??/*.partial")]


def test_the_command_finds_the_file_that_was_damaged(second_key: None, tmp_path: Path) -> None:
    whole, damaged = keep(), keep()
    path_of(damaged).write_bytes(path_of(whole).read_bytes())
    assert dict(actions.examined())[whole.id] == ""
    found = CliRunner().invoke(command, ["check"])
    assert found.exit_code == 1
    assert str(damaged.id) in found.output
    assert str(whole.id) not in found.output


def test_a_new_master_key_is_added_and_no_other_secret_is_touched() -> None:
    path = settings.HOTLINE.home / "secrets.json"
    before = json.loads(path.read_text())
    try:
        assert CliRunner().invoke(command, ["new-key"]).exit_code == 0
        after = json.loads(path.read_text())
        assert after.keys() - before.keys() == {"field_key_2"}
        assert before.items() <= after.items()
        assert path.stat().st_mode & 0o077 == 0
    finally:
        path.write_text(json.dumps(before))


_WRITER = """
import sys
from pathlib import Path
from hotline.base.files.folder import Folder
def parts():
    for n in range(100000):
        yield bytes(65536)
        if n == 20:
            print("writing", flush=True)
Folder(Path(sys.argv[1])).write(sys.argv[2], parts())
"""


def test_a_writer_killed_half_way_leaves_nothing_under_the_files_name(tmp_path: Path) -> None:
    name = str(uuid4())
    environment = {**os.environ, "PYTHONPATH": "src"}
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path), name], stdout=subprocess.PIPE, env=environment
    ) as writer:
        assert writer.stdout
        writer.stdout.readline()
        writer.kill()
    place = Folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        place.read(name, 0, 1)
    assert [*place.names(-1)] == [name + ".partial"]
    place.remove(name + ".partial")
    assert [*place.names(-1)] == []
