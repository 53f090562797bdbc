"""The files of the city that is shipped, and how wrong files are refused: whole, with line, column and reason."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.base.kernel import tables
from hotline.base.kernel.errors import Fault, Invalid
from hotline.lines.numbers.files import Register, read_register
from hotline.lines.numbers.plan import EMERGENCY_NUMBERS, Treatment

CITY = Path(__file__).parents[2] / "cities" / "quanzhou"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CITY, tmp_path / "city"))


@pytest.fixture(scope="module")
def register() -> Register:
    return read_register(CITY)


def rows(name: str) -> list[tables.Row]:
    sheet = tables.read(CITY / name, ())
    return sheet.rows


def change(folder: Path, name: str, edit: Callable[[list[list[str]], list[str]], None]) -> None:
    """Rewrite one file's records: ``edit`` gets the records (header excluded) and the header."""
    text = (folder / name).read_text(encoding="utf-8")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    header, *records = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    edit(records, header)
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        file.write("".join(line + "\n" for line in comments))
        csv.writer(file, lineterminator="\n").writerows([header, *records])


def set_cell(folder: Path, name: str, number: str, column: str, value: str) -> int:
    """Put ``value`` into the cell of the record that begins with or holds ``number``; returns its line."""
    line = 0

    def edit(records: list[list[str]], header: list[str]) -> None:
        nonlocal line
        index = next(i for i, record in enumerate(records) if number in record)
        records[index][header.index(column)] = value
        comments = sum(
            text.startswith("#") for text in (CITY / name).read_text(encoding="utf-8").splitlines()
        )
        line = comments + 2 + index

    change(folder, name, edit)
    return line


def faults(folder: Path) -> list[Fault]:
    with pytest.raises(Invalid) as refused:
        read_register(folder)
    return list(refused.value.faults)


# --- what is shipped -------------------------------------------------------------------------------------------------


def test_the_32_numbers_are_split_8_10_4_1_4_5(register: Register) -> None:
    treated = Counter(history[0].dated.treatment for history in register.history.values())
    assert treated == {
        Treatment.CEASED: 8,
        Treatment.TO_CEASE: 10,
        Treatment.NOTICE_THEN_12345: 4,
        Treatment.SEATS_UNDER_12345: 1,
        Treatment.LINKED_SEATS: 4,
        Treatment.SUB_CENTRE: 5,
    }
    assert [facts.annex_row for facts in register.numbers] == list(range(1, 33))


def test_the_first_eight_have_no_invented_date_and_all_others_begin_with_december_2021(
    register: Register,
) -> None:
    for number, history in register.history.items():
        begins = history[0].dated.effective_from
        if history[0].dated.treatment is Treatment.CEASED:
            assert begins is None, number
        else:
            assert begins is not None
            assert begins.isoformat() == "2021-12-01T00:00:00+08:00", number


def test_body_and_annex_are_both_kept_where_they_differ(register: Register) -> None:
    facts = {one.number: one for one in register.numbers}
    assert {number for number, one in facts.items() if one.name_annex} == {"12301", "12365", "12385"}
    assert facts["12365"].name == "质量技术监督系统和出入境检验检疫热线"
    assert facts["12365"].name_annex == "质量技术监督和出入境检验检疫"
    assert "共建共享知识库" in facts["12329"].text
    assert "取消话务座席" in facts["12329"].text_annex


def test_the_budget_of_18_numbers_moves(register: Register) -> None:
    moves = {one.number for one in register.numbers if one.budget_moves}
    assert len(moves) == 18
    assert not moves & {"12330", "12331", "12358", "12365", "12329"}
    assert all(one.budget_note for one in register.numbers)


def test_nobody_answers_a_linked_number_instead_unless_told_to(register: Register) -> None:
    assert not any(one.answer_at_12345_if_unanswered for one in register.numbers)


def test_only_loopback_can_be_reached_as_shipped(register: Register) -> None:
    assert [trunk.name for trunk in register.trunks] == ["loopback"]
    assert all(trunk.is_loopback for trunk in register.trunks)


def test_divisions_hang_together_and_count_as_the_national_table_does() -> None:
    divisions = rows("divisions.csv")
    seen: set[str] = set()
    for row in divisions:
        assert row["code"] not in seen
        assert (row["parent_code"] in seen) or row["level"] == "province", row["code"]
        seen.add(row["code"])
    assert Counter(row["level"] for row in divisions) == {
        "province": 1, "city": 1, "county": 12, "town": 175, "village": 2573,
    }  # fmt: skip


def test_the_zones_towns_are_laid_over_the_counties_codes_and_jinmen_is_outside() -> None:
    overlay = {row["code"]: row["handled_by"] for row in rows("division_overlay.csv")}
    assert overlay == {
        "350502400": "kaifaqu", "350521104": "taishang", "350521105": "taishang", "350521106": "taishang",
        "350521200": "taishang", "350527": "",
    }  # fmt: skip
    assert set(overlay) <= {row["code"] for row in rows("divisions.csv")}
    jinmen = next(row for row in rows("organisations.csv") if row["division_code"] == "350527")
    assert (jinmen["in_jurisdiction"], jinmen["accepts_cases"]) == ("no", "no")


