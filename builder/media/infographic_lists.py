"""Steps, timeline, checklist, number cards: blocks one after another."""

from __future__ import annotations

from collections.abc import Sequence

from builder.media.infographic_chart import chart
from builder.media.infographic_draw import (
    INNER,
    MARGIN,
    WIDTH,
    Box,
    Piece,
    Stroke,
    drawable,
    moved,
    plate,
    tally,
)
from builder.media.infographic_shape import Block, bars, numeral, pairs
from builder.media.palette import (
    AMBER,
    BLUE,
    EDGE,
    GOOD,
    HAIR,
    INK,
    INK_2,
    SURFACE,
    TINT,
)
from builder.media.text_layout import measure, wrap


def body(
    piece: Piece, place: tuple[float, float, float], block: Block, items: bool = True
) -> float:
    """Title, text and items; give the bottom."""
    left, top, width = place
    top = piece.text((left, top, width), block["title"], 38, 700)
    if block["text"]:
        top = piece.text((left, top + 2, width), block["text"], 30, fill=INK_2)
    if block["number"]:
        top = big(piece, (left, top, width), block["number"], block["unit"], 56)
    if items and block["items"]:
        top = piece.list((left, top + 6, width), block["items"])
    return top


def sheet(piece: Piece, first: bool, last: bool) -> None:
    """The ledger the rows stand on: ink above the first and below the last, a fine line between."""
    left, right = MARGIN, WIDTH - MARGIN
    line = Stroke(((left, 0), (right, 0)), INK if first else HAIR, 4 if first else 2)
    piece.below(Box(left, 0, INNER, piece.height, SURFACE, under=True), line)
    if last:
        piece.add(Stroke(((left, piece.height), (right, piece.height)), INK, 4))


def steps(blocks: Sequence[Block]) -> list[Piece]:
    """A ledger; each step adds a stroke to 正."""
    made = []
    for number, block in enumerate(blocks, 1):
        piece = Piece()
        left = MARGIN + 28
        foot = tally(piece, left, 28, number)
        foot = piece.text((left + 10, foot, 120), f"第{numeral(number)}步", 26, 700, BLUE)
        bottom = body(piece, (MARGIN + 176, 26, INNER - 200), block)
        piece.height = _charted(piece, max(foot, bottom), block) + 28
        sheet(piece, number == 1, number == len(blocks))
        if number < len(blocks):
            x = left + 52
            piece.add(Stroke(((x, foot + 4), (x, piece.height - 2)), EDGE, 3, dash=True))
        made.append(piece)
    return made


def timeline(blocks: Sequence[Block]) -> list[Piece]:
    """A rail with a knot and a plate of time for each block."""
    made = []
    for number, block in enumerate(blocks, 1):
        piece = Piece()
        rail, left = MARGIN + 18, MARGIN + 64
        _, tall = plate(piece, left, 0, block["at"] or f"第{numeral(number)}段")
        bottom = body(piece, (left, tall + 10, INNER - 64), block)
        piece.height = chart(piece, (left, bottom, INNER - 64), block.get("chart")) + 40
        end = piece.height if number < len(blocks) else tall / 2
        start = 0 if number > 1 else tall / 2
        piece.below(Stroke(((rail, start), (rail, end)), EDGE, 4))
        piece.add(Box(rail - 15, tall / 2 - 15, 30, 30, AMBER, INK, 3, 15))
        made.append(piece)
    return made


def checklist(blocks: Sequence[Block]) -> list[Piece]:
    """A slip of paper with boxes to tick, in two columns where the words are short."""
    made = []
    for number, block in enumerate(blocks, 1):
        piece = Piece()
        left, width = MARGIN + 112, INNER - 140
        piece.add(Box(MARGIN + 28, 30, 56, 56, AMBER, INK, 3, 28))
        mark = numeral(number) if number <= 10 else str(number)
        x = MARGIN + 28 + (56 - measure(mark, 26, 700)) / 2
        piece.text((x, 32, 52), mark, 26, 700, lead=2)
        top = body(piece, (left, 26, width), block, items=False)
        bottom = _boxes(piece, (left, top + 12, width), block["items"])
        piece.height = _charted(piece, bottom, block) + 26
        sheet(piece, number == 1, number == len(blocks))
        made.append(piece)
    return made


