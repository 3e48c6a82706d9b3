"""图解 as one long picture: head, blocks by their layout, sources, foot. From a spec to SVG or WebP."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from builder.media import cast, charts, fonts, raster
from builder.media.infographic_draw import (
    INNER,
    MARGIN,
    WIDTH,
    Box,
    Mark,
    Picture,
    Piece,
    Shape,
    Stroke,
    Text,
    drawable,
    plate,
    stacked,
    tally,
)
from builder.media.infographic_lists import checklist, numbers, steps, timeline
from builder.media.infographic_shape import Block, spoken
from builder.media.infographic_trees import compare, form, hierarchy, tree
from builder.media.palette import (
    AMBER,
    INK,
    INK_2,
    PAPER,
    SURFACE,
    TINT,
)
from builder.media.text_layout import measure, wrap_rich
from builder.memo import digest

LAYOUTS: Mapping[str, Callable[[Sequence[Block]], list[Piece]]] = {
    "steps": steps,
    "timeline": timeline,
    "checklist": checklist,
    "numbers": numbers,
    "compare": compare,
    "tree": tree,
    "hierarchy": hierarchy,
    "form": form,
}
SHOWN_SOURCES = 8
TALLEST = 16_000  # px; a WebP holds 16,383
# Who stands beside the title: name, mood, gesture, facing, what is in the hand.
MOTIFS: Mapping[str, tuple[str, str, str, str, str]] = {
    "steps": ("老陈", "smile", "point", "left", ""),
    "timeline": ("老陈", "smile", "explain", "left", ""),
    "checklist": ("小李", "happy", "hold", "left", "folder"),
    "numbers": ("小周", "smile", "hold", "left", "tablet"),
    "compare": ("小周", "thinking", "think", "left", ""),
    "tree": ("王姐", "thinking", "think", "left", ""),
    "hierarchy": ("小统", "smile", "point", "left", ""),
    "form": ("小李", "smile", "hold", "left", "report"),
}


def version() -> str:
    """A hash of the code and the drawings that make posters."""
    return digest(cast.version("infographic*.py"), charts.version())


@dataclass(frozen=True, slots=True)
class Poster:
    """All that a poster shows."""

    title: str
    layout: str
    blocks: tuple[Block, ...]
    division: str = ""
    key: str = ""
    root: str = ""
    sample: bool = False
    sources: tuple[str, ...] = ()
    site: str = ""
    owner: str = ""


def pieces(poster: Poster) -> list[Piece]:
    """The bands of a poster from top to bottom; a page of paper may end between any two."""
    blocks = spoken(poster.layout, poster.blocks)
    if poster.layout == "hierarchy":
        drawn = hierarchy(blocks, poster.root)
    else:
        drawn = LAYOUTS[poster.layout](blocks)
    return [_head(poster), *drawn, *_sources(poster), _foot(poster)]


def svg(poster: Poster) -> str:
    """The poster as an SVG with its words as text."""
    return _document(poster, stacked(pieces(poster)))


def webp(poster: Poster) -> bytes:
    """The poster as a picture to send, 1080 px wide; narrower where it would pass what WebP holds."""
    whole = stacked(pieces(poster))
    width = int(min(WIDTH, WIDTH * TALLEST / whole.height))
    return raster.webp(_document(poster, whole), width, background=PAPER)


def slices(poster: Poster, tallest: float) -> list[str]:
    """The poster without sources and foot as SVGs, cut between its bands.

    None is higher than `tallest` unless one of its bands is.
    """
    groups: list[list[Piece]] = []
    for band in pieces(poster)[:-2]:
        if groups and sum(b.height for b in groups[-1]) + band.height <= tallest:
            groups[-1].append(band)
        else:
            groups.append([band])
    groups[-1].append(Piece(40))
    return [_document(poster, stacked(group)) for group in groups]


def _document(poster: Poster, whole: Piece) -> str:
    tall = round(whole.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall}" width="{WIDTH}" height="{tall}"'
        f' lang="zh-CN" role="img" font-family="{escape(fonts.FAMILIES)}"><title>{escape(poster.title)}</title>'
        f'<rect width="{WIDTH}" height="{tall}" fill="{PAPER}"/>'
        f"{''.join(markup(mark) for mark in whole.marks)}</svg>"
    )


def motif(layout: str) -> str:
    """A figure of the cast for a layout, as an SVG of its own."""
    who, mood, gesture, facing, thing = MOTIFS[layout]
    drawn = cast.figure(who, mood, gesture, facing, prop=thing)
    size = f'width="{cast.WIDTH}" height="{cast.HEIGHT}" viewBox="0 0 {cast.WIDTH} {cast.HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{drawn}</svg>'


FIGURE = (184.0, 239.0)


def _head(poster: Poster) -> Piece:
    piece = Piece()
    wide, tall = plate(piece, MARGIN, MARGIN, "图解")
    room = WIDTH - MARGIN - FIGURE[0] - 24
    words = "　".join(w for w in (poster.division, "示例数据" if poster.sample else "") if w)
    left = MARGIN + wide + 20
    top: float = MARGIN + tall
    if words:
        top = max(top, piece.text((left, MARGIN + 2, room - left), words, 28, fill=INK_2))
    top = piece.text((MARGIN, top + 18, room - MARGIN), _title(poster.title), 60, 700, lead=1.35)
    top = max(top + 24, 36 + FIGURE[1])
    beside = WIDTH - MARGIN - FIGURE[0] - 24
    figure = Picture(beside, top - FIGURE[1], *FIGURE, motif(poster.layout))
    if poster.key:
        top = _key(piece, top, poster.key)
    else:
        piece.add(Stroke(((MARGIN, top), (WIDTH - MARGIN, top)), INK, 4))
    piece.below(figure)  # behind the box, whose edge hides where the figure ends
    piece.height = top + 40
    return piece


def _title(title: str) -> str:
    """A title that is too long for a line breaks after its colon, if it has one."""
    room = WIDTH - MARGIN - FIGURE[0] - 24 - MARGIN
    before, colon, after = title.partition("：")
    fits = max(measure(before + colon, 60, 700), measure(after, 60, 700)) <= room
    return f"{before}：\n{after}" if after and fits and measure(title, 60, 700) > room else title


def _key(piece: Piece, top: float, key: str) -> float:
    """The sentence to remember, its weighty words under the marker; give the bottom."""
    size, left = 38.0, MARGIN + 32
    y = piece.text((left, top + 20, INNER - 64), "一句话记住", 26, fill=INK_2)
    for line in wrap_rich(drawable(re.sub(r"==(.+?)==", r"**\1**", key)), INNER - 64, size):
        x = float(left)
        for span in line:
            weight = 700 if span.bold else 400
            if span.bold:
                piece.add(Box(x, y + size * 0.95, span.width, size * 0.42, AMBER, under=True))
            piece.add(Text(x, y + size * 1.18, span.text, size, weight, INK, left + INNER - 64))
            x += measure(span.text, size, weight)
        y += size * 1.6
    bottom = y + 20
    frame = Box(MARGIN, top, INNER, bottom - top, SURFACE, INK, 4, 12)
    piece.below(replace(frame, x=MARGIN + 10, y=top + 12, fill=AMBER, stroke="", under=True), frame)
    return bottom + 12


def _sources(poster: Poster) -> list[Piece]:
    if not poster.sources:
        return [Piece(40)]
    piece = Piece()
    top = piece.text((MARGIN, 44, INNER), "依据", 28, 700)
    shown = poster.sources[:SHOWN_SOURCES]
    more = len(poster.sources) - len(shown)
    for line in (*shown, *([f"还有{more}条，见网页"] if more else [])):
        top = piece.text((MARGIN, top + 4, INNER), line, 24, fill=INK_2)
    piece.height = top + 36
    return [piece]


def _foot(poster: Poster) -> Piece:
    piece = Piece()
    tally(piece, MARGIN, 28, 5, 56)
    top = 26.0
    if poster.site:
        top = piece.text((MARGIN + 76, top, INNER - 76), poster.site, 30, 700)
    if poster.owner:
        top = piece.text((MARGIN + 76, top, INNER - 76), poster.owner, 24, fill=INK_2)
    piece.height = max(top, 84) + 28
    piece.below(
        Box(0, 0, WIDTH, piece.height, TINT, under=True), Stroke(((0, 0), (WIDTH, 0)), INK, 4)
    )
    return piece


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def markup(mark: Mark) -> str:
    """One mark as SVG."""
    match mark:
        case Text():
            return (
                f'<text x="{_n(mark.x)}" y="{_n(mark.y)}" font-size="{_n(mark.size)}"'
                f' font-weight="{mark.weight}" fill="{mark.fill}" xml:space="preserve">{escape(mark.text)}</text>'
            )
        case Box():
            line = f' stroke="{mark.stroke}" stroke-width="{_n(mark.width)}"' if mark.stroke else ""
            dash = ' stroke-dasharray="8 8"' if mark.dash else ""
            return (
                f'<rect x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.w)}" height="{_n(mark.h)}"'
                f' rx="{_n(mark.radius)}" fill="{mark.fill or "none"}"{line}{dash}/>'
            )
        case Stroke():
            points = " ".join(f"{_n(x)},{_n(y)}" for x, y in mark.points)
            dash = ' stroke-dasharray="8 8"' if mark.dash else ""
            return (
                f'<polyline points="{points}" fill="none" stroke="{mark.color}" stroke-width="{_n(mark.width)}"'
                f' stroke-linecap="round" stroke-linejoin="round"{dash}/>'
            )
        case Shape():
            place = f"translate({_n(mark.x)} {_n(mark.y)}) scale({mark.scale:.5g})"
            return f'<path d="{mark.d}" fill="{mark.fill}" transform="{place}"/>'
        case Picture():
            place = f'x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.w)}" height="{_n(mark.h)}"'
            return re.sub(r' width="[^"]*" height="[^"]*"', f" {place}", mark.svg, count=1)
