"""The typed holidays against the totals their notices state."""

from __future__ import annotations

import shutil
from datetime import date, time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hotline.base.kernel import tables
from hotline.base.kernel.calendar import HOLIDAYS, MissingYear, city_calendar, load
from hotline.base.kernel.errors import Invalid
from hotline.project.cli.load import load_city
from hotline.project.config import CHECKOUT

NOTICES = {
    # year: document, days off that fall into the year (the notice's “共N天” added up), weekend days worked
    2021: ("国办发明电〔2020〕27号", 3 + 7 + 3 + 5 + 3 + 3 + 7, 7),
    2022: ("国办发明电〔2021〕11号", 3 + 7 + 3 + 5 + 3 + 3 + 7 + 1, 7),  # and 31 December, by the next notice
    2023: ("国办发明电〔2022〕16号", 2 + 7 + 1 + 5 + 3 + 8, 7),
    2024: ("国办发明电〔2023〕7号", 1 + 8 + 3 + 5 + 1 + 3 + 7, 8),
    2025: ("国办发明电〔2024〕12号", 1 + 8 + 3 + 5 + 3 + 8, 5),
    2026: ("国办发明电〔2025〕7号", 3 + 9 + 3 + 5 + 3 + 3 + 7, 6),
}


@pytest.mark.parametrize("year", NOTICES)
def test_each_year_cites_its_notice_and_has_as_many_days_as_the_notice_states(year: int) -> None:
    document, off, work = NOTICES[year]
    path = HOLIDAYS / f"{year}.csv"
    assert f"# source: {document}" in path.read_text(encoding="utf-8")
    days = [
        (date.fromisoformat(row["date"]), row["kind"])
        for row in tables.read(path, ("date", "kind", "name")).rows
    ]
    assert sum(kind == "off" for _, kind in days) == off
    assert sum(kind == "work" for _, kind in days) == work
    assert all(day.weekday() >= 5 for day, kind in days if kind == "work")
    assert len({day for day, _ in days}) == len(days)
    assert {day.year for day, _ in days} == {year}


def test_a_city_may_type_the_next_years_notice_into_its_own_folder(tmp_path: Path) -> None:
    lines = ["# source: 测试通知", "date,kind,name", "2031-01-01,off,元旦", "2031-01-04,work,元旦调休"]
    (tmp_path / "2031.csv").write_text("\n".join(lines), encoding="utf-8")
    calendar = load((HOLIDAYS, tmp_path), time(8, 30), time(17, 30))
    assert {2026, 2031} <= calendar.years
    assert not calendar.is_working(date(2031, 1, 1))
    assert calendar.is_working(date(2031, 1, 4))


def test_a_new_years_file_counts_without_a_restart(tmp_path: Path, settings: Any) -> None:
    folder = tmp_path / "holidays"
    folder.mkdir()
    settings.HOTLINE = SimpleNamespace(city_dir=tmp_path)
    with pytest.raises(MissingYear):
        city_calendar().is_working(date(2031, 1, 2))
    file = folder / "2031.csv"
    file.write_text("# source: 测试通知\ndate,kind,name\n2031-01-01,off,元旦\n", encoding="utf-8")
    assert not city_calendar().is_working(date(2031, 1, 1))
    file.write_text("# source: 测试通知\ndate,kind,name\n2031-01-02,off,元旦\n", encoding="utf-8")
    assert not city_calendar().is_working(date(2031, 1, 2))


def test_a_wrong_file_is_refused_with_every_line_and_reason(tmp_path: Path) -> None:
    (tmp_path / "2031.csv").write_text(
        "date,kind,name\n2031-01-01,off,元旦\n2030-01-02,off,元旦\n2031-13-01,off,元旦\n2031-01-05,free,元旦\n",
        encoding="utf-8",
    )
    with pytest.raises(Invalid) as refused:
        load((HOLIDAYS, tmp_path), time(8, 30), time(17, 30))
    wheres = ["2031.csv:3:1 date", "2031.csv:4:1 date", "2031.csv:5:2 kind"]
    assert sorted(fault.where for fault in refused.value.faults) == wheres


def test_a_file_that_cites_no_notice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "2031.csv").write_text("date,kind,name\n2031-01-01,off,元旦\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        load((HOLIDAYS, tmp_path), time(8, 30), time(17, 30))
    assert [fault.where for fault in refused.value.faults] == ["2031.csv"]


@pytest.mark.django_db
def test_a_city_with_a_wrong_calendar_is_not_loaded(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(CHECKOUT / "cities/quanzhou", tmp_path / "city"))
    (folder / "holidays").mkdir()
    (folder / "holidays/2031.csv").write_text(
        "# source: 测试通知\ndate,kind,name\nsoon,off,元旦\n", encoding="utf-8"
    )
    with pytest.raises(Invalid) as refused:
        load_city(folder)
    assert [fault.where for fault in refused.value.faults] == ["holidays/2031.csv:3:1 date"]
