"""A city's organisations and divisions: loaded once, kept afterwards, refused whole when wrong."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from hotline.base.kernel.errors import Invalid
from hotline.base.people import actions, queries
from hotline.base.people.models import Division, DivisionOverlay, Organisation

from .conftest import TESTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("organisations.csv", "divisions.csv", "division_overlay.csv"):
        shutil.copy(settings.HOTLINE.city_dir / name, tmp_path / name)
    return tmp_path


def edit(path: Path, old: str, new: str) -> int:
    """Replace the first ``old``; returns its line."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_zones_town_goes_to_the_zone_and_not_to_the_county_whose_code_it_carries(city: None) -> None:
    town = queries.division("350521104")
    assert town.full_name == "惠安县洛阳镇"
    zone = queries.handler_of(town.code)
    assert zone is not None
    assert (zone.kind, zone.key) == ("zone", "taishang")
    assert queries.handler_of("350502400").key == "kaifaqu"  # type: ignore[union-attr]


def test_a_village_goes_where_its_town_goes(city: None) -> None:
    village = Division.objects.filter(
        lineage__startswith="/350000/350500/350521/350521104/", level="village"
    ).first()
    assert village is not None
    assert queries.handler_of(village.code).kind == "zone"  # type: ignore[union-attr]
    ordinary = Division.objects.filter(code__startswith="350521100", level="village").first()
    assert ordinary is not None
    assert queries.handler_of(ordinary.code).name == "惠安县"  # type: ignore[union-attr]


def test_a_place_the_city_does_not_administer_is_refused_with_the_reason(city: None) -> None:
    with pytest.raises(queries.OutOfJurisdiction) as refused:
        queries.handler_of("350527")
    assert "金门" in refused.value.zh


def test_every_division_inside_the_city_has_a_handler(city: None) -> None:
    places = list(Division.objects.exclude(code__startswith="350527"))
    handlers = queries.handlers_of(places)
    assert [
        place.code for place in places if handlers[place.code] is None and place.level != "province"
    ] == []


def test_places_are_found_by_the_words_people_say(city: None) -> None:
    assert queries.find_divisions("洛阳镇")[0].code == "350521104"
    assert "350521104" in [place.code for place in queries.find_divisions("惠安 洛阳")]


def test_loading_a_second_time_changes_nothing(city: None, folder: Path) -> None:
    before = Organisation.objects.count(), Division.objects.count(), DivisionOverlay.objects.count()
    assert actions.load(TESTS, folder) == []
    assert (Organisation.objects.count(), Division.objects.count(), DivisionOverlay.objects.count()) == before


def test_what_stands_is_kept_and_the_difference_is_told(city: None, folder: Path) -> None:
    edit(folder / "organisations.csv", "市科技局,", "市科学技术局,")
    (difference,) = actions.load(TESTS, folder)
    assert (difference.kind, difference.about) == ("kept", "organisation keji")
    assert queries.organisation_by_key("keji").name == "市科技局"


def test_a_new_row_is_added_and_a_dry_run_adds_nothing(city: None, folder: Path) -> None:
    with (folder / "organisations.csv").open("a", encoding="utf-8") as file:
        file.write("new-node,新节点,新节点,New node,node,keji,,yes,yes,\n")
    assert [one.kind for one in actions.load(TESTS, folder, dry_run=True)] == ["added"]
    assert not Organisation.objects.filter(key="new-node").exists()
    actions.load(TESTS, folder)
    assert queries.organisation_by_key("new-node").path == "/keji/new-node/"


@pytest.mark.parametrize(
    ("file", "old", "new", "column"),
    [
        ("organisations.csv", ",department,gov,", ",bureau,gov,", "kind"),
        ("organisations.csv", ",department,gov,", ",department,nobody,", "parent_key"),
        ("organisations.csv", "keji,", "Keji 1,", "key"),
        ("organisations.csv", "wenlv,", "keji,", "key"),
        ("organisations.csv", "市文旅局,", ",", "name"),
        ("divisions.csv", "350502,鲤城区,county", "3505021,鲤城区,county", "code"),
        ("divisions.csv", "350502,鲤城区,county", "350502,鲤城区,shire", "level"),
        (
            "division_overlay.csv",
            "350521104,taishang,2021-11-30",
            "350521104,atlantis,2021-11-30",
            "handled_by",
        ),
        (
            "division_overlay.csv",
            "350521104,taishang,2021-11-30",
            "350521104,taishang,soon",
            "effective_from",
        ),
        ("division_overlay.csv", "350521104,", "999999999,", "code"),
    ],
)
def test_a_wrong_file_is_refused_whole_with_its_line(
    city: None, folder: Path, file: str, old: str, new: str, column: str
) -> None:
    with (folder / "organisations.csv").open("a", encoding="utf-8") as added:
        added.write("new-node,新节点,新节点,New node,node,gov,,yes,yes,\n")
    line = edit(folder / file, old, new)
    with pytest.raises(Invalid) as refused, transaction.atomic():
        actions.load(TESTS, folder)
    places = [fault.where for fault in refused.value.faults]
    assert any(where.startswith(f"{file}:{line}:") and where.endswith(column) for where in places), places
    assert all(fault.zh and fault.en for fault in refused.value.faults)
    assert not Organisation.objects.filter(key="new-node").exists()
