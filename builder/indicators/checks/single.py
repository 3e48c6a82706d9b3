"""Rules about single numbers: type, range, being there, magnitude."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from builder.indicators import rules as ruled
from builder.indicators.checks.sweep import (
    Bools,
    Flaw,
    Sweep,
    Table,
    between,
    due,
    each,
    flaw,
    outside,
    shown,
)
from builder.indicators.store import Floats, Panel
from builder.values import A_YEAR, Key, Period

SLIPS = (1.0, -1.0, 4.0, -4.0)  # powers of ten: a digit too many, 万 for 元
NEAR_SLIP = 0.16  # in powers of ten: ×7 … ×14
LEAST_PAST = 6  # numbers that tell what is usual


def ranges(sweep: Sweep, rule: ruled.Range) -> Iterator[Flaw]:
    """Numbers out of their bounds."""
    for indicator in rule.indicators:
        for measure in rule.measures:
            cells = each(
                sweep,
                indicator,
                measure,
                rule.levels,
                lambda t, p: outside(t.values, rule.low, rule.high),
            )
            for key, period, value, _ in cells:
                yield flaw(
                    sweep,
                    rule,
                    key,
                    period,
                    between(rule.low, rule.high),
                    f"填报 {shown(sweep, key, value)}",
                )


def types(sweep: Sweep, rule: ruled.Type) -> Iterator[Flaw]:
    """Numbers with more decimals than are published."""
    for indicator in rule.indicators:
        if indicator not in sweep.indicators:
            continue
        measures: Sequence[str] = rule.measures or tuple(sweep.indicators[indicator].measures)
        for measure in measures:
            places = 0 if rule.whole else sweep.decimals(indicator, measure)
            scale = 10.0**places

            def wrong(table: Table, panel: Panel, scale: float = scale) -> Bools:
                there = np.nan_to_num(table.values) * scale
                return np.abs(there - np.round(there)) > np.maximum(1e-6, np.abs(there) * 1e-12)

            for key, period, value, _ in each(sweep, indicator, measure, rule.levels, wrong):
                expected = f"最多 {places} 位小数" if places else "是整数"
                yield flaw(sweep, rule, key, period, expected, f"填报 {shown(sweep, key, value)}")


def required(sweep: Sweep, rule: ruled.Required) -> Iterator[Flaw]:
    """Cells that are due and empty."""
    for indicator in rule.indicators:
        panel = sweep.panel(indicator)
        if panel is None:
            continue
        for measure in rule.measures:
            for level in rule.levels or sweep.indicators[indicator].levels:
                awaited = _awaited(sweep, rule, Key(indicator, measure, ""), level)
                yield from _empty(sweep, rule, panel, Key(indicator, measure, ""), level, awaited)


def _empty(
    sweep: Sweep, rule: ruled.Required, panel: Panel, key: Key, level: str, awaited: Bools
) -> Iterator[Flaw]:
    begin = sweep.judged(panel).start or 0
    for code in (c for c, region in sweep.regions.items() if region.level == level):
        row = panel.rows.get(key._replace(region=code))
        told = panel.vintages[row] >= 0 if row is not None else np.zeros(panel.width, bool)
        for column in np.flatnonzero(awaited & ~told):
            if column >= begin:
                place = (
                    key._replace(region=code),
                    Period(panel.frequency, panel.start + int(column)),
                )
                yield flaw(sweep, rule, *place, "有数，确实没有的写——", "没有填")


def _awaited(sweep: Sweep, rule: ruled.Required, key: Key, level: str) -> Bools:
    """Columns in which regions of a level owe a number.

    From `since`, or their first one; until the last that anybody told of the indicator: what no region has
    is not published yet.
    """
    panel = sweep.panel(key.indicator)
    assert panel is not None
    found = np.zeros(panel.width, dtype=bool)
    begun = _held(sweep, key.indicator, (key.measure,), (level,))
    held = _held(sweep, key.indicator, rule.measures)
    since = Period.parse(rule.since) if rule.since else None
    if since is not None and since.frequency == panel.frequency:
        begun = [since.ordinal - panel.start]
    if begun and held:
        found[max(begun[0], 0) : held[-1] + 1] = True
    return found & due(sweep, key.indicator, key.measure, panel)


def _held(
    sweep: Sweep, indicator: str, measures: Sequence[str], levels: Sequence[str] = ()
) -> list[int]:
    """The columns in which any region tells any of these measures."""
    tables = [sweep.table(indicator, measure, levels) for measure in measures]
    told = [table.told.any(axis=0) for table in tables if table is not None]
    return np.flatnonzero(np.any(told, axis=0)).tolist() if told else []


def coverage(sweep: Sweep, rule: ruled.Coverage) -> Iterator[Flaw]:
    """Periods in which regions no longer report that did in the one before, and fewer do than then."""
    for indicator in rule.indicators:
        for measure in rule.measures:
            panel, table = sweep.panel(indicator), sweep.table(indicator, measure, rule.levels)
            if panel is not None and table is not None:
                yield from _shrunk(sweep, rule, Key(indicator, measure, ""), panel, table)


def _shrunk(
    sweep: Sweep, rule: ruled.Coverage, key: Key, panel: Panel, table: Table
) -> Iterator[Flaw]:
    awaited = due(sweep, key.indicator, key.measure, panel)
    begin = sweep.judged(panel).start or 0
    held = np.flatnonzero(table.told.any(axis=0) & awaited)
    columns = np.flatnonzero(awaited[: held[-1] + 1 if len(held) else 0])
    fewer = np.diff(table.told[:, columns].sum(axis=0)) < 0
    for before, column in np.stack([columns[:-1], columns[1:]], axis=1)[fewer].tolist():
        was, now = table.told[:, before], table.told[:, column]
        if column < begin:
            continue
        gone = [table.regions[n] for n in np.flatnonzero(was & ~now)]
        names = "、".join(sweep.regions[c].name if c in sweep.regions else c for c in gone[:5])
        seen = f"只有 {now.sum()} 个地区有数，缺{names}{'等' if len(gone) > 5 else ''}"
        place = key._replace(region=gone[0]), Period(panel.frequency, panel.start + column)
        yield flaw(sweep, rule, *place, f"不少于上期的 {was.sum()} 个地区", seen)


def unit_slips(sweep: Sweep, rule: ruled.UnitSlip) -> Iterator[Flaw]:
    """Numbers ten or ten thousand times what they usually are, or the same part of it."""
    for indicator in rule.indicators:
        for measure in rule.measures:
            usual: dict[tuple[int, int], float] = {}

            def wrong(
                table: Table, panel: Panel, usual: dict[tuple[int, int], float] = usual
            ) -> Bools:
                bad, level = _slipped(table.values, panel)
                usual.update({(int(r), int(c)): float(level[r, c]) for r, c in np.argwhere(bad)})
                return bad

            for key, period, value, place in each(sweep, indicator, measure, rule.levels, wrong):
                size = _times(abs(value) / usual[place])
                want = f"与往期的 {shown(sweep, key, float(f'{usual[place]:.4g}'))} 同一量级，单位可能写错"
                yield flaw(
                    sweep,
                    rule,
                    key,
                    period,
                    want,
                    f"填报 {shown(sweep, key, value)}，约是往期的{size}",
                )


def _times(ratio: float) -> str:
    """`11倍`, `1.1万倍`, `九分之一` in figures: `1/9`."""
    if ratio < 1:
        return f" 1/{round(1 / ratio)}"
    return f" {ratio:.3g} 倍" if ratio < 1000 else f" {ratio / 10_000:.3g} 万倍"


def _slipped(values: Floats, panel: Panel) -> tuple[Bools, Floats]:
    """Cells off by a power of ten from the same place of the last three years, and what is usual there.

    In a series' first year it is the three numbers before that tell.
    """
    size, span = np.abs(values), A_YEAR[panel.frequency]
    log = np.log10(np.where(size > 0, size, np.nan))
    usual = _middle([_shifted(log, n * span) for n in (1, 2, 3)])
    lately = _middle([_shifted(log, n) for n in (1, 2, 3)])
    past = _shifted(np.cumsum(~np.isnan(log), axis=1), 1, 0)
    usual = np.where(np.isnan(usual), lately, usual)
    usual[past < min(LEAST_PAST, 2 * span)] = np.nan
    off = log - usual
    bad = np.zeros(values.shape, dtype=bool)
    for power in SLIPS:
        bad |= np.abs(off - power) < NEAR_SLIP
    if bad.any():
        bad &= _steady(off)[:, None]
    return bad, 10.0**usual


def _shifted(values: Floats, by: int, empty: float = np.nan) -> Floats:
    """Every number `by` columns later."""
    out = np.full(values.shape, empty)
    if by < values.shape[1]:
        out[:, by:] = values[:, :-by]
    return out


def _middle(layers: Sequence[Floats]) -> Floats:
    """The median of three layers, cell by cell, leaving out NaN."""
    ordered = np.sort(np.stack(layers), axis=0)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=0)
    middle: Floats = np.where(count == 3, ordered[1], ordered[0])
    return np.where(count == 2, (ordered[0] + ordered[1]) / 2, middle)


def _steady(off: Floats) -> Bools:
    """Rows that usually keep their magnitude: where ×10 happens by itself it says nothing."""
    ordered = np.sort(np.abs(off), axis=1)
    count = (~np.isnan(ordered)).sum(axis=1)
    typical = ordered[np.arange(len(ordered)), np.maximum(count - 1, 0) // 2]
    alone = count < 2  # the only number with a past would speak against itself
    return np.asarray(alone | ~(typical > NEAR_SLIP), dtype=bool)
