"""Debian packages unpacked into a private prefix, without root.

Debian 12 carries no Asterisk; the same mirror's *forky* suite carries 22 LTS. A private apt state (own lists,
own archives, an empty dpkg status) downloads the packages and everything they need, `dpkg -x` unpacks them, and
small wrappers in PREFIX/bin start them through the prefix's own loader, so nothing of the machine is touched.
Signatures are checked against the archive keyring; only the age of the Release file is not, because a frozen
mirror's is always past its date.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SUITE = "forky"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
WANTED = ("asterisk", "espeak-ng", "sox", "libsox-fmt-base")
PROGRAMS = {"asterisk": "usr/sbin/asterisk", "espeak-ng": "usr/bin/espeak-ng", "sox": "usr/bin/sox"}
MIRROR_VARIABLE = "HOTLINE_DEBIAN_MIRROR"

Say = Callable[[str], None]


class CannotObtain(Exception):
    """The packages cannot be had on this machine; the text says why and what helps, in Chinese and English."""


@dataclass(frozen=True)
class Prefix:
    """A folder with the unpacked packages; `bin/` holds the wrappers."""

    root: Path

    def program(self, name: str) -> Path:
        """The wrapper that starts `name` (asterisk, espeak-ng, sox) with the prefix's own libraries."""
        return self.root / "bin" / name

    @property
    def data(self) -> Path:
        """Asterisk's `astdatadir`."""
        return self.root / "usr/share/asterisk"

    @property
    def modules(self) -> Path:
        """Asterisk's `astmoddir`."""
        return next(self.root.glob("usr/lib/*/asterisk/modules"))

    @property
    def ready(self) -> bool:
        return (self.root / ".complete").exists()


def prefix_in(cache: Path) -> Prefix:
    """Where the packages lie (or will lie) under the cache directory."""
    return Prefix(cache / "switch")


def obtain(cache: Path, say: Say, mirror: str | None = None) -> Prefix:
    """Download and unpack the packages under `cache`, once; two starters at the same time wait for each other.

    `mirror` (or HOTLINE_DEBIAN_MIRROR) overrides the mirrors the machine's own apt uses.
    Raises CannotObtain when there is no apt, no mirror with the suite, or the download fails.
    """
    cache = cache.resolve()
    prefix = prefix_in(cache)
    if prefix.ready:
        return prefix
    say("▶ Asterisk, espeak-ng, sox (约 100 MB,不需要 root / about 100 MB, no root needed)")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "switch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not prefix.ready:
            _build(prefix, cache / "switch.part", say, mirror)
    return prefix


def _build(prefix: Prefix, part: Path, say: Say, mirror: str | None) -> None:
    """Fill a sibling directory first and rename it: an interrupted start leaves no half prefix."""
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(prefix.root, ignore_errors=True)
    root = fetch(part, WANTED, say, mirror)
    _write_wrappers(root)
    (root / ".complete").touch()
    root.rename(prefix.root)
    shutil.rmtree(part, ignore_errors=True)


def fetch(part: Path, wanted: Sequence[str], say: Say, mirror: str | None = None) -> Path:
    """Unpack the packages and everything they need below `part`; returns the folder that stands for `/`."""
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise CannotObtain(
                f"本机没有 {tool},无法取得软件包 / {tool} is missing, packages cannot be fetched"
            )
    if not KEYRING.exists():
        raise CannotObtain(f"缺少 {KEYRING}(软件包 debian-archive-keyring)/ {KEYRING} is missing")
    failures: list[str] = []
    for source in _mirrors(mirror):
        apt = _private_apt(part / "apt", source)
        say(f"软件源 / mirror: {source} {SUITE}")
        try:
            _run([*apt, "update"], say)
            _run([*apt, "--download-only", "--no-install-recommends", "--yes", "install", *wanted], say)
            break
        except subprocess.CalledProcessError as error:
            failures.append(f"{source}: {_last_errors(error.output)}")
            shutil.rmtree(part, ignore_errors=True)
    else:
        why = "; ".join(failures) or f"本机 apt 没有软件源,请设 {MIRROR_VARIABLE} / set {MIRROR_VARIABLE}"
        raise CannotObtain(f"没有软件源能提供 {wanted[0]} / no mirror offered {wanted[0]}: {why}")
    root = part / "root"
    root.mkdir()
    packages = sorted((part / "apt/archives").glob("*.deb"))
    for done, package in enumerate(packages, 1):
        subprocess.run(["dpkg", "-x", package, root], check=True, stdin=subprocess.DEVNULL)
        if done % 50 == 0 or done == len(packages):
            say(f"解包 / unpacked {done}/{len(packages)}")
    return root


