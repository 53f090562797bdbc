"""The portal needs its English words compiled, as the bootstrap does."""

from __future__ import annotations

from pathlib import Path

import pytest

import hotline
from hotline.project.runtime import messages


@pytest.fixture(scope="session", autouse=True)
def _words() -> None:
    messages.compile_all(Path(hotline.__file__).parent)
