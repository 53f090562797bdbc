"""What the far centre keeps: one SQLite file, opened for each use, so that any thread may ask."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS message (
    number TEXT, id TEXT, correlation TEXT, body TEXT, taken_at TEXT, code TEXT, times INTEGER DEFAULT 1,
    PRIMARY KEY (number, id));
CREATE TABLE IF NOT EXISTS call (
    channel TEXT PRIMARY KEY, number TEXT, correlation TEXT, caller TEXT, way TEXT, arrived_at TEXT, answered_at TEXT,
    ended_at TEXT, heard TEXT, linked_by TEXT);
CREATE TABLE IF NOT EXISTS refusal (number TEXT, status INTEGER, why TEXT, at TEXT);
CREATE TABLE IF NOT EXISTS outcome (id TEXT, outcome TEXT, reference TEXT, at TEXT);
CREATE TABLE IF NOT EXISTS sent (id TEXT PRIMARY KEY, number TEXT, correlation TEXT, code TEXT, status INTEGER, answer TEXT);
"""


class Store:
    """Rows by table name; ``put`` replaces, ``rows`` reads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._line = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._line.row_factory = sqlite3.Row
        self._line.executescript(_TABLES)

    def do(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """One statement; the rows it gives."""
        with self._lock:
            return [dict(row) for row in self._line.execute(statement, values).fetchall()]

    def message(self, number: str, id: str) -> dict[str, Any] | None:
        """A message that was taken, its body decoded."""
        found = self.do("SELECT * FROM message WHERE number = ? AND id = ?", number, id)
        return {**found[0], "body": json.loads(found[0]["body"])} if found else None
