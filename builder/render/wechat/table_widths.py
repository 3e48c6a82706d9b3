"""How the columns of a table share a phone's width: words wrap first, numbers never.

Widths are in em of the table's own words, as wide as they come out with any phone's font, roughly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from builder.media.units import UNITS
from builder.render.wechat.prose_tree import Element
from builder.typography import NUMBER

CELLS = frozenset({"td", "th"})
SPAN = re.compile(r"[1-9][0-9]{0,2}|1000")  # an author may write anything there
FIGURE = re.compile(
    rf"[约近超+\-−–±<>≤≥≈]*\s*\d[\d,.]*(?:[—–\-~～至]\d[\d,.]*)?\s*(?:{UNITS}|千|万)?"
)
DATED = re.compile(r"\d{4}年|[年月日号时分秒章条款期届版]$")  # dates and places are no figures
BLANK = frozenset({"", "—", "——", "–", "-", "－", "…", "……", "/", "／", "×", "无", "*"})
NAMING = re.compile(r"(?:代码|编号|表号|序号|邮编|电话|年份?|期)$")  # columns whose numbers name
CODE = re.compile(r"0\d")
VIEW = re.compile(r'viewBox="\S+ \S+ (\S+) ')
RUN = re.compile(r"[!-~]+")

COMFORT = 4.0  # em that a column of words has at least
LINES = 7  # that the words of a cell fill at most where there is room
LONGEST = 10.0  # em: what is longer without a blank is an address, which breaks anywhere
BROAD = 11.0  # em of a column of words in a table that scrolls


@dataclass(frozen=True, slots=True)
class Sheet:
    """How tables are set: em that a phone shows, and em that each column has around its words."""

    role: str
    room: float
    around: float


# 343 px at 15 px and at 14 px, half an em kept back: no two phones' fonts are of one width
SHEETS = (Sheet("", 22.3, 14 / 15), Sheet("-tight", 24.0, 10 / 14))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in its column. `width`: on one line; `least`: what can't be parted."""

    element: Element
    column: int
    alone: bool
    width: float
    least: float


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table is laid: its sheet, how wide a cell may be before it wraps, and how wide it is then."""

    sheet: Sheet
    scrolls: bool
    most: Sequence[float]
    least: Sequence[float]
    figures: frozenset[int]

    def wraps(self, cell: Cell) -> bool:
        """Whether the words of a cell are too wide for their column."""
        if not cell.alone or is_figure(cell.element.text):
            return False
        return cell.width > self.most[cell.column] + 0.01


def grid(rows: Sequence[Element]) -> list[list[Cell]]:
    """The cells of each row in their columns."""
    taken: set[tuple[int, int]] = set()
    return [list(_row(n, row, taken)) for n, row in enumerate(rows)]


def _row(number: int, row: Element, taken: set[tuple[int, int]]) -> Iterator[Cell]:
    at = 0
    for element in (e for e in row.elements if e.tag in CELLS):
        while (number, at) in taken:
            at += 1
        across, down = (_span(element, name) for name in ("colspan", "rowspan"))
        taken.update((number + n, at) for n in range(1, down))
        yield Cell(element, at, across == 1, _wide(element), _whole(element))
        at += across


def _span(element: Element, name: str) -> int:
    written = element.attrs.get(name, "")
    return min(40, int(written)) if SPAN.fullmatch(written) else 1


def shape(cells: Sequence[Sequence[Cell]]) -> Shape:
    """How a table is laid: as it is, else with words that wrap, else smaller, else so that it scrolls."""
    count = max((c.column + 1 for row in cells for c in row), default=0)
    figures = frozenset(n for n in range(1, count) if _figures(n, cells))
    own = [[c for row in cells for c in row if c.alone and c.column == n] for n in range(count)]
    wide = [max((c.width for c in column), default=0.0) for column in own]
    least = [max(map(_narrow, column), default=0.0) for column in own]
    for sheet in SHEETS:
        room = sheet.room - sheet.around * count
        if sum(wide) <= room:
            return Shape(sheet, False, wide, wide, figures)
        if sum(least) <= room:
            return Shape(sheet, False, _shared(least, wide, room), least, figures)
    broad = [max(a, min(b, BROAD)) for a, b in zip(least, wide, strict=True)]
    return Shape(SHEETS[0], True, broad, broad, figures)


def _shared(least: Sequence[float], wide: Sequence[float], room: float) -> list[float]:
    """What each column has: its least, and its part of what is left."""
    lacks = [b - a for a, b in zip(least, wide, strict=True)]
    part = (room - sum(least)) / sum(lacks)
    return [a + part * lack for a, lack in zip(least, lacks, strict=True)]


def _narrow(cell: Cell) -> float:
    """How narrow a cell may become."""
    if is_figure(cell.element.text):
        return cell.width
    return min(cell.width, max(cell.least, COMFORT, cell.width / LINES))


def is_figure(text: str) -> bool:
    """Whether a cell holds a number and nothing else; a date is none."""
    words = text.strip()
    return bool(FIGURE.fullmatch(words)) and not DATED.search(words)


def _figures(column: int, cells: Sequence[Sequence[Cell]]) -> bool:
    """Whether a column below its head holds numbers that measure something."""
    found = [c.element for row in cells for c in row if c.column == column]
    heads = [e.text.strip() for e in found if e.tag == "th"]
    texts = [e.text.strip() for e in found if e.tag == "td"]
    if any(map(NAMING.search, heads)) or any(map(CODE.match, texts)):
        return False
    return any(map(is_figure, texts)) and all(t in BLANK or is_figure(t) for t in texts)


def _wide(element: Element) -> float:
    """The longest line of a cell."""
    lines = [0.0]
    for piece in _pieces(element):
        if piece == "\n":
            lines.append(0.0)
        else:
            lines[-1] += piece if isinstance(piece, float) else em(piece)
    return max(lines)


def _pieces(element: Element) -> Iterator[str | float]:
    """Words, widths of drawings, and the ends of lines."""
    for child in element.children:
        if isinstance(child, str):
            yield " ".join(child.split())
        elif child.tag == "svg":
            found = VIEW.search(child.source)
            yield float(found[1]) / 17 if found else 0.0
        elif child.tag in {"br", "p", "li", "pre"}:
            yield "\n"
            yield from _pieces(child)
        else:
            yield from _pieces(child)


def _whole(element: Element) -> float:
    """The widest of what can't be parted: numbers with their units, and words in Latin letters."""
    text = element.text
    pieces = (m.group() for pattern in (NUMBER, RUN) for m in pattern.finditer(text))
    drawn = (p for p in _pieces(element) if isinstance(p, float))
    return max((w for w in (*map(em, pieces), *drawn) if w <= LONGEST), default=0.0)


def em(text: str) -> float:
    """The width of words."""
    return sum(1.0 if c > "\u2010" else 0.7 if c.isupper() else 0.58 for c in text)
