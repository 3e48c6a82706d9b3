"""All numbers of one indicator as a table that others can take away: a cube, CSV, a workbook.

A cube's order is fixed: measures as in the definition, regions from above, periods from the first to
the last. Cells that nobody ever published are absent, not empty.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from builder.indicators.store import Floats, Numbers, Panel, Store
from builder.memo import digest
from builder.values import (
    LEVELS,
    MARKS,
    MEASURES,
    Indicator,
    Key,
    Period,
    Region,
    Vintage,
    rounded,
)

EPOCH = datetime(2020, 1, 1)  # noqa: DTZ001  # xlsxwriter wants a naive time; fixed, so that bytes repeat
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    ("measure", "口径代码"),
    ("region", "地区代码"),
    ("period", "时期"),
    ("measure_name", "口径"),
    ("region_name", "地区"),
    ("value", "数值"),
    ("unit", "单位"),
    ("mark", "标记"),
    ("vintage", "快照"),
    ("released", "发布时间"),
)


Texts = Sequence[Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """Numbers of one indicator: measures × regions × periods.

    `vintages` holds places in `snapshots`, −1 where nothing was published; `marks` what stands beside a
    number or in its place.
    """

    indicator: Indicator
    measures: tuple[str, ...]
    regions: tuple[Region, ...]
    periods: tuple[Period, ...]
    values: Floats
    vintages: Numbers
    marks: Mapping[tuple[int, int, int], str]
    snapshots: tuple[Vintage, ...]

    @property
    def updated(self) -> datetime:
        """When the newest of its numbers was released."""
        newest: datetime = max(
            self.snapshots[n].release for n in np.unique(self.vintages) if n >= 0
        )
        return newest

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its numbers come from, each once."""
        used = (self.snapshots[int(n)].source for n in np.unique(self.vintages) if n >= 0)
        return tuple(dict.fromkeys(s for s in used if s))

    @property
    def content(self) -> str:
        """A hash of all that is told of it: the same for two editions that know the same."""
        used = np.unique(self.vintages)
        told = [(v.id, v.release, v.source) for v in self.snapshots]
        marks = sorted(self.marks.items())
        known = replace(
            self.indicator, grants=(), disclosure=""
        )  # an edition for the public lacks them
        axes = (known, self.measures, self.regions, self.periods)
        vintages = [(int(n), told[int(n)]) for n in used if n >= 0]
        numbers = (self.values.tobytes(), self.vintages.tobytes())
        return digest(*map(repr, (axes, marks, vintages)), *numbers)

    def when(self, place: int, measures: Iterable[int]) -> str:
        """What a period is called: both months where every number of it is of January and February."""
        period, each = self.periods[place], list(measures)
        if not self.marks:
            return period.label(self.measures[each[0]] if len(each) == 1 else "value")
        cells = ((m, r, place) for m in each for r in range(len(self.regions)))
        marks = {self.marks.get(cell, "") for cell in cells if not np.isnan(self.values[cell])}
        if marks == {"combined"}:
            return f"{period.year}年1—2月"
        return period.label(self.measures[each[0]] if len(each) == 1 else "value")

    def told(self) -> Iterator[tuple[int, int, int]]:
        """Every cell that was published, in the cube's order."""
        for place in np.argwhere(self.vintages >= 0):
            yield int(place[0]), int(place[1]), int(place[2])


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows of one indicator in its panel, and the marks in them."""

    panel: Panel
    rows: dict[Key, int]
    marks: dict[tuple[int, int], str]


def cubes(
    indicators: Iterable[Indicator], regions: Mapping[str, Region], store: Store
) -> Iterator[Cube]:
    """The table of each indicator of which `store` holds numbers, in the order given."""
    found: dict[tuple[str, str], _Found] = {}
    for frequency, panel in store.panels.items():
        owners: dict[int, _Found] = {}
        for key, row in panel.rows.items():
            mine = found.setdefault((frequency, key.indicator), _Found(panel, {}, {}))
            mine.rows[key] = row
            owners[row] = mine
        for place, mark in panel.marks.items():
            owners[place[0]].marks[place] = mark
    snapshots = tuple(s.vintage for s in store.snapshots)
    for indicator in indicators:
        own = found.get((indicator.frequency, indicator.id))
        made = _cube(indicator, regions, own, snapshots) if own is not None else None
        if made is not None:
            yield made


def _cube(
    indicator: Indicator,
    regions: Mapping[str, Region],
    found: _Found,
    snapshots: tuple[Vintage, ...],
) -> Cube | None:
    measures = tuple(m for m in indicator.measures if any(k.measure == m for k in found.rows))
    codes = sorted(
        {k.region for k in found.rows if k.region in regions}, key=lambda c: _rank(regions[c])
    )
    if not measures or not codes:
        return None
    places = [[found.rows.get(Key(indicator.id, m, c), -1) for c in codes] for m in measures]
    taken = np.array(places)
    there = (taken >= 0)[..., None]
    values = np.where(there, found.panel.values[taken], np.nan)
    vintages = np.where(there, found.panel.vintages[taken], -1).astype(np.int32)
    used = np.flatnonzero((vintages >= 0).any(axis=(0, 1)))
    if not len(used):
        return None
    first, last = int(used[0]), int(used[-1]) + 1
    where = {row: (m, r) for m, line in enumerate(places) for r, row in enumerate(line) if row >= 0}
    marks = {
        (*where[row], column - first): mark
        for (row, column), mark in found.marks.items()
        if row in where and first <= column < last
    }
    return Cube(
        indicator,
        measures,
        tuple(regions[c] for c in codes),
        tuple(found.panel.periods()[first:last]),
        values[..., first:last],
        vintages[..., first:last],
        marks,
        snapshots,
    )


def _rank(region: Region) -> tuple[int, str]:
    return LEVELS.index(region.level) if region.level in LEVELS else len(LEVELS), region.code


@lru_cache(maxsize=1)  # all forms of a table are made one after the other
def texts(table: Cube) -> Texts:
    """Every number as published, by measure, region and period; empty where there is none."""
    made = []
    for name, block in zip(table.measures, table.values.tolist(), strict=True):
        places = table.indicator.measures[name].decimals
        # NaN alone is not itself
        made.append([["" if v != v else rounded(v, places) for v in line] for line in block])
    return made


def comma(table: Cube) -> bytes:
    """CSV, one published cell a line, UTF-8 with a mark at its beginning so that Excel reads it."""
    lines = [",".join(key for key, _ in COLUMNS)]
    periods = [_field(str(period)) for period in table.periods]
    snapshots = [f"{_field(v.id)},{_field(v.release.isoformat())}" for v in table.snapshots]
    vintages, told = table.vintages.tolist(), texts(table)
    for measure, name in enumerate(table.measures):
        unit = _field(table.indicator.measures[name].unit)
        for number, region in enumerate(table.regions):
            head = f"{_field(name)},{_field(region.code)},"
            names = f",{_field(MEASURES[name])},{_field(region.name)},"
            line = zip(periods, told[measure][number], vintages[measure][number], strict=True)
            for place, (period, text, vintage) in enumerate(line):
                if vintage >= 0:
                    mark = table.marks.get((measure, number, place), "")
                    lines.append(f"{head}{period}{names}{text},{unit},{mark},{snapshots[vintage]}")
    return b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode()


@lru_cache(maxsize=4096)  # few texts, each many times
def _field(text: str) -> str:
    """A text as one field of a line of CSV, no spreadsheet's formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([inert(text), ""])
    return out.getvalue()[:-1]


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def workbook(table: Cube) -> bytes:
    """An xlsx: a sheet for each measure (periods down, regions across) and one with the definition."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": EPOCH, "author": "", "title": table.indicator.name})
    head = book.add_format(
        {"bold": True, "bottom": 1, "align": "center", "text_wrap": True, "font_name": "宋体"}
    )
    plain = book.add_format({"font_name": "宋体"})
    for number, name in enumerate(table.measures):
        measure = table.indicator.measures[name]
        sheet = book.add_worksheet(MEASURES[name].partition("（")[0])
        title = f"{table.indicator.name}（{MEASURES[name]}，{measure.unit or '无单位'}）"
        sheet.write_string(0, 0, inert(title), plain)
        sheet.write_string(2, 0, "时期", head)
        for across, region in enumerate(table.regions, 1):
            sheet.write_string(2, across, inert(region.name), head)
        shown = "0" + ("." + "0" * measure.decimals if measure.decimals else "")
        cell = book.add_format({"num_format": shown, "align": "right", "font_name": "宋体"})
        _fill(sheet, table, number, (plain, cell))
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, len(table.regions), 11)
        sheet.freeze_panes(3, 1)
    _definition(book.add_worksheet("口径"), table, plain)
    book.close()
    return out.getvalue()


def _fill(sheet: Any, table: Cube, measure: int, formats: Sequence[Any]) -> None:
    plain, cell = formats
    values, vintages = texts(table)[measure], table.vintages[measure].tolist()
    for down in range(3, 3 + len(table.periods)):
        sheet.write_string(down, 0, table.when(down - 3, [measure]), plain)
        for across in range(len(table.regions)):
            value = values[across][down - 3]
            mark = table.marks.get((measure, across, down - 3), "")
            if value:
                sheet.write_number(down, across + 1, float(value), cell)
                if mark:
                    sheet.write_comment(down, across + 1, MARKS.get(mark, mark))
            elif vintages[across][down - 3] >= 0:
                sheet.write_string(down, across + 1, MARKS.get(mark, "——"), cell)


def _definition(sheet: Any, table: Cube, plain: Any) -> None:
    known, card = table.indicator, table.indicator.card
    told = [
        ("指标", known.name),
        ("涵义", card.meaning),
        ("范围", card.scope),
        ("调查方法", card.method),
        ("计算方法", card.formula),
        ("样本量", card.sample),
        ("表号", card.form),
        ("发布单位", known.publisher),
        ("来源", "；".join(table.sources)),
        ("最近发布", table.updated.isoformat()),
        ("说明", "示例数据，不是真实统计数字" if known.sample else ""),
    ]
    for down, (key, text) in enumerate((k, t) for k, t in told if t):
        sheet.write_string(down, 0, key, plain)
        sheet.write_string(down, 1, inert(text), plain)
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 90)
