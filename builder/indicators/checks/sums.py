"""Rules on sums: a total is what its parts make, or the regions below it; and what can't be told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from builder.indicators import rules as ruled
from builder.indicators.checks.sweep import (
    Bools,
    Flaw,
    Sweep,
    Table,
    aligned,
    due,
    flaw,
    half,
    named,
    shown,
)
from builder.indicators.store import Floats, Panel
from builder.values import Key, Period

FEW = 2  # regions below another that can be its whole
NAMED = 3  # missing numbers told by name
SUMS = {"parts": "等于各部分之和", "regions": "等于所辖地区之和"}
AT_LEAST = {"parts": "不小于已有各部分之和", "regions": "不小于已有地区之和"}


@dataclass(frozen=True, slots=True)
class _Whole:
    """A total and its parts: `keys` part by row, `values` and `told` part by row by period.

    `counted`: no part is ever below zero, so some of them can't be more than the whole.
    """

    total: Table
    keys: tuple[tuple[Key, ...], ...]
    values: Floats
    told: Bools
    slack: float
    counted: bool


Gaps = dict[Period, dict[Key, None]]  # numbers without which a sum can't be told, in their order


def sums(sweep: Sweep, rule: ruled.Sum) -> Iterator[Flaw]:
    """A total that is not the sum of its parts, or of the regions below it.

    Where parts lack it is at least the others, if none is ever below zero; and one soft finding a period
    says that the sum can't be told.
    """
    if rule.total not in sweep.indicators or not set(rule.parts) <= set(sweep.indicators):
        return
    gaps: Gaps = {}
    for measure in rule.measures:
        find = _by_region if rule.over == "regions" else _by_part
        for whole in find(sweep, rule, measure):
            yield from _judged(sweep, rule, measure, whole, gaps)
    for period, keys in sorted(gaps.items()):
        yield _untold(sweep, rule, period, tuple(keys))


def _by_part(sweep: Sweep, rule: ruled.Sum, measure: str) -> Iterator[_Whole]:
    total, panel = sweep.table(rule.total, measure, rule.levels), sweep.panel(rule.total)
    if total is None or panel is None or not rule.parts:
        return
    tables = [sweep.table(p, measure) for p in rule.parts]
    yield _Whole(
        total,
        tuple(tuple(Key(p, measure, r) for r in total.regions) for p in rule.parts),
        np.stack([aligned(t, total.regions, panel.width) for t in tables]),
        np.stack([_told(t, total.regions, panel.width) for t in tables]),
        sum(half(sweep, p, measure) for p in (rule.total, *rule.parts)),
        all(_counted(sweep, p, measure) for p in rule.parts),
    )


def _by_region(sweep: Sweep, rule: ruled.Sum, measure: str) -> Iterator[_Whole]:
    table = sweep.table(rule.total, measure)
    if table is None:
        return
    rows = {code: n for n, code in enumerate(table.regions) if code in sweep.regions}
    counted = _counted(sweep, rule.total, measure)
    for above in dict.fromkeys(sweep.regions[c].parent for c in rows):
        region = sweep.regions.get(above)
        inner = [c for c in rows if sweep.regions[c].parent == above]
        if above not in rows or region is None or (rule.levels and region.level not in rule.levels):
            continue
        if len(inner) < FEW:
            continue  # the country above the one province that is known
        places = [rows[c] for c in inner]
        yield _Whole(
            Table((above,), table.values[[rows[above]]], table.told[[rows[above]]]),
            tuple((Key(rule.total, measure, c),) for c in inner),
            table.values[places][:, None],
            table.told[places][:, None],
            half(sweep, rule.total, measure) * (len(inner) + 1),
            counted,
        )


def _told(table: Table | None, regions: Sequence[str], width: int) -> Bools:
    """Whether anything is told, in the order of `regions`."""
    if table is None:
        return np.zeros((len(regions), width), dtype=bool)
    held = replace(table, values=table.told.astype(float))
    return aligned(held, regions, width) > 0


def _counted(sweep: Sweep, indicator: str, measure: str) -> bool:
    """Whether numbers of a measure are never below zero: by their definition, or as far as they are known."""
    known, table = (
        sweep.indicators[indicator].measures.get(measure),
        sweep.table(indicator, measure),
    )
    if known is not None and known.lowest is not None and known.lowest >= 0:
        return True
    numbers = table.values[~np.isnan(table.values)] if table is not None else np.empty(0)
    return bool(numbers.size) and bool(numbers.min() >= 0)


def _judged(
    sweep: Sweep, rule: ruled.Sum, measure: str, whole: _Whole, gaps: Gaps
) -> Iterator[Flaw]:
    panel = sweep.panel(rule.total)
    assert panel is not None
    allowed = (rule.tolerance if rule.tolerance is not None else whole.slack) + 1e-9
    values, begin = whole.total.values, sweep.judged(panel).start or 0
    lacks = np.isnan(whole.values).any(axis=0)
    known = np.nansum(whole.values, axis=0)
    off = ~lacks & (np.abs(values - known) > allowed)
    some = lacks & ~np.isnan(whole.values).all(axis=0)
    less = some & whole.counted & (values < known - allowed)
    for row, column in np.argwhere((off | less)[:, begin:]):
        column = int(column) + begin
        key = Key(rule.total, measure, whole.total.regions[int(row)])
        words = (AT_LEAST if less[row, column] else SUMS)[rule.over]
        expected = f"{words} {shown(sweep, key, float(known[row, column]))}（允许差 {allowed:g}）"
        seen = f"填报 {shown(sweep, key, float(values[row, column]))}"
        yield flaw(sweep, rule, key, Period(panel.frequency, panel.start + column), expected, seen)
    missing = _missing(sweep, whole, panel) & ~np.isnan(values) & ~less
    for column in np.flatnonzero(missing[:, :, begin:].any(axis=(0, 1))).tolist():
        places = np.argwhere(missing[:, :, column + begin]).tolist()
        period = Period(panel.frequency, panel.start + column + begin)
        keys = (whole.keys[part][row] for part, row in places)
        gaps.setdefault(period, {}).update(dict.fromkeys(keys))


def _missing(sweep: Sweep, whole: _Whole, panel: Panel) -> Bools:
    """Parts that lack where there was one before, or where it is said that there is none.

    What a region never had is not missed: such totals were never meant.
    """
    numbers = ~np.isnan(whole.values)
    before = np.logical_or.accumulate(numbers, axis=2)
    awaited = [due(sweep, keys[0].indicator, keys[0].measure, panel) for keys in whole.keys]
    found: Bools = ~numbers & (before | whole.told) & np.stack(awaited)[:, None]
    return found


def _untold(sweep: Sweep, rule: ruled.Sum, period: Period, keys: tuple[Key, ...]) -> Flaw:
    """One finding for all parts that lack in a period, at the first of them."""
    first, others = keys[0], [_called(sweep, key, rule) for key in keys[1:]]
    others = list(dict.fromkeys(name for name in others if name != _called(sweep, first, rule)))
    more = f"等{len(others)}处" if len(others) > NAMED else ""
    also = f"（同样缺的还有{'、'.join(others[:NAMED])}{more}）" if others else ""
    why = f"（{rule.why}）" if rule.why else ""
    total = sweep.indicators[rule.total].name
    when, asked = sweep.when(first, period), f"“{total}”是不是{SUMS[rule.over]}"
    said = f"{when}{named(sweep, first)}没有数，没法核{asked}{also}{why}。"
    count = f"{1 + len(others)}处没有数" if others else "没有数"
    return Flaw(
        rule.id, rule.rule, False, first, period, f"有数才能核{asked}", count, said, "", when, keys
    )


def _called(sweep: Sweep, key: Key, rule: ruled.Sum) -> str:
    region = sweep.regions.get(key.region)
    name = region.name if region else key.region
    return name if rule.over == "regions" else f"{name}“{sweep.indicators[key.indicator].name}”"
