"""What rules look at: numbers of one indicator as a table of regions × periods, and what is found there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from builder.indicators.rules import AnyRule
from builder.indicators.store import Floats, Panel, Store
from builder.values import MEASURES, Indicator, Key, Period, Region

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One number, or its absence, against one rule. `cell` says where it stands in a form or a file.

    `when`: the period as readers call it. `lacking`: the numbers without which a rule can't be told, of
    which `key` is the first; such a finding is about them all.
    """

    rule: str
    kind: str
    hard: bool
    key: Key
    period: Period
    expected: str
    seen: str
    sentence: str
    cell: str = ""
    when: str = ""
    lacking: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers of one indicator and measure: regions down, the periods of its panel across."""

    regions: tuple[str, ...]
    values: Floats
    told: Bools  # there is a number, or a mark in its place


@dataclass(slots=True)
class Sweep:
    """What rules look at: the numbers of one frequency, and which columns of them."""

    store: Store
    indicators: Mapping[str, Indicator]
    regions: Mapping[str, Region]
    since: Mapping[str, int]
    _rows: dict[tuple[str, str, str], tuple[list[str], list[int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for frequency, panel in self.store.panels.items():
            for key, row in panel.rows.items():
                codes, rows = self._rows.setdefault(
                    (frequency, key.indicator, key.measure), ([], [])
                )
                codes.append(key.region)
                rows.append(row)

    def panel(self, indicator: str) -> Panel | None:
        """The panel that an indicator's numbers stand in."""
        known = self.indicators.get(indicator)
        return self.store.panels.get(known.frequency) if known else None

    def table(self, indicator: str, measure: str, levels: Sequence[str] = ()) -> Table | None:
        """The numbers of an indicator's regions of these levels, all levels when none is named."""
        panel = self.panel(indicator)
        if panel is None:
            return None
        codes, rows = self._rows.get((panel.frequency, indicator, measure), ([], []))
        if levels:
            kept = [
                n
                for n, c in enumerate(codes)
                if c in self.regions and self.regions[c].level in levels
            ]
            codes, rows = [codes[n] for n in kept], [rows[n] for n in kept]
        if not rows:
            return None
        return Table(tuple(codes), panel.values[rows], panel.vintages[rows] >= 0)

    def judged(self, panel: Panel) -> slice:
        """The columns that are asked for."""
        first = self.since.get(panel.frequency, panel.start) - panel.start
        return slice(max(0, min(first, panel.width)), panel.width)

    def when(self, key: Key, period: Period) -> str:
        """A period as readers call it; where a region has no number, as others have theirs."""
        cell = self.store.cell(key, period)
        if cell is not None and cell.value is not None:
            return cell.when
        others = (self.store.cell(key._replace(region=r), period) for r in self.regions)
        both = any(other.mark == "combined" for other in others if other is not None)
        return period.label(key.measure, "combined" if both else "")

    def decimals(self, indicator: str, measure: str) -> int:
        """Published decimals."""
        known = self.indicators[indicator].measures.get(measure)
        return known.decimals if known else 2


def named(sweep: Sweep, key: Key) -> str:
    """Region, indicator and measure as a reader calls them."""
    known, region = sweep.indicators.get(key.indicator), sweep.regions.get(key.region)
    name = known.name if known else key.indicator
    return f"{region.name if region else key.region}“{name}”{MEASURES.get(key.measure, '')}"


def flaw(sweep: Sweep, rule: AnyRule, key: Key, period: Period, expected: str, seen: str) -> Flaw:
    """A finding with its sentence."""
    why = f"（{rule.why}）" if rule.why else ""
    when = sweep.when(key, period)
    sentence = f"{when}{named(sweep, key)}：{seen}，应当{expected}{why}。"
    return Flaw(rule.id, rule.rule, rule.hard, key, period, expected, seen, sentence, when=when)


def each(
    sweep: Sweep,
    indicator: str,
    measure: str,
    levels: Sequence[str],
    wrong: Callable[[Table, Panel], Bools],
) -> Iterator[tuple[Key, Period, float, tuple[int, int]]]:
    """Every judged cell of a table for which `wrong` is true."""
    panel, table = sweep.panel(indicator), sweep.table(indicator, measure, levels)
    if panel is None or table is None:
        return
    bad = wrong(table, panel)
    span = sweep.judged(panel)
    for row, column in np.argwhere(bad[:, span]):
        column = int(column) + (span.start or 0)
        key = Key(indicator, measure, table.regions[int(row)])
        period = Period(panel.frequency, panel.start + column)
        yield key, period, float(table.values[row, column]), (int(row), column)


def shown(sweep: Sweep, key: Key, value: float) -> str:
    """A number with its unit."""
    known = sweep.indicators[key.indicator].measures.get(key.measure)
    plain = f"{value:.6f}".rstrip("0").rstrip(".")
    return f"{plain}{known.unit if known else ''}"


def between(low: float | None, high: float | None) -> str:
    """Bounds in words."""
    if low is None:
        return f"不大于 {high:g}"
    return f"不小于 {low:g}" if high is None else f"在 {low:g} 至 {high:g} 之间"


def outside(values: Floats, low: float | None, high: float | None) -> Bools:
    """Which numbers are out of these bounds."""
    bad = np.zeros(values.shape, dtype=bool)
    if low is not None:
        bad |= values < low
    if high is not None:
        bad |= values > high
    return bad


def due(sweep: Sweep, indicator: str, measure: str, panel: Panel) -> Bools:
    """Columns in which a number is awaited: of what is reported for two months together, not January's."""
    awaited = np.ones(panel.width, dtype=bool)
    if panel.frequency == "month" and sweep.indicators[indicator].combined:
        months = (panel.start + np.arange(panel.width)) % 12
        awaited &= months != 0
        if not measure.startswith("ytd"):
            awaited &= months != 1
    return awaited


def aligned(table: Table | None, regions: Sequence[str], width: int) -> Floats:
    """A table's rows in the order of `regions`; NaN for those it lacks."""
    out = np.full((len(regions), width), np.nan)
    if table is not None:
        rows = {code: n for n, code in enumerate(table.regions)}
        here = [(n, rows[c]) for n, c in enumerate(regions) if c in rows]
        if here:
            targets, sources = (list(side) for side in zip(*here, strict=True))
            out[targets] = table.values[sources]
    return out


def half(sweep: Sweep, indicator: str, measure: str) -> float:
    """Half a unit of the last published decimal: what rounding may hide."""
    return 0.5 * 10.0 ** -sweep.decimals(indicator, measure)
