"""What a call's cases say about its recording: calls know no cases, here the two meet."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from hotline.lines.recordings.restrictions import Standing
from hotline.work.cases import queries as cases


def standing_of(call_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Calls with a case that is confidential or a report, or was redone. One query."""
    found: dict[UUID, Standing] = {}
    for case in cases.filed_from(call_ids):
        before = found.get(case.call_id, Standing())
        found[case.call_id] = Standing(
            confidential=before.confidential or case.confidential, disputed=before.disputed or case.redone
        )
    return found
