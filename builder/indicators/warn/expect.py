"""What a number was to be expected to be, and how far numbers like it stray.

Season, recent course, what all regions did that month; then the spread of past surprises of that very
region. Nothing that is judged takes part, save in what all regions did, where one among many does not
count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from builder.indicators.warn.calendar import festival
from builder.indicators.warn.course import course
from builder.indicators.warn.robust import (
    Bools,
    Floats,
    Places,
    mean,
    median,
    normal_score,
    sigma,
    student_score,
    teams,
)
from builder.indicators.warn.scale import Scaled, scaled
from builder.indicators.warn.season import CLIP, seasonal
from builder.indicators.warn.sheet import Sheet
from builder.indicators.warn.spread import PEERS, by_month, spreads
from builder.values import LEVELS

ROWS = 2000  # of one table: it stays in the processor's cache
PAST = 8  # surprises that must be known before another one is judged
YEARS = 3.0  # of numbers, before a season is told from chance
YEARS_TOGETHER = 2.5  # the same where several regions tell it together
NO_CLIP = 1e9
OWN_SEASON = 0.2  # the least a region's own season counts beside that of all
# Degrees of freedom of the Student's t that surprises follow: their own tails, and spreads that are
# estimated from forty months. Degrees estimated for each indicator did worse on the tuning series.
FREEDOM = np.array(15.0)
LATEST = 4  # periods a number may be late before that makes no more difference
FAR = 5.0  # robust σ at which surprises are clipped before they are compared
FOLLOW = 4.0  # squared surprises that must be seen before a region is half believed to follow all
# How closely a region follows all is known of ordinary months; beyond so many spreads it may be off by so much.
ORDINARY, UNSURE = 2.0, 0.25


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
        return normal_score(self.off / self.spread, FREEDOM)

    def interval(self, rows: Places, columns: Places, deviate: float) -> tuple[Floats, Floats]:
        """Between which numbers these cells were to be expected, as published."""
        reach = student_score(deviate, FREEDOM) * self.spread[rows, columns]
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
    rough, short = _season(sheet, known, NO_CLIP)  # festivals are no outliers
    feast = festival(sheet, known - rough, short)
    season = _season(sheet, known - feast, CLIP)[0] + feast
    rest = np.where(scale.idle, np.nan, known - season)
    readings = [season + r for r in course(rest, sheet.cycle, sheet.owner, sheet.starts)]
    guess = readings[0]
    late = _late(known)
    surprise = (scale.values - guess) / late
    past = ~np.isnan(known) & ~np.isnan(surprise) & ~scale.idle
    month = by_month(sheet, np.where(past, surprise, np.nan))
    shared, together = _shared(sheet, surprise / month, past)
    shared = shared * month
    spread = spreads(sheet, np.where(past, surprise - shared, np.nan), scale.least)
    rare = np.maximum(np.abs(shared) - ORDINARY * spread, 0.0)
    spread = np.hypot(spread, UNSURE * rare)
    expected = _nearest(scale.values, [r + shared * late for r in readings], sheet.judged)
    enough = past.sum(axis=1)[:, None] >= PAST
    return Outlook(
        scale,
        np.where(enough, expected, np.nan),
        spread * late,
        sigma(rest - median(rest)[:, None]),
        short,
        shared * late,
        together,
    )


def _nearest(values: Floats, readings: Sequence[Floats], judged: Bools) -> Floats:
    """Of several readings of what was to be expected the one nearest a judged number: doubt accuses nobody."""
    found = readings[0]
    for other in readings[1:]:
        nearer = judged & (np.abs(values - other) < np.abs(values - found))
        found = np.where(nearer, other, found)
    return found


def _season(sheet: Sheet, known: Floats, clip: float) -> tuple[Floats, Bools]:
    """The season of each cell; in rows of too few years the number of the year before."""
    cycle, width = sheet.cycle, known.shape[1]
    there = ~np.isnan(known)
    sizes = sheet.of_rows([float(g.stop - g.start) for g in sheet.groups])
    needed = np.where(sizes >= PEERS, YEARS_TOGETHER, YEARS) * cycle
    short = width - np.argmax(there, axis=1) < needed
    season, doubt = seasonal(known, cycle, sheet.first, clip)
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
    found = _followed(unit, middle, past) * np.nan_to_num(spread)
    return _heads(sheet, surprise, spread, past, found), unusual


def _followed(unit: Floats, middle: Floats, past: Bools) -> Floats:
    """`middle` times how closely each row followed it in the past; a rare one wholly, if that is nearer."""
    inside = np.where(past, middle, 0.0)
    aim = np.where(past, np.clip(unit, -FAR, FAR), 0.0)
    follow = (inside * aim).sum(axis=1) / ((inside * inside).sum(axis=1) + FOLLOW)
    found: Floats = middle * follow[:, None]
    wholly = ~past & (np.abs(middle) > ORDINARY) & (np.abs(unit - middle) < np.abs(unit - found))
    return np.where(wholly, middle, found)


def _heads(sheet: Sheet, surprise: Floats, spread: Floats, past: Bools, shared: Floats) -> Floats:
    """For judged numbers of uppermost regions the surprises of those below, if that explains more.

    Weighted by size. One wrong number below must not make the sum look wrong, nor one large region a
    right sum; how far sums stray is still measured by what all regions did.
    """
    levels = np.array([LEVELS.index(place.level) for place in sheet.places])
    clipped = np.clip(surprise, -FAR * spread, FAR * spread)
    for group in sheet.groups:
        rows = slice(group.start, group.stop)
        head = group.start + int(np.argmin(levels[rows]))
        below = group.start + np.flatnonzero(levels[rows] == levels[head] + 1)
        if len(below) < PEERS or not spread[head] > 0:
            continue
        there = ~np.isnan(clipped[below])
        weight = sheet.shares[below, None] * there
        total = weight.sum(axis=0)
        told = np.sum(np.where(there, clipped[below], 0.0) * weight, axis=0)
        mean_of = np.divide(told, total, out=np.zeros(len(total)), where=total > 0.5)
        one = slice(head, head + 1)
        other = _followed(surprise[one] / spread[one], mean_of[None] / spread[one], past[one])
        other = other[0] * spread[head]
        nearer = np.abs(surprise[head] - other) < np.abs(surprise[head] - shared[head])
        shared[head] = np.where(nearer & ~past[head], other, shared[head])
    return shared