def test_every_owning_department_county_and_zone_has_a_node() -> None:
    units = rows("organisations.csv")
    nodes = {row["parent_key"] for row in units if row["kind"] == "node" and row["accepts_cases"] == "yes"}
    needing = {
        r["key"]
        for r in units
        if r["kind"] in ("department", "county", "zone") and r["in_jurisdiction"] == "yes"
    }
    owners = {facts.department for facts in read_register(CITY).numbers}
    assert needing <= nodes
    assert owners <= needing
    assert len(owners) == 25
    assert Counter(r["kind"] for r in units)["county"] == 12
    assert Counter(r["kind"] for r in units)["zone"] == 2


def test_each_notice_names_its_number_and_12345_and_every_prompt_speaks_both_languages() -> None:
    prompts = {
        (row["id"], row["language"]): row["text"] for row in rows("prompts.csv") if row["voice"] != "music"
    }
    ids = {id for id, _ in prompts}
    assert len(prompts) == 2 * len(ids)
    for one in read_register(CITY).numbers:
        if one.notice_prompt:
            for language in ("zh-CN", "en"):
                assert one.number in prompts[one.notice_prompt, language]
                assert "12345" in prompts[one.notice_prompt, language]


# --- how a wrong file is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", sorted(EMERGENCY_NUMBERS))
def test_an_emergency_number_can_never_be_entered(folder: Path, number: str) -> None:
    line = set_cell(folder, "numbers.csv", "12333", "number", number)
    assert any(
        fault.where == f"numbers.csv:{line}:2 number" and number in fault.zh for fault in faults(folder)
    )


@pytest.mark.parametrize(
    ("name", "record", "column", "value", "words"),
    [
        ("numbers.csv", "12333", "number", "12345", "总号"),
        ("numbers.csv", "12333", "number", "1233x", "3–15 位数字"),
        ("numbers.csv", "12333", "number", "12396", "重复"),
        ("numbers.csv", "12333", "number", "", "缺少"),
        ("numbers.csv", "12333", "name", "", "缺少"),
        ("numbers.csv", "12333", "name", "很" * 61, "60"),
        ("numbers.csv", "12333", "annex_row", "-1", "整数"),
        ("numbers.csv", "12333", "effective_from", "9999-12-31T23:59:59-08:00", "时区"),
        ("numbers.csv", "12333", "department", "nobody", "organisations.csv"),
        ("numbers.csv", "12333", "treatment", "cancel", "处理方式"),
        ("numbers.csv", "12333", "effective_from", "2021-12-01T00:00:00", "时区"),
        ("numbers.csv", "12333", "effective_from", "1 Dec 2021", "时区"),
        ("numbers.csv", "12333", "effective_from", "", "生效时间"),
        ("numbers.csv", "12333", "carried_by", "", "由谁播放"),
        ("numbers.csv", "12348", "carried_by", "operator", "留空"),
        ("numbers.csv", "12333", "notice_prompt", "notice-99999", "prompts.csv"),
        ("numbers.csv", "12329", "seats_hours", "nights", "city.yaml"),
        ("numbers.csv", "12333", "budget_moves", "maybe", "yes"),
        ("trunks.csv", "loopback", "host", "127.0.0.1\n[evil]", "IP"),
        ("trunks.csv", "loopback", "host", "999.1.1.1", "IP"),
        ("trunks.csv", "loopback", "name", "a]b", "小写"),
        ("trunks.csv", "loopback", "kind", "public", "operator"),
        ("trunks.csv", "loopback", "port", "70000", "65535"),
        ("trunks.csv", "loopback", "transport", "sctp", "udp"),
        ("trunks.csv", "loopback", "transport", "tls", "不支持 tls"),
        ("trunks.csv", "loopback", "host", "127.0.0.2", "浏览器"),
        ("trunks.csv", "loopback", "codecs", "alaw|g729", "alaw"),
        ("trunks.csv", "loopback", "serves", "12345|99999", "99999"),
        ("trunks.csv", "loopback", "strip", "05 95", "数字"),
        ("trunks.csv", "loopback", "duty", "110", "紧急"),
        ("trunks.csv", "loopback", "from", "anonymous;x", "数字"),
    ],
)
def test_a_wrong_cell_is_refused_with_its_line_column_and_reason_in_both_languages(
    folder: Path, name: str, record: str, column: str, value: str, words: str
) -> None:
    line = set_cell(folder, name, record, column, value)
    found = [
        fault
        for fault in faults(folder)
        if fault.where.startswith(f"{name}:{line}:") and column in fault.where
    ]
    assert any(words in fault.zh for fault in found), found
    assert all(fault.en and fault.en != fault.zh for fault in found)


def test_all_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    set_cell(folder, "numbers.csv", "12333", "treatment", "x")
    set_cell(folder, "numbers.csv", "12348", "department", "x")
    set_cell(folder, "trunks.csv", "loopback", "transport", "x")
    assert {fault.where.split(":")[0] for fault in faults(folder)} == {"numbers.csv", "trunks.csv"}
    assert len(faults(folder)) == 3


