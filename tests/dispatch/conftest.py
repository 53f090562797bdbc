"""The city's own units, places and catalogue, read once for all pure tests."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from hotline.base.people.directory import Directory, directory
from hotline.work.dispatch import sheet
from hotline.work.dispatch.catalogue import Catalogue, Entry
from hotline.work.dispatch.places import Gazetteer
from hotline.work.dispatch.suggesting import Advisor

ON = date(2026, 3, 2)
_pure: dict[str, Any] = {}


@pytest.fixture
def known(city: None, db: None) -> Directory:
    """Units and places of the city."""
    if "known" not in _pure:
        _pure["known"] = directory()
    return _pure["known"]  # type: ignore[no-any-return]


@pytest.fixture
def places(known: Directory) -> Gazetteer:
    """Their names."""
    if "places" not in _pure:
        _pure["places"] = Gazetteer(known, ON)
    return _pure["places"]  # type: ignore[no-any-return]


@pytest.fixture
def entries(known: Directory) -> list[Entry]:
    """The rows of the city's own file."""
    if "entries" not in _pure:
        _pure["entries"] = sheet.read(Path(settings.HOTLINE.city_dir) / sheet.NAME, known)
    return _pure["entries"]  # type: ignore[no-any-return]


@pytest.fixture
def advisor(known: Directory, places: Gazetteer, entries: list[Entry]) -> Advisor:
    """Who says to whom a request may go."""
    return Advisor(Catalogue(entries, ON), known, places)


def entry(matter: str = "9901", lead: str = "chengguan-node", **changes: Any) -> Entry:
    """A row of the catalogue."""
    given: dict[str, Any] = {
        "name": "试验事项", "aliases": ("飞檐走壁",), "department_work": False, "place": "", "assisting": (),
        "basis": "", "note": "", "source": "", "effective_from": date(2021, 11, 30),
    }  # fmt: skip
    return Entry(matter=matter, lead=lead, **(given | changes))
