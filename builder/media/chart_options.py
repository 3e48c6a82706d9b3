"""From an author's table to an option for ECharts, for a wide page and for a phone.

A layout says how wide the picture is; what does not fit it is turned, thinned or wrapped here, so
that no two labels meet. Types of charts without lines and bars live in `chart_rounds`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.media.chart_rounds import heatmap, multiples, multiples_across, pie, radar, sparkline
from builder.media.chart_scale import nice_pair, nice_range
from builder.media.chart_spec import ChartSpec, Figure
from builder.media.chart_style import SIZE, fill, halo, ink, stroke, text
from builder.media.text_layout import measure, wrap

PERIOD = re.compile(r"^\d|年|月|季|日|周|期")
YEAR = re.compile(r"^(\d{4}年)(\S+)$")
SWATCH, GAP, ROW = 25, 12, 26
DENSE, FEW = 40, 8
Option = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """The size of a picture; `narrow` for a phone."""

    width: int
    height: int
    narrow: bool


def layouts(spec: ChartSpec) -> tuple[Layout, ...]:
    """The pictures a chart needs: for wide pages and for phones, or one for both."""
    if spec.type == "sparkline":
        return (Layout(320, 72, narrow=True),)
    return Layout(720, _height(spec, 720, 360, narrow=False), False), fitted(spec, 343)


def fitted(spec: ChartSpec, width: int, tall: int = 300) -> Layout:
    """A picture for little room; `tall` where the height is free."""
    if spec.type == "sparkline":
        return Layout(width, 72, narrow=True)
    return Layout(width, _height(spec, width, tall, narrow=True), narrow=True)


def _height(spec: ChartSpec, width: int, tall: int, narrow: bool) -> int:
    rows = len(spec.series)
    if spec.type == "regions":
        return 34 * len(spec.x) + 28
    if spec.type == "multiples":
        return 170 * math.ceil(rows / multiples_across(rows, narrow)) + 8
    if spec.type == "radar":
        return 380 if narrow else 390
    if spec.type in {"pie", "rose"}:
        return 280 if narrow else 340
    if spec.type == "heatmap":
        return 40 * rows + 96
    if _turned(spec, width):
        return (
            len(spec.x) * (26 + 22 * (rows if spec.type == "bar" else 1))
            + 44
            + 26 * _rows(spec, width)
        )
    return tall + 26 * max(0, _rows(spec, width) - 1)


def _rows(spec: ChartSpec, width: int) -> int:
    return legend_rows(list(spec.series), width - 6) if len(spec.series) > 1 else 0


def legend_rows(names: Sequence[str], width: float) -> int:
    """How many rows a legend of these names takes, filled as ECharts fills them."""
    rows, taken = 1, 0.0
    for name in names:
        item = SWATCH + 5 + measure(name, SIZE)
        if taken and taken + item > width:
            rows, taken = rows + 1, 0.0
        taken += item + GAP
    return rows


def option(spec: ChartSpec, layout: Layout) -> Option:
    """The option that draws `spec` within `layout`."""
    if spec.type == "option":
        return dict(spec.option)
    return _MAKERS[spec.type](spec, layout)


# --- charts on two axes -------------------------------------------------------------------------


def _cartesian(spec: ChartSpec, layout: Layout) -> Option:
    turned = _turned(spec, layout.width)
    rows = _rows(spec, layout.width)
    category = _category(spec, layout, turned)
    value = _value_axis(spec, layout, turned)
    series = [
        _series(spec, layout, number, name, turned) for number, name in enumerate(spec.series)
    ]
    series[0]["markLine"] = _marks(spec, turned)
    made: Option = {
        "grid": {
            "left": 4,
            "right": _right_margin(spec, layout, turned),
            "top": ROW * rows + 26,
            "bottom": 4,
            "containLabel": True,
        },
        "xAxis": value if turned else category,
        "yAxis": category if turned else value,
        "series": series,
    }
    return made | _legend(spec)


def _legend(spec: ChartSpec) -> Option:
    if len(spec.series) < 2:
        return {}
    names = [{"name": name} for name in spec.series]
    return {
        "legend": {
            "left": 6,
            "top": 0,
            "padding": 0,
            "itemGap": GAP,
            "itemWidth": SWATCH,
            "data": names,
        }
    }


def _turned(spec: ChartSpec, width: int) -> bool:
    """Bars lie when the names below them would not fit; periods stay below, some left out."""
    if spec.type == "regions":
        return True
    if spec.type not in {"bar", "stacked"} or all(PERIOD.search(name) for name in spec.x):
        return False
    room = (width - 60) / len(spec.x)
    return max(measure(name, SIZE) for name in spec.x) + 8 > room


def _right_margin(spec: ChartSpec, layout: Layout, turned: bool) -> float:
    shown = _shown(spec, layout, turned)
    if turned and shown:
        return 10 + _widest_number(spec)
    if turned:
        return 8 + _widest_number(spec) / 2  # half of a number below the axis
    if spec.type == "line" and shown:
        lasts = [column[-1] for column in spec.series.values() if column[-1]]
        return 12 + max((measure(f.text, SIZE) / 2 for f in lasts), default=0)
    return 14


def _category(spec: ChartSpec, layout: Layout, turned: bool) -> Option:
    names = _folded(spec, layout) if turned else _thinned(list(spec.x), layout.width - 60)
    return {
        "type": "category",
        "data": names,
        "boundaryGap": spec.type != "line" or len(spec.x) <= DENSE,
        "inverse": turned,
        "axisLine": {"show": not any(v < 0 for v in spec.values), "onZero": False},
        "axisLabel": text() | {"interval": 0, "hideOverlap": False, "margin": 10},
    }


def _thinned(names: list[str], width: float) -> list[str]:
    """Names that fit beside one another, the last one always kept; the others become empty.

    A year before a month goes to a line of its own when that spares names.
    """
    if (_widest(names) + 8) * len(names) > width:
        names = [YEAR.sub(r"\2\n\1", name) for name in names]
    if (_widest(names) + 8) * len(names) > width and len(names) <= FEW:
        folded = [
            name if re.search(r"\d", name) else "\n".join(wrap(name, width / len(names) - 8, SIZE))
            for name in names
        ]
        if max(name.count("\n") for name in folded) < 3:
            names = folded
    widest = _widest(names) + 8
    step = max(1, math.ceil(widest * len(names) / width))
    last = len(names) - 1
    return [name if (last - n) % step == 0 else "" for n, name in enumerate(names)]


def _widest(names: Sequence[str]) -> float:
    """Of the lines that stand beside one another: a year below one name has its neighbours' room."""
    crowded = sum("\n" in name for name in names) * 2 > len(names)
    return max(
        measure(part, SIZE) for name in names for part in name.split("\n")[: None if crowded else 1]
    )


