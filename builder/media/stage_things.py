"""Board and things of a panel in a film: lines as large as their room allows, things in their rows."""

from __future__ import annotations

from collections.abc import Sequence

from builder.media import cast
from builder.media.cast import Box
from builder.media.comic_place import SIGNS, Board, Thing
from builder.media.text_layout import measure, wrap

PAD, SMALLEST = 28.0, 10
LEADING = 1.36
GAP = 18.0
FLAT = 240.0
SLACK = 0.98  # of a line, for browsers and rasterizers that set a little wider
COVER = 572.0, 316.0  # a board that hides the one drawn in its room, at that drawing's own scale


def board(
    lines: Sequence[str], room: Box, sizes: tuple[int, int], *, white: bool, covers: float
) -> Board:
    """The lines on a board in the middle of `room`: rather smaller than broken, but not below `sizes`.

    `covers`: the scale of a backdrop that brings a board of its own, which ours hides; it may then
    reach over the sides of the room. 0: it brings none.
    """
    wide, high = room.w - 2 * PAD, room.h - 2 * PAD
    largest, small = sizes
    chosen = _set(lines, wide, high, range(largest, small - 1, -1), whole=True)
    chosen = chosen or _set(lines, wide, high, range(largest, SMALLEST, -1), whole=False)
    texts, size = chosen or (_wrapped(lines, wide, SMALLEST), SMALLEST)
    w = max(_widest(texts, size) + 2 * PAD, min(room.w, 260.0))
    h = len(texts) * size * LEADING + 2 * PAD
    if covers:
        least = COVER[0] * covers
        w = max(w, min(least, room.w + 200), room.w if room.w > least else 0.0)
        h = min(room.h, max(h, COVER[1] * covers, w * (0.5 if covers > 1 else 0.36)))
    x, y = room.x + (room.w - w) / 2, room.y + (room.h - h) * 0.42
    return Board(Box(x, y, w, h), texts, float(size), size * LEADING, white)


def _set(
    lines: Sequence[str], wide: float, high: float, sizes: range, *, whole: bool
) -> tuple[tuple[str, ...], int] | None:
    """The largest of `sizes` at which all lines fit, unbroken if `whole`."""
    for size in sizes:
        texts = tuple(lines) if whole else _wrapped(lines, wide, size)
        if _widest(texts, size) <= wide and len(texts) * size * LEADING <= high:
            return texts, size
    return None


def _wrapped(lines: Sequence[str], wide: float, size: int) -> tuple[str, ...]:
    return tuple(t for line in lines for t in wrap(line, wide * SLACK, size, 700))


def _widest(texts: Sequence[str], size: int) -> float:
    return max(measure(t, size, 700) for t in texts) / SLACK


def standing(names: Sequence[str], room: Box, largest: float, head: float) -> tuple[Thing, ...]:
    """Things in a row on the lower edge of `room`; signs hang over them, about as high as `head`."""
    low = room.h < FLAT  # too low for two rows: signs stand too
    signs = [n for n in names if n in SIGNS and not low]
    others = [n for n in names if n not in SIGNS or low]
    out = []
    free = room.h
    if others:
        most = min(largest, free - (110.0 if signs else 0.0))
        placed = _row(others, room, room.bottom, most, low=True)
        out += placed
        free = min(t.y for t in placed) - room.y
    if signs:
        size = min(largest * 0.8, free - GAP)
        middle = min(max(head, room.y + size / 2), room.y + free - GAP / 2 - size / 2)
        out += _row(signs, room, middle, size, low=False)
    return tuple(out)


def hanging(
    names: Sequence[str], room: Box, columns: int
) -> tuple[tuple[Thing, ...], tuple[Box, ...]]:
    """Things above heads or beside a board; those that don't hang by nature on plates."""
    rows = -(-len(names) // columns)
    wide, high = room.w / columns, room.h / rows
    side = min(wide, high) - min(GAP, 0.14 * min(wide, high))
    out, plates = [], []
    for n, name in enumerate(names):
        x = room.x + (n % columns + 0.5) * wide - side / 2
        y = room.y + (n // columns + 0.5) * high - side / 2
        inset = 0.0 if name in SIGNS else side * 0.1
        if inset:
            plates.append(Box(x, y, side, side))
        inner = Box(x + inset, y + inset, side - 2 * inset, side - 2 * inset)
        out += _row([name], inner, inner.y + inner.h / 2, inner.h, low=False)
    return tuple(out), tuple(plates)


def _row(names: Sequence[str], room: Box, line: float, most: float, *, low: bool) -> list[Thing]:
    """Side by side, standing on the height `line` or with their middle on it."""
    each = min(room.w / len(names), most * 1.35 + GAP)
    start = room.x + (room.w - each * len(names)) / 2
    out = []
    for n, name in enumerate(names):
        w, h = cast.CAST["props"][name]["size"]
        scale = min(each * 0.84 / w, most / h)
        x = start + each * (n + 0.5) - w * scale / 2
        out.append(Thing(name, x, line - h * scale * (1.0 if low else 0.5), scale))
    return out
