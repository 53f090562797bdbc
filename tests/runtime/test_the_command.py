"""The `hotline` command says what is wrong in a sentence, in Chinese and English, and leaves with 1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_without_a_database_a_command_says_what_to_do_first(tmp_path: Path) -> None:
    settings = {"HOTLINE_HOME": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOTLINE_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "hotline.project.cli", "numbers"], env=kept | settings, capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "hotline up" in done.stderr
    assert "数据库" in done.stderr
    assert "database" in done.stderr
