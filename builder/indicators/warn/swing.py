"""(a) A big short-term swing: a number far from what its season and recent course led to expect."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from builder.indicators.warn import words
from builder.indicators.warn.case import Case
from builder.indicators.warn.expect import Outlook
from builder.indicators.warn.finding import Finding
from builder.indicators.warn.limits import SHOWN, Limits
from builder.indicators.warn.robust import Floats, Places, normal_score
from builder.indicators.warn.sheet import Sheet
from builder.values import LEVELS

RULE, RULE_ALL = "swing/1", "swing-all/1"
COMMON = np.array(
    15.0
)  # degrees of freedom for movements of all regions: forty months tell their tails


def swings(sheet: Sheet, seen: Outlook, limits: Limits) -> Iterator[Finding]:
    """Every judged number that is a swing, and every province whose regions all swing together."""
    rows, columns = np.nonzero(sheet.judged & ~np.isnan(seen.expected))
    sure, likely = limits.sure(sheet.total), limits.likely(sheet.total)
    score = np.abs(seen.score[rows, columns])
    far = np.abs(seen.off[rows, columns]) >= limits.usual * seen.usual[rows]
    effect = effects(sheet, seen, rows, columns, limits)
    alarm = ((score >= sure) | ((score >= likely) & far)) & (effect >= 1)
    low, high = seen.interval(rows, columns, SHOWN)
    for n in np.flatnonzero(alarm).tolist():
        case = Case(sheet, int(rows[n]), int(columns[n]))
        limit = likely if far[n] else sure
        between = float(low[n]), float(high[n])
        yield _swing(case, seen, between, float(score[n]), limit, float(effect[n]))
    yield from _all(
        sheet, seen, limits, {*zip(rows[alarm].tolist(), columns[alarm].tolist(), strict=True)}
    )


def effects(sheet: Sheet, seen: Outlook, rows: Places, columns: Places, limits: Limits) -> Floats:
    """How large the deviations of these cells are, in multiples of the smallest worth a word."""
    expected = seen.scaled.back(rows, columns, seen.expected[rows, columns])
    off = np.abs(sheet.values[rows, columns] - expected)
    rate = sheet.of_rows([g.rate for g in sheet.groups])[rows] > 0
    typical = sheet.usual[rows]
    part = np.abs(expected - seen.scaled.before[rows, columns])
    part = np.maximum(part, 0.1 * np.nan_to_num(typical))
    share = np.divide(100 * off, part, out=np.full(len(off), np.inf), where=part > 0)
    points = np.maximum(sheet.least_points(limits.points, limits.percent)[rows], 1e-9)
    found: Floats = np.where(rate, off / points, share / limits.percent)
    return found


def _swing(
    case: Case,
    seen: Outlook,
    between: tuple[float, float],
    score: float,
    limit: float,
    effect: float,
) -> Finding:
    side = "高出" if case.value > between[1] else "低于"
    basis = "上年同期和近期走势" if seen.short[case.row] else "季节和趋势"
    shown = words.interval(*between, case.group)
    strength = score / limit
    sentence = f"{case.subject}，{side}按{basis}推算的范围（{shown}）{words.much(strength)}。"
    inputs = (("推算范围", shown), ("偏离程度（σ）", f"{score:.1f}"), *_past(case))
    return case.finding(
        RULE, "swing", sentence, between=between, score=strength, effect=effect, inputs=inputs
    )


def _past(case: Case) -> Iterator[tuple[str, str]]:
    """The numbers a reader compares with first."""
    for label, back in (("上期", 1), ("上年同期", case.sheet.cycle)):
        column = case.column - back
        if column >= 0 and not np.isnan(case.sheet.values[case.row, column]):
            told = words.number(float(case.sheet.values[case.row, column]), case.group)
            yield f"{label}（{case.sheet.period(column)}）", told


def _all(
    sheet: Sheet, seen: Outlook, limits: Limits, told: set[tuple[int, int]]
) -> Iterator[Finding]:
    """Movements that all regions share, said once, of the uppermost region."""
    sure = limits.sure(sheet.total)
    unusual = np.abs(normal_score(seen.together, COMMON))
    order = np.array([LEVELS.index(place.level) for place in sheet.places])
    heads = [g.start + int(np.argmin(order[g.start : g.stop])) for g in sheet.groups]
    hot = sheet.judged[heads] & (unusual[heads] >= sure) & ~np.isnan(seen.expected[heads])
    for group, column in np.argwhere(hot).tolist():
        row = heads[group]
        if (row, column) not in told:
            finding = _shared(Case(sheet, row, column), seen, float(unusual[row, column]), limits)
            if finding:
                yield finding


def _shared(case: Case, seen: Outlook, score: float, limits: Limits) -> Finding | None:
    row, column = np.array([case.row]), np.array([case.column])
    shared = float(seen.shared[case.row, case.column])
    spread = float(np.hypot(shared / score, seen.spread[case.row, case.column]))
    middle = seen.expected[row, column] - shared
    low, high = (
        float(seen.scaled.back(row, column, middle + way * SHOWN * spread)[0]) for way in (-1, 1)
    )
    if low <= case.value <= high:
        return None
    side = "高出" if case.value > high else "低于"
    shown = words.interval(low, high, case.group)
    sentence = (
        f"{case.subject}，{side}按季节和趋势推算的范围（{shown}），各地同向变动，不是个别地区的事。"
    )
    strength = score / limits.sure(case.sheet.total)
    inputs = (("推算范围", shown), ("共同变动程度（σ）", f"{score:.1f}"), *_past(case))
    return case.finding(
        RULE_ALL,
        "swing",
        sentence,
        between=(low, high),
        score=strength,
        effect=strength,
        inputs=inputs,
    )
