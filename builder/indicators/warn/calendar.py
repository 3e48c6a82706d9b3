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
    """What the slack days of Spring Festival add to each cell; 0 where that can't be told.

    `rest`: numbers without season, NaN where judged. One effect for each indicator, from the months in
    which slack days were more or fewer than in other years.
    """
    if sheet.frequency != "month":
        return np.zeros_like(rest)
    days, shift = _days(sheet, short)
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
    return (effect * days)[sheet.owner]


def _days(sheet: Sheet, short: Bools) -> tuple[Floats, Floats]:
    """Slack days in the columns of each group, and how many more than in other years, as shares."""
    width = sheet.values.shape[1]
    told = slack(sheet.start - 24, width + 24)
    month = (sheet.start + np.arange(-24, width)) % 12
    both = np.where(month == 1, told + np.roll(told, 1), np.where(month == 0, 0.0, told))
    days, shift = np.zeros((2, len(sheet.groups), width))
    kept: dict[tuple[bool, bool, bool], tuple[Floats, Floats]] = {}
    for number, group in enumerate(sheet.groups):
        if not _answers(group):
            continue
        kind = group.indicator.combined, group.rate, bool(short[group.start : group.stop].all())
        if kind not in kept:
            kept[kind] = _shift(both if kind[0] else told, kind[1], kind[2])
        days[number], shift[number] = kept[kind]
    return days, shift


def _answers(group: Group) -> bool:
    """Amounts of a month and growth over the same month of the year before depend on slack days."""
    return not group.rate or group.measure in ("yoy", "index")


def _shift(days: Floats, growth: bool, short: bool) -> tuple[Floats, Floats]:
    """`days` begins two years before the table; growth and short rows compare with the year before."""
    told = days[12:] - days[:-12] if growth else days[12:]
    if short:
        return told[12:], told[12:] - told[:-12]
    told = told[12:]
    found = np.zeros_like(told)
    for place in range(12):
        same = told[place::12]
        if len(same) > 1:
            found[place::12] = same - (same.sum() - same) / (len(same) - 1)
    return told, found
