"""What a number was to be expected to be, and how far numbers like it stray.

Season, recent course, what all regions did that month; then the spread of past surprises of that very
region, and how heavy their tails are in that indicator. Nothing that is judged takes part, save in what
all regions did, where one among many does not count.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from builder.indicators.warn.calendar import festival
from builder.indicators.warn.course import course
from builder.indicators.warn.limits import NORMAL
from builder.indicators.warn.robust import (
    Bools,
    Floats,
    Places,
    mean,
    median,
    normal_score,
    quantile,
    sigma,
    student_score,
    teams,
)
from builder.indicators.warn.scale import Scaled, scaled
from builder.indicators.warn.season import seasonal
from builder.indicators.warn.sheet import Sheet
from builder.values import LEVELS

ROWS = 2000  # of one table: it stays in the processor's cache
PEERS = 5  # regions from which on "all regions" means something
PAST = 8  # surprises that must be known before another one is judged
YEARS = 3  # of numbers, before a season is told from chance
CLIP, CLIPPED = 2.5, 0.9887  # where surprises are clipped, and what that makes of a normal σ of 1
ROUNDED = 0.4  # of the last published digit: no number strays less
OWN_SEASON = 0.2  # the least a region's own season counts beside that of all
PRIOR_MONTHS, PRIOR_ROWS = 20.0, 15.0  # observations that what is usual elsewhere counts for
LATEST = 4  # periods a number may be late before that makes no more difference
FOLLOW = 4.0  # the same for how closely a region follows all
DEGREES = np.array([3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 60, 200], dtype=np.float64)
TAIL, BODY = 0.97, 0.6  # quantiles of absolute surprises that tell how heavy tails are


@dataclass(frozen=True)
class Outlook:
    """What was to be expected, in the scale of `scaled`; NaN where nothing can be.

    `usual`: the robust σ of a row without its season; `short`: rows judged by the year before, for want of
    years; `together`: how unusual the movement shared by all regions was, a normal deviate; 0 where
    there are too few regions. `shared`: that movement, as each region follows it, within `expected`.
    """

    scaled: Scaled
    expected: Floats
    spread: Floats
    freedom: Floats
    usual: Floats
    short: Bools
    shared: Floats
    together: Floats

    @property
    def off(self) -> Floats:
        """How far each number is from what was expected."""
        return self.scaled.values - self.expected

    @property
    def score(self) -> Floats:
        """How unexpected each number is: a normal deviate."""
        return normal_score(self.off / self.spread, self.freedom[:, None])

    def interval(self, rows: Places, columns: Places, deviate: float) -> tuple[Floats, Floats]:
        """Between which numbers these cells were to be expected, as published."""
        reach = student_score(deviate, self.freedom[rows]) * self.spread[rows, columns]
        middle = self.expected[rows, columns]
        low, high = (self.scaled.back(rows, columns, middle + way * reach) for way in (-1, 1))
        return low, high


def outlook(sheet: Sheet) -> Outlook:
    """What was to be expected of every number of a sheet."""
    parts = [_outlook(part) for part in sheet.parts(ROWS)]
    joined = {f.name: [getattr(p, f.name) for p in parts] for f in fields(Outlook)}
    scale = joined.pop("scaled")
    whole = Scaled(*(np.concatenate([getattr(s, f.name) for s in scale]) for f in fields(Scaled)))
    return Outlook(whole, **{name: np.concatenate(tables) for name, tables in joined.items()})


def _outlook(sheet: Sheet) -> Outlook:
    scale = scaled(sheet)
    known = np.where(sheet.judged, np.nan, scale.values)
    season, short = _season(sheet, known)
    season = season + festival(sheet, known - season, short)
    rest, numbers = known - season, scale.values - season
    guess = season + course(rest, numbers, sheet.cycle, sheet.owner, sheet.starts)
    late = _late(known)
    surprise = (scale.values - guess) / late
    past = ~np.isnan(known) & ~np.isnan(surprise)
    month = _by_month(sheet, surprise, past)
    shared, together = _shared(sheet, surprise / month, past)
    left = np.where(past, surprise - shared * month, np.nan)
    shared = shared * month * late
    month = _by_month(sheet, left, past)
    spread = _spread(sheet, left / month, scale.step)[:, None] * month * late
    enough = past.sum(axis=1)[:, None] >= PAST
    return Outlook(
        scale,
        np.where(enough, guess + shared, np.nan),
        spread,
        _freedom(sheet, left * late / spread),
        sigma(rest - median(rest)[:, None]),
        short,
        shared,
        together,
    )


def _season(sheet: Sheet, known: Floats) -> tuple[Floats, Bools]:
    """The season of each cell; in rows of less than three years the number of the year before."""
    cycle, width = sheet.cycle, known.shape[1]
    there = ~np.isnan(known)
    short = width - np.argmax(there, axis=1) < YEARS * cycle
    season, doubt = seasonal(known, cycle, sheet.first)
    season = _together(sheet, season, doubt)
    if cycle > 1:
        before = np.full((len(known), width), np.nan)
        before[:, cycle:] = known[:, :-cycle]
        season[short] = before[short]
    return season, short


def _together(sheet: Sheet, season: Floats, doubt: Floats) -> Floats:
    """Draw each region's season to that of all regions, the more the less they differ beyond chance."""
    found = season.copy()
    for team in teams(sheet.owner):
        if team.shape[1] < PEERS:
            continue
        block = season[team]
        middle = mean(block, axis=1)[:, None]
        apart = median(mean((block - middle) ** 2, axis=2), axis=1)
        chance = np.divide(
            median(doubt[team], axis=1), apart, out=np.ones(len(team)), where=apart > 0
        )
        weight = np.clip(1 - chance, OWN_SEASON, 1.0)[:, None, None]
        found[team.ravel()] = (middle + weight * (block - middle)).reshape(-1, season.shape[1])
    return found


