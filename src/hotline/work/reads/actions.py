"""The auditor's export, which is logged like any other reading."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict

from hotline.base.kernel import clock
from hotline.base.kernel.actor import Actor
from hotline.base.kernel.deeds import deed
from hotline.work.reads import queries
from hotline.work.reads.figures import EXPORT_ROWS
from hotline.work.reads.queries import Wanted
from hotline.work.reads.rights import EXPORT

HEAD = ("时间", "何人", "来自", "动作", "对象", "对象编号", "诉求件编号", "项目", "理由")


def export(actor: Actor, wanted: Wanted) -> bytes:
    """Readings as CSV (UTF-8 with its mark, as spreadsheets want it), newest first, at most reads_export_rows. Logged with what
    was asked for. Raises Forbidden."""
    with deed(actor, "audit.export", EXPORT) as d:
        text = io.StringIO()
        sheet = csv.writer(text)
        sheet.writerow(HEAD)
        rows = 0
        for row in queries.newest(actor, wanted, EXPORT_ROWS()):
            rows += 1
            sheet.writerow(
                _safe(str(cell))
                for cell in (
                    clock.local(row["at"]).isoformat(timespec="seconds"), row["reader"], row["address"], row["zh"],
                    row["object_kind"], row["object_id"], row["number"], row["field"], row["reason"],
                )
            )  # fmt: skip
        asked = {name: str(value) for name, value in asdict(wanted).items() if value}
        d.about("audit", "reads", rows=rows, **asked)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _safe(cell: str) -> str:
    """A spreadsheet would take such a cell for a formula; what people typed may begin so."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell
