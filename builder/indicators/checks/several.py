"""Rules about several numbers at once: sums, 累计, identities, ratios, signs, growth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from builder.indicators import rules as ruled
from builder.indicators.checks.sweep import (
    Flaw,
    Sweep,
    Table,
    aligned,
    between,
    flaw,
    half,
    outside,
    shown,
)
from builder.indicators.store import Floats, Panel
from builder.values import A_YEAR, MEASURES, Key, Period, rounded


def sums(sweep: Sweep, rule: ruled.Sum) -> Iterator[Flaw]:
    """A total that is not the sum of its parts, or of the regions below it."""
    if rule.total not in sweep.indicators or not set(rule.parts) <= set(sweep.indicators):
        return
    for measure in rule.measures:
        if rule.over == "regions":
            yield from _sum_regions(sweep, rule, measure)
        else:
            yield from _sum_parts(sweep, rule, measure)


def _sum_parts(sweep: Sweep, rule: ruled.Sum, measure: str) -> Iterator[Flaw]:
    total, panel = sweep.table(rule.total, measure, rule.levels), sweep.panel(rule.total)
    if total is None or panel is None or not rule.parts:
        return
    tables = [sweep.table(p, measure) for p in rule.parts]
    parts = sum(aligned(t, total.regions, panel.width) for t in tables)
    slack = sum(half(sweep, p, measure) for p in (rule.total, *rule.parts))
    yield from _unequal(sweep, rule, measure, total, np.asarray(parts), slack, "等于各部分之和")


def _sum_regions(sweep: Sweep, rule: ruled.Sum, measure: str) -> Iterator[Flaw]:
    table, panel = sweep.table(rule.total, measure), sweep.panel(rule.total)
    if table is None or panel is None:
        return
    rows = {code: n for n, code in enumerate(table.regions)}
    for above in dict.fromkeys(
        sweep.regions[c].parent for c in table.regions if c in sweep.regions
    ):
        region = sweep.regions.get(above)
        inner = [
            rows[c]
            for c in table.regions
            if c in sweep.regions and sweep.regions[c].parent == above
        ]
        if above not in rows or region is None or (rule.levels and region.level not in rule.levels):
            continue
        total = Table((above,), table.values[[rows[above]]], table.told[[rows[above]]])
        slack = half(sweep, rule.total, measure) * (len(inner) + 1)
        parts = table.values[inner].sum(axis=0, keepdims=True)
        yield from _unequal(sweep, rule, measure, total, parts, slack, "等于所辖地区之和")


def _unequal(
    sweep: Sweep,
    rule: ruled.Sum,
    measure: str,
    total: Table,
    parts: Floats,
    slack: float,
    words: str,
) -> Iterator[Flaw]:
    panel = sweep.panel(rule.total)
    assert panel is not None
    allowed = rule.tolerance if rule.tolerance is not None else slack
    off = np.abs(total.values - parts) > allowed + 1e-9
    span = sweep.judged(panel)
    for row, column in np.argwhere(off[:, span]):
        column = int(column) + (span.start or 0)
        key = Key(rule.total, measure, total.regions[int(row)])
        expected = f"{words} {shown(sweep, key, float(parts[row, column]))}（允许差 {allowed:g}）"
        seen = f"填报 {shown(sweep, key, float(total.values[row, column]))}"
        yield flaw(sweep, rule, key, Period(panel.frequency, panel.start + column), expected, seen)


def cumulative(sweep: Sweep, rule: ruled.Cumulative) -> Iterator[Flaw]:
    """A 累计 that is not the one before plus the number of the period."""
    for indicator in rule.indicators:
        panel = sweep.panel(indicator)
        ytd, value = sweep.table(indicator, "ytd", rule.levels), sweep.table(indicator, "value")
        if panel is None or ytd is None or value is None:
            continue
        months = aligned(value, ytd.regions, panel.width)
        expected, slack = _run(sweep, indicator, panel, ytd.values, months)
        allowed = slack if rule.tolerance is None else np.full_like(slack, rule.tolerance)
        off = np.abs(ytd.values - expected) > allowed + 1e-9
        span = sweep.judged(panel)
        for row, column in np.argwhere(off[:, span]):
            column = int(column) + (span.start or 0)
            key = Key(indicator, "ytd", ytd.regions[int(row)])
            want = f"等于上期累计加本期 {shown(sweep, key, float(expected[row, column]))}（允许差 {allowed[row, column]:g}）"
            seen = f"填报 {shown(sweep, key, float(ytd.values[row, column]))}"
            yield flaw(sweep, rule, key, Period(panel.frequency, panel.start + column), want, seen)


def _run(
    sweep: Sweep, indicator: str, panel: Panel, ytd: Floats, value: Floats
) -> tuple[Floats, Floats]:
    """累计 as it follows from 累计 of the period before; NaN where nothing can be said."""
    span = A_YEAR[panel.frequency]
    places = (panel.start + np.arange(panel.width)) % span
    before = np.full_like(ytd, np.nan)
    before[:, 1:] = ytd[:, :-1]
    before[:, places == 0] = 0.0
    if sweep.indicators[indicator].combined and panel.frequency == "month":
        before[:, places <= 1] = np.nan  # January and February are reported together
    slack = half(sweep, indicator, "ytd") * 2 + half(sweep, indicator, "value")
    return before + value, np.full_like(ytd, slack)


def _weighed(
    sweep: Sweep, terms: Sequence[ruled.Term], regions: Sequence[str], width: int
) -> tuple[Floats, float]:
    total, slack = np.zeros((len(regions), width)), 0.0
    for term in terms:
        total = total + term.times * aligned(
            sweep.table(term.indicator, term.measure), regions, width
        )
        slack += abs(term.times) * half(sweep, term.indicator, term.measure)
    return total, slack


def _known(sweep: Sweep, terms: Sequence[ruled.Term]) -> Panel | None:
    """The one panel that all these numbers stand in; None when they can't be compared."""
    panels = [sweep.panel(t.indicator) for t in terms]
    first = panels[0]
    return first if first is not None and all(p is first for p in panels) else None


