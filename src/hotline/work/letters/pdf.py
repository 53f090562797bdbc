"""A filled letter as PDF: what the DOCX says, set by Typst with the machine's Chinese fonts, which it embeds. In memory only.

It prints what letters are made of: paragraphs (alignment, indents, spacing), runs (size, weight, slope, underline, colour, face),
tables (widths, merged columns and rows, borders), heads and feet, page size and margins. Anything else is refused when a
template is brought (forms.checked), so nothing is lost silently.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from hotline.base.kernel.errors import Problem

_WANTED = (
    "FangSong", "仿宋", "FangSong_GB2312", "Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "Noto Sans CJK SC",
    "WenQuanYi Zen Hei",
)  # fmt: skip
"""Faces that hold Chinese, the usual one of letters first."""
_ALIGN = {0: "left", 1: "center", 2: "right", 3: "left"}
_EMU_PT = 12_700


def printed(docx_bytes: bytes) -> bytes:
    """The PDF. Raises Problem 503 when this machine has no Chinese font: it would print empty boxes."""
    import docx
    import typst

    fonts = typst.Fonts(font_paths=_font_paths())
    families = set(fonts.families())
    there = [face for face in _WANTED if face in families]
    if not there:
        raise Problem(
            "no-chinese-font",
            "本机没有中文字体，不能生成 PDF；请系统管理员安装字体（如 apt install fonts-noto-cjk），或下载 DOCX 打印",
            "This machine has no Chinese font, so no PDF can be made; have one installed (apt install fonts-noto-cjk), or"
            " print the DOCX",
            status=503,
        )
    source = _Source(docx.Document(io.BytesIO(docx_bytes)), there, families).whole()
    return bytes(typst.compile(source.encode(), font_paths=fonts))


def _font_paths() -> list[str]:
    """A city's own faces (公文用字) lie in ``fonts`` of the instance."""
    own = settings.HOTLINE.home / "fonts"
    return [str(own)] if own.is_dir() else []


def _string(text: str) -> str:
    """``text`` as a string of Typst: nothing in it is read as markup."""
    kept = "".join(c for c in text if c in "\n\t" or ord(c) >= 32)
    quoted = kept.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{quoted}"'


def _points(length: Any) -> str:
    return f"{int(length) / _EMU_PT:.2f}pt"


