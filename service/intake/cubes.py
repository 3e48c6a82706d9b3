"""Released figures as the tables of the shared engine, for whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from builder.indicators.tables import Cube
from builder.values import LEVELS, Indicator, Period, Region, Vintage
from service.intake.readers import Reader
from service.intake.selection import Picked
from service.store.figures import Figure

Cells = dict[tuple[str, str, int], Figure]


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: a table, what of it, as of when (ms)."""

    indicator: Indicator
    measures: Picked
    regions: Picked
    periods: Picked
    until: int


def newest(reader: Reader, indicator: Indicator, rows: Iterable[Figure]) -> Cells:
    """The last word on each number, of those that the reader may see. A later word that is not theirs hides it."""
    may: dict[tuple[str, str], bool] = {}
    found: Cells = {}
    for row in rows:
        series = row[0], row[1]
        if series not in may:
            may[series] = reader.may(indicator, *series)
        if may[series]:
            found[row[0], row[1], row[2]] = row
    heard = {audience: reader.hears(audience) for audience in {r.audience for r in found.values()}}
    if all(heard.values()):
        return found
    return {place: row for place, row in found.items() if heard[row.audience]}


def cube(asked: Asked, reader: Reader, cells: Cells, told: Mapping[int, Vintage]) -> Cube | None:
    """The table that was asked for; None when the reader may see nothing of it. `Stopped` for unknown codes."""
    if not cells:
        return None
    axes = _axes(asked, reader.known.said.regions, cells)
    measures, regions, periods = axes
    if not measures or not regions or not periods:
        return None
    places = (
        {code: n for n, code in enumerate(measures)},
        {region.code: n for n, region in enumerate(regions)},
        {period.ordinal: n for n, period in enumerate(periods)},
    )
    shape = len(measures), len(regions), len(periods)
    values, vintages = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int32)
    marks: dict[tuple[int, int, int], str] = {}
    used: dict[int, int] = {}
    for (measure, region, ordinal), row in cells.items():
        at = places[0].get(measure, -1), places[1].get(region, -1), places[2].get(ordinal, -1)
        if min(at) < 0 or row.batch not in told:
            continue
        values[at] = np.nan if row.value is None else row.value
        vintages[at] = used.setdefault(row.batch, len(used))
        if row.mark:
            marks[at] = row.mark
    if not used:
        return None
    snapshots = tuple(told[batch] for batch in used)
    return Cube(asked.indicator, measures, regions, periods, values, vintages, marks, snapshots)


def _axes(
    asked: Asked, regions: Mapping[str, Region], cells: Cells
) -> tuple[tuple[str, ...], tuple[Region, ...], tuple[Period, ...]]:
    there = {m for m, _, _ in cells}, {r for _, r, _ in cells}, {o for _, _, o in cells}
    measures = [m for m in asked.indicator.measures if m in there[0]]
    codes = sorted((c for c in there[1] if c in regions), key=lambda c: rank(regions[c]))
    frequency = asked.indicator.frequency
    periods = [Period(frequency, n) for n in range(min(there[2]), max(there[2]) + 1)]
    named = {str(period): period for period in periods}
    return (
        tuple(asked.measures.of(measures, "measure")),
        tuple(regions[c] for c in asked.regions.of(codes, "region")),
        tuple(named[text] for text in asked.periods.of(list(named), "period")),
    )


def rank(region: Region) -> tuple[int, str]:
    """The order of regions: from above, then by code."""
    return LEVELS.index(region.level) if region.level in LEVELS else len(LEVELS), region.code
