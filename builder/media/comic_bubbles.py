"""Where the bubbles of a panel stand: above all heads, in reading order, near their speakers.

In come sizes and speakers, out come boxes and tails. A later bubble never begins above an earlier
one, never overlaps it, and one that is to the left of an earlier one begins below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from builder.media.cast import Box, Point
from builder.media.text_layout import measure, wrap
from builder.media.text_vertical import columns

MARGIN, BESIDE, BELOW, STEP = 18.0, 16.0, 30.0, 18.0
TAIL_LEAST, TAIL_MOST, CLEAR = 24.0, 120.0, 12.0
SLACK = 1.06  # readers' machines set the text in a font of their own
FEW = 3  # up to so many bubbles every mix of widths is tried


class Cut(NamedTuple):
    """How the text of a kind of bubble is set."""

    size: float
    lead: float
    pad_x: float
    pad_y: float
    weight: int


CUTS: Mapping[str, Cut] = {
    "speech": Cut(30, 42, 22, 13, 400),
    "thought": Cut(30, 42, 34, 24, 400),
    "narration": Cut(29, 41, 18, 10, 400),
    "sound": Cut(36, 48, 46, 32, 700),
    "vertical": Cut(29, 44, 12, 16, 400),
}
TALL = 10  # characters of a column


class Words(NamedTuple):
    """One thing that is said: its kind, its text, the speaker's number or -1."""

    kind: str
    text: str
    speaker: int


class Set(NamedTuple):
    """Words broken into lines, and the size of the bubble around them."""

    lines: tuple[str, ...]
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Bubble:
    """A bubble in its place."""

    kind: str
    speaker: int
    lines: tuple[str, ...]
    box: Box
    root: Point | None = None  # where the tail leaves the bubble
    tip: Point | None = None

    def texts(self) -> list[tuple[Point, str]]:
        """Each line (of columns: each cell) and the point where its baseline begins."""
        cut = CUTS[self.kind]
        if self.kind == "vertical":
            return list(self._cells(cut))
        widest = max(measure(line, cut.size, cut.weight) for line in self.lines)
        x = self.box.x + (self.box.w - widest) / 2
        first = self.box.y + cut.pad_y + cut.lead / 2 + cut.size * 0.36
        return [(Point(x, first + cut.lead * n), line) for n, line in enumerate(self.lines)]

    def _cells(self, cut: Cut) -> Iterator[tuple[Point, str]]:
        """Cells from the top, columns from the right, each in the middle of its column."""
        tall = cut.size * 1.14
        for n, column in enumerate(self.lines):
            middle = self.box.right - cut.pad_x - cut.lead * (n + 0.5)
            for k, cell in enumerate(column.split("\n")):
                y = self.box.y + cut.pad_y + tall * (k + 0.5) + cut.size * 0.36
                yield Point(middle - measure(cell, cut.size, cut.weight) / 2, y), cell


