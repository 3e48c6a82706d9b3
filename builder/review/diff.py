"""What changed between two texts: lines against lines, and within a changed line words against words.

The work is bounded whatever the texts hold: past the bound a stretch is called rewritten, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

WORDS = re.compile(r"[A-Za-z0-9_]+(?:[.,:%/-][A-Za-z0-9_]+)*%?|\s+|.", re.DOTALL)
MOST_STEPS = 2_000_000  # of the search for the shortest way from one text to the other
MOST_PAIRS = 40_000  # lines against lines, where a whole stretch changed
ALIKE = 0.4  # lines less alike than this are one taken out and another put in
CONTEXT = 2  # unchanged lines that stay in sight around a change


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; `changed` where the other side reads otherwise."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line on either side, or on both. Numbers count from 1; 0 where there is no such line."""

    old: tuple[Piece, ...] | None
    new: tuple[Piece, ...] | None
    old_line: int = 0
    new_line: int = 0

    @property
    def state(self) -> str:
        """`same`, `changed`, `removed` or `added`."""
        if self.old is None or self.new is None:
            return "added" if self.old is None else "removed"
        return "changed" if any(p.changed for p in (*self.old, *self.new)) else "same"


@dataclass(frozen=True, slots=True)
class Block:
    """Rows in their order; `folded` when they are far from any change."""

    rows: tuple[Row, ...]
    folded: bool = False


def compare(old: str, new: str) -> list[Row]:
    """Every line of both texts. The new sides joined are `new`, the old sides joined are `old`."""
    before, after = old.split("\n"), new.split("\n")
    rows: list[Row] = []
    for same, i1, i2, j1, j2 in _stretches(before, after):
        if same:
            pairs = zip(range(i1, i2), range(j1, j2), strict=True)
            rows += [_same(before[i], i, j) for i, j in pairs]
        else:
            rows += _changed(before, after, (i1, i2, j1, j2))
    return rows


def fold(rows: Sequence[Row], context: int = CONTEXT) -> list[Block]:
    """Put long unchanged stretches aside; `context` lines around each change stay."""
    near = [False] * len(rows)
    for at, row in enumerate(rows):
        if row.state != "same":
            for n in range(max(0, at - context), min(len(rows), at + context + 1)):
                near[n] = True
    blocks: list[Block] = []
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or near[at] != near[start]:
            long = at - start > context
            blocks.append(Block(tuple(rows[start:at]), not near[start] and long))
            start = at
    return blocks


def words(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both sides of one changed line, in pieces."""
    a, b = WORDS.findall(old), WORDS.findall(new)
    left: list[Piece] = []
    right: list[Piece] = []
    for same, i1, i2, j1, j2 in _readable(list(_stretches(a, b))):
        _put(left, "".join(a[i1:i2]), changed=not same)
        _put(right, "".join(b[j1:j2]), changed=not same)
    return tuple(left), tuple(right)


def whole(text: str) -> list[Row]:
    """A text that had nothing before it: every line is new."""
    return [Row(None, (Piece(line),), 0, n) for n, line in enumerate(text.split("\n"), 1)]


# --- inside -----------------------------------------------------------------------------------------

Stretch = tuple[bool, int, int, int, int]  # the same?, from-to in the old, from-to in the new


def _same(line: str, i: int, j: int) -> Row:
    return Row((Piece(line),), (Piece(line),), i + 1, j + 1)


def _put(pieces: list[Piece], text: str, *, changed: bool) -> None:
    if text:
        pieces.append(Piece(text, changed))


def _changed(
    before: Sequence[str], after: Sequence[str], span: tuple[int, int, int, int]
) -> Iterator[Row]:
    """A stretch that differs: lines that resemble each other side by side, the others alone."""
    i, i2, j, j2 = span
    for pi, pj in [*_partners(before[i:i2], after[j:j2]), (i2 - i, j2 - j)]:
        yield from (Row((Piece(before[n], True),), None, n + 1, 0) for n in range(i, span[0] + pi))
        yield from (Row(None, (Piece(after[n], True),), 0, n + 1) for n in range(j, span[2] + pj))
        i, j = span[0] + pi, span[2] + pj
        if i < i2 and j < j2:
            left, right = words(before[i], after[j])
            yield Row(left, right, i + 1, j + 1)
            i, j = i + 1, j + 1


def _partners(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Which lines belong together, in order, so that the likeness of all is greatest."""
    if not old or not new or len(old) * len(new) > MOST_PAIRS:
        return []
    marks_old, marks_new = [_marks(x) for x in old], [_marks(x) for x in new]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    taken: dict[tuple[int, int], bool] = {}
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            like = _alike(marks_old[i], marks_new[j])
            pair = best[i + 1][j + 1] + like if like >= ALIKE else -1.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], pair)
            taken[i, j] = pair >= best[i][j]
    found, i, j = [], 0, 0
    while i < len(old) and j < len(new):
        if taken[i, j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def _marks(line: str) -> frozenset[str]:
    """Pairs of neighbouring signs: lines alike share many."""
    text = f" {line.strip()} "
    return frozenset(text[n : n + 2] for n in range(len(text) - 1))


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b))


