"""Which Asterisk, espeak-ng and sox this instance uses: HOTLINE_ASTERISK, an asterisk ≥ 22.7 on PATH, the private prefix."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hotline.project.runtime.packages import CannotObtain, Prefix, Say, obtain, prefix_in

OLDEST = (22, 7)
"""The first release where an application can claim a broadcast call (docs/architecture.md)."""


@dataclass(frozen=True)
class Tools:
    """Programs to start, and Asterisk's own folders (`astdatadir`, `astmoddir`)."""

    asterisk: Path
    espeak: Path
    sox: Path
    data: Path
    modules: Path


def tools(cache: Path, say: Say | None = None) -> Tools:
    """Find them; with `say` also fetch what is missing into the private prefix, showing progress.

    Raises CannotObtain with a sentence in Chinese and English when there is no usable Asterisk.
    """
    named = os.environ.get("HOTLINE_ASTERISK")
    asterisk = Path(named) if named else _on_path()
    if named:
        version = version_of(Path(named))
        if version < OLDEST:
            raise CannotObtain(
                f"HOTLINE_ASTERISK={named}:需要 Asterisk 22.7 或更高 / Asterisk 22.7 or later is needed"
            )
    espeak, sox = (shutil.which(name) for name in ("espeak-ng", "sox"))
    if asterisk and espeak and sox:
        return Tools(asterisk, Path(espeak), Path(sox), *_folders(asterisk))
    prefix = _prefix(cache, say)
    if asterisk:
        return Tools(asterisk, prefix.program("espeak-ng"), prefix.program("sox"), *_folders(asterisk))
    return Tools(
        prefix.program("asterisk"),
        prefix.program("espeak-ng"),
        prefix.program("sox"),
        prefix.data,
        prefix.modules,
    )


def version_of(asterisk: Path) -> tuple[int, ...]:
    """(22, 10, 1) for `asterisk -V`'s "Asterisk 22.10.1…"; () when it does not run."""
    try:
        answer = subprocess.run(
            [asterisk, "-V"], capture_output=True, text=True, check=False, timeout=20
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", answer)
    return tuple(int(part) for part in match.groups() if part) if match else ()


def _on_path() -> Path | None:
    found = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found and version_of(Path(found)) >= OLDEST else None


def _prefix(cache: Path, say: Say | None) -> Prefix:
    if say is not None:
        return obtain(cache, say)
    prefix = prefix_in(cache)
    if not prefix.ready:
        raise CannotObtain(
            "尚未取得 Asterisk,先运行 hotline up / Asterisk has not been fetched yet: run hotline up"
        )
    return prefix


def _folders(asterisk: Path) -> tuple[Path, Path]:
    """An installed Asterisk's data and module folders, beside where it is installed."""
    root = asterisk.resolve().parent.parent
    data = next(
        (d for d in (root / "share/asterisk", Path("/var/lib/asterisk")) if d.is_dir()),
        root / "share/asterisk",
    )
    modules = next(
        iter(sorted([*root.glob("lib/asterisk/modules"), *root.glob("lib/*/asterisk/modules")])), None
    )
    if modules is None:
        raise CannotObtain(f"{asterisk}:找不到模块目录 / its modules folder was not found")
    return data, modules
