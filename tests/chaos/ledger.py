"""What an instance has kept and what its switch still carries, looked at from outside."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.harness import CHECKOUT, Instance

ARRIVES_S = 60


class Ledger:
    """Rows of the database and the switch's own account of its channels."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of ``query``; waits for a database that is being started again."""
        ports = json.loads((self.instance.home / "ports.json").read_text())
        secrets = json.loads((self.instance.home / "secrets.json").read_text())
        deadline = time.monotonic() + ARRIVES_S
        while True:
            try:
                with psycopg.connect(
                    host="127.0.0.1", port=ports["postgres"], user="hotline", password=secrets["postgres"],
                    dbname="hotline", autocommit=True, row_factory=dict_row,
                ) as connection:  # fmt: skip
                    return connection.execute(query, values).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)

    def calls(self) -> dict[Any, dict[str, Any]]:
        """Every call ever kept, by id."""
        return {row["id"]: row for row in self.rows("SELECT id, state, outcome, slot FROM calls_call")}

    def count(self, query: str) -> int:
        """The one number that ``query`` gives."""
        return int(self.rows(f"SELECT count(*) AS n FROM {query}")[0]["n"])  # noqa: S608 - the tests' own words

    def switch(self, command: str) -> str:
        """One command of Asterisk's console; empty while there is no Asterisk."""
        program = CHECKOUT / "var/cache/switch/bin/asterisk"
        conf = self.instance.home / "asterisk/etc/asterisk.conf"
        return subprocess.run(
            [str(program), "-C", str(conf), "-rx", command], capture_output=True, text=True, timeout=20, check=False
        ).stdout  # fmt: skip

    def left_over(self) -> str:
        """What the switch still carries, "" for nothing."""
        channels, bridges = self.switch("core show channels"), self.switch("bridge show all")
        if "0 active channels" not in channels:
            return channels or "the switch does not answer"
        rows = [line for line in bridges.splitlines()[1:] if line.strip()]
        return "\n".join(rows)