def _readable(found: list[Stretch]) -> list[Stretch]:
    """Join changes that only a chance likeness, shorter than both, holds apart."""
    joined: list[Stretch] = []
    for at, (same, i1, i2, j1, j2) in enumerate(found):
        if same and 0 < at < len(found) - 1:
            same = i2 - i1 > min(_size(found[at - 1]), _size(found[at + 1]))
        if joined and not same and not joined[-1][0]:
            _, a1, _, b1, _ = joined[-1]
            joined[-1] = (False, a1, i2, b1, j2)
        else:
            joined.append((same, i1, i2, j1, j2))
    return joined


def _size(stretch: Stretch) -> int:
    _, i1, i2, j1, j2 = stretch
    return max(i2 - i1, j2 - j1)


def _stretches(a: Sequence[Hashable], b: Sequence[Hashable]) -> Iterator[Stretch]:
    """Same and differing stretches, in turn, over the whole of both sequences."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    last_a, last_b = len(a) - end, len(b) - end
    i = j = start
    same_from = 0, 0
    for x, y, run in _common(a[start:last_a], b[start:last_b]):
        x, y = x + start, y + start
        if (x, y) == (i, j):
            i, j = x + run, y + run
            continue
        if i > same_from[0]:
            yield True, same_from[0], i, same_from[1], j
        yield False, i, x, j, y
        same_from, i, j = (x, y), x + run, y + run
    if (i, j) != (last_a, last_b):
        if i > same_from[0]:
            yield True, same_from[0], i, same_from[1], j
        yield False, i, last_a, j, last_b
        same_from = last_a, last_b
    if len(a) > same_from[0]:
        yield True, same_from[0], len(a), same_from[1], len(b)


def _common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """Runs that both have, (from, from, length): the greedy algorithm of Myers, given up past a bound."""
    if not a or not b:
        return []
    furthest, history = {1: 0}, []
    steps = max(16, MOST_STEPS // (len(a) + len(b)))
    for depth in range(min(len(a) + len(b), steps) + 1):
        history.append(dict(furthest) if depth < 2 else _near(furthest, depth))
        for k in range(-depth, depth + 1, 2):
            down = k == -depth or (k != depth and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            y = x - k
            while x < len(a) and y < len(b) and a[x] == b[y]:
                x, y = x + 1, y + 1
            furthest[k] = x
            if x >= len(a) and y >= len(b):
                return _runs(history, len(a), len(b))
    return []


def _near(furthest: dict[int, int], depth: int) -> dict[int, int]:
    return {k: furthest[k] for k in range(-depth + 1, depth, 2)}


def _runs(history: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int, int]]:
    """Walk the search back from its end and note where it went diagonally."""
    found: list[tuple[int, int, int]] = []
    for depth in range(len(history) - 1, -1, -1):
        furthest, k = history[depth], x - y
        if depth == 0:
            before = (0, 0)
        else:
            down = k == -depth or (k != depth and furthest.get(k - 1, -1) < furthest.get(k + 1, -1))
            px = furthest[k + 1] if down else furthest[k - 1]
            before = (px, px - (k + 1 if down else k - 1))
        start = before if depth == 0 else _after(before, k)
        if x > start[0]:
            found.append((start[0], start[1], x - start[0]))
        x, y = before
    return found[::-1]


def _after(before: tuple[int, int], k: int) -> tuple[int, int]:
    """The place one edit past `before`, on diagonal `k`."""
    x, y = before
    return (x, y + 1) if x - y > k else (x + 1, y)
