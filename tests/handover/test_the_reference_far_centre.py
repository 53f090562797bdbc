"""The far centre is written from the published protocol alone: nothing of ours is in it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ITS_OWN = {"reference", "cryptography"}


def test_the_reference_far_centre_imports_nothing_of_the_platform() -> None:
    allowed = ITS_OWN | set(sys.stdlib_module_names)
    files = [*(CHECKOUT / "reference/farcentre").glob("*.py")]
    assert len(files) >= 6
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [name.name for name in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom)
                else []
            )  # fmt: skip
            for name in names:
                assert name.split(".")[0] in allowed, f"{path.name} imports {name}"
        for word in ("import_module", "__import__", "exec(", "eval(", "runpy"):
            assert word not in path.read_text(encoding="utf-8"), f"{path.name} could import by {word}"
