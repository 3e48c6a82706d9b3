"""A chart as a scene: its axes stand, lines and bars grow, then the numbers come.

The chart is laid out small and drawn large, so that its letters are as large as a film needs.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from builder.media import chart_engine, chart_style
from builder.media.cast import Box
from builder.media.chart_options import ROW, Layout, Option, layouts, legend_rows, option
from builder.media.chart_rounds import multiples_across
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
ROUND = frozenset({"pie", "rose", "radar"})


@dataclass(frozen=True, slots=True)
class Set:
    """A chart scene as it is set: its words, the chart's box in units, and the chart's own layout."""

    marks: tuple[Mark, ...]
    box: Box
    layout: Layout


def play(scene: Mapping[str, Any], look: Look, frames: int, talk: Talk = ()) -> Iterator[Beat]:
    """Axes, growth, then the chart with its numbers."""
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
        share = 1 - (1 - number / growing) ** 2  # fast at first
        yield Beat(_part(axes, bare, spec, found, look, share), 1)
    yield Beat(full, frames - BEFORE - growing, NUMBERS)


def poster(scene: Mapping[str, Any], look: Look) -> Image.Image:
    """The chart with its numbers."""
    found = set_chart(scene["chart"], look, scene["caption"])
    return _drawn(scene, look, found, lambda made: made)


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
    """Title, unit, the mark of made-up numbers; give the bottom."""
    title, unit, _ = _told(spec, caption)
    top = place.y
    if title:
        top = _lines(piece, title, place, top, size * 1.08, 700, INK)
    row = top + (4 if title else 0)
    left = place.x
    if unit:
        top = _lines(piece, unit, place, row, size, 400, INK_2)
        left += measure(drawable(unit), size) + 20
    if spec.sample:
        top = max(top, _stamp(piece, place, (left, row, top if unit else row), size))
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
    narrow = look.frame.w <= look.frame.h or spec.type not in {"multiples", "pie", "rose"}
    wide, tall = _needed(spec, narrow, box.w * least)
    share = max(least, wide / box.w, tall / box.h)
    return Layout(round(box.w * share), round(box.h * share), narrow)


def _needed(spec: ChartSpec, narrow: bool, width: float) -> tuple[float, float]:
    """Width and height below which labels would meet."""
    rows, names = len(spec.series), len(spec.x)
    natural = layouts(spec)[-1 if narrow else 0]
    if spec.type == "sparkline":
        return 200, 72
    if spec.type == "multiples":
        return 150 * multiples_across(rows, narrow), natural.height
    if spec.type in {"pie", "rose"}:
        return 280, 130 + 16 * max(0, names - 4)
    if spec.type == "radar":
        return 300, 240
    if spec.type == "heatmap":
        return 260, 30 * rows + 70
    if spec.type == "regions":
        return 240, 25 * names + 28
    if natural.height > 300 + ROW * 6:  # bars that lie, one below another
        return 280, natural.height * 0.75
    legend = legend_rows(list(spec.series), width - 6) if rows > 1 else 0
    return 240, 130 + ROW * legend


# --- drawing --------------------------------------------------------------------------------------


def _drawn(scene: Mapping[str, Any], look: Look, found: Set, change: Any) -> Image.Image:
    inside = "".join(markup(mark) for mark in found.marks)
    return canvas(look, inside + _chart(scene["chart"], found, change), scene["caption"])


def _chart(spec: ChartSpec, found: Set, change: Any) -> str:
    box, layout = found.box, found.layout
    made = change(_option(spec, layout))
    name = f"film-{digest(repr(spec))[:8]}"
    drawn = chart_engine.draw(made, layout.width, layout.height, name, chart_style.LIGHT)
    return (
        f'<svg x="{box.x:g}" y="{box.y:g}" width="{box.w:g}" height="{box.h:g}"'
        f' viewBox="0 0 {layout.width} {layout.height}" font-family="{FAMILIES}">{drawn}</svg>'
    )


def _option(spec: ChartSpec, layout: Layout) -> Option:
    """The chart's option; a legend in less room than a phone's takes more rows."""
    made = option(spec, layout)
    if "legend" in made and isinstance(made.get("grid"), dict):
        names = list(spec.series)
        usual = legend_rows(names, 337 if layout.narrow else 714)
        grid = made["grid"]
        more = legend_rows(names, layout.width - 6) - usual
        made["grid"] = {**grid, "top": grid["top"] + ROW * more}
    return made


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
    axes: Image.Image, bare: Image.Image, spec: ChartSpec, found: Set, look: Look, share: float
) -> Image.Image:
    """The axes, and as much of what grows as `share` says."""
    from PIL import Image, ImageDraw

    k = look.scale
    box = found.box
    left, top, right, bottom = (round(v * k) for v in (box.x, box.y, box.right, box.bottom))
    mask = Image.new("L", axes.size, 0)
    pen = ImageDraw.Draw(mask)
    if spec.type in ROUND:
        reach = math.hypot(box.w, box.h) * k
        x, y = (left + right) / 2, (top + bottom) / 2
        pen.pieslice((x - reach, y - reach, x + reach, y + reach), -90, -90 + 360 * share, fill=255)
    elif _rises(spec, found.layout):
        pen.rectangle((left, bottom - (bottom - top) * share, right, bottom), fill=255)
    else:
        pen.rectangle((left, top, left + (right - left) * share, bottom), fill=255)
    return Image.composite(bare, axes, mask)


def _rises(spec: ChartSpec, layout: Layout) -> bool:
    """Whether bars stand on the lower edge and grow from it."""
    upright = option(spec, layout)["xAxis"]["type"] == "category" if spec.type in {"bar", "stacked"} else False  # fmt: skip
    return upright and min(spec.values) >= 0
