"""A plain spreadsheet as bytes, the same every time. Cells are texts and whole numbers, nothing else can be written.

`xlsxwriter` does more, and takes longer to load than all the rest of a report takes to make.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

Row = Sequence[str | int]
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
EPOCH = (1980, 1, 1, 0, 0, 0)
UNSEEN = re.compile(
    "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # XML has no room for them
MOST = 32_767  # characters of a cell
TITLE, TOP, CELL, NOTE = 1, 2, 3, 4  # styles, in the order of `STYLES`
FONT = '<name val="宋体"/><family val="3"/><charset val="134"/>'
SIDES = "".join(
    f'<{s} style="thin"><color auto="1"/></{s}>' for s in ("left", "right", "top", "bottom")
)
WRAP = '<alignment vertical="center" wrapText="1"/>'
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><fonts count="3"><font><sz val="11"/>{FONT}</font>'
    f'<font><b/><sz val="16"/>{FONT}</font><font><b/><sz val="11"/>{FONT}</font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid">'
    '<fgColor rgb="FFEEE6D3"/><bgColor indexed="64"/></patternFill></fill></fills>'
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    f"<border>{SIDES}<diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" '
    'applyBorder="1" applyAlignment="1"><alignment horizontal="center" vertical="center" wrapText="1"/></xf>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="1" xfId="0" applyFont="1" applyBorder="1" '
    f'applyAlignment="1">{WRAP}</xf>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, a title, a head with the width of each column, rows, and notes below them."""

    name: str
    title: str
    head: Sequence[tuple[str, int]]
    rows: Iterable[Row]
    notes: Sequence[str] = ()


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook of these sheets, each ready to be printed. Their names must be good ones (see `sheet_names`)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for path, text in (*_frame([s.name for s in sheets]), *_sheets(sheets)):
            part = zipfile.ZipInfo(path, EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = 0  # the same on every machine
            target.writestr(part, text.encode())
    return out.getvalue()


def _frame(names: Sequence[str]) -> Iterable[tuple[str, str]]:
    """All parts but the sheets."""
    numbers = range(1, len(names) + 1)
    sheet = f'ContentType="{TYPE}.worksheet+xml"/>'
    yield (
        "[Content_Types].xml",
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>'
        + "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" {sheet}' for n in numbers)
        + "</Types>",
    )
    yield "_rels/.rels", _links([("rId1", "officeDocument", "xl/workbook.xml")])
    parts = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    yield (
        "xl/_rels/workbook.xml.rels",
        _links([*parts, (f"rId{len(names) + 1}", "styles", "styles.xml")]),
    )
    yield "xl/styles.xml", STYLES
    listed = "".join(
        f'<sheet name="{_text(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, 1)
    )
    heads = "".join(  # the head of the table on every printed page
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{n}">\'{_text(name)}\'!$3:$3</definedName>'
        for n, name in enumerate(names)
    )
    yield (
        "xl/workbook.xml",
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets>'
        f"<definedNames>{heads}</definedNames></workbook>",
    )


def _links(parts: Iterable[tuple[str, str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for i, kind, target in parts
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def _sheets(sheets: Iterable[Sheet]) -> Iterable[tuple[str, str]]:
    for number, sheet in enumerate(sheets, 1):
        yield f"xl/worksheets/sheet{number}.xml", _sheet(sheet)


def _sheet(sheet: Sheet) -> str:
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, (_, width) in enumerate(sheet.head, 1)
    )
    rows = [_row(1, [sheet.title], TITLE), _row(3, [label for label, _ in sheet.head], TOP)]
    down = 3
    for row in sheet.rows:
        down += 1
        rows.append(_row(down, row, CELL))
    rows += [_row(down + 2 + n, [note], NOTE) for n, note in enumerate(sheet.notes)]
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="3" topLeftCell="A4" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{columns}</cols><sheetData>{''.join(rows)}</sheetData>"
        '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _row(number: int, values: Row, style: int) -> str:
    cells = "".join(_cell(f"{_letters(n)}{number}", v, style) for n, v in enumerate(values))
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: str | int, style: int) -> str:
    if isinstance(value, str):
        text = f'<is><t xml:space="preserve">{_text(value[:MOST])}</t></is>'
        return f'<c r="{place}" s="{style}" t="inlineStr">{text}</c>'
    return f'<c r="{place}" s="{style}"><v>{int(value)}</v></c>'


def _text(text: str) -> str:
    return escape(UNSEEN.sub("", text))


def _letters(column: int) -> str:
    """A, B, … Z, AA: the name of a column, counted from 0."""
    name = ""
    while column >= 0:
        column, rest = column // 26 - 1, column % 26
        name = chr(65 + rest) + name
    return name


FORBIDDEN = str.maketrans("", "", "[]:*?/\\'")
LONGEST = 31  # characters of a sheet's name


def sheet_names(wanted: Iterable[str]) -> list[str]:
    """Names that a spreadsheet takes, each another, as near as can be to those wanted."""
    found: dict[str, str] = {}
    for text in wanted:
        bare = UNSEEN.sub("", text).translate(FORBIDDEN)[:LONGEST].strip() or "表"
        name, number = bare, 2
        while name.lower() in found:
            tail = f" {number}"
            name, number = bare[: LONGEST - len(tail)] + tail, number + 1
        found[name.lower()] = name
    return list(found.values())
