"""Spoiled entry forms, the same for the same seed: cells, shapes, XML, and the bytes of the container."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from builder.indicators.form_layout import KEEP
from tests.form_world import Sheet, everything, filled, form, template

Spoil = Callable[[random.Random, bytes], bytes]


class Mutant(NamedTuple):
    """What was done to a form, and the form."""

    name: str
    data: bytes


VALUES: tuple[Any, ...] = (
    "1,234.5 ", "１２３．４", "−3.2", "5.2%", "0.3百分点", "——", "—", "-", "持平", "5.2（初步）", "初步", "增长5.2%", "…",
    "#DIV/0!", "#N/A", "=1/0", "=SUM(A1:A9)", "=HYPERLINK(\"http://a\",\"b\")", "'5", "", " ", "\u200b", "五",
    "1e400", "1E+05", 1e300, -0.0, 1e-320, True, 46027, "99999999999999999999", "x" * 3000, "\U0001f600", "５²",
    "１，２３４", "1.2.3", "+-5", "%", "()", "行代码", "列代码", "地区", "备注", "勿改", "2026-09", "[]", "{}", "\ud7ff",
)  # fmt: skip


def _cells(rng: random.Random, data: bytes) -> bytes:
    def hand(sheet: Sheet) -> None:
        for _ in range(rng.randint(1, 12)):
            at = rng.randint(1, sheet.sheet.max_row + 2), rng.randint(1, sheet.sheet.max_column + 2)
            sheet.sheet.cell(*at).value = rng.choice(VALUES)

    return filled(data, hand)


def _formats(rng: random.Random, data: bytes) -> bytes:
    looks = (
        "0.0%",
        "yyyy-mm-dd",
        "@",
        ";;;",
        '0!.0,"万"',
        "[h]:mm",
        "\\",
        '"',
        "0" * 200,
        "[Red]0",
    )

    def hand(sheet: Sheet) -> None:
        for line in sheet.lines:
            cell = sheet.cell(line, rng.choice([*sheet.columns]))
            cell.number_format = rng.choice(looks)
            cell.value = rng.choice((0.052, 46027, 5.2, -1, "5"))

    return filled(data, hand)


def _shape(rng: random.Random, data: bytes) -> bytes:
    def hand(sheet: Sheet) -> None:
        made = sheet.sheet
        for _ in range(rng.randint(1, 3)):
            at, many = rng.randint(1, 14), rng.randint(1, 4)
            rng.choice((made.insert_rows, made.delete_rows, made.insert_cols, made.delete_cols))(
                at, many
            )

    return filled(data, hand)


def _merged(rng: random.Random, data: bytes) -> bytes:
    def hand(sheet: Sheet) -> None:
        for _ in range(rng.randint(1, 4)):
            top, left = rng.randint(1, 14), rng.randint(1, 9)
            sheet.sheet.merge_cells(
                start_row=top,
                start_column=left,
                end_row=top + rng.randint(0, 4),
                end_column=left + rng.randint(0, 4),
            )

    return filled(data, hand)


def _hidden(rng: random.Random, data: bytes) -> bytes:
    def hand(sheet: Sheet) -> None:
        sheet.sheet.row_dimensions[rng.randint(1, 14)].hidden = True
        sheet.sheet.column_dimensions[rng.choice("ABCDEFGHI")].hidden = True
        sheet.sheet.row_dimensions[rng.randint(1, 14)].height = 0
        sheet.sheet.sheet_state = rng.choice(("visible", "hidden", "veryHidden"))

    return filled(data, hand)


def _sheets(rng: random.Random, data: bytes) -> bytes:
    def hand(sheet: Sheet) -> None:
        book = sheet.book
        what = rng.randrange(5)
        if what == 0:
            sheet.sheet.title = rng.choice(("数据1", "Sheet1", KEEP + "1", " 数据"))
        elif what == 1:
            book.create_sheet("草稿", rng.randrange(3)).cell(1, 1, rng.choice(VALUES[:20]))
        elif what == 2:
            book[KEEP].cell(rng.randint(1, 9), rng.randint(1, 2)).value = rng.choice(VALUES)
        elif what == 3:
            book.copy_worksheet(sheet.sheet)
        else:
            del book[KEEP]

    return filled(data, hand)


def _parts(rng: random.Random, data: bytes, spoil: Callable[[str, bytes], bytes | None]) -> bytes:
    """The container with one of its parts changed; None: left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        chosen = rng.choice(source.namelist())
        for name in source.namelist():
            body: bytes | None = source.read(name)
            assert body is not None
            if name == chosen:
                body = spoil(name, body)
            if body is not None:
                _put(target, name, body)
    return out.getvalue()