class _Source:
    """One document in Typst's words."""

    def __init__(self, document: Any, there: list[str], families: set[str]) -> None:
        self.document, self.there, self.families = document, there, families

    def whole(self) -> str:
        section = self.document.sections[0]
        faces = ", ".join(_string(face) for face in self.there)
        head, foot = (self._blocks(part) for part in (section.header, section.footer))
        return "\n".join(
            (
                f"#set page(width: {_points(section.page_width)}, height: {_points(section.page_height)}, margin: (left: "
                f"{_points(section.left_margin)}, right: {_points(section.right_margin)}, top: {_points(section.top_margin)}, "
                f"bottom: {_points(section.bottom_margin)}), header: [{head}], footer: [{foot}])",
                f'#set text(font: ({faces},), size: 12pt, lang: "zh", region: "cn", cjk-latin-spacing: none, '
                'top-edge: "ascender", bottom-edge: "descender")',
                "#set par(leading: 0.3em, spacing: 0pt)",
                f"#set document(title: {_string(self.document.core_properties.title or '')})",
                self._blocks(self.document),
            )
        )

    def _blocks(self, holder: Any) -> str:
        return "\n".join(
            self._paragraph(one) if hasattr(one, "runs") else self._table(one)
            for one in holder.iter_inner_content()
        )

    def _paragraph(self, paragraph: Any) -> str:
        if not paragraph.text.strip():
            return "#v(1.2em)" if not paragraph._p.xpath("ancestor::w:hdr | ancestor::w:ftr") else ""
        runs = "".join(self._run(run, paragraph) for run in paragraph.runs if run.text)
        look = paragraph.paragraph_format
        chain = [look, *(style.paragraph_format for style in _styles(paragraph.style))]
        before, after, left, first = (
            next((value for one in chain if (value := getattr(one, name)) is not None), 0)
            for name in ("space_before", "space_after", "left_indent", "first_line_indent")
        )
        at = next((int(one.alignment) for one in chain if one.alignment is not None), 0)
        body = (
            f"#par(first-line-indent: (amount: {_points(first)}, all: true))[{runs}]"
            if first
            else f"#par[{runs}]"
        )
        return (
            f"#block(width: 100%, above: {_points(before)}, below: {_points(after)}, inset: (left: {_points(left)}))"
            f"[#set align({_ALIGN.get(at, 'left')})\n{body}]"
        )

    def _run(self, run: Any, paragraph: Any) -> str:
        fonts = [
            run.font,
            *(style.font for style in _styles(run.style)),
            *(s.font for s in _styles(paragraph.style)),
        ]

        def look(name: str) -> Any:
            return next((value for font in fonts if (value := getattr(font, name)) is not None), None)

        given = []
        if size := look("size"):
            given.append(f"size: {_points(size)}")
        if look("bold"):
            given.append('weight: "bold"')
        if look("italic"):
            given.append('style: "italic"')
        hue = next(
            (font.color.rgb for font in fonts if font.color is not None and font.color.rgb is not None), None
        )
        if hue is not None:
            given.append(f'fill: rgb("{hue}")')
        if face := self._face(fonts):
            given.append(f"font: ({_string(face)}, {', '.join(_string(one) for one in self.there)})")
        text = f"#text({', '.join([*given, _string(run.text)])})"
        return f"#underline[{text}]" if look("underline") else text

    def _face(self, fonts: list[Any]) -> str:
        from docx.oxml.ns import qn

        for font in fonts:
            fonts_of = font._element.find(qn("w:rPr")) if font._element.tag != qn("w:rPr") else font._element
            named = fonts_of.find(qn("w:rFonts")) if fonts_of is not None else None
            face = named.get(qn("w:eastAsia")) if named is not None else None
            if face:
                return face if face in self.families else ""
        return ""

    def _table(self, table: Any) -> str:
        widths = [column.width for column in table.columns]
        known = all(widths)
        columns = (
            ", ".join(f"{int(width)}fr" for width in widths) if known else ", ".join("1fr" for _ in widths)
        )
        stroke = "0.6pt" if _bordered(table) else "none"
        cells = "\n".join(self._cell(*one) for one in _cells(table))
        return f"#table(columns: ({columns},), stroke: {stroke}, inset: 6pt,\n{cells}\n)"

    def _cell(self, cell: Any, wide: int, high: int) -> str:
        return f"table.cell(colspan: {wide}, rowspan: {high})[{self._blocks(cell)}],"


def _styles(style: Any) -> Iterator[Any]:
    """The style and those it is based on."""
    while style is not None:
        yield style
        style = style.base_style


def _bordered(table: Any) -> bool:
    """Whether lines are drawn: said by the table itself, or by its style's name as Word makes them."""
    own = table._tbl.xpath("./w:tblPr/w:tblBorders/*[@w:val!='none' and @w:val!='nil']")
    said = table._tbl.xpath("./w:tblPr/w:tblBorders")
    if said:
        return bool(own)
    return table.style is not None and bool(table.style.element.xpath(".//w:tblBorders"))


def _cells(table: Any) -> Iterator[tuple[Any, int, int]]:
    """Each cell once, with how many columns and rows it takes."""
    grid = [[cell._tc for cell in row.cells] for row in table.rows]
    seen = set()
    for y, row in enumerate(table.rows):
        for x, cell in enumerate(row.cells):
            if cell._tc in seen:
                continue
            seen.add(cell._tc)
            wide = sum(1 for one in grid[y][x:] if one is cell._tc)
            high = sum(1 for line in grid[y:] if x < len(line) and line[x] is cell._tc)
            yield cell, wide, high
