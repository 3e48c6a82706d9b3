"""Snapshots as flat arrays, so that thousands of small blocks are laid in a few numpy operations.

A block is what one snapshot says of one indicator and measure; a layer is all that one snapshot says
in one frequency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from builder.values import Key, Period, Vintage

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]
Keep = Callable[[Key, str], bool]
WITHDRAW = "withdraw"
WITHDRAWN = "withdrawn"  # the mark that a withdrawal leaves


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers of one series group: one row for each region, one column for each period; NaN where none.

    `action`: add, correct or withdraw (then values are NaN). `marks`: (row, column) → mark.
    """

    action: str
    indicator: str
    measure: str
    periods: tuple[Period, ...]
    regions: tuple[str, ...]
    values: Floats
    marks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One release: its vintage and what it adds, corrects and withdraws, in order."""

    vintage: Vintage
    blocks: tuple[Block, ...]


class Layer(NamedTuple):
    """The cells that one snapshot tells in one frequency, each field one entry a cell.

    `row` and `column` in the panel; `mark` an index in `Layout.marks`; `block` and `cell` say where in
    the snapshot it stands (`cell` counts along the rows of its block).
    """

    place: int
    row: Integers
    column: Integers
    value: Floats
    mark: Integers
    block: Integers
    cell: Integers


class _Part(NamedTuple):
    """The part of one block that belongs to one frequency. `chosen`: its columns; None: all."""

    place: int
    number: int
    block: Block
    rows: tuple[int, ...]
    chosen: tuple[int, ...] | None
    ordinals: tuple[int, ...]


@dataclass(slots=True)
class Layout:
    """What one frequency needs: the row of each series, the span of periods, the parts in their order."""

    frequency: str
    keep: Keep
    rows: dict[Key, int] = field(default_factory=dict)
    low: int = 1 << 30
    high: int = -1
    parts: list[_Part] = field(default_factory=list)
    marks: list[str] = field(default_factory=lambda: [""])
    _known: dict[tuple[str, str, tuple[str, ...]], tuple[int, ...]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """How many series and periods."""
        return len(self.rows), max(0, self.high - self.low + 1)

    def rows_of(self, block: Block) -> tuple[int, ...]:
        """The rows of a block's regions; −1 for series that are not kept."""
        name = block.indicator, block.measure, block.regions
        if name not in self._known:
            self._known[name] = tuple(map(self._row, (Key(*name[:2], r) for r in block.regions)))
        return self._known[name]

    def _row(self, key: Key) -> int:
        if key in self.rows or self.keep(key, self.frequency):
            return self.rows.setdefault(key, len(self.rows))
        return -1

    def layers(self) -> Iterator[Layer]:
        """One layer for each snapshot, in order."""
        start = 0
        for end in range(1, len(self.parts) + 1):
            if end == len(self.parts) or self.parts[end].place != self.parts[start].place:
                yield self._layer(self.parts[start:end])
                start = end

    def _layer(self, parts: Sequence[_Part]) -> Layer:
        rows: list[int] = []
        widths: list[int] = []
        columns: list[int] = []
        for part in parts:
            rows += part.rows
            widths += [len(part.ordinals)] * len(part.rows)
            columns += part.ordinals * len(part.rows)
        sizes = [len(p.rows) * len(p.ordinals) for p in parts]
        row = np.repeat(np.array(rows, np.int64), widths)
        value = np.concatenate([_values(p) for p in parts])
        numbers = np.repeat(np.array([p.number for p in parts], np.int64), sizes)
        mark = self._marks(parts, sizes)
        cell = np.concatenate([_cells(p) for p in parts])
        told = (row >= 0) & (~np.isnan(value) | (mark > 0))
        column = np.array(columns, np.int64) - self.low
        flat = (a[told] for a in (row, column, value, mark, numbers, cell))
        return Layer(parts[0].place, *flat)

    def _marks(self, parts: Sequence[_Part], sizes: Sequence[int]) -> Integers:
        found = np.zeros(sum(sizes), np.int64)
        base = 0
        for part, size in zip(parts, sizes, strict=True):
            if part.block.action == WITHDRAW:
                found[base : base + size] = self._index(WITHDRAWN)
            elif part.block.marks:
                at = {c: n for n, c in enumerate(part.chosen or range(len(part.ordinals)))}
                for (row, column), mark in part.block.marks.items():
                    if column in at:
                        found[base + row * len(at) + at[column]] = self._index(mark)
            base += size
        return found

    def _index(self, mark: str) -> int:
        if mark not in self.marks:
            self.marks.append(mark)
        return self.marks.index(mark)


def _values(part: _Part) -> Floats:
    values = part.block.values
    if part.block.action == WITHDRAW:
        return np.full(len(part.rows) * len(part.ordinals), np.nan)
    return (values if part.chosen is None else values[:, part.chosen]).ravel()


def _cells(part: _Part) -> Integers:
    """Where in their block the cells stand."""
    height, width = len(part.rows), len(part.block.periods)
    every = np.arange(height * width)
    return every if part.chosen is None else every.reshape(height, width)[:, part.chosen].ravel()


def layouts(snapshots: Iterable[Snapshot], keep: Keep) -> list[Layout]:
    """The layouts of all frequencies that these snapshots have, by name; `snapshots` in their order."""
    found: dict[str, Layout] = {}
    spans: dict[tuple[Period, ...], list[tuple[str, tuple[int, ...] | None, tuple[int, ...]]]] = {}
    for place, snapshot in enumerate(snapshots):
        for number, block in enumerate(snapshot.blocks):
            if block.periods not in spans:
                spans[block.periods] = list(_by_frequency(block.periods))
            for frequency, chosen, ordinals in spans[block.periods]:
                layout = found.setdefault(frequency, Layout(frequency, keep))
                rows = layout.rows_of(block)
                layout.low = min(layout.low, *ordinals)
                layout.high = max(layout.high, *ordinals)
                layout.parts.append(_Part(place, number, block, rows, chosen, ordinals))
    return [found[name] for name in sorted(found)]


def _by_frequency(
    periods: Sequence[Period],
) -> Iterator[tuple[str, tuple[int, ...] | None, tuple[int, ...]]]:
    names = dict.fromkeys(p.frequency for p in periods)
    for name in names:
        chosen = tuple(n for n, p in enumerate(periods) if p.frequency == name)
        ordinals = tuple(periods[n].ordinal for n in chosen)
        yield name, None if len(names) == 1 else chosen, ordinals


def cut(block: Block, keep: Keep) -> Iterator[Block]:
    """What is left of a block when only series for which `keep` holds may be known, by frequency."""
    for frequency, chosen, _ in _by_frequency(block.periods):
        here = [keep(Key(block.indicator, block.measure, r), frequency) for r in block.regions]
        rows = [n for n, kept in enumerate(here) if kept]
        if rows:
            yield _cut(block, rows, chosen)


def _cut(block: Block, rows: Sequence[int], columns: Sequence[int] | None) -> Block:
    if columns is None and len(rows) == len(block.regions):
        return block
    across = range(len(block.periods)) if columns is None else columns
    down, over = ({old: new for new, old in enumerate(kept)} for kept in (rows, across))
    marks = {
        (down[r], over[c]): mark for (r, c), mark in block.marks.items() if r in down and c in over
    }
    return Block(
        block.action,
        block.indicator,
        block.measure,
        tuple(block.periods[c] for c in across),
        tuple(block.regions[r] for r in rows),
        block.values[np.ix_(list(rows), list(across))],
        marks,
        block.reason,
    )
