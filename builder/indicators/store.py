"""Values with their vintages: snapshots laid over one another, in the order of their release.

Dense tables of one frequency each (rows: series, columns: periods), so that whole sweeps are a few
numpy operations. Nothing is overwritten: `as_of` lays only the snapshots released by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from builder.values import Cell, Key, Period, Revision, Vintage

Floats = NDArray[np.float64]
Numbers = NDArray[np.int32]


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


@dataclass(frozen=True, slots=True)
class Panel:
    """All series of one frequency. `start` is the ordinal of the first column.

    `vintages` holds for each cell the place of its snapshot in `Store.snapshots`, −1 where there is none.
    A cell with a vintage and NaN was withdrawn, or is marked as having no number.
    """

    frequency: str
    start: int
    rows: Mapping[Key, int]
    values: Floats
    vintages: Numbers
    marks: Mapping[tuple[int, int], str]

    @property
    def width(self) -> int:
        """How many periods."""
        return int(self.values.shape[1])

    def periods(self) -> list[Period]:
        """The period of each column."""
        return [Period(self.frequency, self.start + n) for n in range(self.width)]


@dataclass(frozen=True, slots=True)
class Series:
    """One row of a panel, from its first number to its last; NaN in gaps."""

    key: Key
    periods: tuple[Period, ...]
    values: Floats
    vintages: Numbers
    marks: Mapping[int, str]


class Store:
    """Every number that these snapshots hold, and where each comes from."""

    def __init__(
        self, snapshots: Iterable[Snapshot], keep: Callable[[Key, str], bool] = lambda key, freq: True
    ) -> None:
        """Lay `snapshots` in the order of release time, then id. `keep(key, frequency)` chooses series."""
        self.snapshots: tuple[Snapshot, ...] = tuple(
            sorted(snapshots, key=lambda s: (s.vintage.release, s.vintage.id))
        )
        self._keep = keep
        self.panels: Mapping[str, Panel] = dict(self._panels())

    def _panels(self) -> Iterator[tuple[str, Panel]]:
        spans: dict[str, tuple[int, int]] = {}
        rows: dict[str, dict[Key, int]] = {}
        for _, block in self._blocks():
            for period in block.periods:
                low, high = spans.get(period.frequency, (period.ordinal, period.ordinal))
                spans[period.frequency] = min(low, period.ordinal), max(high, period.ordinal)
            for frequency in {p.frequency for p in block.periods}:
                here = rows.setdefault(frequency, {})
                for region in block.regions:
                    key = Key(block.indicator, block.measure, region)
                    if self._keep(key, frequency):
                        here.setdefault(key, len(here))
        for frequency, (low, high) in sorted(spans.items()):
            shape = (len(rows[frequency]), high - low + 1)
            marks: dict[tuple[int, int], str] = {}
            panel = Panel(
                frequency,
                low,
                rows[frequency],
                np.full(shape, np.nan),
                np.full(shape, -1, dtype=np.int32),
                marks,
            )
            for place, block in self._blocks():
                _lay(panel, place, block, marks)
            yield frequency, panel

    def _blocks(self) -> Iterator[tuple[int, Block]]:
        for place, snapshot in enumerate(self.snapshots):
            for block in snapshot.blocks:
                yield place, block

    def as_of(self, moment: datetime) -> Store:
        """What was known at `moment`: of snapshots released by then, in their order."""
        return Store((s for s in self.snapshots if s.vintage.release <= moment), self._keep)

    def restricted(self, keep: Callable[[Key, str], bool]) -> Store:
        """Only the series for which `keep(key, frequency)` holds; snapshots without any are gone, too."""
        mine = self._keep

        def both(key: Key, frequency: str) -> bool:
            return mine(key, frequency) and keep(key, frequency)

        left = [s for s in self.snapshots if any(_touches(b, both) for b in s.blocks)]
        return Store(left, both)

    def series(self, key: Key, frequency: str) -> Series | None:
        """One series between its first and its last number; None when there is none."""
        panel = self.panels.get(frequency)
        row = panel.rows.get(key) if panel else None
        if panel is None or row is None:
            return None
        held = np.flatnonzero(panel.vintages[row] >= 0)
        if not len(held):
            return None
        first, last = int(held[0]), int(held[-1]) + 1
        periods = tuple(Period(frequency, panel.start + n) for n in range(first, last))
        marks = {c - first: m for (r, c), m in self._marks_of(frequency, row)}
        values, vintages = panel.values[row, first:last], panel.vintages[row, first:last]
        return Series(key, periods, values, vintages, marks)

    @cached_property
    def _marked(self) -> Mapping[tuple[str, int], list[tuple[tuple[int, int], str]]]:
        found: dict[tuple[str, int], list[tuple[tuple[int, int], str]]] = {}
        for frequency, panel in self.panels.items():
            for place, mark in panel.marks.items():
                found.setdefault((frequency, place[0]), []).append((place, mark))
        return found

    def _marks_of(self, frequency: str, row: int) -> Sequence[tuple[tuple[int, int], str]]:
        return self._marked.get((frequency, row), ())

    def cell(self, key: Key, period: Period) -> Cell | None:
        """One number with its vintage and mark; None when no snapshot ever held one."""
        panel = self.panels.get(period.frequency)
        row = panel.rows.get(key) if panel else None
        if panel is None or row is None:
            return None
        column = period.ordinal - panel.start
        if not 0 <= column < panel.width or panel.vintages[row, column] < 0:
            return None
        value = float(panel.values[row, column])
        vintage = self.snapshots[int(panel.vintages[row, column])].vintage
        mark = panel.marks.get((row, column), "")
        return Cell(key, period, None if np.isnan(value) else value, vintage, mark)

    def latest(self, key: Key, frequency: str) -> Cell | None:
        """The newest number of a series that is one."""
        found = self.series(key, frequency)
        if found is None:
            return None
        real = np.flatnonzero(~np.isnan(found.values))
        return self.cell(key, found.periods[int(real[-1])]) if len(real) else None

    def revisions(self) -> list[Revision]:
        """Every correction and withdrawal, in the order in which they were released."""
        found: list[Revision] = []
        known: dict[tuple[Key, Period], tuple[float | None, int]] = {}
        for place, block in self._blocks():
            for row, region in enumerate(block.regions):
                key = Key(block.indicator, block.measure, region)
                for column, period in enumerate(block.periods):
                    if not self._keep(key, period.frequency):
                        continue
                    number = float(block.values[row, column])
                    after = None if np.isnan(number) or block.action == "withdraw" else number
                    before = known.get((key, period))
                    if before is not None and block.action != "add":
                        earlier, later = (self.snapshots[n].vintage for n in (before[1], place))
                        found.append(
                            Revision(key, period, before[0], after, earlier, later, block.reason)
                        )
                    known[key, period] = after, place
        return found


def _touches(block: Block, keep: Callable[[Key, str], bool]) -> bool:
    frequencies = {p.frequency for p in block.periods}
    keys = (Key(block.indicator, block.measure, region) for region in block.regions)
    return any(keep(key, frequency) for key in keys for frequency in frequencies)


def _lay(panel: Panel, place: int, block: Block, marks: dict[tuple[int, int], str]) -> None:
    """Put a block's numbers into the panel of their frequency."""
    taken = [
        (n, p.ordinal - panel.start)
        for n, p in enumerate(block.periods)
        if p.frequency == panel.frequency
    ]
    if not taken:
        return
    sources, columns = (list(c) for c in zip(*taken, strict=True))
    for row, region in enumerate(block.regions):
        target = panel.rows.get(Key(block.indicator, block.measure, region))
        if target is None:
            continue
        values = block.values[row, sources]
        marked = {c: block.marks.get((row, s), "") for s, c in taken}
        told = ~np.isnan(values) | np.array([bool(marked[c]) for c in columns])
        told |= block.action == "withdraw"
        for column, said in zip(columns, told, strict=True):
            if said:
                marks.pop((target, column), None)
        here = np.array(columns)[told]
        panel.values[target, here] = np.nan if block.action == "withdraw" else values[told]
        panel.vintages[target, here] = place
        for column in here:
            mark = "withdrawn" if block.action == "withdraw" else marked[int(column)]
            if mark:
                marks[target, int(column)] = mark
