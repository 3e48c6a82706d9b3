"""A chart as a scene: its axes stand, lines and bars grow, then the numbers come.

The chart is laid out small and drawn large, so that its letters are as large as a film needs.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from builder.media import chart_engine, chart_style
from builder.media.cast import Box
from builder.media.chart_options import (
    GAP,
    ROW,
    SWATCH,
    Layout,
    Option,
    layouts,
    legend_rows,
    option,
)
from builder.media.chart_rounds import share
from builder.media.chart_scale import nice_range
from builder.media.chart_spec import ChartSpec
from builder.media.fonts import FAMILIES
from builder.media.infographic import markup
from builder.media.infographic_draw import Box as Area
from builder.media.infographic_draw import Mark, Piece, drawable
from builder.media.palette import AMBER_TEXT, INK, INK_2, SURFACE
from builder.media.stage import Beat, Look, Talk, canvas, inner_box
from builder.media.text_layout import measure, wrap
from builder.memo import digest

if TYPE_CHECKING:
    from PIL import Image

GROWTH = 20  # frames
BEFORE = 14  # frames that the axes stand alone, longer than a change of scenes
NUMBERS = 6  # frames in which the numbers come
LEAD = 1.32
ASIDE = 1.15  # how much wider than high a box is that holds names beside a pie
ROUND = frozenset({"pie", "rose", "radar"})
Change = Callable[[Option], Option]


@dataclass(frozen=True, slots=True)
class Set:
    """A chart scene as it is set: its words, the chart's box in units, and the chart's own layout."""

    marks: tuple[Mark, ...]
    box: Box
    layout: Layout


def play(scene: Mapping[str, Any], look: Look, frames: int, talk: Talk = ()) -> Iterator[Beat]:
    """Axes, growth, then the chart with its numbers; small multiples come one after another, large."""
    parts = _parts(scene)
    starts = [n * frames // len(parts) for n in range(len(parts) + 1)]
    for part, (start, end) in zip(parts, pairwise(starts), strict=True):
        if end > start:
            yield from _play(part, look, end - start)


def _play(scene: Mapping[str, Any], look: Look, frames: int) -> Iterator[Beat]:
    spec: ChartSpec = scene["chart"]
    full = poster(scene, look)
    growing = min(GROWTH, (frames - BEFORE) // 2)
    if growing < 5 or spec.type == "option":
        yield Beat(full, frames)
        return
    found = set_chart(spec, look, scene["caption"])
    axes, bare = (_drawn(scene, look, found, change) for change in (ghost, unlabelled))
    yield Beat(axes, BEFORE)
    for number in range(1, growing + 1):
        grown = 1 - (1 - number / growing) ** 2  # fast at first
        yield Beat(_part(axes, bare, spec, found, look, grown), 1)
    rest = frames - BEFORE - growing
    yield Beat(full, rest, min(NUMBERS, rest))


def poster(scene: Mapping[str, Any], look: Look) -> Image.Image:
    """The chart with its numbers; of small multiples the first."""
    scene = _parts(scene)[0]
    found = set_chart(scene["chart"], look, scene["caption"])
    return _drawn(scene, look, found, lambda made: made)


def _parts(scene: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A scene for each of small multiples, all on one scale; any other chart by itself."""
    spec: ChartSpec = scene["chart"]
    if spec.type != "multiples":
        return [scene]
    scale = nice_range(spec.values, 4, spec.zero)
    made: list[Mapping[str, Any]] = []
    for name, column in spec.series.items():
        title = name if spec.title == scene["caption"] else f"{spec.title}：{name}"
        one = {"type": "line", "series": {name: column}, "title": title}
        made.append({**scene, "chart": spec.model_copy(update=one), "scale": scale})
    return made


# --- layout ---------------------------------------------------------------------------------------


def set_chart(spec: ChartSpec, look: Look, caption: str = "") -> Set:
    """Words beside the chart on frames that lie, above and below it on others."""
    sheet = inner_box(look, caption)
    marks: list[Mark] = [Area(sheet.x, sheet.y, sheet.w, sheet.h, SURFACE, INK, 3, 10)]
    pad = 20.0
    inner = Box(sheet.x + pad, sheet.y + 14, sheet.w - 2 * pad, sheet.h - 28)
    if look.frame.w > look.frame.h:
        words, box = _beside(spec, inner, look, caption)
    else:
        words, box = _around(spec, inner, look, caption)
    return Set((*marks, *words), box, chart_layout(spec, box, look))


