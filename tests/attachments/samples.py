"""Small files of every kind, made from the formats' own descriptions."""

from __future__ import annotations

import io
import zipfile
import zlib

from PIL import Image

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def picture(form: str = "JPEG", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **more)  # type: ignore[arg-type]
    return out.getvalue()


def photograph() -> bytes:
    """With the place and the device it was taken with, lying on its side."""
    exif = Image.Exif()
    exif[0x010F] = "SecretPhoneMaker"
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (24.0, 54.0, 31.0), 3: "E", 4: (118.0, 35.0, 12.0)}
    return picture(exif=exif, comment=b"SecretComment")


def packed(*names: str, **contents: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, contents.get(name, b"<xml/>"))
    return out.getvalue()


def docx(*more: str, **contents: bytes) -> bytes:
    return packed("[Content_Types].xml", "word/document.xml", *more, **contents)


def xlsx(*more: str) -> bytes:
    return packed("[Content_Types].xml", "xl/workbook.xml", *more)


def ole(*streams: str) -> bytes:
    return (
        OLE
        + bytes(504)
        + b"".join((name.encode("utf-16-le") + b"\0\0").ljust(128, b"\0") for name in streams)
    )


def pdf(inside: bytes = b"", hidden: bytes = b"") -> bytes:
    catalogue = b"1 0 obj <</Type /Catalog /OpenAction [2 0 R /Fit] " + inside + b">> endobj\n"
    stream = b"2 0 obj <</Filter /FlateDecode>> stream\n" + zlib.compress(hidden) + b"\nendstream endobj\n"
    return b"%PDF-1.7\n" + catalogue + stream + b"%%EOF"


SOUNDS = {
    "mp3": b"ID3\x04" + bytes(60),
    "wav": b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    "amr": b"#!AMR\n" + bytes(40),
    "m4a": b"\0\0\0\x20ftypM4A " + bytes(40),
    "mp4": b"\0\0\0\x20ftypisom" + bytes(40),
}
ALL = {
    "jpg": picture(), "png": picture("PNG"), "webp": picture("WEBP"), "pdf": pdf(), "docx": docx(), "xlsx": xlsx(),
    "doc": ole("WordDocument"), "xls": ole("Workbook"), **SOUNDS,
}  # fmt: skip
