"""The scale numbers are judged in: amounts in logarithms, counts with zeros in square roots, rates as they are.

Sums since January are taken apart into months first: the surprise of one month is what may be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from builder.indicators.warn.robust import Bools, Floats, Places, median
from builder.indicators.warn.sheet import Sheet

PLAIN, LOG, ROOT = 0, 1, 2
COUNTABLE = frozenset(  # units of what is counted; whole 万吨 are rounded, and stray far less
    ("", *"个家户件项起人次宗辆台套种处所名例笔张头只部座条艘架", "人次", "户次", "批次")
)
COUNTED = 200.0  # whole numbers below it are judged as counts: their chance grows with their root
COUNTING = 0.5  # σ of the square root of a count
ROUNDED = 0.4  # of the last published digit: no number strays less
IDLE = 2  # years in which a month was empty, to be taken for one that always is
TINY = 1e-3  # of a row's median: what a number that can't be (0 or less) is taken for


@dataclass(frozen=True)
class Scaled:
    """`values` in the scale of their row (`way`); `before`: what the sum held until then;

    `least`: the spread below which no number of the row can be told from rounding or counting. `idle`:
    months in which a row never has anything, and which tell nothing of how far its numbers stray.
    """

    values: Floats
    way: Places
    before: Floats
    least: Floats
    idle: Bools

    def back(self, rows: Places, columns: Places, values: Floats) -> Floats:
        """Numbers of these cells, given in the scale of their row, as they are published."""
        way = self.way[rows]
        amounts = np.where(way == LOG, np.exp(np.minimum(values, 700.0)), values)
        amounts = np.where(way == ROOT, np.maximum(values, 0.0) ** 2, amounts)
        found: Floats = amounts + self.before[rows, columns]
        return found


def scaled(sheet: Sheet) -> Scaled:
    """All numbers of a sheet in the scale they are judged in."""
    values = _apart(sheet)
    idle = _idle(sheet, values)
    values = _filled(sheet, values, idle)
    before = np.zeros_like(values)
    running = sheet.of_rows([g.running for g in sheet.groups]) > 0
    if running.any():
        values[running], before[running] = _months(values[running], sheet)
    rate = sheet.of_rows([g.rate for g in sheet.groups]) > 0
    typical = median(np.abs(values))
    typical = np.where(np.isnan(typical) | (typical <= 0), 1.0, typical)
    whole = sheet.of_rows([g.decimals == 0 for g in sheet.groups]) > 0
    told = sheet.of_rows([group.unit in COUNTABLE for group in sheet.groups]) > 0
    counts = whole & told & (typical < COUNTED) & ~rate
    way = _ways(np.where(sheet.judged, np.nan, values), rate, counts)
    unit = sheet.of_rows([10.0**-g.decimals for g in sheet.groups])
    log, root = way == LOG, way == ROOT
    found = values.copy()
    found[log] = np.log(np.maximum(values[log], TINY * typical[log, None]))
    found[root] = np.sqrt(np.maximum(values[root], 0.0))
    step = np.where(log, unit / typical, np.where(root, unit / (2 * np.sqrt(typical)), unit))
    least = np.where(counts & root, COUNTING, ROUNDED * step)
    return Scaled(found, way, before, least, idle)


def _idle(sheet: Sheet, values: Floats) -> Bools:
    """Months in which a row never has anything: what is made only in some is no surprise in the others.

    None where the judged number lies in such a month: then any number but 0 is odd.
    """
    cycle = sheet.cycle
    found = np.zeros(values.shape, dtype=np.bool_)
    amount = sheet.of_rows([not (g.rate or g.running) for g in sheet.groups]) > 0
    rows = np.flatnonzero(amount & (values == 0).any(axis=1))
    if cycle == 1 or not len(rows):
        return found
    judged = sheet.judged[rows]
    known = np.where(judged, np.nan, values[rows])
    place = (sheet.first + np.arange(values.shape[1])) % cycle
    idle = np.zeros(known.shape, dtype=np.bool_)
    for month in range(cycle):
        same = known[:, place == month]
        often = (~np.isnan(same)).sum(axis=1) >= IDLE
        idle[:, place == month] = (often & ~(np.nan_to_num(same) != 0).any(axis=1))[:, None]
    worked = (known > 0).any(axis=1) & ~(idle & judged).any(axis=1)
    found[rows] = idle & np.asarray(worked)[:, None]
    return found


def _filled(sheet: Sheet, values: Floats, idle: Bools) -> Floats:
    """Idle months as the others of their year usually are: so that they move neither level nor season."""
    rows = np.flatnonzero(idle.any(axis=1))
    if not len(rows):
        return values
    block = np.where(idle[rows] | sheet.judged[rows], np.nan, values[rows])
    fill = np.repeat(median(block)[:, None], values.shape[1], axis=1)
    year = (sheet.first + np.arange(values.shape[1])) // sheet.cycle
    for columns in (year == y for y in np.unique(year)):
        usual = median(block[:, columns])[:, None]
        fill[:, columns] = np.where(np.isnan(usual), fill[:, columns], usual)
    found = values.copy()
    found[rows] = np.where(idle[rows], fill, values[rows])
    return found


def _apart(sheet: Sheet) -> Floats:
    """A copy in which February stands for January, too, wherever that is the custom."""
    values = sheet.values.copy()
    if sheet.frequency != "month":
        return values
    rows = sheet.of_rows([g.indicator.combined for g in sheet.groups]) > 0
    amount = rows & (sheet.of_rows([g.rate or g.running for g in sheet.groups]) == 0)
    for column in range((-sheet.first) % 12, values.shape[1], 12):
        if column + 1 < values.shape[1]:
            january = np.where(amount, np.nan_to_num(values[:, column]), 0.0)
            values[:, column + 1] += january
        values[rows, column] = np.nan
    return values


def _months(sums: Floats, sheet: Sheet) -> tuple[Floats, Floats]:
    """What each period added, and the sum before it. A gap hides the period after it as well."""
    place = (sheet.first + np.arange(sums.shape[1])) % sheet.cycle
    before = np.concatenate([np.full((len(sums), 1), np.nan), sums[:, :-1]], axis=1)
    before[:, place == 0] = 0.0
    if sheet.frequency == "month":
        february = before[:, place == 1]
        before[:, place == 1] = np.where(np.isnan(february), 0.0, february)
    return sums - before, np.nan_to_num(before)


def _ways(known: Floats, rate: Bools, counts: Bools) -> Places:
    lowest = np.nanmin(np.where(np.isnan(known), np.inf, known), axis=1)
    found = np.where((lowest > 0) & ~counts, LOG, np.where(lowest >= 0, ROOT, PLAIN))
    return np.where(rate | ~np.isfinite(lowest), PLAIN, found)
