"""Looking into a file before it is kept: of the right kind, of bearable size, and without what acts by itself.

Pictures are drawn anew from their pixels: what else was in the file (place and device of a photograph, a second file behind
the picture, a trap for a decoder) does not come along. Documents cannot be drawn anew; what is doubtful in them puts them
into quarantine. None of this stands in for a scanner (scanner.py).
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock

from PIL import Image, ImageOps

from hotline.work.attachments.figures import FILE_MB, MEGAPIXELS
from hotline.work.attachments.kinds import Kind, holds_stream, kind_of, taken

NAME_MAX = 100
LONGEST_SIDE = 4096
"""Pixels a kept picture's longer side may have: enough to read a page by, and bounded memory."""
UNPACKED_MAX = 200 * 1024 * 1024
ENTRIES_MAX = 5000
RATIO_MAX = 200
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
_FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
Image.MAX_IMAGE_PIXELS = None  # the city says how many (MEGAPIXELS), before a picture is unpacked
_one_picture = Lock()
"""A picture unpacked takes hundreds of megabytes: one at a time in a process."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as somebody gave it. ``name`` is his own word for it and proves nothing."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Examined:
    """What is to be kept. ``doubt`` (states.DOUBTS): why it goes into quarantine, "" if nothing was seen."""

    kind: Kind
    name: str
    data: bytes
    doubt: str = ""


class Refused(Exception):
    """The file is not taken. Carries why, for people."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


def examine(upload: Upload) -> Examined:
    """What is to be kept of ``upload``. Raises Refused."""
    if not upload.data:
        raise Refused("文件是空的", "the file is empty")
    if len(upload.data) > FILE_MB() * 1024 * 1024:
        raise Refused(f"超过 {FILE_MB()} MB", f"larger than {FILE_MB()} MB")
    kind = kind_of(upload.data)
    if kind is None:
        names = "、".join(taken())
        raise Refused(f"不是可以上传的文件，可以上传：{names}", f"not a kind of file that is taken: {names}")
    name = cleaned_name(upload.name, kind)
    if kind.image:
        data = _drawn_anew(upload.data, kind)
        return Examined(kind, name, data)
    return Examined(kind, name, upload.data, _doubt(upload.data, kind))


def cleaned_name(given: str, kind: Kind) -> str:
    """The name without folders, controls and signs that turn the writing direction, ending as its kind does."""
    last = given.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    stem = plain.strip(" .")
    for ending in (f".{kind.name}", ".jpeg" if kind.name == "jpg" else ""):
        if ending and stem.lower().endswith(ending):
            stem = stem[: -len(ending)]
    return f"{stem.strip(' .')[:NAME_MAX] or '附件'}.{kind.name}"


def _drawn_anew(data: bytes, kind: Kind) -> bytes:
    form = _FORMATS[kind.name]
    with _one_picture:
        try:
            with Image.open(io.BytesIO(data), formats=[form]) as picture:
                if picture.width * picture.height > MEGAPIXELS() * 1_000_000:
                    raise Refused(
                        f"图片超过 {MEGAPIXELS()} 百万像素", f"more than {MEGAPIXELS()} million pixels"
                    )
                picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                picture.load()
                upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            plain = upright.convert("RGBA" if upright.has_transparency_data and form != "JPEG" else "RGB")
            plain.info.clear()
            out = io.BytesIO()
            plain.save(out, form, **({} if form == "PNG" else {"quality": 88}))
        except Refused:
            raise
        except Exception as error:  # a decoder that is fed a broken or hostile file may raise anything
            raise Refused("图片损坏，打不开", "the picture is damaged and cannot be opened") from error
    return out.getvalue()


def _doubt(data: bytes, kind: Kind) -> str:
    if _EICAR in data:
        return "virus"
    match kind.name:
        case "docx" | "xlsx":
            return _doubt_of_office(data, kind)
        case "doc" | "xls":
            if holds_stream(data, "EncryptedPackage"):
                return "encrypted"
            return (
                "macro"
                if holds_stream(data, "_VBA_PROJECT", "Macros", "ObjectPool", "\x01Ole10Native")
                else ""
            )
        case "pdf":
            return _doubt_of_pdf(data)
        case _:
            return ""


def _doubt_of_office(data: bytes, kind: Kind) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            if len(entries) > ENTRIES_MAX or sum(one.file_size for one in entries) > UNPACKED_MAX:
                raise Refused("解开后过大", "too large when unpacked")
            if any(one.file_size > RATIO_MAX * max(one.compress_size, 1024) for one in entries):
                raise Refused("压缩比异常", "packed beyond reason")
            if any(one.flag_bits & 1 for one in entries):
                return "encrypted"
            names = {one.filename.lower() for one in entries}
            main = "word/document.xml" if kind.name == "docx" else "xl/workbook.xml"
            if not {"[content_types].xml", main} <= names:
                raise Refused("文档损坏，打不开", "the document is damaged")
            if any(
                "vbaproject" in name
                or "macrosheets/" in name
                or (name.endswith(".bin") and "embeddings/" in name)
                for name in names
            ):
                return "macro"
            types = _read(packed, "[Content_Types].xml")
            if b"macroenabled" in types.lower():
                return "macro"
            for name in names:
                if name.endswith("settings.xml.rels") and b"External" in _read(packed, name):
                    return "remote"
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Refused("文档损坏，打不开", "the document is damaged") from error
    return ""


def _read(packed: zipfile.ZipFile, name: str) -> bytes:
    """The entry, whatever the case of its name; at most a megabyte of it: it is a list of a few lines."""
    for entry in packed.infolist():
        if entry.filename.lower() == name.lower():
            with packed.open(entry) as file:
                return file.read(1024 * 1024)
    return b""


_SCRIPT = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA|ImportData|SubmitForm)(?![A-Za-z0-9])"
)
"""An action names its kind by these words, whatever starts it; the short /JS and /AA occur by chance in packed pictures."""
_CANNOT_SEE = re.compile(
    rb"/Encrypt(?![A-Za-z])|/(?:LZWDecode|ASCII85Decode|ASCIIHexDecode)(?=[^>]{0,200}/ObjStm)"
)
_STREAM = re.compile(rb"stream\r?\n")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")


def _doubt_of_pdf(data: bytes) -> str:
    for part in _parts_of_pdf(data):
        plain = _HEX.sub(lambda hit: bytes([int(hit[1], 16)]), part)
        if _CANNOT_SEE.search(plain):
            return "encrypted"
        if _SCRIPT.search(plain):
            return "script"
    return ""


def _parts_of_pdf(data: bytes) -> Iterator[bytes]:
    """The file as it is, and what its packed streams hold, up to a bound."""
    yield data
    left = UNPACKED_MAX // 4
    for begin in _STREAM.finditer(data):
        if data[begin.end() : begin.end() + 1] not in (b"x", b"h", b"X", b"H", b"8"):
            continue
        opened = zlib.decompressobj()
        try:
            part = opened.decompress(data[begin.end() :], left)
        except zlib.error:
            continue
        left -= len(part)
        if left <= 0:
            raise Refused("解开后过大", "too large when unpacked")
        yield part