def _told(spec: ChartSpec, caption: str) -> tuple[str, str, str]:
    """Title, unit and notes with the source, as words."""
    title = "" if spec.title == caption else spec.title
    unit = f"单位：{spec.unit}" if spec.unit and not spec.right else ""
    source = "" if spec.source == "示例数据" else f"数据来源：{spec.source}"
    notes = [spec.note, "" if spec.zero else "纵轴不从0起", source]
    return title, unit, "\n".join(note for note in notes if note)


def _beside(spec: ChartSpec, inner: Box, look: Look, caption: str) -> tuple[list[Mark], Box]:
    """Words in a column at the left, no wider than they need."""
    for size, across in [
        *((look.small, wide) for wide in (264.0, 304.0, 344.0, 404.0, 464.0)),
        *((size, 464.0) for size in range(look.small - 2, 11, -2)),
    ]:
        piece = Piece()
        above = _head(piece, spec, caption, Box(inner.x, inner.y, across, inner.h), size)
        below = _foot(piece, spec, caption, Box(inner.x, inner.y, across, inner.h), size)
        if above + 12 <= below:
            break
    left = inner.x + across + 24
    return piece.marks, Box(left, inner.y, inner.right - left, inner.h)


def _around(spec: ChartSpec, inner: Box, look: Look, caption: str) -> tuple[list[Mark], Box]:
    """Title and unit above, source below; together never more than half of the room."""
    for size in range(look.small, 11, -2):
        piece = Piece()
        above = _head(piece, spec, caption, inner, size)
        below = _foot(piece, spec, caption, inner, size)
        if below - above >= inner.h * 0.5:
            break
    top, bottom = above + (10 if above > inner.y else 0), below - 10
    return piece.marks, Box(inner.x, top, inner.w, bottom - top)


def _head(piece: Piece, spec: ChartSpec, caption: str, place: Box, size: float) -> float:
    """Title, unit, the mark of made-up numbers, beside one another where they fit; give the bottom."""
    title, unit, _ = _told(spec, caption)
    top, left = place.y, place.x
    wide = measure(drawable(title), size * 1.08, 700) + 24 if title else 0.0
    aside = measure(drawable(unit), size) + 20 if unit else 0.0
    aside += measure("示例数据", size, 700) + 24 if spec.sample else 0.0
    if title:
        top = _lines(piece, title, place, top, size * 1.08, 700, INK)
    row = top + (4 if title else 0)
    if title and aside and wide + aside <= place.w:
        row, left = place.y + size * 0.06, place.x + wide
    if unit:
        here = Box(left, row, place.right - left, 0)
        top = max(top, _lines(piece, unit, here, row, size, 400, INK_2))
        left += measure(drawable(unit), size) + 20
    if spec.sample:
        top = max(top, _stamp(piece, place, (left, row, top), size))
    return top


def _stamp(piece: Piece, place: Box, at: tuple[float, float, float], size: float) -> float:
    """The mark stands beside the unit where it has room, else below it; give its bottom."""
    left, row, below = at
    wide = measure("示例数据", size, 700) + 24
    if left + wide > place.right:
        left, row = place.x, below + 6
    piece.add(Area(left, row + 2, wide, size * LEAD, SURFACE, AMBER_TEXT, 3, 6))
    piece.text((left + 12, row + 2, wide), "示例数据", size, 700, AMBER_TEXT, LEAD)
    return row + size * LEAD + 4


def _foot(piece: Piece, spec: ChartSpec, caption: str, place: Box, size: float) -> float:
    """Notes and source from the foot up; give the top."""
    notes = _told(spec, caption)[2]
    if not notes:
        return place.bottom
    top = place.bottom - len(wrap(drawable(notes), place.w, size)) * size * LEAD
    _lines(piece, notes, place, top, size, 400, INK_2)
    return top


def _lines(
    piece: Piece, words: str, place: Box, top: float, size: float, weight: int, fill: str
) -> float:
    for line in wrap(drawable(words), place.w, size, weight):
        piece.text((place.x, top, place.w + 1), line, size, weight, fill, LEAD)
        top += size * LEAD
    return top


def chart_layout(spec: ChartSpec, box: Box, look: Look) -> Layout:
    """The chart's own size: so small that, drawn as large as `box`, its letters are large; no less
    than it needs for its parts to stand apart.
    """
    least = chart_style.SIZE / look.small
    wide, tall = _needed(spec, box.w * least, box.w > box.h * ASIDE)
    ratio = max(least, wide / box.w, tall / box.h)
    return Layout(round(box.w * ratio), round(box.h * ratio), narrow=True)


