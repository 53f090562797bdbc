"""Settings of a test run: the product's own, over a temporary home on free ports; the caller's HOTLINE_* are ignored."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

for name in [n for n in os.environ if n.startswith("HOTLINE_") and n != "HOTLINE_SHOTS"] + ["DATABASE_URL"]:
    os.environ.pop(name, None)

CHECKOUT = Path(__file__).resolve().parents[1]
HOME = Path(tempfile.mkdtemp(prefix="hotline-test-"))
HOME.chmod(0o755)  # the service user PostgreSQL runs as must be able to cross it
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["HOTLINE_HOME"] = str(HOME)
os.environ["HOTLINE_CACHE"] = str(CHECKOUT / "var" / "cache")

from hotline.project.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["tests.quick.QuickArgon2"]
MIDDLEWARE = [*MIDDLEWARE, "tests.audited.EveryWriteIsAudited"]  # noqa: F405
