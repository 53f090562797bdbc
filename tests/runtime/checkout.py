"""Another checkout on this machine: a copy of this one as `make run` leaves it, with nothing downloaded or built again."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hotline.project.runtime import console
from tests.harness import CHECKOUT, Instance, discard, new_instance

NEEDED = ("Makefile", "README.md", "pyproject.toml", "src", "cities", "requirements", "console")


@contextmanager
def instance_of_a_copy() -> Iterator[Instance]:
    """An instance of another checkout, started by `make run` there: its home is that checkout's `var`, only its ports are
    given, and (so that nothing is fetched) the place of what was downloaded."""
    console.build(CHECKOUT, print)
    copy = Path(tempfile.mkdtemp(prefix="hotline-copy-"))
    copy.chmod(0o755)  # the service user that PostgreSQL runs as must be able to cross it
    for name in NEEDED:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("node_modules*"))
        else:
            shutil.copy2(CHECKOUT / name, copy / name)
    _install(copy)
    one = new_instance(copy / "var")
    for name in (
        "HOTLINE_HOME",
        "PYTHONPATH",
        "MAKEFLAGS",
        "MFLAGS",
        "MAKELEVEL",
    ):  # `make test` is no part of it
        one.environment.pop(name, None)
    one.program, one.up, one.folder = (str(copy / ".venv/bin/hotline"),), ("make", "run"), copy
    try:
        yield one
    finally:
        discard(one)
        shutil.rmtree(copy, ignore_errors=True)


def borrowed_environment(folder: Path, python: Path) -> Path:
    """A virtual environment in `folder` with this one's packages; returns its Python."""
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    ours = next(Path(sys.prefix).glob("lib/python3*/site-packages"))
    (next(folder.glob("lib/python3*/site-packages")) / "ours.pth").write_text(f"{ours}\n")
    (folder / "bin/caddy").symlink_to(Path(sys.prefix) / "bin/caddy")
    return folder / "bin/python"


def _install(copy: Path) -> None:
    """As the copy's own bootstrap leaves it: the command, and the mark that says for which lock."""
    borrowed_environment(copy / ".venv", Path(sys.executable))
    spec = importlib.util.spec_from_file_location(
        "bootstrap_of_a_copy", copy / "src/hotline/project/runtime/bootstrap.py"
    )
    assert spec is not None
    assert spec.loader is not None
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    bootstrap._make_command()
    mark = bootstrap._digest(copy / bootstrap.LOCKS["runtime"])
    (copy / ".venv/.hotline-lock").write_text(f"{mark}\n")
