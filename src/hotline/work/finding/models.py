"""What a case can be found by, beside the case: written once when it is filed, and never touched by its acts."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from hotline.base.kernel.models import CityRow


class CaseText(CityRow):
    """One case's words; ``id`` is the case's.

    A table of its own because an act moves a case's row, and every move would write the hundred entries of its words into
    the index again; here they are written once, and in the order of time, which is the order they are read in.

    ``plain`` is what was asked in the spelling of base/text/bigrams: words of one case, width and form, with single spaces;
    it holds no sealed data. ``pairs``: its pairs of characters. ``address``: keyed pairs of the words of the sealed
    address, its digits and letters left out: a road and an estate can be found, a door number is nowhere. ``name``: the
    blind index of the caller's whole name. ``number_back``: the case's number from its end, as people quote it.
    """

    at = models.DateTimeField()
    plain = models.TextField()
    pairs = SearchVectorField()
    address = SearchVectorField(null=True)
    name = models.BinaryField(max_length=16, null=True)
    number_back = models.TextField()

    class Meta:
        indexes = [
            # What waits in the pending list is read through by every search: it is kept short.
            GinIndex(fields=["pairs"], name="casetext_pairs", gin_pending_list_limit=512),
            GinIndex(
                fields=["address"],
                name="casetext_address",
                condition=Q(address__isnull=False),
                gin_pending_list_limit=256,
            ),
            models.Index(fields=["name"], name="casetext_name", condition=Q(name__isnull=False)),
            models.Index(fields=["number_back"], name="casetext_number"),
        ]
