"""The table a sweep works on: all series of one frequency, sorted by indicator and measure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from builder.indicators.store import Panel
from builder.indicators.warn.limits import INDICES, RATES, Limits
from builder.indicators.warn.robust import Bools, Floats, Places, median, teams
from builder.values import A_YEAR, LEVELS, Indicator, Key, Period, Region, Revision


@dataclass(frozen=True, slots=True)
class Group:
    """All regions of one indicator and measure: rows `start` to `stop` of its sheet."""

    indicator: Indicator
    measure: str
    start: int
    stop: int

    @property
    def name(self) -> tuple[str, str]:
        """What it is found by."""
        return self.indicator.id, self.measure

    @property
    def rate(self) -> bool:
        """True where numbers differ by points, not by per cent of themselves."""
        shown = self.indicator.measures.get(self.measure)
        return self.measure in RATES or (
            shown is not None and any(c in shown.unit for c in "%％‰百")
        )

    @property
    def centre(self) -> float:
        """The number that means no change."""
        return 100.0 if self.measure in INDICES else 0.0

    @property
    def running(self) -> bool:
        """True where numbers are sums since January."""
        return self.measure == "ytd" and not self.rate

    @property
    def decimals(self) -> int:
        """How many decimals are published."""
        shown = self.indicator.measures.get(self.measure)
        return shown.decimals if shown else 1

    @property
    def unit(self) -> str:
        """The unit numbers are published in."""
        shown = self.indicator.measures.get(self.measure)
        return shown.unit if shown else ""


@dataclass(frozen=True)
class Sheet:
    """Numbers of one frequency. `values` as published, NaN in gaps; `judged`: the cells to look at.
    `told`: cells of which a snapshot says something, if only that there is no number. `both`: Februaries
    that stand for January, too.

    `total`: how many cells a full sweep judges, also when this sheet holds fewer.
    """

    frequency: str
    start: int
    groups: tuple[Group, ...]
    keys: tuple[Key, ...]
    places: tuple[Region, ...]
    regions: Mapping[str, Region]
    values: Floats
    told: Bools
    both: Bools
    judged: Bools
    total: int

    @property
    def cycle(self) -> int:
        """Periods a year."""
        return A_YEAR[self.frequency]

    @property
    def first(self) -> int:
        """Place of the first column in its year, from 0."""
        return self.start % self.cycle

    @property
    def starts(self) -> Places:
        """The first row of each group."""
        return np.array([g.start for g in self.groups], dtype=np.intp)

    @cached_property
    def owner(self) -> Places:
        """The group of each row."""
        return np.repeat(np.arange(len(self.groups)), [g.stop - g.start for g in self.groups])

    @cached_property
    def by_name(self) -> Mapping[tuple[str, str], Group]:
        """Groups by indicator and measure."""
        return {group.name: group for group in self.groups}

    def parts(self, rows: int) -> Iterator[Sheet]:
        """The same in tables of whole groups and about so many rows."""
        start = 0
        for number, group in enumerate(self.groups):
            if group.stop - self.groups[start].start >= rows or number + 1 == len(self.groups):
                yield self._part(start, number + 1)
                start = number + 1

    def _part(self, start: int, stop: int) -> Sheet:
        first, last = self.groups[start].start, self.groups[stop - 1].stop
        groups = [
            replace(g, start=g.start - first, stop=g.stop - first) for g in self.groups[start:stop]
        ]
        rows = slice(first, last)
        return replace(
            self,
            groups=tuple(groups),
            keys=self.keys[rows],
            places=self.places[rows],
            values=self.values[rows],
            told=self.told[rows],
            both=self.both[rows],
            judged=self.judged[rows],
        )

    @cached_property
    def shares(self) -> Floats:
        """How much of its level each region is, by the newest amount; equal shares where there is none."""
        found = np.ones(len(self.keys))
        typical = median(np.abs(self.values[:, -self.cycle :]))
        typical[self.of_rows([g.rate for g in self.groups]) > 0] = 1.0
        level = np.array([LEVELS.index(place.level) for place in self.places])
        for team in teams(self.owner * len(LEVELS) + level):
            sizes = np.nan_to_num(typical[team])
            total = sizes.sum(axis=1, keepdims=True)
            equal = np.full(sizes.shape, 1.0 / team.shape[1])
            found[team] = np.divide(sizes, total, out=equal, where=total > 0)
        return found

    @cached_property
    def usual(self) -> Floats:
        """The median size of each row's numbers; NaN where it has none."""
        return median(np.abs(self.values))

    def least_points(self, points: float, percent: float) -> Floats:
        """For each row the smallest difference of a rate worth a word.

        `points` of growth over a year, half of it of change over a month; of other rates at most
        `percent` of what they usually are.
        """
        growth = self.of_rows([group.measure in RATES for group in self.groups]) > 0
        month = self.of_rows([group.measure == "mom" for group in self.groups]) > 0
        usual = self.usual * percent / 100
        found: Floats = np.where(
            month, points / 2, np.where(growth, points, np.fmin(usual, points))
        )
        return found

    def of_rows(self, told: Sequence[float | bool]) -> Floats:
        """One figure a group, as one a row."""
        return np.asarray(told, dtype=np.float64)[self.owner]

    def group_of(self, row: int) -> Group:
        """The group a row belongs to."""
        return self.groups[int(self.owner[row])]

    @cached_property
    def rows(self) -> Mapping[Key, int]:
        """Rows by series."""
        return {key: row for row, key in enumerate(self.keys)}

    def above(self, row: int, level: str) -> int:
        """The row of the region of that level in which this one lies; −1 where there is none."""
        place: Region | None = self.places[row]
        while place is not None:
            place = self.regions.get(place.parent)
            if place is not None and place.level == level:
                return self.rows.get(self.keys[row]._replace(region=place.code), -1)
        return -1

    def excused(self, group: Group, column: int) -> Bools:
        """Regions of which it is said why they have no number in this column."""
        return self.told[group.start : group.stop, column]

    def period(self, column: int) -> Period:
        """The period of a column."""
        return Period(self.frequency, self.start + int(column))

    def when(self, row: int, column: int) -> str:
        """A period as readers call it; where a row has no number, as others of its group have theirs."""
        group = self.group_of(row)
        rows = slice(group.start, group.stop) if np.isnan(self.values[row, column]) else row
        mark = "combined" if self.both[rows, column].any() else ""
        return self.period(column).label(group.measure, mark)


