"""Templates for tests of forms, and hands that fill them: openpyxl, which writes workbooks its own way."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import openpyxl
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from builder.indicators.defined import Defined
from builder.indicators.form_layout import COLUMN_CODE, DATA, LINE_CODE, MARK, NOTE
from builder.indicators.form_read import Reading, read_form
from builder.indicators.form_write import write_form
from builder.model import BEIJING
from builder.values import Indicator, Measure, Period, Region, Template, TemplateRow

CLOCK = datetime(2026, 11, 20, 9, 30, tzinfo=BEIJING)
FILE = "填报表.xlsx"
RATE, POINTS = Measure("%", 1), Measure("百分点", 2)
REGIONS = {
    "990000": Region("990000", "示范省", "省"),
    "990100": Region("990100", "甲州市", "市", "990000"),
    "990200": Region("990200", "乙州市", "市", "990000"),
}


def indicator(slug: str, name: str, combined: bool = False, **measures: Measure) -> Indicator:
    return Indicator(
        slug,
        name,
        name[:12],
        "monitor",
        "工业",
        "month",
        measures,
        "gy",
        "public",
        "示范省统计局",
        levels=("省", "市"),
        combined=combined,
    )


INDICATORS = {
    i.id: i
    for i in (
        indicator(
            "gongye", "规模以上工业增加值", True, yoy=RATE, ytd_yoy=RATE, ytd=Measure("亿元", 1)
        ),
        indicator("qing", "轻工业增加值", yoy=RATE, index=Measure("", 1)),
        indicator("yongdian", "全社会用电量", value=Measure("亿千瓦时", 2, 0), yoy=RATE),
        indicator("shiye", "调查失业率", value=RATE, mom=POINTS),
    )
}
SERIES = [(i.id, m) for i in INDICATORS.values() for m in i.measures]


def template(layout: str = "indicators_down", **more: Any) -> Template:
    """A little of everything: #其中, an amount, a rate, an index, points."""
    rows = (
        TemplateRow("gongye", "yoy", ""),
        TemplateRow("qing", "yoy", "轻工业", 1, "#其中"),
        TemplateRow("yongdian", "value", "", 0),
        TemplateRow("qing", "index", "轻工业指数"),
        TemplateRow("shiye", "mom", "失业率环比增减"),
    )
    told: dict[str, Any] = {
        "regions": tuple(REGIONS),
        "rows": rows,
        "note": "按可比价格算。",
        **more,
    }
    return Template(
        "yuebao", "主要指标月报", "intranet", "zh", "month", layout=layout, checks=(), **told
    )


def form(made: Template, period: str = "2026-09", store: Any = None) -> bytes:
    return write_form(made, INDICATORS, REGIONS, Period.parse(period), store)


def read(data: bytes, *made: Template, **awaited: Any) -> Reading:
    known = {t.id: t for t in made or (template(),)}
    return read_form(data, FILE, known, INDICATORS, REGIONS, **awaited)


def defined(*made: Template, **more: Any) -> Defined:
    return Defined(INDICATORS, REGIONS, {t.id: t for t in made or (template(),)}, **more)


def codes(reading: Reading) -> list[str]:
    """The problems of a form, but that cells are empty."""
    return [p.code for p in reading.problems if p.code != "FRM010"]


class Sheet(NamedTuple):
    """The sheet to fill, and where its lines and columns are by their codes."""

    sheet: Worksheet
    lines: Mapping[str, int]
    columns: Mapping[str, int]
    mark: int
    note: int
    book: openpyxl.Workbook

    def put(self, line: str, column: str, value: object) -> None:
        self.sheet.cell(self.lines[line], self.columns[column]).value = value  # type: ignore[assignment]

    def cell(self, line: str, column: str) -> Any:
        return self.sheet.cell(self.lines[line], self.columns[column])


def opened(book: openpyxl.Workbook) -> Sheet:
    sheet = book[DATA]
    found: dict[str, Any] = {}
    every: list[Any] = [c for row in sheet.iter_rows() for c in row if c.value is not None]
    for cell in every:
        if (
            cell.value not in found or found[cell.value].row == cell.row
        ):  # of its first row the last
            found[cell.value] = cell
    top, coded = found[LINE_CODE], found[COLUMN_CODE]
    lines = {
        str(sheet.cell(row, top.column).value): row
        for row in range(coded.row + 1, sheet.max_row + 1)
        if sheet.cell(row, top.column).value
    }
    columns = {
        str(sheet.cell(coded.row, column).value): column
        for column in range(2, top.column)
        if sheet.cell(coded.row, column).value
    }
    return Sheet(sheet, lines, columns, found[MARK].column, found[NOTE].column, book)


def filled(data: bytes, hand: Callable[[Sheet], object]) -> bytes:
    """A form after `hand` was at it."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    hand(opened(book))
    out = io.BytesIO()
    book.save(out)
    return timeless(out.getvalue())


def timeless(data: bytes) -> bytes:
    """A workbook without the hour in which it was saved, so that tests repeat."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "docProps/core.xml":
                body = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-11-20T09:30:00Z", body)
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, body)
    return out.getvalue()


def everything(sheet: Sheet) -> None:
    """A number in every cell."""
    for n, line in enumerate(sheet.lines):
        for m, column in enumerate(sheet.columns):
            sheet.put(line, column, round(100 + n * 1.1 + m * 0.3, 1))


NAMES = st.text("甲乙丙丁工业增加值投资（）、#:%12ab", min_size=1, max_size=12).filter(str.strip)


@st.composite
def templates(draw: st.DrawFn) -> Template:
    """Any template over this little world."""
    series = draw(st.lists(st.sampled_from(SERIES), min_size=1, max_size=6, unique=True))
    regions = draw(st.lists(st.sampled_from([*REGIONS]), min_size=1, max_size=3, unique=True))
    rows = tuple(
        TemplateRow(
            slug,
            measure,
            draw(st.one_of(st.just(""), NAMES)),
            draw(st.integers(0, 3)),
            draw(st.sampled_from(["", "#其中"])),
        )
        for slug, measure in series
    )
    layout = draw(st.sampled_from(["indicators_down", "regions_down"]))
    return template(
        layout, rows=rows, regions=tuple(regions), note=draw(st.sampled_from(["", "说明。"]))
    )
