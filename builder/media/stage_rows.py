"""Cards of infographic blocks for films: each layout's own marks, text in rows that pages may part.

A row is one line of text or one mark, with what belongs beside it. The poster's drawings are made for
a page twice as wide; these are set for a screen in a hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.media.infographic_draw import Box, Mark, Piece, Stroke, drawable, tally
from builder.media.infographic_shape import (
    Block,
    Node,
    banks,
    bars,
    labels,
    nested,
    numeral,
    ways,
)
from builder.media.infographic_trees import WASHES
from builder.media.palette import (
    AMBER,
    AMBER_TEXT,
    BLUE,
    BLUE_WASH,
    EDGE,
    GOOD,
    GOOD_WASH,
    HAIR,
    INK,
    INK_2,
    RED,
    RED_WASH,
    SURFACE,
    TINT,
)
from builder.media.text_layout import measure, wrap

LEAD = 1.36
Frame = Callable[[float, float, bool], list[Mark]]


@dataclass(slots=True)
class Row:
    """A line of a card: its height and its marks, each with the step that shows it."""

    height: float
    marks: list[tuple[int, Mark]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shapes:
    """What cards are made for: letters of `size`, `width` units to a card, so many beside one another."""

    size: float
    width: float
    across: int = 1


@dataclass(slots=True)
class Card:
    """Rows in a frame. `frame`: marks for a width, a height, and whether it is the first part.

    `least`: its height at least. `gap`: room below it. `layers`: steps it takes to be shown. `quiet`:
    it appears with the next one. `trail`: where it belongs, told when it begins a page.
    """

    size: float
    width: float
    rows: list[Row]
    frame: Frame
    pad: float = 0
    least: float = 0
    gap: float = 18
    layers: int = 1
    quiet: bool = False
    trail: str = ""


class Rows:
    """Rows of one block being set between `left` and `right`."""

    def __init__(self, size: float, left: float, right: float) -> None:
        self.size, self.left, self.right = size, left, right
        self.made: list[Row] = []

    @property
    def width(self) -> float:
        """The room of a line."""
        return self.right - self.left

    def text(
        self, words: str, size: float = 0, weight: int = 400, fill: str = INK, indent: float = 0
    ) -> Row | None:
        """A row for each line; give the first."""
        size = size or self.size
        if not words:
            return None
        first = len(self.made)
        left = self.left + indent
        for line in wrap(drawable(words), self.right - left, size, weight):
            piece = Piece()
            wide = measure(line, size, weight)
            bottom = piece.text(
                (left, 0, max(wide, self.right - left) + 1), line, size, weight, fill, LEAD
            )
            self.made.append(Row(math.ceil(bottom), [(0, mark) for mark in piece.marks]))
        return self.made[first]

    def space(self, height: float) -> None:
        """An empty row."""
        self.made.append(Row(math.ceil(height)))

    def items(self, items: Sequence[str], boxes: bool = False) -> None:
        """Items with a dot each, or a box to tick."""
        size = self.size
        for item in items:
            first = self.text(item, indent=size * (1.15 if boxes else 0.75))
            if first is None:
                continue
            side = size * (0.78 if boxes else 0.32)
            top = size * LEAD / 2 - side / 2
            mark = (
                Box(self.left + 2, top, side, side, SURFACE, GOOD, 3, 5)
                if boxes
                else Box(self.left + 2, top, side, side, AMBER_TEXT, radius=side / 2)
            )
            first.marks.insert(0, (0, mark))

    def number(self, number: str, unit: str, size: float = 0) -> None:
        """A number of `size`, by default as large as fits, its unit beside it or under it."""
        if not number:
            self.text(unit, fill=INK_2)
            return
        number, unit = drawable(number), drawable(unit)
        size = size or self.largest(number, unit)
        first = len(self.made)
        last = self.text(number, size, 700, BLUE)
        assert last is not None, "there is a number"
        beside = self.left + measure(number, size, 700) + 10
        one = len(self.made) == first + 1
        if unit and one and beside + measure(unit, self.size) <= self.right + 0.01:
            piece = Piece()
            top = (size - self.size) * (LEAD / 2 + 0.38)
            piece.text((beside, top, self.right - beside + 1), unit, self.size, 400, INK_2, LEAD)
            last.marks += [(0, mark) for mark in piece.marks]
        else:
            self.text(unit, fill=INK_2)

    def largest(self, number: str, unit: str) -> float:
        """How large a number can be, beside its unit if that leaves it large."""
        aside = measure(unit, self.size) + 10 if unit else 0.0
        one = measure(number, 1, 700)
        sizes = (self.size * 2.2, (self.width - aside) / one, self.width / one)
        beside = min(sizes[:2])
        return max(self.size, beside if beside >= self.size * 1.4 else min(sizes[0], sizes[2]))

    def facts(self, facts: Mapping[str, str]) -> None:
        """Names and values: on one line where they fit, a fine line below each."""
        size = self.size
        for name, value in facts.items():
            wide = measure(drawable(value), size, 700)
            if measure(drawable(name), size) + wide + size <= self.width:
                row = self.text(name, fill=INK_2)
                piece = Piece()
                piece.text((self.right - wide, 0, wide + 1), value, size, 700, lead=LEAD)
                assert row is not None, "a name is never empty"
                row.marks += [(0, mark) for mark in piece.marks]
            else:
                self.text(name, fill=INK_2)
                self.text(value, weight=700)
            low = self.made[-1].height
            self.made[-1].marks.append((0, Stroke(((self.left, low), (self.right, low)), HAIR, 2)))

    def block(self, block: Block, boxes: bool = False) -> None:
        """Title, number, text and items."""
        self.text(block["title"], self.size * 1.12, 700)
        self.number(block["number"], block["unit"])
        self.text(block["text"], fill=INK_2)
        self.items(block["items"], boxes)


def _boxed(fill: str = SURFACE) -> Frame:
    return lambda wide, tall, _first: [Box(0, 0, wide, tall, fill, INK, 3, 10)]


def _card(rows: Rows, shapes: Shapes, frame: Frame, least: float = 0) -> Card:
    return Card(
        shapes.size, shapes.width, rows.made, frame, round(shapes.size * 0.36), math.ceil(least)
    )


def _open(shapes: Shapes, gutter: float = 0) -> Rows:
    inset = shapes.size * 0.5
    return Rows(shapes.size, inset + gutter, shapes.width - inset)


def _circle(text: str, size: float, x: float) -> list[tuple[int, Mark]]:
    """A number in an amber circle, to stand at the first row."""
    side = size * 1.36
    piece = Piece()
    piece.add(Box(x, 2, side, side, AMBER, INK, 3, side / 2))
    wide = measure(text, size * 0.9, 700)
    piece.text((x + (side - wide) / 2, 2, wide + 2), text, size * 0.9, 700, lead=1.36 / 0.9)
    return [(0, mark) for mark in piece.marks]


# --- blocks one after another ---------------------------------------------------------------------


def steps(blocks: Sequence[Block], _root: str, shapes: Shapes) -> list[Card]:
    """Each step adds a stroke to 正."""
    made = []
    for number, block in enumerate(blocks, 1):
        field_ = shapes.size * 2.0
        rows = _open(shapes, field_ + shapes.size * 0.4)
        rows.block(block)
        piece = Piece()
        tally(piece, shapes.size * 0.5, 2, number, field_)
        rows.made[0].marks += [(0, mark) for mark in piece.marks]
        made.append(_card(rows, shapes, _boxed(), shapes.size * 2.9))
    return made


def timeline(blocks: Sequence[Block], _root: str, shapes: Shapes) -> list[Card]:
    """A rail with a knot and a plate of time for each block."""
    made = []
    for number, block in enumerate(blocks, 1):
        rows = Rows(shapes.size, shapes.size * 1.3, shapes.width)
        _plate(rows, block["at"] or f"第{numeral(number)}段")
        rows.block(block)
        last = number == len(blocks)
        made.append(_card(rows, shapes, _rail(shapes.size, last, shapes.across > 1)))
        made[-1].pad = 4
    return made


def _rail(size: float, last: bool, across: bool) -> Frame:
    """The line through the knots: down, or (`across`) on to the card at the right."""

    def frame(wide: float, tall: float, first: bool) -> list[Mark]:
        x, knot = size * 0.5, size * 0.72 + 4
        if across:
            line = Stroke(((x, knot), (x if last else wide + 18, knot)), EDGE, 4)
        else:
            line = Stroke(((x, knot if first else 0), (x, tall if last else tall + 12)), EDGE, 4)
        side = size * 0.62
        dot = Box(x - side / 2, knot - side / 2, side, side, AMBER, INK, 3, side / 2)
        return [line, dot] if first else [] if across else [line]

    return frame


def _plate(rows: Rows, words: str) -> None:
    """White words on a door plate, as rows that join."""
    first = len(rows.made)
    inset = rows.size * 0.4
    inner = Rows(rows.size, rows.left + inset, rows.right - inset)
    inner.text(words, weight=700, fill="#ffffff")
    lines = [m for row in inner.made for _, m in row.marks]
    wide = max(measure(m.text, rows.size, 700) for m in lines if not isinstance(m, (Box, Stroke)) and hasattr(m, "text")) + 2 * inset  # fmt: skip
    rows.made += inner.made
    for row in rows.made[first:]:
        row.marks.insert(0, (0, Box(rows.left, 0, wide, row.height + 0.5, BLUE, radius=6)))
    rows.space(rows.size * 0.14)


def checklist(blocks: Sequence[Block], _root: str, shapes: Shapes) -> list[Card]:
    """Numbered heads with boxes to tick."""
    made = []
    for number, block in enumerate(blocks, 1):
        rows = _open(shapes, shapes.size * 1.75)
        rows.block(block, boxes=True)
        rows.made[0].marks += _circle(numeral(number), shapes.size, shapes.size * 0.5)
        made.append(_card(rows, shapes, _boxed(), shapes.size * 2.2))
    return made


def numbers(blocks: Sequence[Block], _root: str, shapes: Shapes) -> list[Card]:
    """Figures large; bars from zero where they may be compared."""
    made = []
    told = [(drawable(b["number"]), drawable(b["unit"])) for b in blocks if b["number"]]
    size = min((_open(shapes).largest(*words) for words in told), default=0)
    for block, bar in zip(blocks, bars(blocks), strict=True):
        rows = _open(shapes)
        rows.text(block["title"], weight=700)
        rows.number(block["number"], block["unit"], size)
        if bar:
            wide = max(2.0, rows.width * bar)
            full = Box(rows.left, 4, rows.width, 14, TINT)
            rows.made.append(Row(28, [(0, full), (0, Box(rows.left, 4, wide, 14, BLUE))]))
        rows.facts(block["facts"])
        rows.text(block["text"], fill=INK_2)
        rows.items(block["items"])
        made.append(_card(rows, shapes, _boxed()))
    return made


def form(blocks: Sequence[Block], _root: str, shapes: Shapes) -> list[Card]:
    """Numbered fields of a form: what is filled in, and the note to it."""
    made = []
    for number, block in enumerate(blocks, 1):
        rows = _open(shapes, shapes.size * 1.75)
        rows.text(block["title"], weight=700)
        rows.made[0].marks += _circle(str(number), shapes.size, shapes.size * 0.5)
        rows.left = shapes.size * 0.5
        if block["value"]:
            _field(rows, block["value"])
        rows.number(block["number"], block["unit"])
        rows.text(block["text"], fill=INK_2)
        rows.items(block["items"])
        made.append(_card(rows, shapes, _boxed(), shapes.size * 2.2))
    return made


def _field(rows: Rows, value: str) -> None:
    """What is written into a form, in its field."""
    rows.space(rows.size * 0.1)
    first = len(rows.made)
    inner = Rows(rows.size, rows.left + rows.size * 0.3, rows.right - rows.size * 0.3)
    inner.text(value, weight=500, fill=BLUE)
    rows.made += inner.made
    for row in rows.made[first:]:
        row.marks.insert(0, (0, Box(rows.left, 0, rows.width, row.height + 0.5, BLUE_WASH)))
    low = rows.made[-1].height
    rows.made[-1].marks.append((0, Stroke(((rows.left, low), (rows.right, low)), BLUE, 3)))
    rows.space(rows.size * 0.2)


# --- blocks that stand to one another -------------------------------------------------------------


def compare(blocks: Sequence[Block], root: str, shapes: Shapes) -> list[Card]:
    """Columns side by side where they have room, what belongs together on one line; else cards."""
    made: list[Card] = []
    for bank in banks(blocks):
        if len(bank) == 1 or shapes.width / len(bank) < shapes.size * 8:
            made += numbers(bank, root, shapes)
        else:
            made.append(_bank(bank, shapes))
    return made


def _bank(bank: Sequence[Block], shapes: Shapes) -> Card:
    size, wide = shapes.size, shapes.width / len(bank)
    columns = [
        Rows(size, n * wide + size * 0.4, (n + 1) * wide - size * 0.4) for n in range(len(bank))
    ]
    rows: list[Row] = []
    for column, block in zip(columns, bank, strict=True):
        column.space(size * 0.2)
        column.text(block["title"], size * 1.12, 700)
        column.number(block["number"], block["unit"])
        column.text(block["text"], fill=INK_2)
        column.space(size * 0.2)
    rows += _joined(columns, wide, tinted=True)
    for name in labels(bank):
        band = Rows(size, size * 0.4, shapes.width - size * 0.4)
        band.text(name, weight=700, fill=BLUE)
        band.made[0].marks.insert(0, (0, Stroke(((0, 0), (shapes.width, 0)), HAIR, 2)))
        rows += band.made
        for column, block in zip(columns, bank, strict=True):
            column.text(block["facts"].get(name, "—"))
        rows += _joined(columns, wide, tinted=False)
    if any(block["items"] for block in bank):
        rows.append(Row(8, [(0, Stroke(((0, 2), (shapes.width, 2)), HAIR, 2))]))
        for column, block in zip(columns, bank, strict=True):
            column.items(block["items"])
        rows += _joined(columns, wide, tinted=False)

    return Card(size, shapes.width, rows, _ruled, 2, layers=len(bank))


def _ruled(across: float, tall: float, _first: bool) -> list[Mark]:
    lines: list[Mark] = [Stroke(((0, y), (across, y)), INK, 4) for y in (0, tall)]
    return [Box(0, 0, across, tall, SURFACE), *lines]


def _joined(columns: Sequence[Rows], wide: float, tinted: bool) -> list[Row]:
    """What stands in the columns so far as rows across them; the columns are empty again."""
    rows = []
    for n in range(max(len(column.made) for column in columns)):
        parts = [(k, column.made[n]) for k, column in enumerate(columns) if n < len(column.made)]
        row = Row(max(part.height for _, part in parts))
        if tinted:
            tints = (
                Box(k * wide, 0, wide, row.height + 0.5, WASHES[k]) for k in range(len(columns))
            )
            row.marks += enumerate(tints)
        row.marks += [(k, mark) for k, part in parts for _, mark in part.marks]
        rows.append(row)
    for column in columns:
        column.made.clear()
    return rows


def tree(blocks: Sequence[Block], _root: str, shapes: Shapes) -> list[Card]:
    """Numbered questions with their answers; outcomes by themselves are green."""
    made = []
    for number, (block, answers) in enumerate(zip(blocks, ways(blocks), strict=True), 1):
        rows = _open(shapes, shapes.size * 1.75)
        rows.block(block)
        rows.made[0].marks += _circle(numeral(number), shapes.size, shapes.size * 0.5)
        rows.left = shapes.size * 0.5
        for way in sorted(answers, key=lambda w: w.key != "yes"):
            target = None if way.target is None else f"接着看（{numeral(way.target + 1)}）"
            _answer(rows, way.answer, target or way.text, way.key == "yes")
        made.append(_card(rows, shapes, _boxed(SURFACE if answers else GOOD_WASH)))
    return made


def _answer(rows: Rows, answer: str, words: str, good: bool) -> None:
    size = rows.size
    color, wash = (GOOD, GOOD_WASH) if good else (RED, RED_WASH)
    rows.space(size * 0.16)
    first = len(rows.made)
    inner = Rows(size, rows.left + size * 1.7, rows.right - size * 0.3)
    inner.text(words, weight=700)
    rows.made += inner.made
    for row in rows.made[first:]:
        row.marks.insert(0, (0, Box(rows.left, 0, rows.width, row.height + 0.5, wash)))
    piece = Piece()
    side = size * 1.24
    piece.add(Box(rows.left + 3, size * 0.06, side, side, SURFACE, color, 3, side / 2))
    piece.text((rows.left + 3 + (side - size) / 2, 0, size + 2), answer, size, 700, color, LEAD)
    rows.made[first].marks += [(0, mark) for mark in piece.marks]


def hierarchy(blocks: Sequence[Block], root: str, shapes: Shapes) -> list[Card]:
    """Boxes on the lines of a tree, the deeper the farther in."""
    made: list[Card] = []
    if root:
        rows = Rows(shapes.size, 0, shapes.width)
        _plate(rows, root)
        made.append(Card(shapes.size, shapes.width, rows.made, lambda *_: [], gap=10, quiet=True))
    _branches(made, nested(blocks), ((), (root,) if root else ()), shapes)
    return made


def crumb(card: Card) -> Card:
    """Where a card belongs that begins a page, on one line."""
    words = drawable(card.trail)
    if measure(words, card.size) > card.width:
        words = words[-int(2 * card.width / card.size) :]
        while measure(f"…{words}", card.size) > card.width:
            words = words[1:]
        words = f"…{words}"
    rows = Rows(card.size, 0, card.width)
    rows.text(words, fill=INK_2)
    return Card(card.size, card.width, rows.made, lambda *_: [], gap=10, quiet=True)


def _branches(
    made: list[Card],
    nodes: Sequence[Node],
    above: tuple[tuple[bool, ...], tuple[str, ...]],
    shapes: Shapes,
) -> None:
    """Cards of `nodes`; `above`: for each line at the left whether it goes on below, and the titles."""
    trunks, titles = above
    for number, node in enumerate(nodes, 1):
        lines = (*trunks, number < len(nodes)) if titles else ()
        card = _branch(node.block, lines, bool(node.under), shapes)
        card.trail = "".join(f"{title} › " for title in titles).rstrip()
        made.append(card)
        _branches(made, node.under, (lines, (*titles, node.block["title"])), shapes)


def _branch(block: Block, lines: tuple[bool, ...], parent: bool, shapes: Shapes) -> Card:
    size = shapes.size
    step = size * 1.1
    left = len(lines) * step
    rows = Rows(size, left + size * 0.4, shapes.width - size * 0.4)
    number, unit = drawable(block["number"]), drawable(block["unit"])
    aside = measure(number, size * 1.2, 700) + measure(unit, size) + 12 if number else 0
    beside = 0 < aside < rows.width * 0.45
    if beside:
        rows.right -= aside + size * 0.4
    rows.text(block["title"], weight=700)
    if beside:
        rows.right += aside + size * 0.4
        piece = Piece()
        at = rows.right - aside
        piece.text((at, -size * 0.14, aside), number, size * 1.2, 700, BLUE, LEAD)
        at += measure(number, size * 1.2, 700) + 10
        piece.text((at, 0, aside), unit, size, fill=INK_2, lead=LEAD)
        rows.made[0].marks += [(0, mark) for mark in piece.marks]
    elif number:
        rows.number(block["number"], block["unit"])
    rows.text(block["text"], fill=INK_2)
    rows.items(block["items"])
    fill = BLUE_WASH if parent else SURFACE
    card = Card(size, shapes.width, rows.made, _branch_frame(lines, left, step, fill, size), 5)
    card.gap = 12
    return card


def _branch_frame(
    lines: tuple[bool, ...], left: float, step: float, fill: str, size: float
) -> Frame:
    def frame(wide: float, tall: float, first: bool) -> list[Mark]:
        made: list[Mark] = []
        middle = size * 0.7 + 5
        for depth, goes_on in enumerate(lines):
            x = depth * step + step * 0.45
            own = depth == len(lines) - 1
            if goes_on or (own and first):
                made.append(Stroke(((x, -12), (x, tall if goes_on else middle)), INK, 4))
            if own and first:
                made.append(Stroke(((x, middle), (left, middle)), INK, 4))
        return [*made, Box(left, 0, wide - left, tall, fill, INK, 3, 10)]

    return frame


CARDS: Mapping[str, Callable[[Sequence[Mapping[str, Any]], str, Shapes], list[Card]]] = {
    "steps": steps,
    "timeline": timeline,
    "checklist": checklist,
    "numbers": numbers,
    "compare": compare,
    "tree": tree,
    "hierarchy": hierarchy,
    "form": form,
}