@lru_cache(maxsize=4096)
def set_words(kind: str, text: str, width: float) -> Set:
    """`text` in a bubble not wider than `width`; columns are as many as the text needs."""
    cut = CUTS[kind]
    if kind == "vertical":
        found = columns(text, max(TALL, -(-len(text) // int((width - 2 * cut.pad_x) // cut.lead))))
        tall = max((len(column) for column in found), default=1) * cut.size * 1.14
        lines = tuple("\n".join(column) for column in found) or ("",)
        return Set(lines, len(lines) * cut.lead + 2 * cut.pad_x, tall + 2 * cut.pad_y)
    lines = tuple(wrap(text, (width - 2 * cut.pad_x) / SLACK, cut.size, cut.weight)) or ("",)
    wide = max(measure(line, cut.size, cut.weight) for line in lines) * SLACK + 2 * cut.pad_x
    return Set(lines, max(wide, 96.0), len(lines) * cut.lead + 2 * cut.pad_y)


def place(
    words: Sequence[Words], mouths: Sequence[Point], width: float
) -> tuple[list[Bubble], float]:
    """Bubbles with y counted from the top of their zone, and the height of the zone."""
    if not words:
        return [], 0.0
    room = width - 2 * MARGIN
    choices = [min(room, c) for c in (292, 352, 452, 604)] if width < 900 else [310, 400, 520, 640]
    mixes: Iterable[tuple[float, ...]]
    if len(words) <= FEW:
        mixes = product(choices, repeat=len(words))
    else:
        mixes = [(c,) * len(words) for c in choices]
    best: tuple[float, list[Box], list[Set]] | None = None
    for mix in mixes:
        sets = [set_words(w.kind, w.text, c) for w, c in zip(words, mix, strict=True)]
        boxes = _stack(words, sets, mouths, width)
        cost = max(b.bottom for b in boxes) + sum(s.w for s in sets) * 0.05
        if best is None or cost < best[0] - 0.01:
            best = (cost, boxes, sets)
    assert best is not None
    boxes = _sink(best[1])
    bubbles = [
        Bubble(w.kind, w.speaker, s.lines, b) for w, s, b in zip(words, best[2], boxes, strict=True)
    ]
    return bubbles, max(b.bottom for b in boxes)


def _stack(
    words: Sequence[Words], sets: Sequence[Set], mouths: Sequence[Point], width: float
) -> list[Box]:
    """Boxes as high as they can stand."""
    xs = _across(words, sets, mouths, width)
    boxes: list[Box] = []
    for x, s in zip(xs, sets, strict=True):
        y = max((_least(b, x, s.w) for b in boxes), default=0.0)
        boxes.append(Box(x, y, s.w, s.h))
    return boxes


def _least(earlier: Box, x: float, w: float) -> float:
    """How high a later bubble at `x` may stand."""
    if x < earlier.right + BESIDE and earlier.x < x + w + BESIDE:
        return earlier.bottom + BELOW
    return earlier.bottom + 4 if earlier.x > x else earlier.y + STEP


def _across(
    words: Sequence[Words], sets: Sequence[Set], mouths: Sequence[Point], width: float
) -> list[float]:
    """Over the speakers; neighbours make room for one another when there is enough."""
    wants = [_want(w, mouths, width) for w in words]
    xs = [
        min(max(want - s.w / 2, MARGIN), width - MARGIN - s.w)
        for want, s in zip(wants, sets, strict=True)
    ]
    for n in range(len(xs) - 1):
        a, b = sets[n], sets[n + 1]
        if wants[n] < wants[n + 1] and a.w + b.w + BESIDE <= width - 2 * MARGIN:
            xs[n + 1] = min(max(xs[n + 1], xs[n] + a.w + BESIDE), width - MARGIN - b.w)
            xs[n] = min(xs[n], xs[n + 1] - BESIDE - a.w)
    return xs


def _want(words: Words, mouths: Sequence[Point], width: float) -> float:
    if words.speaker >= 0:
        return mouths[words.speaker].x
    if words.kind == "vertical":
        return width  # read from the right
    return 0.0 if words.kind == "narration" else width / 2


def _sink(boxes: Sequence[Box]) -> list[Box]:
    """The same boxes, each as low, as near to the heads, as the order allows."""
    floor = max(b.bottom for b in boxes)
    done: list[Box] = []
    for box in reversed(boxes):
        y = floor - box.h
        for later in done:
            if later.x < box.right + BESIDE and box.x < later.right + BESIDE:
                y = min(y, later.y - BELOW - box.h)
            elif box.x > later.x:
                y = min(y, later.y - 4 - box.h)
            else:
                y = min(y, later.y - STEP)
        done.append(box._replace(y=y))
    return done[::-1]


def with_tails(
    bubbles: Sequence[Bubble], faces: Sequence[Box], mouths: Sequence[Point], top: float
) -> list[Bubble]:
    """The bubbles moved down by `top`, each with a tail towards its speaker's mouth."""
    moved = [Bubble(b.kind, b.speaker, b.lines, b.box._replace(y=b.box.y + top)) for b in bubbles]
    out = []
    for bubble in moved:
        if bubble.speaker < 0 or bubble.kind not in {"speech", "thought"}:
            out.append(bubble)
            continue
        others = [b.box for b in moved if b is not bubble]
        root, tip = _tail(bubble.box, others, faces[bubble.speaker], mouths[bubble.speaker])
        out.append(Bubble(bubble.kind, bubble.speaker, bubble.lines, bubble.box, root, tip))
    return out


def _tail(box: Box, others: Sequence[Box], face: Box, mouth: Point) -> tuple[Point, Point]:
    """The longest free tail whose root is nearest to the mouth."""
    low, high = box.x + 40, box.right - 40
    start = min(max(mouth.x, low), high)
    roots = sorted({start, *(low + n * 24 for n in range(int((high - low) // 24) + 1))},
                   key=lambda x: (abs(x - mouth.x), x))  # fmt: skip
    wanted = min(max(face.y - CLEAR - box.bottom, TAIL_LEAST), TAIL_MOST)
    for length in (wanted, wanted * 0.6, TAIL_LEAST):
        for x in roots:
            root = Point(x, box.bottom)
            tip = _towards(root, mouth, max(length, TAIL_LEAST))
            if not any(_crosses(root, tip, other) for other in others):
                return root, tip
    return Point(start, box.bottom), Point(start, box.bottom + TAIL_LEAST)


def _towards(root: Point, mouth: Point, length: float) -> Point:
    """The tip: `length` lower than the root, on the way to the mouth, not too slanting."""
    share = length / max(mouth.y - root.y, 1.0)
    lean = (mouth.x - root.x) * share
    most = length * 1.4
    return Point(root.x + min(max(lean, -most), most), root.y + length)


def _crosses(root: Point, tip: Point, other: Box) -> bool:
    for n in range(1, 9):
        x, y = (a + (b - a) * n / 8 for a, b in zip(root, tip, strict=True))
        if other.x - 16 < x < other.right + 16 and other.y - 4 < y < other.bottom + 4:
            return True
    return False
