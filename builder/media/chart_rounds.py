"""Options for pies, roses, radars, heat maps, sparklines and small multiples."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from builder.media.chart_scale import classes, nice_range, nice_step
from builder.media.chart_spec import ChartSpec
from builder.media.chart_style import MARKERS, SIZE, fill, ink, stroke, text
from builder.media.text_layout import measure, wrap

if TYPE_CHECKING:
    from builder.media.chart_options import Layout

Option = dict[str, Any]
LEVELS = 5


def share(part: float, whole: float) -> str:
    """A share as people read it, such as `12.5%`."""
    return f"{part / whole * 100:.1f}%"


def pie(spec: ChartSpec, layout: Layout) -> Option:
    """Slices with name and share beside them; in a rose the length tells the value."""
    (column,) = spec.series.values()
    whole = math.fsum(f.value for f in column if f)
    rose = spec.type == "rose"
    between = "\n" if layout.narrow else " "
    data = []
    for number, (name, figure) in enumerate(zip(spec.x, column, strict=True)):
        assert figure is not None
        told = figure.text if rose else share(figure.value, whole)
        data.append({
            "name": name,
            "value": figure.value,
            "itemStyle": fill(number),
            "label": {"formatter": f"{_short(name, layout)}{between}{told}".replace("{", "｛")},
        })  # fmt: skip
    # Names stand beside it; where there is less room than on a phone it shrinks for them.
    size = min(layout.width, layout.height) - 1.4 * max(0, 343 - layout.width)
    outer = size * (0.3 if layout.narrow else 0.37)
    return {
        "series": [{
            "type": "pie",
            "radius": [outer * (0.2 if rose else 0.45), outer],
            "roseType": "area" if rose else False,
            "center": ["50%", "50%"],
            "startAngle": 90,
            "silent": True,
            "label": text(name="ink") | {"lineHeight": 20, "bleedMargin": 0, "overflow": "none"},
            "labelLine": {"length": 12, "length2": 6, "lineStyle": {"color": ink("ink-2")}},
            "data": data,
        }]
    }  # fmt: skip


def _short(name: str, layout: Layout) -> str:
    return "\n".join(wrap(name, layout.width * 0.2, SIZE))


def radar(spec: ChartSpec, layout: Layout) -> Option:
    """One outline for each series, on one scale."""
    high = max(spec.values)
    step = nice_step(high, 4)
    top = math.ceil(high / step - 1e-9) * step or 1
    low = min(0.0, math.floor(min(spec.values) / step) * step)
    many = len(spec.series) > 1
    data = [
        {"name": name, "value": [f and f.value for f in column]} | stroke(number, dense=False)
        for number, (name, column) in enumerate(spec.series.items())
    ]
    made: Option = {
        "radar": {
            "indicator": [
                {"name": _short(name, layout), "max": top, "min": low} for name in spec.x
            ],
            "radius": min(layout.height * (0.23 if layout.narrow else 0.31), layout.width / 2 - 84),
            "center": ["50%", "55%" if many else "50%"],
            "splitNumber": max(1, round((top - low) / step)),
            "axisName": text(name="ink"),
            "axisNameGap": 10,
        },
        "series": [{"type": "radar", "silent": True, "symbolSize": 9, "data": data}],
    }
    if many:
        made["legend"] = {"left": 6, "top": 0, "padding": 0, "itemGap": 16}
        made["legend"]["data"] = [
            {"name": name, "icon": MARKERS[n % len(MARKERS)]} for n, name in enumerate(spec.series)
        ]
    return made


def heatmap(spec: ChartSpec, layout: Layout) -> Option:
    """Rows are series, columns are x; five steps of one colour, the number in each cell."""
    bounds = _bounds(spec.values)
    rows = list(spec.series)
    room = (layout.width - max(measure(r, SIZE) for r in rows) - 24) / len(spec.x)
    widest = max(measure(f.text, SIZE) for c in spec.series.values() for f in c if f)
    data = []
    for y, column in enumerate(spec.series.values()):
        for x, figure in enumerate(column):
            if figure is None:
                continue
            level = _level(figure.value, bounds)
            label = text(name="on-dark" if level >= 3 else "heat-text") | {
                "show": widest + 4 <= room,
                "formatter": figure.text,
            }
            data.append({"value": [x, y, figure.value], "label": label})
    top = 36
    return {
        "grid": {"left": 4, "right": 4, "top": top, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "category", "data": _fitting(spec.x, room), "axisLine": {"show": False}, "axisLabel": text() | {"interval": 0}},
        "yAxis": {"type": "category", "data": rows, "inverse": True, "axisLine": {"show": False}, "axisLabel": text(name="ink")},
        "visualMap": {
            "type": "piecewise", "dimension": 2, "orient": "horizontal", "left": 0, "top": 0, "padding": 0,
            "itemWidth": 22, "itemHeight": 14, "itemGap": 8, "hoverLink": False, "itemSymbol": "rect",
            "textStyle": text(), "pieces": _pieces(bounds),
        } | _ends(bounds, layout),
        "series": [{
            "type": "heatmap", "silent": True, "data": data,
            "itemStyle": {"borderColor": ink("surface"), "borderWidth": 2},
        }],
    }  # fmt: skip


def _bounds(values: list[float]) -> list[float]:
    """Round limits of the steps, one more than there are steps."""
    return classes(values, LEVELS)


def _level(value: float, bounds: list[float]) -> int:
    steps = len(bounds) - 1
    number = next((n for n in range(steps) if value < bounds[n + 1]), steps - 1)
    return number * (LEVELS - 1) // max(1, steps - 1) if steps > 1 else 2


def _pieces(bounds: list[float]) -> list[Option]:
    last = len(bounds) - 2
    return [
        {"gte": low, ("lte" if n == last else "lt"): high, "label": f"{low:g}～{high:g}",
         "color": ink(f"heat-{_level(low, bounds) + 1}")}
        for n, (low, high) in enumerate(pairwise(bounds))
    ]  # fmt: skip


def _ends(bounds: list[float], layout: Layout) -> Option:
    """On a phone only the ends of the scale are named: five classes with names don't fit a row."""
    if not layout.narrow:
        return {}
    return {
        "showLabel": False,
        "text": [f"{bounds[-1]:g}", f"{bounds[0]:g}"],
        "textGap": 8,
        "itemGap": 2,
    }


