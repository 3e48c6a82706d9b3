"""Blocks of an infographic as a scene: one after another, page by page where they need more room.

Every block is a card of rows, a row is a line of text or a mark. Columns and size are sought so that
the pages are few and the letters large; a card taller than a page goes on on the next. Nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from builder.media.cast import Box
from builder.media.infographic import markup
from builder.media.infographic_draw import Box as Area
from builder.media.infographic_draw import Mark, Piece, Text
from builder.media.infographic_draw import Stroke as Line
from builder.media.infographic_shape import spoken
from builder.media.palette import AMBER_TEXT, SURFACE
from builder.media.stage import Beat, Look, Talk, canvas, inner_box, timed
from builder.media.stage_rows import CARDS, Card, Row, Shapes, crumb
from builder.media.text_layout import measure

if TYPE_CHECKING:
    from PIL import Image

SCALES = (1.5, 1.35, 1.2, 1.1, 1.0)
GAP = 18.0  # between cards
MANY = 5  # pages
WRAPPED = 0.16  # what one more line a block costs against larger letters


@dataclass(frozen=True, slots=True)
class Placed:
    """A card, or as much of it as a page holds, and its place."""

    card: Card
    rows: tuple[Row, ...]
    x: float
    y: float
    height: float


Page = tuple[Placed, ...]


def play(scene: Mapping[str, Any], look: Look, frames: int, talk: Talk = ()) -> Iterator[Beat]:
    """Block after block."""
    yield from timed(pictures(scene, look), frames, talk)


def poster(scene: Mapping[str, Any], look: Look) -> Image.Image:
    """The first page with all its blocks."""
    pages, place = _laid(scene, look)
    return _drawn(scene, look, steps(pages[0], place)[-1])


def pictures(scene: Mapping[str, Any], look: Look) -> list[Image.Image]:
    """Every step of every page."""
    pages, place = _laid(scene, look)
    return [_drawn(scene, look, marks) for page in pages for marks in steps(page, place)]


def _laid(scene: Mapping[str, Any], look: Look) -> tuple[list[Page], Box]:
    place = inner_box(look, scene["caption"])
    spec = scene["blocks"]
    blocks = spoken(spec["layout"], spec["blocks"])
    if spec["sample"]:
        place = Box(place.x, place.y, place.w, place.h - look.small * 1.5)
    return laid(spec["layout"], blocks, spec["root"], place, look), place


def _drawn(scene: Mapping[str, Any], look: Look, marks: Sequence[Mark]) -> Image.Image:
    shown = [*marks, *(stamp(look, scene["caption"]) if scene["blocks"]["sample"] else ())]
    return canvas(look, "".join(markup(mark) for mark in shown), scene["caption"])


def stamp(look: Look, caption: str = "", words: str = "示例数据") -> list[Mark]:
    """The mark of made-up numbers, at the foot of the picture box."""
    inner = inner_box(look, caption)
    size = look.small
    wide = measure(words, size, 700) + 28
    piece = Piece()
    top = inner.bottom + 14 - size * 1.4
    piece.add(Area(inner.right - wide, top, wide, size * 1.4, SURFACE, AMBER_TEXT, 3, 6))
    piece.text((inner.right - wide + 14, top, wide), words, size, 700, AMBER_TEXT, 1.4)
    return piece.marks


# --- layout ---------------------------------------------------------------------------------------


def laid(
    layout: str, blocks: Sequence[Mapping[str, Any]], root: str, place: Box, look: Look
) -> list[Page]:
    """The cards on pages: as few pages as the smallest letters need, then letters as large as can be."""
    found: list[tuple[list[Page], float, int]] = []
    for scale in reversed(SCALES):
        if found and min(len(pages) for pages, _, _ in found) > MANY:
            break  # larger letters would only make more pages
        for across in _columns(layout, len(blocks), look):
            wide = (place.w - GAP * (across - 1)) / across
            cards = CARDS[layout](blocks, root, Shapes(look.small * scale, wide, across))
            found.append((paged(cards, across, place), scale, sum(len(c.rows) for c in cards)))
    fewest = min(len(pages) for pages, _, _ in found)
    short = min(rows for pages, _, rows in found if len(pages) == fewest)
    # Large letters are worth little where they break every line.
    best = max(
        (entry for entry in found if len(entry[0]) == fewest),
        key=lambda entry: entry[1] / (1 + WRAPPED * (entry[2] - short) / len(blocks)),
    )
    return best[0]


def _columns(layout: str, count: int, look: Look) -> Sequence[int]:
    if layout in {"hierarchy", "compare"}:
        return (1,)
    few, many = {"numbers": (2, 4), "timeline": (1, 4)}.get(layout, (1, 3))
    most = many if look.frame.w > look.frame.h else few
    return range(1, min(most, count) + 1)


def paged(cards: Sequence[Card], across: int, place: Box) -> list[Page]:
    """Cards in lines of `across`, as many lines on a page as it holds."""
    pages: list[Page] = []
    page: list[Placed] = []
    top = 0.0
    for start in range(0, len(cards), across):
        line = [_parts(card, place.h) for card in cards[start : start + across]]
        for turn in range(max(map(len, line))):
            parts = [(n, parts[turn]) for n, parts in enumerate(line) if turn < len(parts)]
            tall = max(height for _, (_, _, height) in parts)
            if page and (top + tall > place.h + 0.01 or turn):
                pages.append(tuple(page))
                page, top = _begun(cards[start], tall, place)
            page += [
                Placed(card, rows, place.x + n * (card.width + GAP), place.y + top, tall)
                for n, (card, rows, _) in parts
            ]
            top += tall + cards[start].gap
    return [*pages, tuple(page)]


def _begun(card: Card, tall: float, place: Box) -> tuple[list[Placed], float]:
    """What stands above a card that begins a page, where there is room for it, and how high that is."""
    if not card.trail:
        return [], 0.0
    above = crumb(card)
    high = sum(row.height for row in above.rows)
    if high + above.gap + tall > place.h:
        return [], 0.0
    return [Placed(above, tuple(above.rows), place.x, place.y, high)], high + above.gap


def _parts(card: Card, most: float) -> list[tuple[Card, tuple[Row, ...], float]]:
    """A card cut into parts none of which is taller than a page."""
    made: list[tuple[Card, tuple[Row, ...], float]] = []
    rows: list[Row] = []
    height = card.pad * 2
    for row in card.rows:
        if rows and height + row.height > most:
            made.append((card, tuple(rows), max(height, card.least)))
            rows, height = [], card.pad * 2
        rows.append(row)
        height += row.height
    return [*made, (card, tuple(rows), max(height, card.least if not made else height))]


# --- what is shown when ---------------------------------------------------------------------------


def steps(page: Page, place: Box) -> list[list[Mark]]:
    """The marks of a page as it grows, block by block; nothing moves."""
    used = max(p.y + p.height for p in page) - place.y
    down = float(max(0, round((place.h - used) / 2)))
    made: list[list[Mark]] = []
    shown: list[Mark] = []
    for placed in page:
        at = replace(placed, y=placed.y + down)
        for layer in range(placed.card.layers):
            shown = [*shown, *card_marks(at, layer)]
            if not placed.card.quiet:
                made.append(shown)
    return made or [shown]


def card_marks(placed: Placed, layer: int) -> list[Mark]:
    """What one block adds to the page: its frame and its rows; columns of a comparison one by one."""
    made: list[Mark] = []
    if layer == 0:
        first = placed.rows[0] is placed.card.rows[0]
        frame = placed.card.frame(placed.card.width, placed.height, first)
        made += [_moved(mark, placed.x, placed.y) for mark in frame]
    top = placed.y + placed.card.pad
    for row in placed.rows:
        made += [_moved(mark, placed.x, top) for n, mark in row.marks if n == layer]
        top += row.height
    return made


def _moved(mark: Mark, right: float, down: float) -> Mark:
    if isinstance(mark, Line):
        return replace(mark, points=tuple((x + right, y + down) for x, y in mark.points))
    if isinstance(mark, Text):
        return replace(mark, x=mark.x + right, y=mark.y + down, right=mark.right + right)
    return replace(mark, x=mark.x + right, y=mark.y + down)
