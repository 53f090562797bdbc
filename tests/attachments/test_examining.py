"""What is looked at before a file is kept: its kind by its bytes, what acts by itself, what tells more than its picture."""

from __future__ import annotations

import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from hotline.work.attachments import examining, scanner
from hotline.work.attachments.configured import faults
from hotline.work.attachments.examining import Refused, Upload, cleaned_name, examine
from hotline.work.attachments.kinds import KINDS
from hotline.work.attachments.states import NEXT, State
from tests.attachments import samples


def seen(data: bytes, name: str = "文件") -> examining.Examined:
    return examine(Upload(name, data))


@pytest.mark.parametrize("kind", samples.ALL)
def test_the_kind_is_told_by_the_bytes_whatever_the_name_says(kind: str) -> None:
    found = seen(samples.ALL[kind], "合同.exe")
    assert (found.kind.name, found.name, found.doubt) == (kind, f"合同.exe.{kind}", "")


def test_every_kind_there_is_has_its_sample() -> None:
    assert samples.ALL.keys() == KINDS.keys()


@pytest.mark.parametrize(
    "data",
    [b"MZ\x90\0" + bytes(60), b"\x7fELF" + bytes(60), b"<html><script>", b"<svg xmlns=", b"PK\x03\x04" + bytes(60),
     samples.packed("a.txt"), samples.ole("Something"), b"GIF89a" + bytes(60), "只是文字".encode(), b""],
)  # fmt: skip
def test_anything_else_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(Refused) as why:
        seen(data, "照片.jpg")
    assert why.value.zh
    assert why.value.en


def test_a_photograph_loses_where_and_with_what_it_was_taken_and_stands_upright() -> None:
    kept = seen(samples.photograph()).data
    picture = Image.open(io.BytesIO(kept))
    assert (picture.size, dict(picture.getexif()), b"Secret" in kept) == ((40, 60), {}, False)


def test_what_hides_behind_a_picture_does_not_come_along() -> None:
    hidden = samples.packed("evil.exe")
    for form in ("JPEG", "PNG", "WEBP"):
        assert b"evil.exe" not in seen(samples.picture(form) + hidden).data


def test_a_picture_that_unpacks_beyond_bounds_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    began = time.process_time()
    with pytest.raises(Refused, match="百万像素"):
        seen(out.getvalue())
    assert time.process_time() - began < 0.5


def test_a_large_photograph_is_kept_smaller_and_readable() -> None:
    assert max(Image.open(io.BytesIO(seen(samples.picture(size=(6000, 30))).data)).size) <= 4096


@pytest.mark.parametrize(
    ("data", "doubt"),
    [
        (samples.docx("word/vbaProject.bin"), "macro"),
        (samples.docx("word/embeddings/oleObject1.bin"), "macro"),
        (samples.xlsx("xl/macrosheets/sheet1.xml"), "macro"),
        (samples.docx("word/_rels/settings.xml.rels", **{"word/_rels/settings.xml.rels": b'TargetMode="External"'}), "remote"),
        (samples.ole("WordDocument", "Macros", "_VBA_PROJECT"), "macro"),
        (samples.pdf(b"/AA <</O <</S /JavaScript /JS (app.alert(1))>>>>"), "script"),
        (samples.pdf(b"/OpenAction <</S /J#61vaScript>>"), "script"),
        (samples.pdf(hidden=b"<</S /JavaScript /JS 3 0 R>>"), "script"),
        (samples.pdf(b"/Names <</EmbeddedFiles 4 0 R>>"), "script"),
        (samples.pdf(b"/Encrypt 5 0 R"), "encrypted"),
        (samples.pdf(samples.EICAR), "virus"),
    ],
)  # fmt: skip
def test_a_document_that_may_act_by_itself_is_doubtful(data: bytes, doubt: str) -> None:
    assert seen(data).doubt == doubt


def test_a_packed_bomb_is_refused() -> None:
    with pytest.raises(Refused, match="压缩比"):
        seen(samples.docx("word/x", **{"word/x": bytes(20_000_000)}))


@given(some.binary(max_size=200), some.sampled_from([*samples.ALL.values()]), some.integers(0, 60))
def test_whatever_is_sent_is_kept_or_refused_and_never_breaks(noise: bytes, whole: bytes, at: int) -> None:
    for data in (noise, whole[:at] + noise, whole[:at] + noise + whole[at:]):
        try:
            kept = len(seen(data).data)
        except Refused as why:
            kept = len(why.zh)
        assert kept


@given(some.text(max_size=300))
def test_a_name_leads_nowhere_and_ends_as_its_kind_does(given_name: str) -> None:
    name = cleaned_name(given_name, KINDS["pdf"])
    assert name.endswith(".pdf")
    assert len(name) <= 104
    assert not set(name) & set('/\\\0\r\n<>:"|?*\u202e\u200f')


def test_every_state_has_its_way_and_nothing_leaves_what_is_over() -> None:
    assert NEXT.keys() == set(State)
    assert NEXT[State.ERASED] == NEXT[State.REFUSED] == frozenset()
    assert State.CLEAN not in NEXT[State.RECEIVED]


def test_what_a_city_says_of_attachments_is_checked() -> None:
    assert faults({"attachments": {"kinds": ["jpg", "pdf"], "clamd": "unix:/run/clamav/clamd.ctl"}}) == []
    wrong = faults({"attachments": {"kinds": ["exe"], "clamd": "somewhere"}})
    assert [fault.where.rpartition(".")[2] for fault in wrong] == ["kinds", "clamd"]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [(b"x" * 200_000, "clean"), (samples.EICAR, "found"), (b"say-error", "unknown"), (b"say-half", "unknown"),
     (b"say-nothing", "unknown"), (b"hang-up", "unknown")],
)  # fmt: skip
def test_only_a_whole_ok_of_the_scanner_is_clean(clamd: str, said: bytes, verdict: str) -> None:
    assert scanner.scan([said], clamd, timeout_s=0.5).kind == verdict


def test_a_scanner_that_is_not_there_says_nothing_is_clean() -> None:
    for place in ("unix:/nowhere/at/all", "127.0.0.1:1", "nonsense"):
        assert scanner.scan([b"x"], place, timeout_s=0.5).kind == "unknown"
