"""Values with their vintages: snapshots laid over one another, in the order of their release.

Dense tables of one frequency each (rows: series, columns: periods), so that whole sweeps are a few
numpy operations. Nothing is overwritten: `as_of` lays only the snapshots released by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from builder.indicators.layers import Block, Floats, Keep, Layer, Layout, Snapshot, cut, layouts
from builder.values import Cell, Key, Period, Revision, Vintage

__all__ = ["Block", "Floats", "Numbers", "Panel", "Series", "Snapshot", "Store"]
Numbers = NDArray[np.int32]


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


def every(key: Key, frequency: str) -> bool:
    """Keeps all series."""
    del key, frequency
    return True


class Store:
    """Every number that these snapshots hold, and where each comes from."""

    def __init__(self, snapshots: Iterable[Snapshot], keep: Keep = every) -> None:
        """Lay `snapshots` in the order of release time, then id. `keep(key, frequency)` chooses series."""
        self.snapshots: tuple[Snapshot, ...] = tuple(
            sorted(snapshots, key=lambda s: (s.vintage.release, s.vintage.id))
        )
        self._keep = keep
        self.panels: Mapping[str, Panel] = {
            layout.frequency: _panel(layout) for layout in layouts(self.snapshots, keep)
        }

    @classmethod
    def laid(cls, snapshots: tuple[Snapshot, ...], panels: Mapping[str, Panel]) -> Store:
        """A store whose snapshots, in their order, were laid into these panels before."""
        made = cls(())
        made.snapshots, made.panels = snapshots, panels
        return made

    def as_of(self, moment: datetime) -> Store:
        """What was known at `moment`: of snapshots released by then, in their order."""
        return Store((s for s in self.snapshots if s.vintage.release <= moment), self._keep)

    def restricted(self, keep: Keep) -> Store:
        """Only the series for which `keep(key, frequency)` holds; of the others nothing is left.

        Snapshots without any are gone, too.
        """
        left: list[Snapshot] = []
        for snapshot in self.snapshots:
            blocks = [b for block in snapshot.blocks for b in cut(block, self._both(keep))]
            if blocks:
                left.append(replace(snapshot, blocks=tuple(blocks)))
        return Store(left)

    def about(self, indicator: str) -> tuple[Snapshot, ...]:
        """The snapshots that say anything of an indicator, with those of their blocks that do."""
        return self._about.get(indicator, ())

    @cached_property
    def _about(self) -> Mapping[str, tuple[Snapshot, ...]]:
        found: dict[str, list[Snapshot]] = {}
        for snapshot in self.snapshots:
            mine: dict[str, list[Block]] = {}
            for block in snapshot.blocks:
                kept = [block] if self._keep is every else cut(block, self._keep)
                mine.setdefault(block.indicator, []).extend(kept)
            for indicator, blocks in mine.items():
                if blocks:
                    few = replace(snapshot, blocks=tuple(blocks))
                    found.setdefault(indicator, []).append(few)
        return {indicator: tuple(snapshots) for indicator, snapshots in found.items()}

    def _both(self, keep: Keep) -> Keep:
        mine = self._keep
        if mine is every:
            return keep
        return lambda key, frequency: mine(key, frequency) and keep(key, frequency)

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
        panel = self.panels.get(frequency)
        row = panel.rows.get(key) if panel else None
        if panel is None or row is None:
            return None
        column = int(self._newest[frequency][row])
        return self.cell(key, Period(frequency, panel.start + column)) if column >= 0 else None

    @cached_property
    def _newest(self) -> Mapping[str, Numbers]:
        """For each row of each panel the column of its last number, −1 where it has none: asked for very often."""
        found = {}
        for frequency, panel in self.panels.items():
            real = ~np.isnan(panel.values)
            last = panel.width - 1 - np.argmax(real[:, ::-1], axis=1)
            found[frequency] = np.where(real.any(axis=1), last, -1).astype(np.int32)
        return found

    def revisions(self) -> list[Revision]:
        """Every correction and withdrawal, in the order in which they were released."""
        return list(self._revisions)

    @cached_property
    def _revisions(self) -> tuple[Revision, ...]:
        found = [
            row for layout in layouts(self.snapshots, self._keep) for row in self._revised(layout)
        ]
        return tuple(revision for _, revision in sorted(found, key=itemgetter(0)))

    def _revised(self, layout: Layout) -> Iterator[tuple[tuple[int, int, int], Revision]]:
        """The revisions of one frequency, each with its place: snapshot, block, cell."""
        values, vintages = _blank(layout.shape)
        marked = np.zeros(layout.shape, dtype=np.int8)
        for layer in layout.layers():
            blocks = self.snapshots[layer.place].blocks
            changing = np.array([b.action != "add" for b in blocks])[layer.block]
            for at in np.flatnonzero(changing & (vintages[layer.row, layer.column] >= 0)):
                cell = int(layer.row[at]), int(layer.column[at])
                block, inside = int(layer.block[at]), int(layer.cell[at])
                yield (
                    (layer.place, block, inside),
                    _revision(
                        blocks[block],
                        inside,
                        (float(values[cell]), float(layer.value[at])),
                        (layout.marks[marked[cell]], layout.marks[layer.mark[at]]),
                        self.snapshots[int(vintages[cell])].vintage,
                        self.snapshots[layer.place].vintage,
                    ),
                )
            _lay(values, vintages, layer)
            marked[layer.row, layer.column] = layer.mark


def _revision(
    block: Block,
    inside: int,
    numbers: tuple[float, float],
    marks: tuple[str, str],
    earlier: Vintage,
    later: Vintage,
) -> Revision:
    row, column = divmod(inside, len(block.periods))
    key = Key(block.indicator, block.measure, block.regions[row])
    before, after = (None if np.isnan(n) else n for n in numbers)
    told = block.reason, block.action, *marks
    return Revision(key, block.periods[column], before, after, earlier, later, *told)


def _blank(shape: tuple[int, int]) -> tuple[Floats, Numbers]:
    return np.full(shape, np.nan), np.full(shape, -1, dtype=np.int32)


def _lay(values: Floats, vintages: Numbers, layer: Layer) -> None:
    values[layer.row, layer.column] = layer.value
    vintages[layer.row, layer.column] = layer.place


def _panel(layout: Layout) -> Panel:
    """All layers of one frequency, the later over the earlier."""
    values, vintages = _blank(layout.shape)
    marked = np.zeros(layout.shape, dtype=np.int8)
    for layer in layout.layers():
        _lay(values, vintages, layer)
        marked[layer.row, layer.column] = layer.mark
    rows, columns = (found.tolist() for found in np.nonzero(marked))
    names = [layout.marks[n] for n in marked[rows, columns]]
    marks = dict(zip(zip(rows, columns, strict=True), names, strict=True))
    return Panel(layout.frequency, layout.low, layout.rows, values, vintages, marks)
