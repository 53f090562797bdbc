"""Which kinds of file are taken, told by their first bytes and never by their name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MP4 = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"MSNV", b"3gp4", b"3gp5"}
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its name for machines, its ending, its media type, its words; ``is_one`` looks at the bytes."""

    name: str
    media: str
    zh: str
    en: str
    is_one: Callable[[bytes], bool]

    @property
    def image(self) -> bool:
        """Whether it can be looked at in the console without being downloaded."""
        return self.media.startswith("image/")


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


def _wide(name: str) -> bytes:
    """A stream's name as the directory of an OLE file holds it; no entry of it is ever split between two sectors."""
    return name.encode("utf-16-le") + b"\0\0"


def holds_stream(data: bytes, *names: str) -> bool:
    """Whether the OLE file ``data`` names one of these streams or storages."""
    return any(_wide(name) in data for name in names)


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    return lambda data: data[4:8] == b"ftyp" and data[8:12] in brands


def _mp3(data: bytes) -> bool:
    return data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("jpg", "image/jpeg", "JPEG 图片", "JPEG picture", _begins(b"\xff\xd8\xff")),
        Kind("png", "image/png", "PNG 图片", "PNG picture", _begins(b"\x89PNG\r\n\x1a\n")),
        Kind("webp", "image/webp", "WebP 图片", "WebP picture", lambda d: d[:4] == b"RIFF" and d[8:12] == b"WEBP"),
        Kind("pdf", "application/pdf", "PDF", "PDF", _begins(b"%PDF-")),
        Kind(
            "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word 文档", "Word document",
            lambda d: d.startswith(b"PK\x03\x04") and b"word/" in d,
        ),
        Kind(
            "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel 表格", "Excel sheet",
            lambda d: d.startswith(b"PK\x03\x04") and b"xl/" in d,
        ),
        Kind(
            "doc", "application/msword", "Word 文档（旧版）", "Word document (old)",
            lambda d: d.startswith(_OLE) and holds_stream(d, "WordDocument"),
        ),
        Kind(
            "xls", "application/vnd.ms-excel", "Excel 表格（旧版）", "Excel sheet (old)",
            lambda d: d.startswith(_OLE) and holds_stream(d, "Workbook", "Book"),
        ),
        Kind("m4a", "audio/mp4", "M4A 录音", "M4A sound", _brand(b"M4A ", b"M4B ")),
        Kind("mp4", "video/mp4", "MP4 视频", "MP4 video", _brand(*_MP4)),
        Kind("wav", "audio/wav", "WAV 录音", "WAV sound", lambda d: d[:4] == b"RIFF" and d[8:12] == b"WAVE"),
        Kind("amr", "audio/amr", "AMR 录音", "AMR sound", _begins(b"#!AMR\n", b"#!AMR-WB\n")),
        Kind("mp3", "audio/mpeg", "MP3 录音", "MP3 sound", _mp3),
    )
}  # fmt: skip


def taken() -> dict[str, Kind]:
    """The kinds the city takes: ``attachments: {kinds: [jpg, pdf, …]}`` of city.yaml, or all of them."""
    wanted = (settings.CITY.get("attachments") or {}).get("kinds")
    return {name: KINDS[name] for name in wanted if name in KINDS} if wanted else KINDS


def kind_of(data: bytes) -> Kind | None:
    """The kind of ``data`` among those the city takes; None: something else."""
    return next((kind for kind in taken().values() if kind.is_one(data)), None)
