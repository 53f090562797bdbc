"""An XLSX file (ECMA-376) written as a stream: constant memory, and no byte of it in plain on any disk.

The libraries for this keep the rows in temporary files until the end (docs/adr); here what is written goes straight to the
cipher. One sheet: a banner, the column's names, the rows, each with the mark; banner and names stand on every printed page.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from hotline.base.kernel import clock

LONGEST_CELL = 32_767
"""Characters Excel keeps in a cell."""
_PIECE = 256 * 1024
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  the spreadsheet's days have no zone
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What says whose file this is: ``banner`` above the rows and on every page, ``short`` in every row."""

    number: str
    who: str
    why: str
    at: datetime
    banner: str
    short: str


@dataclass(frozen=True, slots=True)
class Head:
    """A column's name and width in characters."""

    name: str
    width: int


def harmless(text: str) -> str:
    """``text`` that no spreadsheet takes for a formula, whatever it is pasted or saved into (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def written(heads: Sequence[Head], rows: Iterable[Sequence[Cell]], mark: Mark) -> Iterator[bytes]:
    """The file, piece by piece."""
    heads = [*heads, Head("导出标记", len(mark.short) + 4)]
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:  # type: ignore[call-overload]
        for name, text in _fixed(mark).items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_top(heads, mark).encode())
            style = f'<c s="3" t="inlineStr"><is><t>{_text(mark.short)}</t></is></c></row>'
            for place, row in enumerate(rows, 3):
                sheet.write(f'<row r="{place}">{"".join(map(_cell, row))}{style}'.encode())
                if pipe.size > _PIECE:
                    yield pipe.taken()
            sheet.write(_bottom(len(heads), mark).encode())
    yield pipe.taken()


class _Pipe:
    """Takes what the archive writes until it is asked for. It cannot seek: sizes then stand behind each part."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """There is nothing to flush."""

    def taken(self) -> bytes:
        whole, self._parts, self.size = b"".join(self._parts), [], 0
        return whole


def _text(text: str) -> str:
    return escape(_UNWRITABLE.sub("", text)[:LONGEST_CELL])


def _cell(value: Cell) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, str):
        text = _text(harmless(value))
        return f'<c s="1" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    if isinstance(value, datetime):
        return f'<c s="2"><v>{_serial(value):.6f}</v></c>'
    return f'<c s="1"><v>{value}</v></c>'


def _serial(moment: datetime) -> float:
    span = clock.local(moment).replace(tzinfo=None) - _DAY_ZERO
    return span.days + span.seconds / 86400


def _column(number: int) -> str:
    """A, B, … Z, AA for 1, 2, … 26, 27."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


def _top(heads: Sequence[Head], mark: Mark) -> str:
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{head.width}" customWidth="1"/>' for n, head in enumerate(heads, 1)
    )
    names = "".join(f'<c s="4" t="inlineStr"><is><t>{_text(head.name)}</t></is></c>' for head in heads)
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="2" topLeftCell="A3" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{widths}</cols><sheetData>"
        f'<row r="1" ht="28" customHeight="1"><c s="5" t="inlineStr"><is><t>{_text(mark.banner)}</t></is></c></row>'
        f'<row r="2">{names}</row>'
    )


def _bottom(columns: int, mark: Mark) -> str:
    # At most 255 characters each; & begins a code there.
    words = escape(_UNWRITABLE.sub("", mark.banner)[:110].replace("&", "&&"))
    return (
        f'</sheetData><mergeCells count="1"><mergeCell ref="A1:{_column(columns)}1"/></mergeCells>'
        '<pageMargins left="0.4" right="0.4" top="0.7" bottom="0.7" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
        f"<headerFooter><oddHeader>&amp;L{words}</oddHeader>"
        f"<oddFooter>&amp;L{words}&amp;R&amp;P / &amp;N</oddFooter></headerFooter></worksheet>"
    )


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACK = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    '<fonts count="4"><font><sz val="11"/><name val="等线"/></font><font><sz val="9"/><color rgb="FF8A8A8A"/><name val="等线"/></font>'
    '<font><b/><sz val="11"/><name val="等线"/></font><font><b/><sz val="11"/><color rgb="FFB91C1C"/><name val="等线"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="3" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)  # fmt: skip


def _fixed(mark: Mark) -> dict[str, str]:
    """Every part but the sheet."""
    at = mark.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "[Content_Types].xml": (
            f'{_XML}<Types xmlns="{_PACK}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
            '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
            "</Types>"
        ),
        "_rels/.rels": (
            f'{_XML}<Relationships xmlns="{_PACK}/relationships">'
            f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/>'
            f'<Relationship Id="rId2" Type="{_PACK}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
            "</Relationships>"
        ),
        "xl/workbook.xml": (
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets><sheet name="诉求件" sheetId="1" r:id="rId1"/></sheets>'
            '<definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">诉求件!$1:$2</definedName></definedNames></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{_XML}<Relationships xmlns="{_PACK}/relationships">'
            f'<Relationship Id="rId1" Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{_REL}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": _STYLES,
        "docProps/core.xml": (
            f'{_XML}<cp:coreProperties xmlns:cp="{_PACK}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<dc:title>{_text(mark.number)}</dc:title><dc:subject>{_text(mark.why)}</dc:subject>"
            f"<dc:creator>{_text(mark.who)}</dc:creator><cp:keywords>{_text(mark.short)}</cp:keywords>"
            f"<dc:description>{_text(mark.banner)}</dc:description>"
            f'<dcterms:created xsi:type="dcterms:W3CDTF">{at}</dcterms:created></cp:coreProperties>'
        ),
    }  # fmt: skip
