"""Templates: a DOCX with {{ 字段 }} in it. The built-in ones are made here; a city's are checked; both are filled the same way.

Nothing in a template is carried out: a field is a name in a table (kinds.FIELDS), replaced by words. Word splits what is typed
into runs wherever it likes, so a field is looked for in the whole paragraph and takes the look of its first character.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from hotline.base.kernel.errors import Fault, Invalid
from hotline.work.letters.kinds import FIELDS, Kind

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LARGEST = 2 * 1024 * 1024
LARGEST_UNPACKED = 20 * 1024 * 1024
SERIF = "仿宋"
_FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}")
_COLOURS = {"blue": "1D4ED8", "orange": "C2410C", "red": "B91C1C", "": "B91C1C"}
_UNPRINTABLE = {
    "drawing": ("图片或文本框", "a picture or text box"), "pict": ("图片或文本框", "a picture or text box"),
    "object": ("嵌入对象", "an embedded object"), "sdt": ("内容控件", "a content control"),
    "footnoteReference": ("脚注", "a footnote"), "altChunk": ("嵌入文档", "an embedded document"),
    "instrText": ("域代码", "a field code"), "fldSimple": ("域代码", "a field code"), "ins": ("修订", "a tracked change"),
    "del": ("修订", "a tracked change"),
}  # fmt: skip
"""What would be lost in the PDF, or carry something from elsewhere."""


def checked(raw: bytes) -> bytes:
    """``raw``, a template that can be filled and printed. Raises Invalid that names every unknown field and every other fault."""
    document = _opened(raw)
    faults: list[Fault] = []
    for paragraph in _paragraphs(document):
        for name in _FIELD.findall(paragraph.text):
            if name not in FIELDS:
                faults.append(
                    Fault(
                        f"{{{{ {name} }}}}",
                        f"没有这个字段；可用：{'、'.join(FIELDS)}",
                        f"No such field; there are: {', '.join(FIELDS)}",
                    )
                )
        if _BRACES.search(_FIELD.sub("", paragraph.text)):
            faults.append(
                Fault(
                    paragraph.text[:40],
                    "括号不成对，或含有 {% %}",
                    "Unpaired braces, or {% %}, which nothing reads",
                )
            )
    for part in _roots(document):
        found = {str(element.tag).rpartition("}")[2] for element in part.iter()} & _UNPRINTABLE.keys()
        faults += [
            Fault(
                "template",
                f"含有不能打印的{_UNPRINTABLE[tag][0]}，请删除",
                f"Holds {_UNPRINTABLE[tag][1]}, which cannot be printed; remove it",
            )
            for tag in sorted(found)
        ]
    if faults:
        raise Invalid([*dict.fromkeys(faults)])
    return raw


def filled(template: bytes, values: Mapping[str, str]) -> bytes:
    """The template with every field replaced. A paragraph or row of a table whose fields are all empty is left out."""
    document = _opened(template)
    for row in [row for table in _tables(document) for row in table.rows]:
        names = _FIELD.findall("\n".join(cell.text for cell in row.cells))
        if names and not any(values.get(name) for name in names):
            row._tr.getparent().remove(row._tr)
    for paragraph in [*_paragraphs(document)]:
        names = _FIELD.findall(paragraph.text)
        # A cell may not be without a paragraph: there it is only emptied.
        in_cell = paragraph._p.getparent().tag.endswith("}tc")
        if names and not in_cell and not any(values.get(name) for name in names):
            paragraph._p.getparent().remove(paragraph._p)
            continue
        if names:
            _fill(paragraph, values)
    document.core_properties.title = values.get("文书编号", "")
    return _saved(document)


@lru_cache(maxsize=64)
def built_in(kind: Kind, colour: str = "") -> bytes:
    """The template of those who brought none: a red head, a table, the signature at the right."""
    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.7)
    section.top_margin, section.bottom_margin = Cm(3), Cm(2.5)
    normal = document.styles["Normal"]
    normal.font.size, normal.font.name = Pt(12), SERIF
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), SERIF)

    def say(
        text: str, *, at: Any = None, size: float = 12, bold: bool = False, hue: str = "", after: float = 6
    ) -> Any:
        paragraph = document.add_paragraph()
        paragraph.alignment = at
        paragraph.paragraph_format.space_after = Pt(after)
        run = paragraph.add_run(text)
        run.font.size, run.bold = Pt(size), bold
        if hue:
            run.font.color.rgb = RGBColor.from_string(hue)
        return paragraph

    centre, right = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
    say("{{ 签发单位 }}", at=centre, size=20, bold=True, hue=_COLOURS[colour], after=4)
    say(kind.zh, at=centre, size=26, bold=True, hue=_COLOURS[colour], after=4)
    say("{{ 文书编号 }}", at=right, after=12)
    addressee, _, opening = kind.opening.partition("\n")
    say(addressee, bold=True)
    say(opening, after=10).paragraph_format.first_line_indent = Pt(24)
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for label, text in kind.lines:
        cells = table.add_row().cells
        cells[0].width, cells[1].width = Cm(3.2), Cm(12.4)
        cells[0].text, cells[1].text = label, text
        cells[0].paragraphs[0].runs[0].bold = True
    for column, width in zip(table.columns, (Cm(3.2), Cm(12.4)), strict=True):
        column.width = width
    document.add_paragraph()
    for text in kind.closing[:-2]:
        say(text, size=10.5)
    for text in kind.closing[-2:]:
        say(text, at=right)
    return _saved(document)


def _opened(raw: bytes) -> Any:
    """The document. Raises Invalid for what is none, is too big, or holds macros or links to elsewhere."""
    import docx

    def refuse(zh: str, en: str) -> Invalid:
        return Invalid([Fault("template", zh, en)])

    if len(raw) > LARGEST:
        raise refuse(f"超过 {LARGEST // 1024 // 1024} MB", f"Larger than {LARGEST // 1024 // 1024} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > LARGEST_UNPACKED:
                raise refuse("解开后过大", "Too large when unpacked")
            if any("vbaproject" in info.filename.lower() or "embeddings/" in info.filename for info in infos):
                raise refuse("含有宏或嵌入对象", "Holds macros or embedded objects")
            relations = b"".join(archive.read(i) for i in infos if i.filename.endswith(".rels"))
            if b'TargetMode="External"' in relations:
                raise refuse("含有指向外部的链接，请删除", "Links to somewhere else; remove the links")
        return docx.Document(io.BytesIO(raw))
    except Invalid:
        raise
    except Exception as error:  # whatever a file that is no DOCX makes the readers say
        raise refuse(
            "不是能打开的 DOCX 文件（请用 Word 或 WPS 另存为 .docx）", "Not a DOCX file that can be opened"
        ) from error


def _saved(document: Any) -> bytes:
    whole = io.BytesIO()
    document.save(whole)
    return whole.getvalue()


def _holders(document: Any) -> Iterator[Any]:
    """Whatever holds paragraphs and tables: the body, heads and feet."""
    yield document
    for section in document.sections:
        yield from (section.header, section.footer)


def _roots(document: Any) -> Iterator[Any]:
    for holder in _holders(document):
        yield holder.element if hasattr(holder, "element") else holder._element


def _tables(holder: Any) -> Iterator[Any]:
    if hasattr(holder, "sections"):
        for one in _holders(holder):
            yield from one.tables
    else:
        yield from holder.tables


def _paragraphs(document: Any) -> Iterator[Any]:
    """Every paragraph, those in tables once also where cells are merged."""
    seen: set[Any] = set()
    for holder in _holders(document):
        yield from holder.paragraphs
        for table in holder.tables:
            for row in table.rows:
                for cell in row.cells:
                    if cell._tc not in seen:
                        seen.add(cell._tc)
                        yield from cell.paragraphs


def _fill(paragraph: Any, values: Mapping[str, str]) -> None:
    # From the last to the first: what was filled in is not looked at again, whatever braces a citizen wrote.
    whole = "".join(run.text for run in paragraph.runs)
    for match in reversed([*_FIELD.finditer(whole)]):
        words, at = values.get(match[1], ""), 0
        for run in paragraph.runs:
            text = run.text
            begin, stop = max(0, match.start() - at), min(len(text), match.end() - at)
            if begin < stop:
                run.text = text[:begin] + words + text[stop:]
                words = ""
            at += len(text)
