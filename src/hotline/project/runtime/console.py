"""Builds the staff console (Vue, Vite) into console/dist; skipped when its sources are those it was built from."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from hotline.project.config import ConfigurationError
from hotline.project.runtime.packages import Say
from hotline.project.runtime.stamps import Stamps, digest

NODE_OLDEST = 20


def build(checkout: Path, say: Say) -> bool:
    """`npm ci` when the lock changed, then the Vite build; returns whether there was anything to do.

    The console belongs to the checkout, not to an instance: it is built beside the old one and then takes its place, so
    an instance that is running keeps serving. Raises ConfigurationError when Node is missing, too old, or fails.
    """
    console = checkout / "console"
    wanted = _input(console)
    built = console / "dist/.built-from"
    if built.is_file() and built.read_text() == wanted:
        return False
    npm, version = shutil.which("npm"), _node_version()
    if npm is None or version < NODE_OLDEST:
        raise ConfigurationError(
            "构建管理台需要 Node 20 或更高（node 与 npm）。",
            "Building the console needs Node 20 or later (node and npm).",
        )
    say("▶ 管理台 / console")
    with (console / "node_modules.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (built.is_file() and built.read_text() == wanted):
            _install(console, version, npm, say)
            _bundle(console, wanted, npm, say)
    return True


def _install(console: Path, version: int, npm: str, say: Say) -> None:
    stamps = Stamps(console / "node_modules/.hotline-stamps")
    lock = digest([console / "package-lock.json"], str(version), root=console)
    if not stamps.is_done("npm ci", lock):
        _npm(console, say, npm, "ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamps.done("npm ci", lock)


def _bundle(console: Path, wanted: str, npm: str, say: Say) -> None:
    fresh, old, dist = console / "node_modules/.dist", console / "node_modules/.dist-old", console / "dist"
    _npm(console, say, npm, "run", "build", "--silent", "--", "--outDir", str(fresh), "--emptyOutDir")
    (fresh / ".built-from").write_text(wanted)
    shutil.rmtree(old, ignore_errors=True)
    if dist.exists():
        dist.rename(old)
    fresh.rename(dist)
    shutil.rmtree(old, ignore_errors=True)


def _npm(console: Path, say: Say, npm: str, *arguments: str) -> None:
    say(f"  npm {' '.join(arguments[:2])} …")
    done = subprocess.run(
        [npm, *arguments], cwd=console, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, env={**os.environ, "CI": "true"},
    )  # fmt: skip
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-30:])
        raise ConfigurationError(
            f"npm {arguments[0]} 失败：\n{tail}", f"npm {arguments[0]} failed (see above)."
        )


def _input(console: Path) -> str:
    """What it is built from, wherever the checkout stands: a copy of a built console needs no Node."""
    files = [f for part in ("src", "public") for f in (console / part).glob("**/*") if f.is_file()]
    return digest(
        [
            *files,
            *console.glob("package*.json"),
            *console.glob("*.ts"),
            *console.glob("ts*.json"),
            console / "index.html",
        ],
        root=console,
    )


def _node_version() -> int:
    try:
        answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
        return int(answer.lstrip("v").partition(".")[0])
    except (OSError, ValueError):
        return 0
