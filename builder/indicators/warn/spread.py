"""How far surprises stray: by region, by month of the year, in calm and stormy times."""

from __future__ import annotations

import numpy as np

from builder.indicators.warn.robust import Floats, median, sigma, teams
from builder.indicators.warn.sheet import Sheet
from builder.values import LEVELS

PEERS = 5  # regions from which on what they have in common means something
CLIP, CLIPPED = 2.5, 0.9887  # where surprises are clipped, and what that makes of a normal σ of 1
USED = 3.0  # degrees of freedom that expectations took from each row
PRIOR_MONTHS, PRIOR_ROWS = 20.0, 15.0  # observations that what is usual elsewhere counts for
MEMORY, PRIOR_MOOD = (
    0.85,
    50.0,
)  # a storm fades by so much a period; observations a usual time counts for


def spreads(sheet: Sheet, left: Floats, least: Floats) -> Floats:
    """The robust σ of each cell's surprise.

    `left`: past surprises, NaN elsewhere. `least`: no number of a row strays less.
    """
    month = by_month(sheet, left)
    rough = _rows(sheet, left / month, least)
    mood = _moods(sheet, left / month / rough[:, None])
    rows = _rows(sheet, left / month / mood, least)
    found: Floats = np.maximum(rows[:, None] * month * mood, least[:, None])
    return found


def by_month(sheet: Sheet, surprise: Floats) -> Floats:
    """How much wider than usual surprises are in the month of each column, by indicator."""
    cycle, width = sheet.cycle, surprise.shape[1]
    if cycle == 1:
        return np.ones_like(surprise)
    size = np.abs(surprise)
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


def _moods(sheet: Sheet, unit: Floats) -> Floats:
    """How much wider surprises of an indicator were of late than over all years, before each column."""
    there = ~np.isnan(unit)
    square = np.where(there, np.clip(unit, -CLIP, CLIP) / CLIPPED, 0.0) ** 2
    total = np.add.reduceat(square, sheet.starts, axis=0)
    number = np.add.reduceat(there.astype(np.float64), sheet.starts, axis=0)
    found = np.ones_like(total)
    late, weight = np.zeros(len(total)), np.zeros(len(total))
    for column in range(unit.shape[1]):
        found[:, column] = np.sqrt((late + PRIOR_MOOD) / (weight + PRIOR_MOOD))
        late = MEMORY * late + total[:, column]
        weight = MEMORY * weight + number[:, column]
    return found[sheet.owner]


def _rows(sheet: Sheet, left: Floats, least: Floats) -> Floats:
    """The spread of each row, robust, yet from all its past surprises, drawn to that of its peers."""
    bound = CLIP * sigma(left)[:, None]
    there = ~np.isnan(left)
    count = there.sum(axis=1)
    square = (np.where(there, np.clip(left, -bound, bound), 0.0) ** 2).sum(axis=1)
    free = np.maximum(count - USED, 1.0)
    own = np.maximum(np.sqrt(np.nan_to_num(square) / free) / CLIPPED, least)
    logs = np.log(own)
    usual = logs.copy()
    level = np.array([LEVELS.index(place.level) for place in sheet.places])
    for team in teams(sheet.owner * len(LEVELS) + level):
        if team.shape[1] >= PEERS:
            usual[team] = median(logs[team], axis=1)[:, None]
    weight = count / (count + PRIOR_ROWS)
    found: Floats = np.exp(weight * logs + (1 - weight) * usual)
    return found
