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
        wanted = set(rule.levels or sweep.indicators[indicator].levels)
        span = sweep.judged(panel)
        for measure in rule.measures:
            awaited = due(sweep, indicator, measure, panel)
            for code, region in sweep.regions.items():
                if region.level not in wanted:
                    continue
                row = panel.rows.get(Key(indicator, measure, code))
                told = panel.vintages[row] >= 0 if row is not None else np.zeros(panel.width, bool)
                for column in np.flatnonzero((awaited & ~told)[span]):
                    period = Period(panel.frequency, panel.start + int(column) + (span.start or 0))
                    key = Key(indicator, measure, code)
                    yield flaw(sweep, rule, key, period, "有数，确实没有的写——", "没有填")


def coverage(sweep: Sweep, rule: ruled.Coverage) -> Iterator[Flaw]:
    """Periods in which fewer regions report than in the one before."""
    for indicator in rule.indicators:
        for measure in rule.measures:
            panel, table = sweep.panel(indicator), sweep.table(indicator, measure, rule.levels)
            if panel is None or table is None:
                continue
            counts = table.told.sum(axis=0)
            awaited = due(sweep, indicator, measure, panel)
            before = 0
            span = sweep.judged(panel)
            last = int(np.flatnonzero(counts)[-1]) if counts.any() else -1
            for column in range(last + 1):
                if not awaited[column]:
                    continue
                if counts[column] < before and column >= (span.start or 0):
                    gone = [
                        c
                        for c, t in zip(table.regions, table.told[:, column], strict=True)
                        if not t
                    ]
                    key = Key(indicator, measure, gone[0])
                    period = Period(panel.frequency, panel.start + column)
                    names = "、".join(
                        sweep.regions[c].name if c in sweep.regions else c for c in gone[:5]
                    )
                    seen = f"只有 {counts[column]} 个地区有数，缺{names}{'等' if len(gone) > 5 else ''}"
                    yield flaw(sweep, rule, key, period, f"不少于上期的 {before} 个地区", seen)
                before = int(counts[column])


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
                times = value / usual[place]
                size = f"{times:.3g} 倍" if times > 1 else f"{1 / times:.3g} 分之一"
                want = f"与往期的 {shown(sweep, key, float(f'{usual[place]:.4g}'))} 同一量级，单位可能写错"
                yield flaw(
                    sweep,
                    rule,
                    key,
                    period,
                    want,
                    f"填报 {shown(sweep, key, value)}，约是往期的 {size}",
                )


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
    return np.asarray(~(typical > NEAR_SLIP), dtype=bool)