def _boxes(piece: Piece, place: tuple[float, float, float], items: Sequence[str]) -> float:
    left, top, width = place
    half = width / 2
    short = all(measure(item, 30) <= half - 70 for item in items)
    across = 2 if short and len(items) > 1 else 1
    for start in range(0, len(items), across):
        bottom = top
        for at, item in enumerate(items[start : start + across]):
            x = left + at * half
            piece.add(Box(x, top + 6, 32, 32, SURFACE, GOOD, 3, 5))
            bottom = max(bottom, piece.text((x + 48, top, width / across - 56), item, 30))
        top = bottom + 8
    return top


def numbers(blocks: Sequence[Block]) -> list[Piece]:
    """Two columns of figures; bars from zero where they may be compared."""
    lengths = bars(blocks)
    made = []
    shared = pairs(blocks)
    for number, row in enumerate(shared):
        piece = Piece()
        alone = len(blocks) == 1 or blocks[row[0]].get("chart")
        width = INNER - 56 if alone else (INNER - 96) / 2
        for at, place in enumerate(row):
            left = MARGIN + 28 + at * (width + 40)
            bottom = _figure(piece, (left, 24, width), blocks[place], lengths[place])
            bottom = _charted(piece, bottom, blocks[place])
            piece.height = max(piece.height, bottom + 28)
        if len(row) == 2:
            x = WIDTH / 2
            piece.add(Stroke(((x, 20), (x, piece.height - 20)), HAIR, 2))
        sheet(piece, number == 0, number + 1 == len(shared))
        made.append(piece)
    return made


def _charted(piece: Piece, top: float, block: Block) -> float:
    """The chart of a block as wide as the ledger; give the bottom."""
    return chart(piece, (MARGIN + 12, top, INNER - 24), block.get("chart"))


def _figure(piece: Piece, place: tuple[float, float, float], block: Block, bar: float) -> float:
    left, top, width = place
    top = piece.text((left, top, width), block["title"], 32, 700)
    if block["number"]:
        top = big(piece, (left, top, width), block["number"], block["unit"], 84)
    if bar:
        piece.add(Box(left, top + 6, width, 16, TINT, under=True))
        piece.add(Box(left, top + 6, max(2, width * bar), 16, BLUE, under=True))
        top += 32
    for name, value in block["facts"].items():
        top = _fact(piece, (left, top + 4, width), name, value)
    if block["text"]:
        top = piece.text((left, top + 8, width), block["text"], 28, fill=INK_2)
    return piece.list((left, top + 4, width), block["items"], 28)


def _fact(piece: Piece, place: tuple[float, float, float], name: str, value: str) -> float:
    """A name at the left and its value at the right, one under the other where both are long."""
    left, top, width = place
    wide = measure(drawable(value), 28, 700)
    if measure(drawable(name), 28) + wide + 24 <= width:
        piece.text((left, top, width - wide - 20), name, 28, fill=INK_2)
        bottom = piece.text((left + width - wide - 1, top, wide + 1), value, 28, 700)
    else:
        bottom = piece.text((left, top, width), name, 28, fill=INK_2)
        bottom = piece.text((left, bottom, width), value, 28, 700)
    piece.add(Stroke(((left, bottom + 3), (left + width, bottom + 3)), HAIR, 1.5))
    return bottom + 4


def big(
    piece: Piece, place: tuple[float, float, float], number: str, unit: str, size: float
) -> float:
    """A number as large as fits, its unit beside it or under it."""
    left, top, width = place
    number = drawable(number)
    while size > 36 and measure(number, size, 700) > width:
        size -= 4
    bottom = piece.text((left, top, width), number, size, 700, BLUE, 1.25)
    beside = left + measure(number, size, 700) + 12
    one = len(wrap(number, width, size, 700)) == 1
    if not unit:
        return bottom
    if one and beside + measure(drawable(unit), 28) <= left + width:
        room = left + width - beside
        spare = Piece()
        spare.text((beside, 0, room), unit, 28, fill=INK_2)
        base = top + size * (1.25 / 2 + 0.38) - 28 * (1.5 / 2 + 0.38)
        piece.add(*(moved(mark, base) for mark in spare.marks))
        return bottom
    return piece.text((left, bottom, width), unit, 28, fill=INK_2)
