"""目标进度: how far the year's targets are, and where the year ends if things go on as they do.

Two methods, simple enough to be told in a sentence. Amounts: the year grows as it has grown so far
(last year's whole × this year's part ÷ last year's same part). Rates and indices: they stay. How far the
same method was off in past years, at the same point of the year, is told with the forecast. GDP is
never forecast: it is not ours to compute.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from builder.indicators.accounting import GDP
from builder.model import BEIJING
from builder.render.web.cards import View
from builder.render.web.indicators.order import ranks
from builder.render.web.indicators.views import Figures
from builder.render.web.indicators.words import NAMES, number, points, with_unit
from builder.values import A_YEAR, Cell, Indicator, Key, Measure, Period, rounded

RATES = frozenset({"yoy", "mom", "ytd_yoy", "index", "ytd_index"})
LEAST_YEARS = 3  # of the method's own errors, for an interval
MOST_YEARS = 8


class Course(NamedTuple):
    """A forecast of a year's end, and how far the method was off: the largest of `years` errors."""

    value: float
    error: float | None
    years: int


class Line:
    """One indicator's numbers as its target counts them: the year so far."""

    def __init__(self, figures: Figures, known: Indicator, measure: str) -> None:
        """`measure`: the one in which the target is told."""
        self.figures, self.known, self.measure = figures, known, measure
        self.key = Key(known.id, measure, figures.numbers.region_of(known, measure))
        self.summed = measure == "value" and known.additive and known.frequency != "year"
        self.rate = measure in RATES or known.measures[measure].unit in {"%", "‰"}
        self.part = self.summed or measure == "ytd"  # of a whole that a year makes

    def so_far(self, period: Period) -> float | None:
        """The year up to and with `period`; None where a number of it is missing."""
        places = range(period.place) if self.summed else range(1)
        total = 0.0
        for back in places:
            at = period.back(back)
            cell = self.figures.numbers.store.cell(self.key, at)
            if cell is not None and cell.value is not None:
                total += cell.value
            elif not (self.known.combined and self.summed and at.place == 1):
                return None
        return total

    def course(self, newest: Period) -> Course | None:
        """Where the year of `newest` ends; None where the method lacks a number."""
        value = self._forecast(newest)
        if value is None:
            return None
        errors = []
        for years in range(1, MOST_YEARS + 1):
            then = newest.back(years * A_YEAR[newest.frequency])
            guess, real = self._forecast(then), self.so_far(_end(then))
            if guess is not None and real is not None and (self.rate or guess):
                errors.append(abs(real - guess) if self.rate else abs(real / guess - 1))
        return Course(value, max(errors) if len(errors) >= LEAST_YEARS else None, len(errors))

    def _forecast(self, at: Period) -> float | None:
        now = self.so_far(at)
        if now is None or self.rate or at == _end(at):
            return now
        part, whole = self.so_far(at.year_ago), self.so_far(_end(at.year_ago))
        if not part or whole is None or part < 0:
            return None
        return whole * now / part


def _end(period: Period) -> Period:
    return period.back(period.place - A_YEAR[period.frequency])


def lines(figures: Figures) -> Iterator[View]:
    """The targets of this year (the last year that has one, where this has none), as rows."""
    this = figures.now.astimezone(BEIJING).year
    place = ranks(figures.numbers.indicators)
    every = figures.numbers.targets
    for slug in sorted(every, key=lambda s: place.get(s, len(place))):
        years = every[slug]
        known = figures.numbers.indicators.get(slug)
        if known is not None and years:
            year = this if this in years else max(years)
            yield line(figures, known, year, *years[year])


def line(figures: Figures, known: Indicator, year: int, target: float, name: str) -> View:
    """One target: newest number, how far it is, and the forecast, each in words."""
    measure, own = known.measures[name], Line(figures, known, name)
    row: View = {
        "title": known.name,
        "theme": known.theme,
        "url": known.url,
        "sample": known.sample,
        "year": year,
        "target": _aim(known, target, name),
        "newest": "",
        "period": "",
        "share": None,
        "passed": None,
        "pace": "还没有今年的数。",
        "forecast": "",
        "method": "",
        "verdict": "",
        "missed": False,
    }
    newest = figures.numbers.store.latest(own.key, known.frequency)
    if newest is None or newest.period.year != year:
        return row
    so_far = own.so_far(newest.period)
    if so_far is None:
        return row | {"pace": "今年的数不全，算不出进度。"}
    label = newest.period.label("ytd") if own.part else newest.when
    row |= {
        "newest": _said(so_far, measure, name),
        "period": f"{label}{'累计' if own.part else ''}",
    }
    row |= _pace(own, newest.period, so_far, target)
    if GDP.search(known.name):
        return row | {"method": "地区生产总值由国家统计局统一核算，这里不推算。"}
    course = own.course(newest.period)
    if course is None:
        return row | {"method": "上年的数不全，不推算。"}
    return row | _course(own, newest, course, target)