def _late(known: Floats) -> Floats:
    """How much wider the next number may stray because the ones before it are missing."""
    columns = np.arange(known.shape[1])
    newest = np.maximum.accumulate(np.where(np.isnan(known), -1, columns), axis=1)
    gap = np.ones(known.shape)
    gap[:, 1:] = columns[1:] - newest[:, :-1]
    found: Floats = np.sqrt(np.clip(gap, 1, LATEST))
    return found


def _by_month(sheet: Sheet, surprise: Floats, past: Bools) -> Floats:
    """How much wider than usual surprises are in the month of each column, by indicator."""
    cycle, width = sheet.cycle, surprise.shape[1]
    if cycle == 1:
        return np.ones_like(surprise)
    size = np.where(past, np.abs(surprise), np.nan)
    usual = median(size)[:, None]
    size = np.divide(size, usual, out=np.full(size.shape, np.nan), where=usual > 0)
    place = (sheet.first + np.arange(width)) % cycle
    factor = np.ones((len(sheet.groups), cycle))
    for team in teams(sheet.owner):
        for month in range(cycle):
            block = size[team][:, :, place == month].reshape(len(team), -1)
            count = np.sum(~np.isnan(block), axis=1)
            logs = np.log(np.clip(np.nan_to_num(median(block, axis=1), nan=1.0), 0.05, 20.0))
            factor[sheet.owner[team[:, 0]], month] = np.exp(logs * count / (count + PRIOR_MONTHS))
    return factor[sheet.owner][:, place]


def _shared(sheet: Sheet, surprise: Floats, past: Bools) -> tuple[Floats, Floats]:
    """What all regions of an indicator were surprised by at once, as much of it as each region follows."""
    spread = sigma(np.where(past, surprise, np.nan))[:, None]
    unit = np.divide(surprise, spread, out=np.full(surprise.shape, np.nan), where=spread > 0)
    middle = np.zeros_like(surprise)
    unusual = np.zeros_like(surprise)
    for team in teams(sheet.owner):
        if team.shape[1] >= PEERS:
            course_of_all = median(unit[team], axis=1)
            quiet = np.where(past[team].any(axis=1), course_of_all, np.nan)
            usual = sigma(quiet)[:, None]
            far = np.divide(course_of_all, usual, out=np.zeros_like(course_of_all), where=usual > 0)
            rows, size = team.ravel(), team.shape[1]
            middle[rows] = np.repeat(np.nan_to_num(course_of_all), size, axis=0)
            unusual[rows] = np.repeat(np.nan_to_num(far), size, axis=0)
    inside = np.where(past, middle, 0.0)
    aim = np.where(past, np.clip(unit, -CLIP * 2, CLIP * 2), 0.0)
    follow = (inside * aim).sum(axis=1) / ((inside * inside).sum(axis=1) + FOLLOW)
    return middle * follow[:, None] * np.nan_to_num(spread), unusual


def _spread(sheet: Sheet, left: Floats, step: Floats) -> Floats:
    """The spread of each row, robust, yet from all its past surprises, drawn to that of its peers."""
    bound = CLIP * sigma(left)[:, None]
    there = ~np.isnan(left)
    count = there.sum(axis=1)
    square = np.where(there, np.clip(left, -bound, bound), 0.0) ** 2
    mean_square = np.divide(square.sum(axis=1), count, out=np.zeros(len(left)), where=count > 0)
    own = np.maximum(np.sqrt(np.nan_to_num(mean_square)) / CLIPPED, ROUNDED * step)
    logs = np.log(own)
    usual = logs.copy()
    level = np.array([LEVELS.index(place.level) for place in sheet.places])
    for team in teams(sheet.owner * len(LEVELS) + level):
        if team.shape[1] >= PEERS:
            usual[team] = median(logs[team], axis=1)[:, None]
    weight = count / (count + PRIOR_ROWS)
    found: Floats = np.maximum(np.exp(weight * logs + (1 - weight) * usual), ROUNDED * step)
    return found


def _freedom(sheet: Sheet, unit: Floats) -> Floats:
    """Degrees of freedom of the Student's t whose tails are like those of an indicator's surprises."""
    ratio = np.full(len(sheet.groups), np.nan)
    for team in teams(sheet.owner):
        block = np.abs(unit[team]).reshape(len(team), -1)
        body = quantile(block, BODY, axis=1)
        tail = quantile(block, TAIL, axis=1)
        ratio[sheet.owner[team[:, 0]]] = np.divide(
            tail, body, out=np.full(len(team), np.nan), where=body > 0
        )
    tail, body = (student_score(NORMAL.inv_cdf((1 + q) / 2), DEGREES) for q in (TAIL, BODY))
    like = np.nan_to_num(ratio, nan=float((tail / body)[-3]))
    inverse = np.interp(like, (tail / body)[::-1], 1 / DEGREES[::-1])
    found: Floats = (1 / inverse)[sheet.owner]
    return found
