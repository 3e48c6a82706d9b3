"""Workbooks from anybody: what may not come in, and at what cost it is told."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping

import pytest

from builder.indicators.sheet_xml import LAST_COLUMN, LAST_ROW, Odd, look_of, name_of, place_of
from builder.indicators.workbook import MOST_BYTES, Refusal, Workbook
from tests.form_world import everything, filled, form, read, template

GOOD = filled(form(template()), everything)
SHEET = "xl/worksheets/sheet1.xml"


def changed(parts: Mapping[str, bytes | None], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A good form with other parts; None: without that part."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(GOOD)) as source,
        zipfile.ZipFile(out, "w", packed) as target,
    ):
        for name in source.namelist():
            if name not in parts:
                target.writestr(name, source.read(name))
        for name, body in parts.items():
            if body is not None:
                target.writestr(name, body)
    return out.getvalue()


def sheet(inside: bytes) -> bytes:
    return b"<worksheet><sheetData>" + inside + b"</sheetData></worksheet>"


def types(more: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as source:
        return source.read("[Content_Types].xml").replace(b"</Types>", f"{more}</Types>".encode())


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "不是 .xlsx"),
    "text": (lambda: b"1,2,3", "不是 .xlsx"),
    "old excel, or a password": (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "老式"),
    "too long": (lambda: b"PK" + b"\0" * MOST_BYTES, "超过"),
    "torn": (lambda: GOOD[:-30], "坏了"),
    "no book": (lambda: changed({"xl/workbook.xml": None}), "缺少"),
    "no sheet": (lambda: changed({SHEET: None}), "缺少"),
    "macros": (lambda: changed({"xl/vbaProject.bin": b"x"}), "宏"),
    "macros by type": (
        lambda: changed({"[Content_Types].xml": types('<Default ContentType="application/vnd.ms-excel.sheet.macroEnabled.12" Extension="q"/>')}),
        "宏",
    ),
    "another workbook": (lambda: changed({"xl/externalLinks/externalLink1.xml": b"<a/>"}), "外部链接"),
    "a file inside": (lambda: changed({"xl/embeddings/oleObject1.bin": b"x"}), "嵌入"),
    "a connection": (lambda: changed({"xl/connections.xml": b"<a/>"}), "外部链接"),
    "entities": (
        lambda: changed({SHEET: b'<!DOCTYPE a [<!ENTITY b "b">]>' + sheet(b"")}),
        "文档类型",
    ),
    "two of one name": (lambda: changed({"XL/WORKBOOK.XML": b"<a/>"}), "同名"),
    "many parts": (lambda: changed({f"x/{n}.xml": b"" for n in range(1001)}), "太大"),
    "a part that unpacks to much": (lambda: changed({"x.xml": b" " * (4 << 20)}), "压得太狠"),
    "a part that is large": (lambda: changed({SHEET: sheet(bytes(range(32, 60)) * (1 << 20))}), "太大|压得太狠|坏了"),
    "very many cells": (lambda: changed({SHEET: sheet(b"<row r='1'>" + b"<c/>" * 900_000 + b"</row>")}, 0), "多得不像"),
    "very many numbers": (
        lambda: changed({SHEET: sheet(b"<row r='1'>" + b"<c><v>1</v></c>" * 250_000 + b"</row>")}, 0),
        "多得不像",
    ),
    "very deep": (lambda: changed({SHEET: sheet(b"<row>" * 200 + b"</row>" * 200)}), "多得不像"),
    "a long text": (
        lambda: changed({SHEET: sheet(b"<row r='1'><c t='str'><v>" + b"x" * 40_000 + b"</v></c></row>")}),
        "多得不像",
    ),
    "a place that is none": (lambda: changed({SHEET: sheet(b"<row r='1'><c r='ZZZ1'><v>1</v></c></row>")}), "位置"),
    "a text that is not there": (
        lambda: changed({SHEET: sheet(b"<row r='1'><c t='s'><v>99999</v></c></row>")}),
        "找不到",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*REFUSED])
def test_what_may_not_come_in_is_told_in_a_sentence(name: str) -> None:
    data, said = REFUSED[name][0](), REFUSED[name][1]
    with pytest.raises(Refusal, match=said):
        _every_sheet(data)
    if len(data) > 2 << 20:
        return  # once is enough of those that take a second
    problems = read(data).problems
    assert [p.code for p in problems] == ["FRM001"]
    assert problems[0].action


def _every_sheet(data: bytes) -> None:
    book = Workbook(data)
    for number in range(len(book.names)):
        book.sheet(number)


@pytest.mark.parametrize("name", ["very many cells", "very many numbers", "a part that is large"])
def test_it_costs_little_to_refuse(name: str) -> None:
    data = REFUSED[name][0]()
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(Refusal):
        _every_sheet(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - started < 20  # with every allocation watched
    assert most < 160 << 20


def test_one_merged_area_over_everything_makes_no_cells() -> None:
    whole = b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
    with zipfile.ZipFile(io.BytesIO(GOOD)) as source:
        body = source.read(SHEET).replace(b"</worksheet>", whole)
    tracemalloc.start()
    reading = read(changed({SHEET: body}))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "FRM006" in [p.code for p in reading.problems]
    assert most < 20 << 20


def test_a_password_of_the_container_is_named() -> None:
    data = bytearray(GOOD)
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    with pytest.raises(Refusal, match="密码"):
        Workbook(bytes(data))


@pytest.mark.parametrize(
    ("code", "look"),
    [
        ("General", ""),
        ("0.0", ""),
        ("#,##0.00", ""),
        ("0.00E+00", ""),
        ("0.0%", "percent"),
        ('0.0"%"', ""),
        ("yyyy/m/d", "date"),
        ("[h]:mm", "date"),
        ("[$-804]yyyy年m月", "date"),
        ('0"年"', ""),
        ("#,##0,", "scaled"),
        ('0!.0,"万"', "scaled"),
        ("[Red]0.0;[Blue]-0.0", ""),
        ("G/通用格式", ""),
    ],
)
def test_how_a_format_shows_a_number(code: str, look: str) -> None:
    assert look_of(code) == look


def test_names_of_cells() -> None:
    for row in (0, 6, LAST_ROW):
        for column in (0, 25, 26, 701, 702, LAST_COLUMN):
            assert place_of(name_of(row, column)) == (row, column)
    for text in ("", "A", "1", "A0", "XFE1", "A1048577", "AAAA1", "一1", "A１"):
        with pytest.raises(Odd):
            place_of(text)
