"""Entry forms (填报表) as xlsx: no macros, heads locked, cells to fill open, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import east_asian_width

from builder.indicators.form_layout import (
    BEFORE,
    COLUMN_CODE,
    DATA,
    KEEP,
    LINE_CODE,
    MARK,
    NOTE,
    YEAR_AGO,
    Head,
    Plan,
    Series,
    guide,
    plan,
)
from builder.indicators.sheet_xml import name_of
from builder.values import (
    MARKS,
    Held,
    Indicator,
    Key,
    Period,
    Region,
    Template,
    rounded,
)

EPOCH = datetime(2020, 1, 1)  # noqa: DTZ001  # xlsxwriter wants a naive time; fixed, so that bytes repeat
FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
OPEN_SHEET = {"format_cells": True, "format_columns": True, "format_rows": True}
TO_SEE = {"font_color": "#767676"}
MARK_CHOICES = ["初步", MARKS["level"], MARKS["none"]]
WRONG = "这里写数，不写单位。没有数写 ——，持平写 持平，初步数写成 5.2（初步）。"


def write_form(
    template: Template,
    indicators: Mapping[str, Indicator],
    regions: Mapping[str, Region],
    period: Period,
    store: Held | None = None,
) -> bytes:
    """The form of `template` for `period`. With a store, two sheets show what was last told.

    `Refused` when there can be no such form.
    """
    import xlsxwriter  # loaded only where forms are made

    layout = plan(template, indicators, regions, period)
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    book.set_properties({"created": EPOCH, "author": "", "title": template.name})
    writer = _Writer(book, layout)
    writer.data()
    if store is not None:
        writer.hints(BEFORE, period.back(), store)
        if period.year_ago != period.back():
            writer.hints(YEAR_AGO, period.year_ago, store)
    writer.keep()
    book.close()
    return out.getvalue()


@dataclass(slots=True)
class _Frame:
    """Where the parts of a table begin."""

    top: int  # of the heads
    first: int  # line of numbers
    left: int  # column of numbers
    right: int  # column after the numbers


class _Writer:
    """Puts one layout into one workbook."""

    def __init__(self, book: Any, layout: Plan) -> None:
        self.book, self.layout = book, layout
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def look(self, **more: Any) -> Any:
        """A format, made once."""
        key = tuple(sorted(more.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({**FONT, **more})
        return self.formats[key]

    def data(self) -> None:
        """The sheet to fill."""
        sheet, layout = self.book.add_worksheet(DATA), self.layout
        frame = self.heads(sheet, layout.period, guide(layout))
        free = self.look(border=1, locked=False, text_wrap=True, num_format="@")
        grey = self.look(border=1, bg_color="#D9D9D9")
        last = frame.first + len(layout.lines) - 1
        for down, line in enumerate(layout.lines, frame.first):
            for across, column in enumerate(layout.columns, frame.left):
                series, _ = layout.cell(line.code, column.code)
                sheet.write_blank(down, across, None, grey if series.closed else self.cell(series))
            sheet.write_blank(down, frame.right, None, free)
            sheet.write_blank(down, frame.right + 1, None, free)
        self.rules(sheet, frame)
        choices = {"validate": "list", "source": MARK_CHOICES, "error_type": "warning"}
        sheet.data_validation(frame.first, frame.right, last, frame.right, choices)
        sheet.protect("", OPEN_SHEET)

    def cell(self, series: Series, locked: bool = False, ending: str = "") -> Any:
        """How a number of a series is shown."""
        places = series.shown.decimals
        shown = "0" + ("." + "0" * places if places else "") + ending
        return self.look(border=1, locked=locked, align="right", num_format=shown)

    def rules(self, sheet: Any, frame: _Frame) -> None:
        """What may be typed: numbers, and the few words that stand in place of one."""
        layout = self.layout
        bottom, right = frame.first + len(layout.lines) - 1, frame.right - 1
        heads = layout.lines if layout.series_down else layout.columns
        for place, head in enumerate(heads):
            if layout.series[head.code].closed:
                continue
            at = frame.first + place if layout.series_down else frame.left + place
            box = (
                (at, frame.left, at, right) if layout.series_down else (frame.first, at, bottom, at)
            )
            here = name_of(box[0], box[1])
            words = [f'{here}="{w}"' for w in ("——", "—", "-", MARKS["level"])]
            formula = f'=OR(ISNUMBER({here}),{",".join(words)},ISNUMBER(SEARCH("初步",{here})))'
            told = {"error_title": "填的不是数", "error_message": WRONG, "error_type": "stop"}
            sheet.data_validation(*box, {"validate": "custom", "value": formula, **told})

    def heads(self, sheet: Any, period: Period, told: tuple[str, ...]) -> _Frame:
        """Title, period, what is to be known, the heads of lines and columns."""
        layout = self.layout
        sheet.write_string(0, 0, layout.template.name, self.look(bold=True, font_size=16))
        sheet.write_string(1, 0, f"时期：{period.label()}（{period}）", self.look())
        for number, text in enumerate(told, 2):
            sheet.write_string(number, 0, text, self.look(**TO_SEE))
        top, fields, depth = len(told) + 3, layout.line_fields, len(layout.column_fields)
        frame = _Frame(top, top + depth + 1, len(fields), len(fields) + len(layout.columns))
        head = self.look(
            bold=True,
            border=1,
            text_wrap=True,
            align="center",
            bg_color="#EEE6D3",
            valign="vcenter",
        )
        code = self.look(border=1, font_size=8, align="center", bg_color="#F5F1E6", **TO_SEE)
        for across in range(frame.right + 3):
            for down in range(depth):
                sheet.write_blank(top + down, across, None, head)
            sheet.write_blank(frame.first - 1, across, None, code)
        self._corner(sheet, frame, head)
        for across, text in enumerate((MARK, NOTE, LINE_CODE), frame.right):
            sheet.write_string(top, across, text, head)
        sheet.write_string(frame.first - 1, 0, COLUMN_CODE, code)
        for across, column in enumerate(layout.columns, frame.left):
            for down, text in enumerate(column.names):
                sheet.write_string(top + down, across, text, head)
            sheet.write_string(frame.first - 1, across, column.code, code)
        for down, line in enumerate(layout.lines, frame.first):
            self._line(sheet, down, line, frame)
        self._page(sheet, frame)
        return frame

    def _corner(self, sheet: Any, frame: _Frame, head: Any) -> None:
        layout = self.layout
        for across, text in enumerate(layout.line_fields):
            sheet.write_string(frame.top, across, text, head)
        if not layout.series_down:  # what the rows of the columns' heads are
            for down, text in enumerate(layout.column_fields[1:], 1):
                sheet.write_string(frame.top + down, 0, text, head)

    def _line(self, sheet: Any, down: int, line: Head, frame: _Frame) -> None:
        for across, text in enumerate(line.names):
            indent = line.indent if across == 0 else 0
            sheet.write_string(
                down, across, text, self.look(border=1, indent=indent, text_wrap=True)
            )
        look = self.look(border=1, font_size=8, **TO_SEE)
        sheet.write_string(down, frame.right + 2, line.code, look)

    def _page(self, sheet: Any, frame: _Frame) -> None:
        layout = self.layout
        widths = [34, 16, 10][: frame.left] if layout.series_down else [16]
        numbers = max((_width(n) for h in layout.columns for n in h.names), default=0)
        widths += [max(11, min(18, numbers + 2))] * len(layout.columns) + [9, 30, 18]
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.set_row(0, 26)
        for depth in range(len(layout.column_fields)):
            texts = zip(
                (h.names[depth] for h in layout.columns), widths[frame.left :], strict=False
            )
            sheet.set_row(frame.top + depth, _height(texts))
        for down, line in enumerate(layout.lines, frame.first):
            sheet.set_row(down, _height(zip(line.names, widths, strict=False), 2 * line.indent))
        sheet.freeze_panes(frame.first, frame.left)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(frame.top, frame.first - 1)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C第 &P 页，共 &N 页")

    def hints(self, name: str, period: Period, store: Held) -> None:
        """A sheet of the same shape with what was told of another period; nothing in it is read back."""
        sheet, layout = self.book.add_worksheet(name), self.layout
        frame = self.heads(sheet, period, ("这一页只供对照，改了不算。",))
        for down, line in enumerate(layout.lines, frame.first):
            for across, column in enumerate(layout.columns, frame.left):
                series, key = layout.cell(line.code, column.code)
                self._hint(sheet, (down, across), series, _told(store, key, period))
        sheet.protect("", OPEN_SHEET)

    def _hint(
        self, sheet: Any, at: tuple[int, int], series: Series, told: tuple[float | None, str]
    ) -> None:
        value, mark = told
        label = f'"（{MARKS[mark]}）"' if mark not in {"", "none", "level", "withdrawn"} else ""
        if value is not None:
            number = float(rounded(value, series.shown.decimals))
            sheet.write_number(*at, number, self.cell(series, True, label))
        elif mark:
            sheet.write_string(*at, MARKS.get(mark, ""), self.cell(series, True))

    def keep(self) -> None:
        """The sheet that says which form this is."""
        sheet = self.book.add_worksheet(KEEP)
        told = "这一页由程序填写、程序核对：改了，表就收不了。"
        sheet.write_string(0, 0, told, self.look(bold=True))
        for down, (key, text) in enumerate(self.layout.keep.items(), 2):
            sheet.write_string(down, 0, key, self.look())
            sheet.write_string(down, 1, text, self.look())
        sheet.set_column(0, 0, 12)
        sheet.set_column(1, 1, 40)
        sheet.protect("", {})


def _told(store: Held, key: Key, period: Period) -> tuple[float | None, str]:
    found = store.cell(key, period)
    return (found.value, found.mark) if found else (None, "")


def _width(text: str) -> int:
    """How many digits wide a text is."""
    return sum(2 if east_asian_width(c) in "WFA" else 1 for c in text)


def _height(texts: Iterable[tuple[str, int]], indent: int = 0) -> int:
    """Of a row whose texts are wrapped in columns of these widths."""
    rows = max(
        (-(-(_width(text) + indent) // max(width - 1, 1)) for text, width in texts), default=1
    )
    return 6 + 15 * max(rows, 1)
