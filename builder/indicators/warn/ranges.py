"""(d) Outside its reasonable range: bounds that divisions set, by indicator, level, season and date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from builder.indicators.warn import words
from builder.indicators.warn.case import Case
from builder.indicators.warn.finding import Finding
from builder.indicators.warn.relations import Bound
from builder.indicators.warn.sheet import Group, Sheet

VERSION = 1
CROWD = 4  # regions below an upper one from which on a majority out of bounds speaks of that one


class _Judged(NamedTuple):
    """A cell a bound holds for; `upper`: the row it is measured from, −1 for none."""

    case: Case
    upper: int
    low: float | None
    high: float | None

    @property
    def outside(self) -> bool:
        value = self.case.value
        return (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        )


def ranges(sheet: Sheet, bounds: Sequence[Bound]) -> Iterator[Finding]:
    """Every judged number outside a bound that holds for it.

    Where most regions are out of bounds against the same upper region, that one is named instead.
    """
    for bound in bounds:
        group = sheet.by_name.get((bound.indicator, bound.measure))
        if group is None or bound.frequency != sheet.frequency:
            continue
        if bound.low is None and bound.high is None:
            continue
        yield from _told(sheet, bound, list(_judged(sheet, group, bound)))


def _told(sheet: Sheet, bound: Bound, judged: Sequence[_Judged]) -> Iterator[Finding]:
    under: dict[tuple[int, int], list[_Judged]] = {}
    for one in judged:
        under.setdefault((one.upper, one.case.column), []).append(one)
    for (upper, column), below in under.items():
        out = [one for one in below if one.outside]
        if upper >= 0 and len(below) >= CROWD and 2 * len(out) > len(below):
            yield _crowd(Case(sheet, upper, column), bound, len(below), len(out))
        else:
            yield from (_finding(one, bound) for one in out)


def _judged(sheet: Sheet, group: Group, bound: Bound) -> Iterator[_Judged]:
    block = sheet.judged[group.start : group.stop]
    spoken = {c: sheet.period(c) for c in np.flatnonzero(block.any(axis=0)).tolist()}
    for offset, column in np.argwhere(block).tolist():
        row = group.start + offset
        place = sheet.places[row]
        if not bound.holds(place.level, place.code, spoken[column]):
            continue
        upper, base = -1, 0.0
        if bound.against:
            upper = sheet.above(row, bound.against)
            base = float(sheet.values[upper, column]) if upper >= 0 else np.nan
            if np.isnan(base):
                continue
        low, high = (_edge(edge, base, bound) for edge in (bound.low, bound.high))
        yield _Judged(Case(sheet, row, column), upper, low, high)


def _edge(edge: float | None, base: float, bound: Bound) -> float | None:
    if edge is None or not bound.against:
        return edge
    return base * edge if bound.way == "ratio" else base + edge


def _finding(judged: _Judged, bound: Bound) -> Finding:
    case, low, high = judged.case, judged.low, judged.high
    shown = words.interval(low, high, case.group)
    side = "高于" if high is not None and case.value > high else "低于"
    told = f"{case.subject}，{side}合理范围（{shown}"
    inputs = [("合理范围", shown), ("谁定的", f"{bound.set_by}，{bound.set_on}")]
    if judged.upper >= 0:
        upper = Case(case.sheet, judged.upper, case.column)
        told += f"，以{upper.region.name}的{words.number(upper.value, case.group)}为准"
        inputs.append((upper.region.name, words.number(upper.value, case.group)))
    strength = _beyond(case, low, high)
    return case.finding(
        f"range:{bound.id}/{VERSION}",
        "range",
        f"{told}；{bound.set_by}定）。{words.because(bound.why)}",
        between=(low, high),
        score=strength,
        effect=strength,
        inputs=tuple(inputs),
    )


def _beyond(case: Case, low: float | None, high: float | None) -> float:
    """1 at the bound, one more for each width of the range beyond it."""
    over = max(
        case.value - high if high is not None else 0.0,
        low - case.value if low is not None else 0.0,
    )
    edges = [abs(edge) for edge in (low, high) if edge is not None]
    width = high - low if low is not None and high is not None else max(edges)
    return 1 + over / (width or 1.0)


def _crowd(case: Case, bound: Bound, under: int, out: int) -> Finding:
    sentence = (
        f"{case.subject}，所属{under}个地区中有{out}个与它相差超出“{bound.set_by}”定的范围，"
        f"先核对{case.region.name}的数。{words.because(bound.why)}"
    )
    inputs = (("超出范围的地区", f"{out}/{under}"), ("谁定的", f"{bound.set_by}，{bound.set_on}"))
    strength = 1 + out / under
    return case.finding(
        f"range:{bound.id}/{VERSION}",
        "range",
        sentence,
        between=(None, None),
        score=strength,
        effect=strength,
        inputs=inputs,
    )
