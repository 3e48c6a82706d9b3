"""Spring Festival, which wanders between January and February, and what it does to an indicator."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from builder.indicators.warn.course import around
from builder.indicators.warn.robust import Bools, Floats, median, sigma, teams
from builder.indicators.warn.sheet import Group, Sheet

FIRST_YEAR = 2000
# First day of the lunar year, month and day, from FIRST_YEAR on.
DAYS = [
    "0205",
    "0124",
    "0212",
    "0201",
    "0122",
    "0209",
    "0129",
    "0218",
    "0207",
    "0126",
    "0214",
    "0203",
    "0123",
    "0210",
    "0131",
    "0219",
    "0208",
    "0128",
    "0216",
    "0205",
    "0125",
    "0212",
    "0201",
    "0122",
    "0210",
    "0129",
    "0217",
    "0206",
    "0126",
    "0213",
    "0203",
    "0123",
    "0211",
    "0131",
    "0219",
    "0208",
    "0128",
    "0215",
    "0204",
    "0124",
    "0212",
]
BEFORE, AFTER = 10, 15  # days around the festival on which work is slack
RIDGE = 0.1  # squared shares of slack days that must be seen before half an effect is believed
CLIP = 4.0
ROUNDS = 2


def slack(first: int, width: int) -> Floats:
    """For `width` months from ordinal `first`: the share of the slack days in each; 0 in unknown years."""
    found = np.zeros(width)
    for column in range(width):
        year, month = divmod(first + column, 12)
        if month < 4 and 0 <= year - FIRST_YEAR < len(DAYS):
            day = DAYS[year - FIRST_YEAR]
            start = date(year, int(day[:2]), int(day[2:])) - timedelta(days=BEFORE)
            days = [start + timedelta(days=n) for n in range(BEFORE + AFTER)]
            found[column] = sum(d.month == month + 1 for d in days) / len(days)
    return found


def festival(sheet: Sheet, rest: Floats, short: Bools) -> Floats:
    """What the date of Spring Festival adds to each cell beyond its season; 0 where that can't be told.

    `rest`: numbers without season, NaN where judged. One effect for each indicator, from the months in
    which slack days were more or fewer than in other years.
    """
    if sheet.frequency != "month":
        return np.zeros_like(rest)
    shift = _shifts(sheet, short)
    together = np.zeros((len(sheet.groups), rest.shape[1]))
    level = rest - median(rest)[:, None]
    for team in teams(sheet.owner):
        together[sheet.owner[team[:, 0]]] = median(level[team], axis=1)
    effect = np.zeros((len(sheet.groups), 1))
    there = ~np.isnan(together) & (shift != 0)
    weight = RIDGE + np.sum(np.where(there, shift, 0.0) ** 2, axis=1, keepdims=True)
    for _ in range(ROUNDS):
        cleared = together - effect * shift
        away = together - around(cleared)
        bound = CLIP * sigma(cleared - around(cleared))[:, None] + np.abs(effect * shift)
        product = np.where(there, np.clip(away, -bound, bound) * shift, 0.0)
        effect = np.nansum(product, axis=1, keepdims=True) / weight
    return (effect * shift)[sheet.owner]


def _shifts(sheet: Sheet, short: Bools) -> Floats:
    """How many more slack days than in other years the columns of each group have, as shares."""
    width = sheet.values.shape[1]
    days = slack(sheet.start - 24, width + 24)
    month = (sheet.start + np.arange(-24, width)) % 12
    both = np.where(month == 1, days + np.roll(days, 1), np.where(month == 0, 0.0, days))
    found = np.zeros((len(sheet.groups), width))
    kept: dict[tuple[bool, bool, bool], Floats] = {}
    for number, group in enumerate(sheet.groups):
        if not _answers(group):
            continue
        kind = group.indicator.combined, group.rate, bool(short[group.start : group.stop].all())
        if kind not in kept:
            kept[kind] = _shift(both if kind[0] else days, kind[1], kind[2])
        found[number] = kept[kind]
    return found


def _answers(group: Group) -> bool:
    """Amounts of a month and growth over the same month of the year before depend on slack days."""
    return not group.rate or group.measure in ("yoy", "index")


def _shift(days: Floats, growth: bool, short: bool) -> Floats:
    """`days` begins two years before the table; growth and short rows compare with the year before."""
    told = days[12:] - days[:-12] if growth else days[12:]
    if short:
        return told[12:] - told[:-12]
    told = told[12:]
    found = np.zeros_like(told)
    for place in range(12):
        same = told[place::12]
        if len(same) > 1:
            found[place::12] = same - (same.sum() - same) / (len(same) - 1)
    return found
