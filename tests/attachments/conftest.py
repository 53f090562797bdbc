"""The stand-in for ClamAV's daemon."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a stand-in for the daemon listens."""
    place = tmp_path_factory.mktemp("clamd") / "s"
    server = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("clamd.py"), str(place)], stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    assert server.stdout.readline().startswith(b"ready")
    yield f"unix:{place}"
    server.terminate()
    server.wait()
