"""The virtual environment from the lock file: `python3 bootstrap.py [runtime|dev]`. Standard library only.

Runs under whatever Python 3.11+ the machine has, before anything is installed. Skipped when the lock file is the one
the environment was made from. A Debian without python3-venv and pip is enough: pip's own wheel is then taken from the
machine's package mirror, signature checked, without root.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[4]
VENV = CHECKOUT / ".venv"
PROJECT = CHECKOUT / "pyproject.toml"
OLDEST = (3, 11)
LOCKS = {"runtime": "requirements/runtime.txt", "dev": "requirements/dev.txt"}


def main(kind: str) -> None:
    """Make .venv fit the lock of `kind`; `dev` contains everything of `runtime`."""
    if sys.version_info < OLDEST:
        raise SystemExit(
            "需要 Python 3.11 或更高(可用 PYTHON=… 指定)/ Python 3.11 or later is needed (set PYTHON=…)"
        )
    wanted = {name: _digest(CHECKOUT / LOCKS[name]) for name in LOCKS}
    stamp = VENV / ".hotline-lock"
    present = stamp.read_text().split() if stamp.is_file() else []
    if wanted["dev"] in present or wanted[kind] in present:
        return
    lock = CHECKOUT / LOCKS[kind]
    if not (VENV / "bin/python").exists():
        print(f"▶ 虚拟环境 / virtual environment: {VENV}", flush=True)
        _run(sys.executable, "-m", "venv", "--without-pip", VENV)
    print(
        f"▶ 安装锁定的依赖 / locked dependencies: {lock.name}(首次约一分钟 / about a minute the first time)",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as scratch:
        _install(_pip(Path(scratch)), lock)
    _make_command()
    stamp.write_text(f"{wanted[kind]}\n")


def _install(pip: list[str], lock: Path) -> None:
    """Every package of the lock, whole and with its hash; a line for every ten of them."""
    total = sum(
        1 for line in lock.read_text().splitlines() if "==" in line and not line.startswith((" ", "#"))
    )
    command = [
        *pip, "install", "--require-hashes", "--no-deps", "--only-binary=:all:", "--progress-bar=off", "--no-input",
        "--disable-pip-version-check", "-r", str(lock),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    said: list[str] = []
    done = 0
    for line in process.stdout:
        said.append(line)
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            done += 1
            if done % 10 == 0:
                print(f"  {done}/{total}", flush=True)
    if process.wait():
        raise SystemExit("".join(said[-20:]) + "依赖安装失败 / the dependencies could not be installed")


def _pip(scratch: Path) -> list[str]:
    """A pip that installs into .venv: its own, the one bundled with Python, or the machine's mirror's."""
    python = str(VENV / "bin/python")
    if _answers(python, "-m", "pip", "--version"):
        return [python, "-m", "pip"]
    if _answers(python, "-m", "ensurepip", "--default-pip"):
        return [python, "-m", "pip"]
    sys.path.insert(0, str(CHECKOUT / "src"))
    from hotline.project.runtime import packages

    unpacked = packages.fetch(scratch, ["python3-pip-whl"], lambda text: print(f"  {text}", flush=True))
    wheel = next(unpacked.glob("usr/share/python-wheels/pip-*.whl"))
    return [python, f"{wheel}/pip"]


def _make_command() -> None:
    """`hotline` in the environment, this checkout's source on its path and its entry points known; nothing is built or
    downloaded for that."""
    packages = next(VENV.glob("lib/python3*/site-packages"))
    (packages / "hotline.pth").write_text(f"{CHECKOUT / 'src'}\n")
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    about = packages / f"{project['name']}-{project['version']}.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    lines = [
        f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items())
        for group, points in groups.items()
    ]
    (about / "entry_points.txt").write_text("\n".join(lines))
    script = VENV / "bin/hotline"
    script.write_text(f"#!{VENV / 'bin/python'}\nfrom hotline.project.cli import main\n\nmain()\n")
    script.chmod(0o755)


def _digest(lock: Path) -> str:
    """Of the lock, the entry points and of where the environment stands: a moved checkout needs a new one."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return hashlib.sha256(
        lock.read_bytes() + PROJECT.read_bytes() + f"\0{VENV}\0{version}".encode()
    ).hexdigest()


def _answers(*command: str) -> bool:
    return (
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
        == 0
    )


def _run(*command: str | Path) -> None:
    environment = {**os.environ, "PIP_REQUIRE_VIRTUALENV": "0"}
    if subprocess.run([str(word) for word in command], env=environment, check=False).returncode:
        raise SystemExit(f"失败 / failed: {' '.join(str(word) for word in command)}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runtime")