def sheet(
    panel: Panel,
    indicators: Mapping[str, Indicator],
    regions: Mapping[str, Region],
    revisions: Iterable[Revision],
    wanted: Collection[str] | None,
    limits: Limits,
) -> Sheet | None:
    """Gather what is known and wanted of a panel; None when that is nothing.

    Cells that `revisions` brought are judged besides the newest. `wanted`: ids of indicators; None: all.
    """
    keys = sorted(k for k in panel.rows if k.indicator in indicators and k.region in regions)
    rows = np.array([panel.rows[key] for key in keys], dtype=np.intp)
    if not len(rows):
        return None
    values = panel.values[rows]
    judged = _newest(values, _starts(keys), A_YEAR[panel.frequency], limits.stale)
    total = int(judged.sum())
    where = {key: n for n, key in enumerate(keys)}
    for revision in revisions:
        if revision.period.frequency == panel.frequency and revision.key in where:
            judged[where[revision.key], revision.period.ordinal - panel.start] = True
    judged &= ~np.isnan(values)
    kept = [n for n, k in enumerate(keys) if wanted is None or k.indicator in wanted]
    if not kept:
        return None
    return Sheet(
        panel.frequency,
        panel.start,
        tuple(_groups([keys[n] for n in kept], indicators)),
        tuple(keys[n] for n in kept),
        tuple(regions[keys[n].region] for n in kept),
        regions,
        values[kept],
        panel.vintages[rows[kept]] >= 0,
        _both(panel)[rows[kept]],
        judged[kept],
        total,
    )


def _both(panel: Panel) -> Bools:
    """Cells that are of January and February together."""
    found = np.zeros(panel.values.shape, dtype=np.bool_)
    for place, mark in panel.marks.items():
        found[place] = mark == "combined"
    return found


def _starts(keys: Sequence[Key]) -> list[int]:
    return [n for n, key in enumerate(keys) if not n or keys[n - 1][:2] != key[:2]]


def _groups(keys: Sequence[Key], indicators: Mapping[str, Indicator]) -> Iterator[Group]:
    starts = _starts(keys)
    for start, stop in zip(starts, [*starts[1:], len(keys)], strict=True):
        yield Group(indicators[keys[start].indicator], keys[start].measure, start, stop)


def _newest(values: Floats, starts: Sequence[int], cycle: int, stale: int) -> Bools:
    """The newest number of each row, unless its group is `stale` periods further, or a year behind all."""
    there = ~np.isnan(values)
    width = values.shape[1]
    newest = np.where(there.any(axis=1), width - 1 - np.argmax(there[:, ::-1], axis=1), -1)
    sizes = np.diff([*starts, len(values)])
    leader = np.repeat(np.maximum.reduceat(newest, starts), sizes)
    fresh = (newest >= 0) & (leader - newest <= stale) & (leader >= width - cycle)
    found = np.zeros(values.shape, dtype=np.bool_)
    found[np.flatnonzero(fresh), newest[fresh]] = True
    return found