def _needed(spec: ChartSpec, width: float, aside: bool) -> tuple[float, float]:
    """Width and height below which labels would meet."""
    rows, names = len(spec.series), len(spec.x)
    natural = layouts(spec)[-1]
    if spec.type in {"pie", "rose"}:
        lines, across = _key_size(spec, aside)
        return (140 + across, max(136, lines)) if aside else (max(180, across), 150 + lines)
    if spec.type in _LEAST:
        return _LEAST[spec.type]
    if spec.type == "heatmap":
        return 260, 30 * rows + 70
    if spec.type == "regions":
        return 240, 25 * names + 28 + (ROW if spec.marks else 0)
    if _lies(spec, round(width)):
        return 280, natural.height * 0.8
    legend = legend_rows(list(spec.series), width - 6) if rows > 1 else 0
    return 240, 116 + ROW * legend + (24 if legend > 1 else 0) + (14 if spec.right else 0)


_LEAST = {"sparkline": (200.0, 72.0), "radar": (300.0, 170.0), "option": (420.0, 300.0)}


def _lies(spec: ChartSpec, width: int) -> bool:
    """Whether bars lie, one below another."""
    if spec.type not in {"bar", "stacked", "regions"}:
        return False
    return bool(option(spec, Layout(width, 300, narrow=True))["xAxis"]["type"] == "value")


def _key_size(spec: ChartSpec, aside: bool) -> tuple[float, float]:
    """Height and width of the names beside or below a pie; many beside it stand in two columns."""
    widest = max(measure(name, chart_style.SIZE) for name in _slices(spec)) + SWATCH + 5 + GAP
    columns = 2 if aside and len(spec.x) > 6 else 1
    return ROW * math.ceil(len(spec.x) / columns), widest * columns


def _slices(spec: ChartSpec) -> list[str]:
    """The name of each slice with its share, or in a rose its value."""
    (column,) = spec.series.values()
    whole = math.fsum(spec.values)
    shares = (f.text if spec.type == "rose" else share(f.value, whole) for f in column if f)
    return [f"{name} {told}" for name, told in zip(spec.x, shares, strict=True)]


# --- drawing --------------------------------------------------------------------------------------


def _drawn(scene: Mapping[str, Any], look: Look, found: Set, change: Change) -> Image.Image:
    inside = "".join(markup(mark) for mark in found.marks)
    return canvas(
        look, inside + _chart(scene["chart"], found, scene.get("scale"), change), scene["caption"]
    )


def _chart(spec: ChartSpec, found: Set, scale: Mapping[str, float] | None, change: Change) -> str:
    box, layout = found.box, found.layout
    made = _option(spec, layout)
    if scale:
        made = _scaled(made, scale)
    made = change(made)
    name = f"film-{digest(repr(spec))[:8]}"
    drawn = chart_engine.draw(made, layout.width, layout.height, name, chart_style.LIGHT)
    return (
        f'<svg x="{box.x:g}" y="{box.y:g}" width="{box.w:g}" height="{box.h:g}"'
        f' viewBox="0 0 {layout.width} {layout.height}" font-family="{FAMILIES}">{drawn}</svg>'
    )


def _option(spec: ChartSpec, layout: Layout) -> Option:
    """The chart's option, arranged for few and large letters."""
    made = option(spec, layout)
    if spec.type in {"pie", "rose"}:
        return _keyed(spec, layout, made)
    if spec.type == "radar":
        return _web(spec, layout, made)
    if spec.marks and _lies(
        spec, layout.width
    ):  # the names of lines across stand at their lower ends
        made["grid"] = {**made["grid"], "top": max(4, made["grid"]["top"] - ROW), "bottom": ROW}
    if spec.type != "option" and "legend" in made:  # a legend in less room takes more rows
        names = list(spec.series)
        more = legend_rows(names, layout.width - 6) - legend_rows(names, 337)
        made["grid"] = {**made["grid"], "top": made["grid"]["top"] + ROW * more}
    return made