def _put(target: zipfile.ZipFile, name: str, body: bytes) -> None:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    target.writestr(info, body)


def _lost(rng: random.Random, data: bytes) -> bytes:
    return _parts(rng, data, lambda name, body: None)


def _torn(rng: random.Random, data: bytes) -> bytes:
    return _parts(rng, data, lambda name, body: body[: rng.randrange(len(body) + 1)])


def _xml(rng: random.Random, data: bytes) -> bytes:
    """Attributes and texts of one part become others."""
    odd = (b"", b"-1", b"99999999999", b"A0", b"XFE1", b"A1048577", b"1.5", b"NaN", b"s", b"e", b"b", b"d", b"\xff", b"&x;")  # fmt: skip

    def spoil(name: str, body: bytes) -> bytes:
        for _ in range(rng.randint(1, 8)):
            spots = [
                m.span(1) for m in re.finditer(rb'="([^"<]{0,60})"|>([^<]{1,60})<', body) if m[1]
            ]
            if spots:
                start, end = rng.choice(spots)
                body = body[:start] + rng.choice(odd) + body[end:]
        return body

    return _parts(rng, data, spoil)


def _nested(rng: random.Random, data: bytes) -> bytes:
    opened = rng.choice((b"<c>", b"<row>", b"<si>", b"<is><t>"))
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]>'

    def spoil(name: str, body: bytes) -> bytes:
        if rng.random() < 0.4:
            return re.sub(rb"(<\?xml[^>]*>)", lambda m: m[1] + bomb, body, count=1)
        middle = rng.randrange(len(body) + 1)
        return body[:middle] + opened * rng.choice((3, 100, 5000)) + body[middle:]

    return _parts(rng, data, spoil)


def _added(rng: random.Random, data: bytes) -> bytes:
    names = ("xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml", "../evil.xml", "xl/embeddings/a.bin", "a.exe",
             "xl/comments1.xml", "XL/WORKBOOK.XML", "customUI/customUI.xml", "x" * 3000)  # fmt: skip
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as target:
        _put(target, rng.choice(names), rng.choice((b"", b"<a/>", b"\x00" * 100)))
    return out.getvalue()


def _bytes(rng: random.Random, data: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(rng.randint(1, 20)):
        found[rng.randrange(len(found))] = rng.randrange(256)
    return bytes(found)


def _cut(rng: random.Random, data: bytes) -> bytes:
    start = rng.choice((0, 0, rng.randrange(200)))
    return data[start : rng.randrange(len(data))]


def _bomb(rng: random.Random, data: bytes) -> bytes:
    """A sheet of very many cells, or very large ones."""
    cell = rng.choice(
        (b"<c/>", b'<c t="n"><v>1</v></c>', b"<c t='str'><v>" + b"x" * 9000 + b"</v></c>")
    )
    much = rng.choice((20_000, 400_000, 1_500_000)) if len(cell) < 99 else rng.choice((500, 5_000))

    def spoil(name: str, body: bytes) -> bytes:
        return body.replace(b"<sheetData>", b"<sheetData><row r='1'>" + cell * much + b"</row>")

    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            body = source.read(name)
            _put(target, name, spoil(name, body) if name.endswith("sheet1.xml") else body)
    return out.getvalue()


FAMILIES: dict[str, Spoil] = {
    "cells": _cells,
    "formats": _formats,
    "shape": _shape,
    "merged": _merged,
    "hidden": _hidden,
    "sheets": _sheets,
    "lost": _lost,
    "torn": _torn,
    "xml": _xml,
    "nested": _nested,
    "added": _added,
    "bytes": _bytes,
    "cut": _cut,
    "bomb": _bomb,
}


def mutants(seed: int, count: int) -> Iterator[Mutant]:
    """`count` spoiled forms, each family in turn."""
    bases = [
        filled(form(template(layout), period), everything)
        for layout in ("indicators_down", "regions_down")
        for period in ("2026-09", "2026-02")
    ]
    names = [*FAMILIES]
    for number in range(count):
        rng = random.Random(f"{seed}-{number}")
        name = names[number % len(names)]
        yield Mutant(f"{number} {name}", FAMILIES[name](rng, rng.choice(bases)))