def test_a_file_saved_in_gbk_is_named_as_not_utf8(folder: Path) -> None:
    text = (folder / "numbers.csv").read_text(encoding="utf-8")
    (folder / "numbers.csv").write_bytes(text.encode("gbk", errors="ignore"))
    first = faults(folder)[0]
    assert first.where == "numbers.csv:1"
    assert "UTF-8" in first.zh


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(folder: Path) -> None:
    text = (folder / "numbers.csv").read_text(encoding="utf-8")
    (folder / "numbers.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert len(read_register(folder).numbers) == 32


def test_missing_and_unknown_columns_are_named(folder: Path) -> None:
    def rename(records: list[list[str]], header: list[str]) -> None:
        header[header.index("clause")] = "paragraph"

    change(folder, "numbers.csv", rename)
    text = " ".join(fault.zh for fault in faults(folder))
    assert "缺少列：clause" in text
    assert "不认识的列：paragraph" in text


def test_a_line_with_a_cell_too_many_is_named(folder: Path) -> None:
    path = folder / "trunks.csv"
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + ",extra\n", encoding="utf-8")
    assert faults(folder)[0].where == "trunks.csv:4"


def test_an_unclosed_quote_is_a_fault_not_a_crash(folder: Path) -> None:
    path = folder / "numbers.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("科技公益服务", '"科技公益服务', 1), encoding="utf-8"
    )
    assert any("引号" in fault.zh for fault in faults(folder))


def test_a_file_that_is_no_text_is_named(folder: Path) -> None:
    with (folder / "trunks.csv").open("ab") as file:
        file.write(b"a\0b\n")
    assert [fault.where for fault in faults(folder)] == ["trunks.csv:5"]


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "trunks.csv").unlink()
    assert [fault.where for fault in faults(folder)] == ["trunks.csv"]


def test_a_city_without_later_treatments_needs_no_file_of_them(folder: Path) -> None:
    (folder / "treatments.csv").unlink()
    assert len(read_register(folder).numbers) == 32


def test_later_treatments_must_name_a_known_number_a_later_date_and_a_reason(folder: Path) -> None:
    with (folder / "treatments.csv").open("a", encoding="utf-8") as file:
        file.write("12333,ceased,2021-11-01T00:00:00+08:00,operator,早于前一条\n")
        file.write("99999,ceased,2027-01-01T00:00:00+08:00,operator,无此号码\n")
        file.write("12316,ceased,2027-01-01T00:00:00+08:00,operator,\n")
    where = [fault.where for fault in faults(folder)]
    assert where == [
        "treatments.csv:3:3 effective_from",
        "treatments.csv:4:1 number",
        "treatments.csv:5:5 reason",
    ]


def test_one_spelling_may_not_mean_two_numbers(folder: Path) -> None:
    set_cell(folder, "numbers.csv", "12333", "number", "612345")
    set_cell(folder, "trunks.csv", "loopback", "strip", "6")
    assert any("612345" in fault.zh and "既可指" in fault.zh for fault in faults(folder))


def test_a_linked_number_has_one_trunk_and_a_vacant_one_has_none(folder: Path) -> None:
    with (folder / "trunks.csv").open("a", encoding="utf-8") as file:
        file.write("justice,linked,127.0.0.4,5080,udp,12348,,alaw,,\n")
        file.write("justice-2,linked,127.0.0.3,5080,udp,12348|12300,,alaw,,\n")
    found = [(fault.where, fault.zh) for fault in faults(folder)]
    assert any("justice" in zh and "12348" in zh for _, zh in found)
    assert any("不能承载 12300" in zh for _, zh in found)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('"08:30-12:00"', '"8am-noon"', "city.yaml:hours.office"),
        ("days: working", "days: sometimes", "city.yaml:hours.office"),
        ("seats_hours: office", "seats_hours: nights", "city.yaml:seats_hours"),
        ('closes: "17:30"', 'closes: "07:30"', "city.yaml:work_hours"),
        ("timezone: Asia/Shanghai", "timezone: Asia/Quanzhou", "city.yaml:timezone"),
        ('number: "12345"', 'number: "12-345"', "city.yaml:hotline"),
        ("name: 火警", "nom: 火警", "city.yaml:emergency_numbers"),
        ("name: 火警", 'sms: "120 99", name: 火警', "city.yaml:emergency_numbers"),
        ("city_id: 350500", "city_id: quanzhou", "city.yaml:city_id"),
        ("name: 泉州市", "name: 泉州市: x", "city.yaml:3:10"),
        ("time_limits:", "time_limits: 5\nolder_limits:", "city.yaml:time_limits"),
    ],
)
def test_what_is_wrong_in_city_yaml_is_named(folder: Path, old: str, new: str, where: str) -> None:
    path = folder / "city.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert [fault.where for fault in faults(folder)] == [where]


def test_a_folder_that_is_no_city_is_refused_not_crashed_into(tmp_path: Path) -> None:
    assert {fault.where.split(":")[0] for fault in faults(tmp_path)} >= {
        "city.yaml",
        "numbers.csv",
        "trunks.csv",
    }