def _mirrors(override: str | None) -> list[str]:
    """The Debian archives of the machine's own apt, its main archive first; never a host written down here."""
    chosen = override or os.environ.get(MIRROR_VARIABLE)
    if chosen:
        return [chosen.rstrip("/") + "/"]
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL)\t$(REPO_URI)", "Created-By: Packages", "Component: main"],
        capture_output=True, text=True, check=False,
    ).stdout.splitlines()  # fmt: skip
    found = [uri for label, _, uri in (line.partition("\t") for line in listed) if label == "Debian"]
    return list(dict.fromkeys(found or mirrors_of_sources()))


def mirrors_of_sources(folder: Path = Path("/etc/apt")) -> Iterable[str]:
    """The same from the sources files: `indextargets` is silent until the machine's first `apt-get update`."""
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    for file in files:
        text = file.read_text(errors="replace") if file.is_file() else ""
        for match in re.finditer(
            r"^(?:URIs:\s*(\S+)|deb\s+(?:\[[^]]*\]\s*)?(\S+)\s.*\bmain\b)", text, re.MULTILINE
        ):
            uri = (match[1] or match[2]).rstrip("/")
            if uri.endswith("/debian"):
                yield uri + "/"


def _private_apt(state: Path, mirror: str) -> list[str]:
    """An apt-get command line that knows only `mirror` and keeps its whole state under `state`."""
    for folder in ("lists/partial", "archives/partial", "etc"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    (state / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {SUITE} main\n")
    options = {
        "Dir::State": state, "Dir::State::Lists": state / "lists", "Dir::State::status": state / "status",
        "Dir::Cache": state, "Dir::Cache::archives": state / "archives",
        "Dir::Etc::sourcelist": state / "sources.list", "Dir::Etc::sourceparts": state / "etc",
        "Dir::Etc::preferences": state / "etc/none", "Dir::Etc::preferencesparts": state / "etc",
        "APT::Sandbox::User": "", "APT::Get::List-Cleanup": "0", "Debug::NoLocking": "1",
        "Acquire::Check-Valid-Until": "false", "Acquire::Languages": "none", "Acquire::Retries": "3",
        "Dpkg::Use-Pty": "0", "APT::Update::Error-Mode": "any", "APT::Keep-Downloaded-Packages": "true",
    }  # fmt: skip
    return ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]


def _run(command: Sequence[str], say: Say) -> None:
    """Run, showing one line per fetched package; on failure the output travels in the exception."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    assert process.stdout is not None
    seen: list[str] = []
    for line in process.stdout:
        seen.append(line.rstrip())
        fetched = re.match(r"Get:(\d+) ", line)
        if fetched and int(fetched[1]) % 50 == 0:
            say(f"已下载 {fetched[1]} 个 / {fetched[1]} downloaded")
        elif line.startswith("Need to get"):
            say(line.strip())
    if process.wait():
        raise subprocess.CalledProcessError(process.returncode, command[0], "\n".join(seen))


def _last_errors(output: str) -> str:
    lines = [
        line for line in output.splitlines() if line.startswith(("E:", "W:", "Err:"))
    ] or output.splitlines()
    return " ".join(lines[-3:])


def _write_wrappers(root: Path) -> None:
    """Shell wrappers that `exec` (the pid stays) the program with the prefix's loader; relocatable with the prefix."""
    loader = next(root.glob("usr/lib/*/ld-linux*.so*"))
    libraries = loader.parent.relative_to(root)
    (root / "bin").unlink(missing_ok=True)  # base-files ships bin as a link into usr
    (root / "bin").mkdir()
    for name, binary in PROGRAMS.items():
        wrapper = root / "bin" / name
        wrapper.write_text(
            "#!/bin/sh\n"
            'root=$(dirname "$(dirname "$(readlink -f "$0")")")\n'
            f"lib=$root/{libraries}\n"
            'export ESPEAK_DATA_PATH="$lib" LTDL_LIBRARY_PATH="$lib/sox"\n'
            f'exec "$lib/{loader.name}" --library-path '
            '"$lib:$lib/asterisk:$lib/pulseaudio:$lib/blas:$lib/lapack:$root/usr/lib" '
            f'--argv0 {name} "$root/{binary}" "$@"\n'
        )
        wrapper.chmod(0o755)


if __name__ == "__main__":
    obtain(Path(sys.argv[1]), lambda text: print(text, flush=True), *sys.argv[2:3])
