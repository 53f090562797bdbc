"""Figures a city decides: dated, declared by the room that goes by them, refused when wrong (design.md, rule 3)."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from hotline.base.kernel import clock, figures
from hotline.base.kernel.errors import Invalid
from hotline.base.people.figures import FAILURES_BEFORE_LOCK
from hotline.project.cli.load import load_city
from hotline.project.config import CHECKOUT

CHANGE = datetime(2026, 7, 1, tzinfo=UTC)


def row(value: Any, at: Any = CHANGE, figure: str = "sign_in_failures", **more: Any) -> dict[str, Any]:
    return {
        "figure": figure,
        "value": value,
        "effective_from": at.isoformat() if at is CHANGE else at,
        **more,
    }


@pytest.fixture
def city(settings: Any) -> Any:
    settings.CITY = {key: value for key, value in settings.CITY.items() if key not in figures.BLOCKS}
    return settings.CITY


def test_what_a_city_does_not_name_has_its_default(city: dict[str, Any]) -> None:
    for figure in figures.declared().values():
        assert figure() == figure.default
        assert figure.least <= figure.default <= figure.most


def test_a_row_holds_from_its_moment_and_not_before_whatever_its_place(city: dict[str, Any]) -> None:
    city["limits"] = [row(7), row(4, "2020-01-01T00:00:00+08:00"), row(9, "2030-01-01T00:00:00+08:00")]
    assert FAILURES_BEFORE_LOCK(CHANGE - timedelta(seconds=1)) == 4
    assert FAILURES_BEFORE_LOCK(CHANGE) == 7
    with clock.at(CHANGE + timedelta(days=1)):
        assert FAILURES_BEFORE_LOCK() == 7
    assert FAILURES_BEFORE_LOCK(datetime(2019, 1, 1, tzinfo=UTC)) == FAILURES_BEFORE_LOCK.default


def test_the_citys_own_rows_are_without_fault() -> None:
    written = yaml.safe_load((CHECKOUT / "cities/quanzhou/city.yaml").read_text(encoding="utf-8"))
    assert figures.faults(written) == []
    assert {one["figure"] for block in figures.BLOCKS for one in written[block]} >= {
        "answer_seconds",
        "sign_in_failures",
    }


@pytest.mark.parametrize(
    ("wrong", "where", "says"),
    [
        (row(5, figure="sign_in_failure"), ".figure", "sign_in_failures"),
        (row("5"), ".value", "整数"),
        (row(True), ".value", "整数"),
        (row(1), ".value", "3–20"),
        (row(5, "2026-07-01"), ".effective_from", "时区"),
        (row(5, "soon"), ".effective_from", "时区"),
        (row(5, until="never"), "", "figure"),
        ("sign_in_failures: 5", "", "figure"),
    ],
)
def test_a_wrong_row_is_named_with_its_place(wrong: Any, where: str, says: str) -> None:
    (fault,) = figures.faults({"limits": [row(6, "2020-01-01T00:00:00+08:00"), wrong]})
    assert fault.where == f"city.yaml:limits[1]{where}"
    assert says in fault.zh
    assert fault.en


def test_a_figure_is_not_set_twice_for_one_moment() -> None:
    again = row(6, "2026-07-01T08:00:00+08:00")
    (fault,) = figures.faults({"limits": [row(5), again]})
    assert fault.where == "city.yaml:limits[1]"


@pytest.mark.django_db
def test_a_city_with_a_wrong_figure_is_not_loaded(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(CHECKOUT / "cities/quanzhou", tmp_path / "city"))
    written = (folder / "city.yaml").read_text(encoding="utf-8")
    text = written.replace(
        "figure: session_idle_minutes, value: 30", "figure: session_idle_minutes, value: 0"
    )
    assert text != written
    (folder / "city.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        load_city(folder)
    assert [fault.where for fault in refused.value.faults] == ["city.yaml:limits[2].value"]


def test_every_figure_is_in_the_description_of_a_city_with_its_default() -> None:
    text = (CHECKOUT / "cities/README.md").read_text(encoding="utf-8")
    described = {name: int(value) for name, value in re.findall(r"(?m)^\| `([a-z_]+)` \| (\d+) \|", text)}
    assert described == {name: figure.default for name, figure in figures.declared().items()}
