"""How numbers came to be what they are: for pages that log revisions, and for comparing two moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from builder.indicators.layers import Floats, Layer, Snapshot, Truths, layouts
from builder.indicators.store import Panel, Store
from builder.values import Key, Period, Revision, Vintage

ABSENT = "没有"
WITHDRAWN = "撤回"


class Told(NamedTuple):
    """What one snapshot said of a cell. `value` is None where it said that there is none, or withdrew it."""

    value: float | None
    mark: str
    vintage: Vintage
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One period of a series in a vintages table: everything that was ever said, the oldest first."""

    key: Key
    period: Period
    told: tuple[Told, ...]

    @property
    def first(self) -> Told:
        """As it was first released."""
        return self.told[0]

    @property
    def last(self) -> Told:
        """As it stands now."""
        return self.told[-1]

    @property
    def revised(self) -> bool:
        """Whether anybody said anything after the first time."""
        return len(self.told) > 1


def revisions(store: Store, indicator: str) -> list[Revision]:
    """Corrections and withdrawals of one indicator, the newest first."""
    return [r for r in reversed(store.revisions()) if r.key.indicator == indicator]


def revised(store: Store) -> dict[str, list[Revision]]:
    """The same for every indicator that has any."""
    found: dict[str, list[Revision]] = {}
    for revision in reversed(store.revisions()):
        found.setdefault(revision.key.indicator, []).append(revision)
    return found


def vintages(store: Store, indicator: str, measure: str = "", region: str = "") -> list[Row]:
    """Every period of an indicator's series with all that was said of it, in the order of series and time."""
    found: dict[tuple[Key, Period], list[Told]] = {}

    def wanted(key: Key, frequency: str) -> bool:
        del frequency
        return measure in {"", key.measure} and region in {"", key.region}

    snapshots = store.about(indicator)
    for layout in layouts(snapshots, wanted):
        keys = list(layout.rows)
        for layer in layout.layers():
            for at, (row, column) in enumerate(
                zip(layer.row.tolist(), layer.column.tolist(), strict=True)
            ):
                place = keys[row], Period(layout.frequency, layout.low + column)
                told = _told(snapshots[layer.place], layer, at, layout.marks)
                found.setdefault(place, []).append(told)
    return [Row(*place, tuple(told)) for place, told in sorted(found.items())]


def _told(snapshot: Snapshot, layer: Layer, at: int, marks: Sequence[str]) -> Told:
    block = snapshot.blocks[int(layer.block[at])]
    value = float(layer.value[at])
    number = None if np.isnan(value) else value
    mark = marks[int(layer.mark[at])]
    return Told(number, mark, snapshot.vintage, block.action, block.reason)


class Change(NamedTuple):
    """A cell that is not what it was: a number, None where there is said to be none, or a word."""

    key: Key
    period: Period
    before: float | str | None
    after: float | str | None


def differences(before: Store, after: Store) -> Iterator[Change]:
    """Every cell that differs between two stores, in the order of series and time."""
    found = []
    for frequency in {*before.panels, *after.panels}:
        one, other = (s.panels.get(frequency) for s in (before, after))
        spans = [(p.start, p.start + p.width) for p in (one, other) if p is not None]
        low, high = min(s for s, _ in spans), max(e for _, e in spans)
        keys = {key for p in (one, other) if p is not None for key in p.rows}
        for key in keys:
            a, b = (_line(p, key, low, high) for p in (one, other))
            for column in np.flatnonzero((a[1] | b[1]) & (a[0] != b[0])):  # NaN differs from NaN
                period = Period(frequency, low + int(column))
                shown = [_shown(s, key, period) for s in (before, after)]
                if shown[0] != shown[1]:
                    found.append(Change(key, period, *shown))
    yield from sorted(found, key=lambda c: (c.key, c.period))


Line = tuple[Floats, Truths]


def _line(panel: Panel | None, key: Key, low: int, high: int) -> Line:
    """Values and whether anything is told, over a span that may be wider than the panel."""
    values, held = np.full(high - low, np.nan), np.zeros(high - low, dtype=np.bool_)
    row = panel.rows.get(key) if panel is not None else None
    if panel is not None and row is not None:
        span = slice(panel.start - low, panel.start - low + panel.width)
        values[span] = panel.values[row]
        held[span] = panel.vintages[row] >= 0
    return values, held


def _shown(store: Store, key: Key, period: Period) -> float | str | None:
    cell = store.cell(key, period)
    if cell is None:
        return ABSENT
    return WITHDRAWN if cell.mark == "withdrawn" else cell.value