def _aim(known: Indicator, target: float, name: str) -> str:
    """`累计同比不低于+5.5%`, `不低于4200.0万吨`."""
    what = "" if name == "value" else NAMES[name]
    than = {"up": "不低于", "down": "不高于"}.get(known.direction, "")
    return f"{what}{than}{_said(target, known.measures[name], name)}"


def _pace(own: Line, newest: Period, so_far: float, target: float) -> View:
    measure = own.known.measures[own.measure]
    if not own.part or target <= 0:
        gap = so_far - target
        text = rounded(abs(gap), measure.decimals)
        if not float(text):
            return {"pace": "与目标持平。"}
        way = "高" if gap > 0 else "低"
        return {"pace": f"比目标{way}{text}{points(measure, own.measure)}。"}
    share, passed = so_far / target * 100, newest.place / A_YEAR[newest.frequency] * 100
    gap = float(rounded(share - passed, 1))
    told = f"完成{rounded(share, 1)}%，时间过了{rounded(passed, 1)}%，"
    told += "与时间同步" if not gap else f"{'快' if gap > 0 else '慢'}{abs(gap):.1f}个百分点"
    part, whole = own.so_far(newest.year_ago), own.so_far(_end(newest.year_ago))
    if part is not None and whole:
        told += f"；上年同期完成全年的{rounded(part / whole * 100, 1)}%"
    return {"share": round(share, 1), "passed": round(passed, 1), "pace": f"{told}。"}


def _course(own: Line, newest: Cell, course: Course, target: float) -> View:
    measure, name = own.known.measures[own.measure], own.measure
    if newest.period == _end(newest.period):
        done = _reached(own, course.value, target)
        verdict = "" if done is None else "达到了目标。" if done else "没有达到目标。"
        return {"forecast": "全年的数已经有了。", "verdict": verdict, "missed": done is False}
    measure = replace(measure, decimals=min(measure.decimals, _places(course.value)))
    told = f"全年约{_said(course.value, measure, name)}"
    off = f"可以检验的年份只有{course.years}年，不给区间。"
    edges = [course.value]
    if course.error is not None:
        wide = course.error if own.rate else course.value * course.error
        edges = [course.value - wide, course.value + wide]
        told += f"，区间{_span(edges, measure, name)}"
        error = (
            f"{rounded(course.error, measure.decimals)}{points(measure, name)}"
            if own.rate
            else f"{rounded(course.error * 100, 1)}%"
        )
        off = f"同一办法用在过去{course.years}年的同一时候，最多差{error}。"
    how = f"到年底还是{newest.when}的水平" if own.rate else "全年的增长与今年以来相同"
    return {
        "forecast": f"{told}。",
        "method": f"办法：假定{how}。{off}",
    } | _verdict({_reached(own, edge, target) for edge in edges})


def _verdict(ends: set[bool | None]) -> View:
    """What the forecast says of the target, if both ends of its interval say so."""
    if None in ends:
        return {"verdict": ""}
    if len(ends) > 1:
        return {"verdict": "能不能达到目标，还说不准。"}
    met = ends == {True}
    return {
        "verdict": f"照此推算，{'能达到' if met else '达不到'}目标。",
        "missed": not met,
    }


def _reached(own: Line, value: float, target: float) -> bool | None:
    """Whether a year that ends so meets its target; None where neither is better."""
    places = own.known.measures[own.measure].decimals
    new, goal = float(rounded(value, places)), float(rounded(target, places))
    if own.known.direction == "none":
        return None
    return new >= goal if own.known.direction == "up" else new <= goal


def _places(value: float) -> int:
    """Decimals of a forecast: it is not as exact as a number."""
    return max(0, 3 - math.floor(math.log10(abs(value)) + 1)) if abs(value) >= 1 else 3


def _said(value: float, measure: Measure, name: str) -> str:
    return with_unit(number(value, measure, name), measure.unit)


def _span(edges: Sequence[float], measure: Measure, name: str) -> str:
    low, high = (number(edge, measure, name) for edge in edges)
    return f"{low}～{with_unit(high, measure.unit)}"