def identities(sweep: Sweep, rule: ruled.Identity) -> Iterator[Flaw]:
    """Two sides that should be equal and are not."""
    panel = _known(sweep, (*rule.left, *rule.right))
    lead = rule.left[0]
    table = sweep.table(lead.indicator, lead.measure, rule.levels)
    if panel is None or table is None:
        return
    left, a = _weighed(sweep, rule.left, table.regions, panel.width)
    right, b = _weighed(sweep, rule.right, table.regions, panel.width)
    allowed = rule.tolerance if rule.tolerance is not None else a + b
    off = np.abs(left - right) > allowed + 1e-9
    span = sweep.judged(panel)
    for row, column in np.argwhere(off[:, span]):
        column = int(column) + (span.start or 0)
        key = Key(lead.indicator, lead.measure, table.regions[int(row)])
        want = f"{_told(sweep, rule.left)}等于{_told(sweep, rule.right)}（允许差 {allowed:g}）"
        seen = f"一边是 {left[row, column]:.6g}，一边是 {right[row, column]:.6g}"
        yield flaw(sweep, rule, key, Period(panel.frequency, panel.start + column), want, seen)


def _told(sweep: Sweep, terms: Sequence[ruled.Term]) -> str:
    said = []
    for term in terms:
        name = sweep.indicators[term.indicator].name
        times = "" if term.times == 1 else f"{term.times:g}×"
        said.append(f"{times}{name}（{MEASURES[term.measure]}）")
    return "＋".join(said)


def ratios(sweep: Sweep, rule: ruled.Ratio) -> Iterator[Flaw]:
    """A ratio of two numbers out of its bounds."""
    panel = _known(sweep, (rule.above, rule.below))
    table = sweep.table(rule.above.indicator, rule.above.measure, rule.levels)
    if panel is None or table is None:
        return
    above, _ = _weighed(sweep, (rule.above,), table.regions, panel.width)
    below, _ = _weighed(sweep, (rule.below,), table.regions, panel.width)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(below != 0, above / below, np.nan)
    span = sweep.judged(panel)
    for row, column in np.argwhere(outside(ratio, rule.low, rule.high)[:, span]):
        column = int(column) + (span.start or 0)
        key = Key(rule.above.indicator, rule.above.measure, table.regions[int(row)])
        want = f"与{_told(sweep, (rule.below,))}之比{between(rule.low, rule.high)}"
        seen = f"之比是 {ratio[row, column]:.4g}"
        yield flaw(sweep, rule, key, Period(panel.frequency, panel.start + column), want, seen)


def signs(sweep: Sweep, rule: ruled.Sign) -> Iterator[Flaw]:
    """Two numbers of opposite signs that should move together."""
    one, other = rule.same
    panel = _known(sweep, rule.same)
    table = sweep.table(one.indicator, one.measure, rule.levels)
    if panel is None or table is None:
        return
    first, _ = _weighed(sweep, (one,), table.regions, panel.width)
    second, _ = _weighed(sweep, (other,), table.regions, panel.width)
    bad = (first * second < 0) & (np.maximum(np.abs(first), np.abs(second)) > rule.near)
    span = sweep.judged(panel)
    for row, column in np.argwhere(bad[:, span]):
        column = int(column) + (span.start or 0)
        key = Key(one.indicator, one.measure, table.regions[int(row)])
        want = f"与{_told(sweep, (other,))}同升同降"
        seen = f"一个是 {first[row, column]:g}，一个是 {second[row, column]:g}"
        yield flaw(sweep, rule, key, Period(panel.frequency, panel.start + column), want, seen)


def growth(sweep: Sweep, rule: ruled.Growth) -> Iterator[Flaw]:
    """A published 同比 that the levels contradict, where they are on the same basis."""
    for indicator in rule.indicators:
        known, panel = sweep.indicators.get(indicator), sweep.panel(indicator)
        if known is None or panel is None or not known.comparable:
            continue  # published growth is on another basis: levels say nothing of it
        told, level = sweep.table(indicator, "yoy", rule.levels), sweep.table(indicator, "value")
        if told is None or level is None:
            continue
        values = aligned(level, told.regions, panel.width)
        computed, slack = _grown(values, panel, half(sweep, indicator, "value"))
        allowed = rule.tolerance + slack + half(sweep, indicator, "yoy")
        off = np.abs(told.values - computed) > allowed + 1e-9
        span = sweep.judged(panel)
        for row, column in np.argwhere(off[:, span]):
            column = int(column) + (span.start or 0)
            key = Key(indicator, "yoy", told.regions[int(row)])
            want = f"与两期水平算出的 {rounded(float(computed[row, column]), 1)}% 相符"
            seen = f"填报 {shown(sweep, key, float(told.values[row, column]))}"
            yield flaw(sweep, rule, key, Period(panel.frequency, panel.start + column), want, seen)


def _grown(values: Floats, panel: Panel, half: float) -> tuple[Floats, Floats]:
    """Growth over the same period of the year before in %, and what rounding of levels may add to it."""
    span = A_YEAR[panel.frequency]
    before = np.full_like(values, np.nan)
    if values.shape[1] > span:
        before[:, span:] = values[:, :-span]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(before > 0, values / before, np.nan)
        slack = np.where(before > 0, 100 * half * (1 + np.abs(ratio)) / before, np.nan)
    return 100 * (ratio - 1), slack
