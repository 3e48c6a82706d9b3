"""(e) Between vintages: numbers that vanished, were revised by much, or are off by a power of ten."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from builder.indicators.warn import words
from builder.indicators.warn.case import Case
from builder.indicators.warn.expect import Outlook
from builder.indicators.warn.finding import Finding
from builder.indicators.warn.limits import Limits
from builder.indicators.warn.relations import Bound
from builder.indicators.warn.robust import Bools
from builder.indicators.warn.sheet import Group, Sheet
from builder.values import LEVELS, Revision

GONE, REVISED, SHRUNK, SLIP = "vanished/1", "revised/1", "coverage/1", "magnitude/1"
REGULAR = 0.9  # share of the last year's periods that a series had, to be missed
FEW = 2  # regions of one level missing at once that are named one by one
NEAR = 0.13  # of a power of ten, in decimal logarithms
NEAR_ZERO = 0.1  # of what a row usually is: smaller amounts are taken for as much
STEPS = 10  # units of the last published digit below which a power of ten means nothing
WORDS = {-8: "亿分之一", -4: "万分之一", -3: "千分之一", -2: "百分之一", -1: "十分之一"}
TIMES = {1: "10倍", 2: "100倍", 3: "1000倍", 4: "1万倍", 8: "1亿倍"}


def vintages(
    sheet: Sheet,
    seen: Outlook,
    revisions: Sequence[Revision],
    bounds: Sequence[Bound],
    limits: Limits,
) -> Iterator[Finding]:
    """Everything that is odd beside what was known before. `revisions`: those of the newest round."""
    for revision in revisions:
        if revision.key in sheet.rows and revision.period.frequency == sheet.frequency:
            yield from _revised(sheet, revision, bounds, limits)
    for group in sheet.groups:
        yield from _missing(sheet, group, limits)
    yield from _slips(sheet, seen, limits)


def _revised(
    sheet: Sheet, revision: Revision, bounds: Sequence[Bound], limits: Limits
) -> Iterator[Finding]:
    case = Case(sheet, sheet.rows[revision.key], revision.period.ordinal - sheet.start)
    group, before, after = case.group, revision.before, revision.after
    if before is None:
        return
    inputs = [("原来", words.number(before, group)), ("原版本", revision.earlier.title)]
    inputs += [("新版本", revision.later.title), ("理由", revision.reason or "没有写")]
    where = words.place(case.region, revision.when, group.indicator)
    if after is None:
        told = f"{where}原来{words.stated(before, group)}，这一版撤回了，没有新的数。"
        yield case.finding(
            GONE,
            "vintage",
            told,
            between=(None, None),
            score=2.0,
            effect=2.0,
            inputs=tuple(inputs),
            when=revision.when,
        )
        return
    most = _allowed(case, bounds, limits)
    size = 100.0 if group.rate else max(abs(before), _least_size(case))
    off = 100 * abs(after - before) / size if size else math.inf
    if off <= most:
        return
    reach = size * most / 100
    unit = "个百分点" if group.rate else "%"
    told = (
        f"{where}{words.subject(group.measure)}从{words.number(before, group)}修订为{words.number(after, group)}，"
        f"超过了允许的修订幅度（{most:g}{unit}）。"
    )
    strength = min(off / most, 1e6)
    yield case.finding(
        REVISED,
        "vintage",
        told,
        between=(before - reach, before + reach),
        score=strength,
        effect=strength,
        inputs=tuple(inputs),
    )


def _least_size(case: Case) -> float:
    """What revisions of amounts near zero are measured by: of profits and losses what they usually are."""
    usual = float(case.sheet.usual[case.row])
    losses = bool(np.nanmin(case.sheet.values[case.row]) < 0)
    return usual if losses else NEAR_ZERO * usual


def _allowed(case: Case, bounds: Sequence[Bound], limits: Limits) -> float:
    """How far a revision may go: what a division set, else the default."""
    for bound in bounds:
        if (
            bound.revised is not None
            and (bound.indicator, bound.measure) == case.group.name
            and bound.holds(case.region.level, case.region.code, case.period)
        ):
            return bound.revised
    if not case.group.rate:
        return limits.revised_percent
    least = case.sheet.least_points(limits.revised_points, limits.revised_percent)
    return max(float(least[case.row]), 1.5 * 10.0**-case.group.decimals)


def _missing(sheet: Sheet, group: Group, limits: Limits) -> Iterator[Finding]:
    """Regions without a number in the newest period, though they always had one."""
    there = ~np.isnan(sheet.values[group.start : group.stop])
    columns = np.flatnonzero(there.any(axis=0))
    newest = int(columns[-1]) if len(columns) else -1
    width, cycle = there.shape[1], sheet.cycle
    if newest < max(1, width - cycle):
        return
    absent = ~there[:, newest] & ~sheet.excused(group, newest)
    if not absent.any():
        return
    before = there[:, max(newest - cycle, 0) : newest]
    before = before[:, before.mean(axis=0) >= 0.5]
    regular = before.mean(axis=1) >= REGULAR if before.shape[1] else np.zeros(len(there), bool)
    missed = absent & regular
    levels = np.array([place.level for place in sheet.places[group.start : group.stop]])
    for level in LEVELS:
        rows = np.flatnonzero(missed & (levels == level)) + group.start
        usual = int((regular & (levels == level)).sum())
        if not len(rows) or 2 * len(rows) > usual > FEW:
            continue  # most of a level is not there yet: not a gap
        if len(rows) <= FEW:
            yield from (_gone(Case(sheet, int(row), newest)) for row in rows)
        else:
            yield _shrunk(sheet, [Case(sheet, int(row), newest) for row in rows], usual)


def _gone(case: Case) -> Finding:
    where = words.place(case.region, case.when, case.group.indicator)
    told = f"{where}（{words.measure_name(case.group.measure)}）没有数：以前各期都有，这一期别的地区也有。"
    return case.finding(GONE, "vintage", told, between=(None, None), score=2.0, effect=2.0)


def _shrunk(sheet: Sheet, cases: Sequence[Case], usual: int) -> Finding:
    """One finding for all, of the region in which they lie."""
    first = cases[0]
    upper = sheet.rows.get(first.key._replace(region=first.region.parent), first.row)
    case = Case(sheet, upper, first.column)
    names = "、".join(c.region.name for c in cases)
    where = f"{first.when}{first.group.indicator.name}"
    told = f"{where}的覆盖面缩小了：{usual}个地区中有{len(cases)}个没有数（{names}）。"
    strength = 1 + len(cases) / usual
    inputs = (("应有", str(usual)), ("缺", names))
    return case.finding(
        SHRUNK, "vintage", told, between=(None, None), score=strength, effect=2.0, inputs=inputs
    )


def _slips(sheet: Sheet, seen: Outlook, limits: Limits) -> Iterator[Finding]:
    """Amounts that are what was expected times a power of ten: a slip of the unit."""
    amounts = sheet.of_rows([not g.rate for g in sheet.groups]) > 0
    rows, columns = np.nonzero(sheet.judged & amounts[:, None])
    value = sheet.values[rows, columns]
    expected = seen.scaled.back(rows, columns, seen.expected[rows, columns])
    before = np.full(len(rows), np.nan)
    late = columns >= sheet.cycle
    before[late] = sheet.values[rows[late], columns[late] - sheet.cycle]
    expected = np.where(np.isnan(expected), before, expected)
    digit = sheet.of_rows([10.0**-g.decimals for g in sheet.groups])[rows]
    told = (expected > STEPS * digit) & (value > 0)
    power = np.log10(np.divide(value, expected, out=np.ones_like(value), where=told))
    whole = np.round(power)
    score = np.abs(seen.score[rows, columns])
    sure = np.isnan(score) | (score >= limits.likely(sheet.total))
    alarm: Bools = told & (whole != 0) & (np.abs(power - whole) <= NEAR) & sure
    for n in np.flatnonzero(alarm).tolist():
        yield _slip(Case(sheet, int(rows[n]), int(columns[n])), float(expected[n]), int(whole[n]))


def _slip(case: Case, expected: float, power: int) -> Finding:
    times = TIMES.get(power) or WORDS.get(power) or f"10的{power}次方倍"
    told = (
        f"{case.subject}，大约是推算值（{words.number(expected, case.group)}）的{times}，"
        "先核对计量单位和小数点。"
    )
    inputs = (("推算值", words.number(expected, case.group)), ("倍数", times))
    low, high = expected * 10**-NEAR, expected * 10**NEAR
    return case.finding(
        SLIP,
        "vintage",
        told,
        between=(low, high),
        score=3.0,
        effect=3.0 + abs(power),
        inputs=inputs,
    )
