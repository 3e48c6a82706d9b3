"""The review form as a Word file, set in the fonts of official documents, for who must fill it in Word."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from builder.review.form import HEADING, FileRow, Form, Sheet, StepRow, forms, grouped, sized
from builder.review.office import Office

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

TITLE, TEXT, LABEL, PLAIN = "方正小标宋简体", "仿宋_GB2312", "黑体", "Times New Roman"
INSTEAD = {TITLE: "宋体", TEXT: "仿宋", LABEL: "SimHei"}  # where Word has not that font
CORE, FONTS = "docProps/core.xml", "word/fontTable.xml"
EPOCH = (1980, 1, 1, 0, 0, 0)
INDENT = 34.0  # points: numbers of lines stand left of it
WIDE = 15.5  # cm between the margins
COLUMNS = (2.4, 5.35, 2.4, 5.35)  # cm
SIDE = 2.9  # cm: the column of the code


def form_docx(office: Office, identity: str | Sequence[str]) -> bytes:
    """The form of an item, or of several, each a section with pages of its own count."""
    import docx  # forms are rare

    made = forms(office, identity)
    document = docx.Document()
    _styles(document)
    for number, form in enumerate(made):
        section = document.add_section() if number else document.sections[0]
        _page(section, form, "SECTIONPAGES" if len(made) > 1 else "NUMPAGES")
        _front(document, form)
        _annex(document, form)
    raw = io.BytesIO()
    document.save(raw)
    title = "、".join(dict.fromkeys(form.title for form in made))
    return _settled(raw.getvalue(), f"{HEADING}　{title}", made[0].owner)


# --- styles and pages -----------------------------------------------------------------------------


def _styles(document: Document) -> None:
    """Fonts by their Chinese names; no theme may put its own in their place."""
    from docx.enum.style import WD_STYLE_TYPE

    styles = document.styles
    defaults = styles.element.find(_tag("w:docDefaults"))
    if defaults is not None:
        styles.element.remove(defaults)
    rows = (
        ("Normal", TEXT, 12, False),
        ("表名", TITLE, 22, False),
        ("栏目", LABEL, 12, False),
        ("小字", TEXT, 9, False),
        ("正文行", TEXT, 10.5, False),
        ("页边", TEXT, 9, False),
    )
    for name, font, size, bold in rows:
        known = name == "Normal"
        style = styles[name] if known else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        _font(style, font, size, bold)


def _font(style: Any, font: str, size: float, bold: bool) -> None:
    from docx.shared import Pt

    style.font.name = PLAIN
    style.font.size = Pt(size)
    style.font.bold = bold
    fonts = style.element.rPr.rFonts
    for name in [a for a in fonts.attrib if a.endswith("Theme")]:
        del fonts.attrib[name]
    fonts.set(_tag("w:eastAsia"), font)
    fonts.set(_tag("w:cs"), PLAIN)
    style.element.rPr.append(_element("w:lang", val="en-US", eastAsia="zh-CN"))
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.space_before = Pt(0)
    style.paragraph_format.line_spacing = 1.2


def _page(section: Section, form: Form, count: str) -> None:
    """A4 with the margins for a binder; the version above and the number of the page below.

    `count`: the field that counts pages. Not every office program knows the one for a section.
    """
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
    from docx.shared import Cm

    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(3), Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.5), Cm(2.2)
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    above, below = section.header.paragraphs[0], section.footer.paragraphs[0]
    above.style = below.style = "页边"
    above.paragraph_format.tab_stops.add_tab_stop(Cm(WIDE), WD_TAB_ALIGNMENT.RIGHT)
    above.add_run(f"{HEADING}　{form.identity}\t版本 {form.digits}")
    below.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for words, field in (("第 ", "PAGE"), (" 页　共 ", count), (" 页", "")):
        below.add_run(words)
        if field:
            _field(below, field)
    columns = section._sectPr.find(_tag("w:cols"))  # noqa: SLF001  # the library has no word for it
    columns.addprevious(_element("w:pgNumType", start="1"))


def _field(paragraph: Paragraph, name: str) -> None:
    """A number that Word counts."""
    field = _element("w:fldSimple", instr=f" {name} ")
    run = paragraph.add_run("1")._r  # noqa: SLF001  # as above
    run.getparent().replace(run, field)
    field.append(run)


def _tag(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))


def _element(name: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    return OxmlElement(name, {_tag(f"w:{key}"): value for key, value in attributes.items()})


# --- the form -------------------------------------------------------------------------------------


def _front(document: Document, form: Form) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    owner = document.add_paragraph(form.owner)
    title = document.add_paragraph(HEADING, style="表名")
    owner.alignment = title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _version(document.add_table(rows=0, cols=2), form)
    document.add_paragraph(style="小字")  # Word makes one table of two that touch
    table = document.add_table(rows=0, cols=4, style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, COLUMNS, strict=True):
        column.width = Cm(width)
    (label, words), *facts = form.facts
    _row(table, label, [words])
    for at in range(0, len(facts), 2):
        _cells(table, [cell for fact in facts[at : at + 2] for cell in fact])
    _row(table, "修改情况", form.changes)
    _files(_row(table, "文件清单", []), form.files)
    _row(table, "检查结果", form.checks)
    for step in form.steps:
        _step(_row(table, step.label, []), step)
        _whole(table.rows[-1])
    _row(table, "说明", [f"{n}. {text}" for n, text in enumerate(form.notices, 1)], "小字")


def _version(table: Any, form: Form) -> None:
    """The version as digits, whole, and as a code to scan."""
    from docx.enum.table import WD_ALIGN_VERTICAL
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    table.autofit = False
    words, code = table.add_row().cells
    for at, (cell, width) in enumerate(((words, WIDE - SIDE), (code, SIDE))):
        cell.width = table.columns[at].width = Cm(width)
        cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
    _say(words, [f"版本　{form.digits}"], "栏目")
    _say(words, [grouped(form.version)], "小字")
    shown = code.paragraphs[0]
    shown.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    shown.add_run().add_picture(io.BytesIO(_code(form.qr)), width=Cm(SIDE - 0.5))


def _cells(table: Any, words: Sequence[str]) -> list[_Cell]:
    """A row of four cells, every other one a label; a short row leaves the rest empty."""
    from docx.enum.table import WD_ALIGN_VERTICAL
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    row = table.add_row()
    cells = list(row.cells)
    for at, cell in enumerate(cells):
        cell.width = Cm(COLUMNS[at])
        cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
        said = words[at] if at < len(words) else ""
        _say(cell, [said] if said else [], "Normal" if at % 2 else "栏目")
        if not at % 2:
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    return cells


def _whole(row: Any) -> None:
    """No page ends inside this row."""
    row._tr.get_or_add_trPr().append(_element("w:cantSplit"))  # noqa: SLF001  # no word for it either


def _row(table: Table, label: str, texts: Sequence[str], style: str = "Normal") -> _Cell:
    """A row with one label; gives its wide cell."""
    cells = _cells(table, [label])
    wide: _Cell = cells[1].merge(cells[3])
    for spare in wide.paragraphs[1:]:
        spare._p.getparent().remove(spare._p)  # noqa: SLF001  # what merging leaves behind
    _say(wide, texts, style)
    return wide


def _say(cell: _Cell, texts: Iterable[str], style: str) -> None:
    """Put texts into a cell, a paragraph each; a cell is born with an empty one."""
    for text in texts:
        last = cell.paragraphs[-1]
        paragraph = cell.add_paragraph() if last.text else last
        paragraph.style = style
        paragraph.add_run(text)


def _files(cell: _Cell, rows: Sequence[FileRow]) -> None:
    for row in rows:
        words = f"{row.path}　{sized(row.size)}　{row.change}　{row.sha256[:16]}"
        _say(cell, [words], "正文行")
        _say(cell, [f"SHA-256 {row.sha256}"], "小字")


def _step(cell: _Cell, step: StepRow) -> None:
    _say(cell, [step.duty], "栏目")
    if not step.asked:
        _say(cell, ["按审核办法，这一版不需要这一审。"], "正文行")
    elif step.name:
        note = f"　意见：{step.note}" if step.note else ""
        _say(cell, [f"已通过：{step.name}　{step.time}{note}"], "Normal")
    else:
        _say(cell, [f"有权签的人：{step.able}"] if step.able else [], "小字")
        _say(
            cell,
            [
                "□ 通过　□ 退回　　意见：",
                "　",
                "　　　　　　　签名：　　　　　　　　　　年　　月　　日",
            ],
            "Normal",
        )


# --- the annex ------------------------------------------------------------------------------------


def _annex(document: Document, form: Form) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    head = document.add_paragraph("附件　送审内容全文", style="表名")
    head.paragraph_format.page_break_before = True
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph(form.title)
    for sheet in form.annex:
        document.add_paragraph(f"{sheet.path}（{sheet.about}）", style="栏目")
        _sheet(document, sheet)


def _sheet(document: Document, sheet: Sheet) -> None:
    from docx.shared import Cm, Pt

    if sheet.why:
        document.add_paragraph(sheet.why)
    if sheet.png:
        scale = min((WIDE - 0.4) / sheet.width, 16 / sheet.height, 0.03)
        picture = io.BytesIO(sheet.png)
        document.add_paragraph().add_run().add_picture(picture, width=Cm(sheet.width * scale))
    for number, line in enumerate(sheet.lines, 1):
        paragraph = document.add_paragraph(f"{number}\t{line}", style="正文行")
        paragraph.paragraph_format.left_indent = Pt(INDENT)
        paragraph.paragraph_format.first_line_indent = Pt(-INDENT)


def _code(rows: Sequence[Sequence[bool]]) -> bytes:
    """A code as a PNG, eight pixels to a field, with the white margin that scanners want."""
    from PIL import Image

    side = len(rows)
    image = Image.new("1", (side + 8, side + 8), 1)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + 4, y + 4), 0)
    out = io.BytesIO()
    image.resize((image.width * 8, image.height * 8), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


# --- the file -------------------------------------------------------------------------------------


def _settled(raw: bytes, title: str, owner: str) -> bytes:
    """The same file with our own properties and fonts, and without the hour at which it was made."""
    out = io.BytesIO()
    own = {CORE: _core(title, owner), FONTS: _font_table()}
    with zipfile.ZipFile(io.BytesIO(raw)) as made, zipfile.ZipFile(out, "w") as target:
        for name in made.namelist():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, own.get(name) or made.read(name))
    return out.getvalue()


def _core(title: str, owner: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        "<cp:coreProperties"
        ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(owner)}</dc:creator>"
        f"<dc:language>zh-CN</dc:language></cp:coreProperties>"
    )


def _font_table() -> str:
    """The fonts by name, with what Word may take where a machine has them not."""
    rows = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/>'
        '<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, other in INSTEAD.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<w:fonts xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'{rows}<w:font w:name="{PLAIN}"><w:charset w:val="00"/><w:family w:val="roman"/>'
        '<w:pitch w:val="variable"/></w:font></w:fonts>'
    )
