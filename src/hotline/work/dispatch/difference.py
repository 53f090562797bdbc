"""What changes when one catalogue follows another on a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from hotline.work.dispatch.catalogue import Entry


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is new, ends, or says something else (``before`` → ``after``)."""

    kind: Literal["added", "closed", "changed"]
    before: Entry | None
    after: Entry | None


@dataclass(slots=True)
class Difference:
    """Rows to add, rows to close and on which day, and how many stay as they are."""

    adding: list[Entry] = field(default_factory=list)
    closing: list[tuple[Entry, date]] = field(default_factory=list)
    same: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not self.adding and not self.closing

    @property
    def changes(self) -> list[Change]:
        """In the tree's order; a row closed where another of the same matter and place begins is one that changed."""
        ends = [entry for entry, _ in self.closing]
        found = list[Change]()
        for new in self.adding:
            before = next((old for old in ends if old.key == new.key), None) or _only(new, ends, self.adding)
            if before is not None:
                ends.remove(before)
            found.append(Change("changed" if before else "added", before, new))
        found += [Change("closed", old, None) for old in ends]
        return sorted(found, key=lambda one: (one.after or one.before).key)  # type: ignore[union-attr]


def _only(new: Entry, ends: list[Entry], adding: list[Entry]) -> Entry | None:
    """The one row that ends where ``new`` is the only one that begins: another unit leads there now."""
    same = [old for old in ends if old.key[:2] == new.key[:2]]
    return same[0] if len(same) == 1 and sum(one.key[:2] == new.key[:2] for one in adding) == 1 else None


def between(standing: Iterable[Entry], wanted: Iterable[Entry], day: date) -> Difference:
    """What to add and to close so that from ``day`` on the rows ``wanted`` hold, and no others. What was before that day stays."""
    found = Difference()
    left = {entry.id: entry for entry in standing if entry.effective_to is None or entry.effective_to > day}
    for entry in wanted:
        since = max(entry.effective_from, day)
        if entry.effective_to is not None and entry.effective_to <= since:
            continue
        same = next(
            (
                old
                for old in left.values()
                if old.said == entry.said
                and max(old.effective_from, day) == since
                and not _ends_sooner(old, entry)
            ),
            None,
        )
        if same is None:
            found.adding.append(replace(entry, effective_from=since, id=None))
            continue
        del left[same.id]
        if entry.effective_to is not None and entry.effective_to != same.effective_to:
            found.closing.append((same, entry.effective_to))
        else:
            found.same += 1
    found.closing += [(old, max(day, old.effective_from)) for old in left.values()]
    return found


def _ends_sooner(old: Entry, wanted: Entry) -> bool:
    """Whether ``old`` ends before ``wanted`` would: what was closed is not opened again, a new row follows."""
    return old.effective_to is not None and (
        wanted.effective_to is None or old.effective_to < wanted.effective_to
    )