def _value_axis(spec: ChartSpec, layout: Layout, turned: bool) -> Option:
    axis: Option = {
        "type": "value",
        "scale": not spec.zero,
        "splitNumber": 3 if layout.narrow else 5,
        "axisLabel": text(),
    }
    low, high = min(spec.values), max(spec.values)
    if turned and spec.type != "stacked":  # the numbers stand at the bars
        lines = [level.value for level in spec.marks.values()]
        most = max([high, 0.0, *lines])
        axis |= {"axisLabel": {"show": False}, "splitLine": {"show": False}, "max": most}
        if low < 0:
            room = _plot_width(spec, layout)
            beside = _widest_number(spec) + 10
            axis["min"] = low - beside * (max(high, 0.0) - low) / max(room - beside, room / 3)
    elif turned:
        total = max(_totals(spec))
        axis["splitNumber"] = max(
            1, int(_plot_width(spec, layout) / (measure(f"{total:,.0f}", SIZE) + 40))
        )
    elif lines := _beyond(spec):
        axis |= nice_range(lines, axis["splitNumber"], spec.zero)
    elif low < 0 or not spec.zero:
        axis["boundaryGap"] = ["10%", "5%"]  # room for the numbers below
    return axis


def _totals(spec: ChartSpec) -> list[float]:
    """How high each stack is."""
    return [math.fsum(f.value for f in row if f) for row in zip(*spec.series.values(), strict=True)]