def _keyed(spec: ChartSpec, layout: Layout, made: Option) -> Option:
    """Names and shares in a list beside the pie or below it: at its rim large letters have no room."""
    aside = layout.width > layout.height * ASIDE
    lines, across = _key_size(spec, aside)
    series = unlabelled(made)["series"][0]
    names = _slices(spec)
    series["data"] = [{**d, "name": n} for d, n in zip(series["data"], names, strict=True)]
    if aside:
        size = min(layout.height, layout.width - across)
        left = (layout.width - size - across) / 2
        middle = (left + size / 2, layout.height / 2)
        place = {"left": left + size + GAP, "top": (layout.height - lines) / 2}
    else:
        size = min(layout.width, layout.height - lines - GAP)
        top = (layout.height - size - lines - GAP) / 2
        middle = (layout.width / 2, top + size / 2)
        place = {"left": (layout.width - across) / 2, "top": top + size + GAP}
    outer = size / 2 - 4
    series |= {
        "radius": [outer * (0.2 if spec.type == "rose" else 0.45), outer],
        "center": list(middle),
    }
    legend = {"orient": "vertical", "padding": 0, "itemGap": ROW - chart_style.SIZE, "itemWidth": SWATCH, "height": lines, "data": names}  # fmt: skip
    return {**made, "series": [series], "legend": legend | place}


def _web(spec: ChartSpec, layout: Layout, made: Option) -> Option:
    """A radar as large as its names leave room."""
    top = ROW if len(spec.series) > 1 else 0
    names = [part for one in made["radar"]["indicator"] for part in one["name"].split("\n")]
    beside = max(measure(name, chart_style.SIZE) for name in names) + 14
    above = 14 + 18 * max(one["name"].count("\n") + 1 for one in made["radar"]["indicator"])
    radius = min(layout.width / 2 - beside, (layout.height - top - 2 * above) / 2)
    center = [layout.width / 2, top + above + (layout.height - top - 2 * above) / 2]
    return {**made, "radar": {**made["radar"], "radius": radius, "center": center}}


def _scaled(made: Option, scale: Mapping[str, float]) -> Option:
    """One of small multiples on the scale of all, with a line at zero where the scale goes below."""
    series = {**made["series"][0]}
    category = made["xAxis"]
    if scale["min"] < 0:
        solid = {"type": "solid", "width": 1.5, "color": chart_style.ink("ink")}
        zero = {"yAxis": 0, "lineStyle": solid, "label": {"show": False}}
        series["markLine"] = {"silent": True, "symbol": "none", "data": [zero]}
        category = {**category, "axisLine": {"show": False}}
    axis = {**made["yAxis"], "boundaryGap": [0, 0], **scale}
    return {**made, "xAxis": category, "yAxis": axis, "series": [series]}


def unlabelled(made: Option) -> Option:
    """The option without the numbers at its lines, bars and slices."""
    made = copy.deepcopy(made)
    for series in made["series"]:
        for item in (series, *_items(series)):
            item["label"] = {"show": False}
        series["labelLine"] = {"show": False}
    return made


def ghost(made: Option) -> Option:
    """The option with axes, names and the author's lines only."""
    made = unlabelled(made)
    for series in made["series"]:
        for item in (series, *_items(series)):
            item["itemStyle"] = {
                **item.get("itemStyle", {}),
                "opacity": 0,
                "decal": {"symbol": "none"},
            }
            item["lineStyle"] = {**item.get("lineStyle", {}), "opacity": 0}
    return made


def _items(series: Option) -> Iterator[Option]:
    return (item for item in series["data"] if isinstance(item, dict))


def _part(
    axes: Image.Image, bare: Image.Image, spec: ChartSpec, found: Set, look: Look, grown: float
) -> Image.Image:
    """The axes, and as much of what grows as `grown` says."""
    from PIL import Image, ImageDraw

    k = look.scale
    box = found.box
    left, top, right, bottom = (round(v * k) for v in (box.x, box.y, box.right, box.bottom))
    mask = Image.new("L", axes.size, 0)
    pen = ImageDraw.Draw(mask)
    if spec.type in ROUND:
        reach = math.hypot(box.w, box.h) * k
        x, y = (left + right) / 2, (top + bottom) / 2
        pen.pieslice((x - reach, y - reach, x + reach, y + reach), -90, -90 + 360 * grown, fill=255)
    elif _rises(spec, found.layout):
        pen.rectangle((left, bottom - (bottom - top) * grown, right, bottom), fill=255)
    else:
        pen.rectangle((left, top, left + (right - left) * grown, bottom), fill=255)
    return Image.composite(bare, axes, mask)


def _rises(spec: ChartSpec, layout: Layout) -> bool:
    """Whether bars stand on the lower edge and grow from it."""
    upright = spec.type in {"bar", "stacked"} and not _lies(spec, layout.width)
    return upright and min(spec.values) >= 0
