"""Rules about several numbers at once: 累计, identities, ratios, signs, growth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from builder.indicators import rules as ruled
from builder.indicators.checks.sweep import (
    Flaw,
    Sweep,
    aligned,
    between,
    flaw,
    half,
    outside,
    shown,
)
from builder.indicators.store import Floats, Panel
from builder.values import A_YEAR, MEASURES, Key, Period, rounded


def cumulative(sweep: Sweep, rule: ruled.Cumulative) -> Iterator[Flaw]:
    """A 累计 that is not the one before plus the number of the period."""
    for indicator in rule.indicators:
        panel = sweep.panel(indicator)
        ytd, value = sweep.table(indicator, "ytd", rule.levels), sweep.table(indicator, "value")
        if panel is None or ytd is None or value is None:
            continue
        months = aligned(value, ytd.regions, panel.width)
        expected, slack, summed = _run(sweep, indicator, panel, ytd.values, months)
        allowed = slack if rule.tolerance is None else np.full_like(slack, rule.tolerance)
        off = np.abs(ytd.values - expected) > allowed + 1e-9
        off &= ~(
            np.abs(ytd.values - summed) <= allowed + 1e-9
        )  # then it is the one before that is wrong
        span = sweep.judged(panel)
        for row, column in np.argwhere(off[:, span]):
            column = int(column) + (span.start or 0)
            key = Key(indicator, "ytd", ytd.regions[int(row)])
            want = f"等于上期累计加本期 {shown(sweep, key, float(expected[row, column]))}（允许差 {allowed[row, column]:g}）"
            seen = f"填报 {shown(sweep, key, float(ytd.values[row, column]))}"
            yield flaw(sweep, rule, key, Period(panel.frequency, panel.start + column), want, seen)


def _run(
    sweep: Sweep, indicator: str, panel: Panel, ytd: Floats, value: Floats
) -> tuple[Floats, Floats, Floats]:
    """累计 as it follows from the one before, or where there is none from the year's periods; NaN when unknown.

    And what rounding may make of it, and 累计 as the sum of the year's periods alone.
    """
    span = A_YEAR[panel.frequency]
    places = (panel.start + np.arange(panel.width)) % span
    both = sweep.indicators[indicator].combined and panel.frequency == "month"
    one, expected, slack = half(sweep, indicator, "value"), *np.full((2, *ytd.shape), np.nan)
    summed, many = np.full(ytd.shape, np.nan), np.zeros(len(ytd))
    for column, place in enumerate(places.tolist()):
        new = value[:, column]
        if place == 0 or (both and place == 1):  # January and February are reported together
            january = np.nan_to_num(value[:, column - 1]) if place and column else 0.0
            run, many = new + january, np.full(len(ytd), 1.0 + place)
            known = np.full(len(ytd), np.nan)
        else:
            before = column - 1
            run = summed[:, before] + new if column else np.full(len(ytd), np.nan)
            known, many = ytd[:, before] + new if column else run, many + 1
        summed[:, column] = run
        told = ~np.isnan(known)
        expected[:, column] = np.where(told, known, run)
        rounding = np.where(told, one + half(sweep, indicator, "ytd"), many * one)
        slack[:, column] = rounding + half(sweep, indicator, "ytd")
    return expected, slack, summed


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
    first = _weighed(sweep, (one,), table.regions, panel.width)[0] - _level(one)
    second = _weighed(sweep, (other,), table.regions, panel.width)[0] - _level(other)
    bad = (first * second < 0) & (np.maximum(np.abs(first), np.abs(second)) > rule.near)
    span = sweep.judged(panel)
    for row, column in np.argwhere(bad[:, span]):
        column = int(column) + (span.start or 0)
        key = Key(one.indicator, one.measure, table.regions[int(row)])
        want = f"与{_told(sweep, (other,))}同升同降"
        told = first[row, column] + _level(one), second[row, column] + _level(other)
        seen = f"一个是 {told[0]:g}，一个是 {told[1]:g}"
        yield flaw(sweep, rule, key, Period(panel.frequency, panel.start + column), want, seen)


def _level(term: ruled.Term) -> float:
    """The number that says no change."""
    return 100.0 * term.times if term.measure in ("index", "ytd_index") else 0.0


def growth(sweep: Sweep, rule: ruled.Growth) -> Iterator[Flaw]:
    """A published 同比 that the levels contradict, where they are on the same basis."""
    for indicator in rule.indicators:
        known, panel = sweep.indicators.get(indicator), sweep.panel(indicator)
        if known is None or panel is None or not known.comparable:
            continue  # published growth is on another basis: levels say nothing of it
        for rate, level in ruled.GROWN:
            yield from _misgrown(sweep, rule, Key(indicator, rate, ""), level, panel)


def _misgrown(
    sweep: Sweep, rule: ruled.Growth, key: Key, level: str, panel: Panel
) -> Iterator[Flaw]:
    """Rates of one measure that the numbers of `level` contradict."""
    told = sweep.table(key.indicator, key.measure, rule.levels)
    known = sweep.table(key.indicator, level)
    if told is None or known is None:
        return
    values = aligned(known, told.regions, panel.width)
    computed, slack = _grown(values, panel, half(sweep, key.indicator, level))
    allowed = rule.tolerance + slack + half(sweep, key.indicator, key.measure)
    off = np.abs(told.values - computed) > allowed + 1e-9
    span = sweep.judged(panel)
    for row, column in np.argwhere(off[:, span]):
        column = int(column) + (span.start or 0)
        place = key._replace(region=told.regions[int(row)])
        want = f"与两期水平算出的 {rounded(float(computed[row, column]), 1)}% 相符"
        seen = f"填报 {shown(sweep, place, float(told.values[row, column]))}"
        yield flaw(sweep, rule, place, Period(panel.frequency, panel.start + column), want, seen)


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