def _fitting(names: tuple[str, ...], room: float) -> list[str]:
    widest = max(measure(name, SIZE) for name in names) + 8
    step = max(1, math.ceil(widest / room))
    last = len(names) - 1
    return [name if (last - n) % step == 0 else "" for n, name in enumerate(names)]


def sparkline(spec: ChartSpec, layout: Layout) -> Option:
    """A line without axes; the last number is written at its end."""
    (column,) = spec.series.values()
    last = max(n for n, f in enumerate(column) if f)
    data: list[Any] = [f and {"value": f.value, "symbol": "none"} for f in column]
    figure = column[last]
    assert figure is not None
    label = text(17, "ink", bold=True) | {
        "show": True,
        "position": "right",
        "formatter": figure.text,
        "distance": 8,
    }
    data[last] = {"value": figure.value, "symbol": "circle", "label": label}
    wide = measure(figure.text, 17, 700) + 22
    return {
        "grid": {"left": 4, "right": wide, "top": 10, "bottom": 10},
        "xAxis": {"type": "category", "data": list(spec.x), "show": False, "boundaryGap": False},
        "yAxis": {"type": "value", "scale": True, "show": False},
        "series": [
            {"type": "line", "silent": True, "clip": False, "data": data} | stroke(0, dense=False)
        ],
    }


def multiples_across(panels: int, narrow: bool) -> int:
    """How many panels stand beside one another."""
    return 1 if narrow else 2 if panels in {2, 4} else min(3, panels)


def multiples(spec: ChartSpec, layout: Layout) -> Option:
    """A small line chart for each series, all on one scale."""
    across = multiples_across(len(spec.series), layout.narrow)
    scale = nice_range(spec.values, 4, spec.zero)
    cell = layout.width / across
    ticks = 12 + max(measure(f"{scale[end]:,.10g}", SIZE) for end in ("min", "max"))
    ticks = max(ticks, measure(f"{scale['max'] - scale['interval']:,.10g}", SIZE) + 12)
    made: Option = {"title": [], "grid": [], "xAxis": [], "yAxis": [], "series": []}
    ends = [spec.x[0], *[""] * (len(spec.x) - 2), spec.x[-1]]
    for number, (name, column) in enumerate(spec.series.items()):
        left, top = number % across * cell, number // across * 170
        made["title"].append(
            {
                "text": name,
                "left": left,
                "top": top,
                "padding": 0,
                "textStyle": text(16, "ink", bold=True),
            }
        )
        made["grid"].append(
            {"left": left + ticks, "top": top + 36, "width": cell - ticks - 28, "height": 96}
        )
        made["xAxis"].append(
            {
                "type": "category",
                "gridIndex": number,
                "data": ends,
                "boundaryGap": False,
                "axisLine": {"onZero": False, "show": scale["min"] >= 0},
                "axisLabel": text()
                | {"interval": 0, "alignMinLabel": "left", "alignMaxLabel": "right"},
            }
        )
        made["yAxis"].append({"type": "value", "gridIndex": number, "axisLabel": text()} | scale)
        zero = {
            "silent": True,
            "symbol": "none",
            "label": {"show": False},
            "data": [{"yAxis": 0}],
            "lineStyle": {"type": "solid", "width": 1.5, "color": ink("ink")},
        }
        line = {
            "type": "line",
            "xAxisIndex": number,
            "yAxisIndex": number,
            "silent": True,
            "clip": False,
            "data": [f and f.value for f in column],
        }
        made["series"].append(
            line | stroke(0, len(spec.x) > 12) | ({"markLine": zero} if scale["min"] < 0 else {})
        )
    return made
