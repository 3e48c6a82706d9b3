"""Marks on a poster: data that the SVG and the PDF are both written from. Units: 1080 to the width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from builder.media import fonts
from builder.media.palette import AMBER_TEXT, BLUE, INK, TODO
from builder.media.text_layout import measure, wrap

WIDTH, MARGIN = 1080, 64
INNER = WIDTH - 2 * MARGIN
GETA = "〓"  # stands, as in letterpress, for a character that the font has not


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. `under`: a tint, bar or swipe that text may run across."""

    x: float
    y: float
    w: float
    h: float
    fill: str = ""
    stroke: str = ""
    width: float = 3
    radius: float = 0
    dash: bool = False
    under: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    color: str = INK
    width: float = 3
    dash: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled outline: SVG path data with M, L, C and Z, drawn at a place and scale."""

    x: float
    y: float
    scale: float
    d: str
    fill: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text from `x` on the base line `y`; it may not pass `right`."""

    x: float
    y: float
    text: str
    size: float
    weight: int
    fill: str
    right: float

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom by real advances."""
        wide = measure(self.text, self.size, self.weight)
        top = self.y - fonts.ASCENT * self.size
        return self.x, top, self.x + wide, self.y + fonts.DESCENT * self.size


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of its own, as a complete SVG."""

    x: float
    y: float
    w: float
    h: float
    svg: str


Mark = Box | Stroke | Shape | Text | Picture


@dataclass(slots=True)
class Piece:
    """A band of the poster that no page border may cut: marks from its own top, and its height."""

    height: float = 0
    marks: list[Mark] = field(default_factory=list)

    def add(self, *marks: Mark) -> None:
        """Put marks on top of what is there."""
        self.marks += marks

    def below(self, *marks: Mark) -> None:
        """Put marks under what is there: a box is known only when its text is set."""
        self.marks[:0] = marks

    def text(
        self,
        place: tuple[float, float, float],
        text: str,
        size: float = 30,
        weight: int = 400,
        fill: str = INK,
        lead: float = 1.5,
    ) -> float:
        """Set `text` at (left, top, width); give the bottom of its last line."""
        left, top, width = place
        for line in _lines(drawable(text), width, size, weight):
            base = top + size * (lead / 2 + 0.38)
            if line.strip():
                self.add(Text(left, base, line, size, weight, fill, left + width))
            top += size * lead
        return top

    def list(
        self, place: tuple[float, float, float], items: Iterable[str], size: float = 30
    ) -> float:
        """Items with an amber dot each; give the bottom."""
        left, top, width = place
        for item in items:
            dot = size * 0.32
            self.add(
                Box(left + 4, top + size * 0.75 - dot / 2, dot, dot, AMBER_TEXT, radius=dot / 2)
            )
            top = self.text((left + 34, top, width - 34), item, size) + 4
        return top


def _lines(text: str, width: float, size: float, weight: int) -> list[str]:
    """Heads and short texts in even lines, so that no word is left alone; long texts line by line."""
    even = wrap(text, width, size, weight)
    return (
        even if weight > 400 or len(even) <= 3 else wrap(text, width, size, weight, balance=False)
    )


def drawable(text: str) -> str:
    """`text` with a stand-in for each character that the font has not."""
    lacking = fonts.missing(text)
    return "".join(GETA if c in lacking else c for c in text) if lacking else text


def plate(
    piece: Piece, x: float, y: float, text: str, size: float = 28, fill: str = BLUE
) -> tuple[float, float]:
    """A door plate with white words; give its width and height."""
    lines = wrap(drawable(text), INNER - 60, size, 700)
    wide = max(measure(line, size, 700) for line in lines) + size
    tall = len(lines) * size * 1.4 + size * 0.3
    piece.add(Box(x, y, wide, tall, fill, radius=6))
    piece.text((x + size / 2, y + size * 0.15, wide - size + 1), text, size, 700, "#ffffff", 1.4)
    return wide, tall


def moved(mark: Mark, down: float) -> Mark:
    """The mark, `down` units lower."""
    if isinstance(mark, Stroke):
        return replace(mark, points=tuple((x, y + down) for x, y in mark.points))
    return replace(mark, y=mark.y + down)


def stacked(pieces: Sequence[Piece]) -> Piece:
    """All pieces under one another as one."""
    whole = Piece()
    for piece in pieces:
        whole.add(*(moved(mark, whole.height) for mark in piece.marks))
        whole.height += piece.height
    return whole


# The strokes of 正 in the order of writing, on a field of 48.
ZHENG = (
    "M9.2 7.6C8 8.6 8 10.8 9.6 11.8 11 12.6 13 12 15 11.9 22 11.5 30 11.2 36.5 11.6 38.6 11.7 40 10.6 40 9 40 7.2 38.4 6.2 36.4 6.5 29 7.5 20 7.7 13 7.2 11.6 7.1 10.1 6.9 9.2 7.6Z",
    "M22 9.5C21.4 18 21.6 30 21.2 39 21.1 40.8 22.2 41.8 23.8 41.8 25.4 41.8 26.3 40.7 26.3 39 26.2 30 26.6 18 26.4 9.5Z",
    "M27.4 22.5C30 22.3 32.6 22 35.2 21.6 37 21.4 38.3 22.5 38.2 24.1 38.1 25.7 36.8 26.5 35.2 26.4 32.4 26.3 30 26.4 27.4 26.7Z",
    "M11.6 23.4C12 22 13.4 21.4 14.8 21.9 16.3 22.4 16.6 23.8 16.4 25.2 15.9 29.4 15.8 33.4 15.9 37.6L11.4 37.6C11.4 33 11.2 28 11.6 23.4Z",
    "M4.8 39.2C6 37.8 8 38.4 10 38.5 20 39 31 38.7 41 37.6 43.4 37.4 44.8 38.7 44.6 40.4 44.4 42 42.8 42.6 41 42.5 30 42 18 42.3 8.4 43.2 6.2 43.4 4.4 43 4 41.6 3.7 40.6 4.1 39.9 4.8 39.2Z",
)


def tally(piece: Piece, x: float, y: float, count: int, field: float = 104) -> float:
    """`count` strokes of 正, the last one in blue, in a field that wide; give the bottom."""
    full = -(-count // 5)
    across = 1 if full == 1 else 2
    side = field / across
    for number in range(full):
        left, top = x + number % across * side, y + number // across * side
        for stroke in (1, 0, 2, 3, 4):
            drawn = number * 5 + stroke + 1
            fill = TODO if drawn > count else BLUE if drawn == count else INK
            piece.add(Shape(left, top, side / 48, ZHENG[stroke], fill))
    return y + side * -(-full // across)