def _beyond(spec: ChartSpec) -> list[float]:
    """All that an axis has to hold, where the author's lines lie beyond the numbers; else nothing."""
    held = _totals(spec) if spec.type == "stacked" else list(spec.values)
    lines = [level.value for level in spec.marks.values()]
    low, high = min([*held, 0.0] if spec.zero else held), max([*held, 0.0] if spec.zero else held)
    return [*held, *lines] if any(not low <= line <= high for line in lines) else []


def _plot_width(spec: ChartSpec, layout: Layout) -> float:
    """How wide the bars of a turned chart may be."""
    names = max(measure(line, SIZE) for name in _folded(spec, layout) for line in name.split("\n"))
    return layout.width - names - 14 - _right_margin(spec, layout, turned=True)


def _folded(spec: ChartSpec, layout: Layout) -> list[str]:
    return ["\n".join(wrap(name, layout.width * 0.36, SIZE)) for name in spec.x]


def _widest_number(spec: ChartSpec) -> float:
    return max(measure(f.text, SIZE) for c in spec.series.values() for f in c if f)


def _marks(spec: ChartSpec, turned: bool) -> Option:
    """The line at zero where bars or lines stand on both sides of it, and the author's lines."""
    key = "xAxis" if turned else "yAxis"
    lines: list[Option] = []
    if any(v < 0 for v in spec.values):
        solid = {"type": "solid", "width": 1.5, "color": ink("ink")}
        lines.append({key: 0, "lineStyle": solid, "label": {"show": False}})
    for name, level in spec.marks.items():
        label = (
            text(name="ink")
            | {
                "formatter": _literal(f"{name} {level.text}"),
                "position": "end" if turned else _beside(spec, level.value),
            }
            | halo()
        )
        dashed = {"type": [6, 4], "width": 1.5, "color": ink("ink-2")}
        lines.append({key: level.value, "lineStyle": dashed, "label": label})
    return {"silent": True, "symbol": "none", "data": lines}


def _beside(spec: ChartSpec, level: float) -> str:
    """Where the name of a line across has most room: at the end, and on the side, without numbers."""
    ends = [[c[n].value for c in spec.series.values() if c[n]] for n in (0, 1, -2, -1)]  # type: ignore[union-attr]  # those that are there
    first, last = ([v - level for v in ends[a] + ends[a + 1]] for a in (0, 2))
    at_end = min(map(abs, last), default=0) >= min(map(abs, first), default=0)
    near = min(last if at_end else first, key=abs, default=0)
    return f"inside{'End' if at_end else 'Start'}{'Bottom' if near > 0 else 'Top'}"


def _literal(words: str) -> str:
    """`words` for a formatter, in which braces would be a place to fill."""
    return words.replace("{", "｛").replace("}", "｝")


def _series(spec: ChartSpec, layout: Layout, number: int, name: str, turned: bool) -> Option:
    column = spec.series[name]
    if spec.type == "line":
        body = {"type": "line", "connectNulls": False, "clip": False} | stroke(
            number, len(spec.x) > DENSE
        )
    else:
        body = {"type": "bar", "barMaxWidth": 44, "barMinHeight": 0, "itemStyle": fill(number)}
        if spec.type == "stacked":
            body |= {"stack": "all"}
    shown = _shown(spec, layout, turned)
    data = [
        _item(spec, n, figure, turned, shown or _is_end(spec, n)) for n, figure in enumerate(column)
    ]
    return body | {"name": name, "data": data, "silent": True}


def _is_end(spec: ChartSpec, number: int) -> bool:
    return spec.type == "line" and len(spec.series) == 1 and number == len(spec.x) - 1


def _shown(spec: ChartSpec, layout: Layout, turned: bool) -> bool:
    """Whether every number is written at its place: only where they have room."""
    if spec.type == "regions" or (turned and spec.type == "bar"):
        return True
    if len(spec.series) > 1 or spec.type == "stacked":
        return False
    widest = max((measure(f.text, SIZE) for c in spec.series.values() for f in c if f), default=0)
    return (widest + 10) * len(spec.x) <= layout.width - 60


