"""A chart as a part of a block on a poster: its title, the picture, what is to be said below it."""

from __future__ import annotations

from builder.media import charts
from builder.media.chart_spec import ChartSpec
from builder.media.infographic_draw import Box, Picture, Piece, drawable
from builder.media.palette import INK_2, RED
from builder.media.text_layout import measure

SIZE = 47.3  # words of a chart: 15 px on a phone, where the poster is 343 px wide
GAP = 18.0


def chart(piece: Piece, place: tuple[float, float, float], spec: ChartSpec | None) -> float:
    """Draw `spec` at (left, top, width); give the bottom."""
    left, top, width = place
    if spec is None:
        return top
    top = piece.text((left, top + GAP, width), spec.title, 38, 700)
    if spec.unit and not spec.right:
        top = piece.text((left, top, width), f"单位：{spec.unit}", 28, fill=INK_2)
    svg, high = charts.placed(spec, (0, 0, width), charts.ident(spec), SIZE)
    piece.add(Picture(left, top + 8, width, high, _alone(svg)))
    top += high + 20
    notes = charts.said_below(spec)
    if spec.sample:
        _stamp(piece, left, top)
        top += 52
    for note in notes:
        top = piece.text((left, top, width), note, 26, fill=INK_2)
    return top


def _alone(svg: str) -> str:
    """A picture as a document of its own, its size first, as the poster's pictures have it."""
    head, _, rest = svg.partition(">")
    size = " ".join(part for part in head.split(" ") if part.startswith(("width=", "height=")))
    inner = head.removeprefix("<svg ").replace(f" {size}", "").replace('x="0.0" y="0.0"', "")
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {inner.strip()}>{rest}'


def _stamp(piece: Piece, left: float, top: float) -> None:
    words = "示例数据"
    wide = measure(words, 26) + 24
    piece.add(Box(left, top, wide, 42, "", RED, 2, 4, dash=True))
    piece.text((left + 12, top + 1, wide), drawable(words), 26, fill=RED)
