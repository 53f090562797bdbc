"""What the portal itself keeps: drafts of requests that are still being written."""

from __future__ import annotations

from django.db import models

from hotline.base.kernel.models import CityRow


class Draft(CityRow):
    """A request being written over several pages, or the receipt after it was filed.

    Sealed, known only by a token in the citizen's cookie, gone when ``expires_at`` has passed (个保法 19: the shortest
    time needed). It is no record of the hotline's, so it leaves no audit row.
    """

    token = models.BinaryField(max_length=16, unique=True)
    content = models.BinaryField()
    expires_at = models.DateTimeField(db_index=True)