def _item(spec: ChartSpec, n: int, figure: Figure | None, turned: bool, shown: bool) -> Any:
    if figure is None:
        return None
    item: Option = {"value": figure.value}
    if shown:
        below = figure.value < 0
        sides = ("left", "right") if turned else ("bottom", "top")
        item["label"] = (
            text(name="ink")
            | {
                "show": True,
                "formatter": _literal(figure.text),
                "position": sides[0 if below or _valley(spec, n) else 1],
            }
            | halo()
        )
    single = len(spec.series) == 1 and spec.type in {"bar", "regions"}
    if single and (spec.highlight or min(spec.values) < 0):
        marked = spec.x[n] == spec.highlight if spec.highlight else figure.value >= 0
        item["itemStyle"] = {"color": ink("fill-2" if marked else "fill-1")}
    return item


def _valley(spec: ChartSpec, n: int) -> bool:
    """Whether a point of the only line lies below its neighbours: then its number goes below too."""
    if spec.type != "line":
        return False
    (column, *_others) = spec.series.values()
    here = column[n]
    beside = [column[m] for m in (n - 1, n + 1) if 0 <= m < len(column)]
    return here is not None and all(f is not None and f.value > here.value for f in beside)


def descending(spec: ChartSpec) -> list[int]:
    """The rows of a chart of regions, from the highest to the lowest."""
    (column,) = spec.series.values()
    return sorted(range(len(spec.x)), key=lambda n: -(column[n].value if column[n] else 0))  # type: ignore[union-attr]  # no gaps: judged before


def _regions(spec: ChartSpec, layout: Layout) -> Option:
    """Regions from the highest to the lowest; those of one value stay in the author's order."""
    (name, column), *_ = spec.series.items()
    order = descending(spec)
    sorted_ = spec.model_copy(
        update={
            "x": tuple(spec.x[n] for n in order),
            "series": {name: tuple(column[n] for n in order)},
        }
    )
    made = _cartesian(sorted_, layout)
    made["grid"]["top"] = 26 if spec.marks else 4
    return made


def _combined(spec: ChartSpec, layout: Layout) -> Option:
    """Bars on the left axis, lines on the right; both zeros at one height."""
    rows = _rows(spec, layout.width)
    left = [v.value for n, c in spec.series.items() if n not in spec.right for v in c if v]
    right = [v.value for n in spec.right for v in spec.series[n] if v]
    scales = nice_pair(left, right, 3 if layout.narrow else 4)
    lowest = [min(values, default=0.0) for values in (left, right)]
    axes = []
    for number, (unit, scale) in enumerate(zip((spec.unit, spec.right_unit), scales, strict=True)):
        axes.append({
            "type": "value",
            "name": unit,
            "nameGap": 14,
            "nameTextStyle": text() | {"align": "left" if number == 0 else "right", "padding": 0},
            "position": "right" if number else "left",
            # steps below zero that only the other axis needs go without numbers
            "unsigned": lowest[number] >= 0,
            "axisLabel": text(),
            "splitLine": {"show": number == 0},
        } | scale)  # fmt: skip
    series = []
    for number, (name, column) in enumerate(spec.series.items()):
        on_right = name in spec.right
        body: Option = (
            {"type": "line", "yAxisIndex": 1, "z": 3} | stroke(number, len(spec.x) > DENSE)
            if on_right
            else {"type": "bar", "barMaxWidth": 44, "itemStyle": fill(number)}
        )
        series.append(
            body | {"name": name, "silent": True, "data": [f and f.value for f in column]}
        )
    if any(v < 0 for v in left + right):
        series[0]["markLine"] = _marks(spec, turned=False)
    category = _category(spec, layout, turned=False)
    category["data"] = _thinned(list(spec.x), layout.width - 130)
    category["boundaryGap"] = True
    return {
        "grid": {"left": 4, "right": 4, "top": ROW * rows + 34, "bottom": 4, "containLabel": True},
        "xAxis": category,
        "yAxis": axes,
        "series": series,
    } | _legend(spec)


_MAKERS: Mapping[str, Callable[[ChartSpec, Layout], Option]] = {
    "line": _cartesian,
    "bar": _cartesian,
    "stacked": _cartesian,
    "regions": _regions,
    "combined": _combined,
    "pie": pie,
    "rose": pie,
    "radar": radar,
    "heatmap": heatmap,
    "sparkline": sparkline,
    "multiples": multiples,
}
