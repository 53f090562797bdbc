"""Compiles gettext catalogues (.po → .mo) without GNU gettext, which a fresh machine does not have."""

from __future__ import annotations

import ast
import struct
from pathlib import Path

MAGIC = 0x950412DE


def compile_all(source: Path) -> list[Path]:
    """Compile every catalogue under `source` that is newer than its .mo; returns what was written.

    Raises ValueError naming file and line for a line that is not gettext.
    """
    written = []
    for catalogue in sorted(source.glob("**/locale/*/LC_MESSAGES/*.po")):
        target = catalogue.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns < catalogue.stat().st_mtime_ns:
            target.write_bytes(_binary(read(catalogue)))
            written.append(target)
    return written


def read(catalogue: Path) -> dict[str, str]:
    """Message → translation as gettext keys them: context\\4id, and id\\0plural → forms joined by \\0. Fuzzy ones are left out."""
    found: dict[str, str] = {}
    entry: dict[str, str] = {}
    fuzzy = next_fuzzy = False
    field = ""

    def keep() -> None:
        if "msgid" not in entry or fuzzy:
            return
        key = entry["msgid"] + (f"\0{entry['msgid_plural']}" if "msgid_plural" in entry else "")
        forms = [text for name, text in sorted(entry.items()) if name.startswith("msgstr")]
        if all(forms):
            found[f"{entry['msgctxt']}\4{key}" if "msgctxt" in entry else key] = "\0".join(forms)

    for number, raw in enumerate(catalogue.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if line.startswith("#") or not line:
            next_fuzzy = next_fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        name, _, text = ("", "", line) if line.startswith('"') else line.partition(" ")
        if name in ("msgctxt", "msgid") and ("msgid" in entry):
            keep()
            entry = {}
        if name in ("msgctxt", "msgid") and not entry:
            fuzzy, next_fuzzy = next_fuzzy, False
        field = name or field
        try:
            entry[field] = entry.get(field, "") + ast.literal_eval(text)
        except (SyntaxError, ValueError) as error:
            raise ValueError(f"{catalogue}:{number}: {line}") from error
    keep()
    return found


def _binary(messages: dict[str, str]) -> bytes:
    """The .mo layout: two tables of (length, offset), then the zero-ended strings, sorted by key."""
    pairs = sorted((key.encode(), text.encode()) for key, text in messages.items())
    keys, texts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    start = 28 + 16 * len(pairs)
    tables: list[int] = []
    for strings in (keys, texts):
        for string in strings:
            tables += [len(string), start]
            start += len(string) + 1
    header = struct.pack("<7I", MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return header + struct.pack(f"<{len(tables)}I", *tables) + b"".join(s + b"\0" for s in keys + texts)
