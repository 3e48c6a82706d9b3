"""What stands where in an entry form: both its writer and its reader go by this.

Lines go down, columns across; one of them is series (indicator and measure), the other regions. Each has
a code that a person need not touch and names that a person reads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from builder.indicators.calendar import deadline
from builder.problems import Refused
from builder.values import (
    FREQUENCIES,
    MARKS,
    MEASURES,
    Indicator,
    Key,
    Measure,
    Period,
    Region,
    Template,
    TemplateRow,
)

FORMAT = "weike-form/1"
DATA, BEFORE, YEAR_AGO, KEEP = "数据", "上期数", "上年同期数", "勿改"
LINE_CODE, COLUMN_CODE = "行代码", "列代码"
MARK, NOTE = "记号", "备注"
SERIES_FIELDS, REGION_FIELDS = ("指标", "口径", "单位"), ("地区",)
KEEP_ROWS = ("格式", "模板", "模板名称", "版本", "时期", "校验")
COMBINED = "（1—2月合并）"


@dataclass(frozen=True, slots=True)
class Head:
    """A line or a column: its code, the names a person sees, how far it is set in."""

    code: str
    names: tuple[str, ...]
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """What a series' line or column asks for. `closed`: not reported by itself in this period.

    `combined`: its number stands for January and February together.
    """

    indicator: str
    measure: str
    shown: Measure
    closed: bool = False
    combined: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A form of one template and period."""

    template: Template
    period: Period
    series: Mapping[str, Series]
    lines: tuple[Head, ...]
    columns: tuple[Head, ...]
    version: str

    @property
    def series_down(self) -> bool:
        """Whether lines are series and columns regions."""
        return self.template.layout == "indicators_down"

    @property
    def line_fields(self) -> tuple[str, ...]:
        """What the names of a line are names of."""
        return SERIES_FIELDS if self.series_down else REGION_FIELDS

    @property
    def column_fields(self) -> tuple[str, ...]:
        """What the names of a column are names of."""
        return REGION_FIELDS if self.series_down else SERIES_FIELDS

    def cell(self, line: str, column: str) -> tuple[Series, Key]:
        """What stands where a line and a column meet."""
        name, region = (line, column) if self.series_down else (column, line)
        series = self.series[name]
        return series, Key(series.indicator, series.measure, region)

    @property
    def keep(self) -> dict[str, str]:
        """What a program reads to know the form again."""
        template = self.template
        told = (FORMAT, template.id, template.name, self.version, str(self.period))
        return dict(zip(KEEP_ROWS, (*told, seal(template.id, self.version, told[-1])), strict=True))


def seal(*told: str) -> str:
    """A checksum over what a form says of itself: it notices hands, not foes."""
    return hashlib.sha256("\n".join((FORMAT, *told)).encode()).hexdigest()[:20]


def plan(
    template: Template,
    indicators: Mapping[str, Indicator],
    regions: Mapping[str, Region],
    period: Period,
) -> Plan:
    """The form of a template for a period; `Refused` when there can be none."""
    if period.frequency != template.frequency:
        words = FREQUENCIES[template.frequency]
        raise Refused(f"“{template.name}”是{words}的，时期 {period} 不是。")
    lost = sorted({r.indicator for r in template.rows} - {*indicators})
    lost += [code for code in template.regions if code not in regions]
    if lost or not template.regions:
        raise Refused(f"“{template.name}”里的 {'、'.join(lost[:5]) or '地区'} 没有定义。")
    rows = {f"{r.indicator}.{r.measure}": r for r in template.rows}
    series = {code: _series(row, indicators[row.indicator], period) for code, row in rows.items()}
    if all(s.closed for s in series.values()):
        raise Refused(f"“{template.name}”1 月不单独填报，2 月填 1—2 月合并的数。")
    across = [_series_head(code, rows[code], indicators, series[code]) for code in rows]
    areas = [Head(code, (regions[code].name,)) for code in template.regions]
    down = template.layout == "indicators_down"
    heads = (tuple(across), tuple(areas)) if down else (tuple(areas), tuple(across))
    return Plan(template, period, series, *heads, version(template, indicators, regions))


def version(
    template: Template, indicators: Mapping[str, Indicator], regions: Mapping[str, Region]
) -> str:
    """Changes with whatever a form of this template shows: its lines, columns, names and units."""
    rows = [
        (r.indicator, r.measure, _label(r, indicators), indicators[r.indicator].measures[r.measure])
        for r in template.rows
    ]
    told = [
        [*map(str, (template.id, template.frequency, template.layout))],
        [[*map(str, row[:3]), row[3].unit] for row in rows],
        [[code, regions[code].name] for code in template.regions],
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:12]


def _series(row: TemplateRow, indicator: Indicator, period: Period) -> Series:
    joined = indicator.combined and period.frequency == "month"
    return Series(
        row.indicator,
        row.measure,
        indicator.measures[row.measure],
        closed=joined and period.place == 1,
        combined=joined and period.place == 2 and not row.measure.startswith("ytd"),
    )


def _label(row: TemplateRow, indicators: Mapping[str, Indicator]) -> str:
    label = row.label or indicators[row.indicator].name
    return f"{row.of.rstrip('：:')}：{label}" if row.of else label


def _series_head(
    code: str, row: TemplateRow, indicators: Mapping[str, Indicator], series: Series
) -> Head:
    measure = MEASURES[row.measure] + (COMBINED if series.combined else "")
    names = (_label(row, indicators), measure, series.shown.unit)
    return Head(code, names, min(row.indent + bool(row.of), 8))


def due_day(layout: Plan) -> str:
    """Until when a form is sent back, for readers; empty when nobody said."""
    if layout.template.due is None:
        return ""
    day = deadline(layout.period, *layout.template.due)
    return f"{day.year}年{day.month}月{day.day}日"


def guide(layout: Plan) -> tuple[str, ...]:
    """How to fill the form, in a few lines."""
    none, level = MARKS["none"], MARKS["level"]
    told = [
        f"填表：只填白色的格，写数，不写单位、不用公式。没有数写 {none}；持平写 {level}；还没有报来的空着。",
        f"初步数：一整行都是的，在“{MARK}”栏写 初步；只有一格的，写成 5.2（初步）。",
    ]
    if any(s.combined for s in layout.series.values()):
        told.append("1—2月合并：2 月填的是 1、2 两个月合起来的数。")
    if any(s.closed for s in layout.series.values()):
        told.append("灰色的 1 月不单列，不填；2 月填 1—2 月合并的数。")
    if due := due_day(layout):
        told.append(f"报送期限：{due}。")
    note = layout.template.note.strip().replace("\n", " ")
    return (*told, f"说明：{note}") if note else tuple(told)
