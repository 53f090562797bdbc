"""What only the owner may read is so from its first byte, whatever lay there before."""

from __future__ import annotations

import os
import re
from pathlib import Path

from hotline.base.kernel import private
from hotline.project.config import CHECKOUT


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_private_file_is_its_owners_only_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "secrets.json"
    private.write(path, "甲")
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("甲", 0o600)
    private.write(path, "乙")
    assert (path.read_text(encoding="utf-8"), mode(path)) == ("乙", 0o600)
    assert os.listdir(path.parent) == ["secrets.json"]


def test_what_a_crash_left_open_to_all_does_not_stay_so(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    for left in (path, tmp_path / "accounts.json.partial"):
        left.write_text("old")
        left.chmod(0o666)
    private.write(path, "new")
    assert (path.read_text(), mode(path)) == ("new", 0o600)


def test_there_is_one_writer_of_private_text_and_one_reader_of_tables() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in (CHECKOUT / "src/hotline").rglob("*.py")}
    writers = [
        path.name for path, text in sources.items() if re.search(r"O_TRUNC, 0o600\)[^}]*?write\(text\)", text)
    ]
    assert writers == ["private.py"]
    readers = [path.name for path, text in sources.items() if re.search(r"\bcsv\.(Dict)?[rR]eader\(", text)]
    assert readers == ["tables.py"]
