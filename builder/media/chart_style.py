"""Colours and type of charts. In an option a colour is a stand-in; in the SVG it is a variable.

The stand-ins are colours that nobody would choose, so that what ECharts prints can be told apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from builder.media.fonts import FAMILY

SIZE, BOLD = 15, 700
# name → colour on white paper, for pictures that are not part of a page
LIGHT = {
    "ink": "#25221e",
    "ink-2": "#5a5246",
    "hair": "#d6cbb4",
    "surface": "#fffdf8",
    "on-dark": "#ffffff",
    "fill-1": "#1b4a80",
    "fill-2": "#f2c14e",
    "fill-3": "#b4cf94",
    "fill-4": "#e58a62",
    "fill-5": "#a9cfd9",
    "fill-6": "#f9f0d9",
    "line-1": "#1b4a80",
    "line-2": "#a85f00",
    "line-3": "#25603f",
    "line-4": "#a33a1d",
    "line-5": "#5a5246",
    "line-6": "#2f7f93",
    "heat-1": "#eef3f7",
    "heat-2": "#c5d8e8",
    "heat-3": "#8fb2d3",
    "heat-4": "#3f74ae",
    "heat-5": "#173f6d",
    "heat-text": "#25221e",
}
NAMES = tuple(LIGHT)
_PRINTED = re.compile(r"#0[dD]0[eE]([0-9a-fA-F]{2})|rgba?\(13,\s*14,\s*(\d+)(?:,\s*1)?\)")


def ink(name: str) -> str:
    """The stand-in for a colour, to be used in options."""
    return f"#0d0e{NAMES.index(name):02x}"


def dressed(svg: str, palette: Mapping[str, str] | None = None) -> str:
    """`svg` with the page's variables for the stand-ins, or with the colours of `palette`."""

    def colour(found: re.Match[str]) -> str:
        name = NAMES[int(found[1], 16) if found[1] else int(found[2])]
        return palette[name] if palette else f"var(--chart-{name})"

    return _PRINTED.sub(colour, svg)


DASHES: tuple[object, ...] = ("solid", [9, 5], [2, 5], [12, 4, 2, 4], [5, 3], [16, 6])
MARKERS = ("circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect")


def fill(number: int) -> dict[str, object]:
    """How areas of series `number` look: a fill with an ink border, from the third on a pattern too."""
    style: dict[str, object] = {
        "color": ink(f"fill-{number % 6 + 1}"),
        "borderColor": ink("ink"),
        "borderWidth": 1.5,
    }
    if number % 6 in _DECALS:
        style["decal"] = {"color": ink("ink"), "backgroundColor": "none"} | _DECALS[number % 6]
    return style


_DECALS: Mapping[int, dict[str, object]] = {
    2: {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [1.5, 6], "rotation": -0.785398},
    3: {
        "symbol": "circle",
        "dashArrayX": [[9, 9], [0, 9, 9, 0]],
        "dashArrayY": [5, 3],
        "symbolSize": 0.6,
    },
    4: {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [1.5, 6], "rotation": 0.785398},
    5: {"symbol": "rect", "dashArrayX": [1, 0], "dashArrayY": [1.5, 5], "rotation": 0},
}


def stroke(number: int, dense: bool) -> dict[str, object]:
    """How line `number` looks: colour, dash and marker; too many points have no markers."""
    colour = ink(f"line-{number % 6 + 1}")
    return {
        "lineStyle": {"color": colour, "width": 3, "type": DASHES[number % 6], "cap": "round"},
        "itemStyle": {"color": colour, "borderColor": colour, "borderWidth": 2},
        "symbol": MARKERS[number % 6],
        "symbolSize": 5 if dense else 9,
        "showSymbol": not dense,
    }


def halo() -> dict[str, object]:
    """A rim of paper around words that stand on lines."""
    return {"textBorderColor": ink("surface"), "textBorderWidth": 4}


def text(size: int = SIZE, name: str = "ink-2", bold: bool = False) -> dict[str, object]:
    """A text style."""
    weight = {"fontWeight": BOLD} if bold else {}
    return {"fontFamily": FAMILY, "fontSize": size, "color": ink(name)} | weight


def theme() -> dict[str, object]:
    """What an option leaves open."""
    axis = {
        "axisLine": {"lineStyle": {"color": ink("ink"), "width": 1.5}},
        "axisTick": {"show": False},
        "axisLabel": text(),
        "nameTextStyle": text(),
        "splitLine": {"lineStyle": {"color": ink("hair"), "width": 1}},
        "splitArea": {"show": False},
    }
    return {
        "color": [ink(f"line-{n}") for n in range(1, 7)],
        "backgroundColor": "transparent",
        "textStyle": text(name="ink"),
        "legend": {"textStyle": text(name="ink"), "icon": None},
        "categoryAxis": axis | {"splitLine": {"show": False}},
        "valueAxis": axis | {"axisLine": {"show": False}},
        "logAxis": axis,
        "timeAxis": axis,
        "radar": {
            "axisName": text(name="ink"),
            "splitLine": {"lineStyle": {"color": ink("hair")}},
            "axisLine": {"lineStyle": {"color": ink("hair")}},
            "splitArea": {"show": False},
        },
        "visualMap": {"textStyle": text()},
    }
