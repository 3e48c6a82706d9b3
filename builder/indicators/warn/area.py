"""(b) Abnormal within a small area only: Hidiroglou and Berthelot's bounds over cities, and over counties.

Changes against the year before are compared between regions that lie in one; large regions need less to
stand out. Two additions make it safe for the few cities of a province: quartile distances are never
below those usual in the last two years, and the region's own past must find the number odd, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from builder.indicators.warn import words
from builder.indicators.warn.case import Case
from builder.indicators.warn.expect import Outlook
from builder.indicators.warn.finding import Finding
from builder.indicators.warn.limits import GROWTH, INDICES, Limits
from builder.indicators.warn.robust import Bools, Floats, Places, median, quantile, teams
from builder.indicators.warn.sheet import Group, Sheet

RULE = "area/1"
PEERS = 6  # regions that can be compared at all
FLOOR = 0.05  # A of Hidiroglou and Berthelot: the least quartile distance, as a share of the median
SIZE = 0.25  # U: how much size counts
PAST_YEARS = 2
BLIND = 1.5  # multiple of the bounds that is asked where a region has no past
PLAIN, RATIO, GROWN = 0, 1, 2  # rates in per cent of something; amounts; growth


@dataclass(frozen=True)
class _Compared:
    """Rows × columns: `middle` change of the peers, own deviation from it, as a multiple of the bounds.

    `low` and `high`: the deviations at the bounds. `quiet`: few peers are out of bounds. `peers`: how many.
    """

    middle: Floats
    deviation: Floats
    strength: Floats
    low: Floats
    high: Floats
    quiet: Bools
    peers: Floats


def areas(sheet: Sheet, seen: Outlook, limits: Limits) -> Iterator[Finding]:
    """Every judged number whose change stands out from that of its neighbours, who are quiet."""
    way = np.array([_way(group) for group in sheet.groups])[sheet.owner]
    got = _compared(sheet, _changes(sheet, way), way, limits)
    score = np.abs(seen.score)
    odd = (score >= limits.area_own) | (np.isnan(score) & (got.strength >= BLIND))
    points = np.maximum(sheet.least_points(limits.area_points, limits.area_percent), 1e-9)
    least = np.where(way == RATIO, limits.area_percent, points) / np.where(way == PLAIN, 1, 100)
    effect = np.abs(got.deviation) / least[:, None]
    alarm = sheet.judged & (got.strength >= 1) & got.quiet & odd & (effect >= 1)
    for row, column in np.argwhere(alarm).tolist():
        yield _finding(Case(sheet, row, column), got, int(way[row]), float(effect[row, column]))


def _way(group: Group) -> int:
    if group.measure in GROWTH or group.measure in INDICES:
        return GROWN
    return PLAIN if group.rate else RATIO


def _changes(sheet: Sheet, way: Places) -> Floats:
    """Ratios to the year before; differences for rates that are no growth. NaN where there is none."""
    found = np.full(sheet.values.shape, np.nan)
    cycle = sheet.cycle
    now, before = sheet.values[:, cycle:], sheet.values[:, :-cycle]
    fit = (now > 0) & (before > 0)
    ratio = np.divide(now, before, out=np.full(now.shape, np.nan), where=fit)
    found[:, cycle:] = np.where(way[:, None] == RATIO, ratio, now - before)
    grown = way == GROWN
    centre = sheet.of_rows([100.0 - group.centre for group in sheet.groups])[grown, None]
    found[grown] = np.maximum(sheet.values[grown] + centre, 1e-3) / 100
    return found


def _compared(sheet: Sheet, changes: Floats, way: Places, limits: Limits) -> _Compared:
    empty = np.full((6, *changes.shape), np.nan)
    middle, deviation, strength, low, high, peers = empty
    quiet = np.zeros(changes.shape, dtype=np.bool_)
    sizes = _sizes(sheet)
    for team in teams(_neighbours(sheet)):
        if team.shape[1] < PEERS:
            continue
        block = changes[team]
        centre = median(block, axis=1)[:, None]
        ratio = block / centre
        own = np.where(ratio >= 1, ratio - 1, 1 - 1 / ratio)
        own = np.where(way[team][..., None] == PLAIN, block - centre, own)
        weight = (sizes[team] / median(sizes[team], axis=1)[:, None])[..., None] ** SIZE
        weight = np.where(np.isnan(weight), 1.0, weight)
        below, half, above = _bounds(own * weight, sheet, limits)
        off = own * weight - half
        reach = np.where(off < 0, below, above)
        times = np.divide(np.abs(off), reach, out=np.zeros(off.shape), where=reach > 0)
        there = ~np.isnan(block)
        count = there.sum(axis=1, keepdims=True)
        crowd = ((times >= 1) & there).sum(axis=1, keepdims=True)
        rows = team.ravel()
        calm = (crowd <= np.maximum(limits.quiet * count, 1)) & (count >= PEERS)
        for table, told in (
            (middle, centre),
            (deviation, own),
            (strength, times),
            (low, (half - below) / weight),
            (high, (half + above) / weight),
            (peers, count - 1.0),
            (quiet, calm),
        ):
            table[rows] = np.broadcast_to(told, block.shape).reshape(-1, block.shape[2])
    return _Compared(middle, deviation, strength, low, high, quiet, peers)


def _bounds(effects: Floats, sheet: Sheet, limits: Limits) -> tuple[Floats, Floats, Floats]:
    """How far effects may lie below their median, that median, and how far above, column by column."""
    low, half, high = (quantile(effects, q, axis=1)[:, None] for q in (0.25, 0.5, 0.75))
    floor = np.abs(FLOOR * half)
    found = []
    for distance in (half - low, high - half):
        width = distance.shape[2]
        usual = median(distance[..., max(width - 1 - PAST_YEARS * sheet.cycle, 0) : -1])[..., None]
        found.append(limits.area_bound * np.fmax(np.fmax(distance, usual), floor))
    return found[0], half, found[1]


def _neighbours(sheet: Sheet) -> Places:
    """A label for each row: regions with the same label are compared.

    Cities of a province, counties of a city; counties of cities with too few of them are compared with one
    another. Whoever has nobody has a label of his own.
    """
    found = np.arange(len(sheet.keys))
    for group in sheet.groups:
        under: dict[tuple[str, str], list[int]] = {}
        for row in range(group.start, group.stop):
            place = sheet.places[row]
            if place.level in ("市", "县"):
                under.setdefault((place.level, place.parent), []).append(row)
        few: list[int] = []
        for (level, _), rows in under.items():
            if level == "县" and len(rows) < PEERS:
                few += rows
            else:
                found[rows] = rows[0]
        if few:
            found[few] = few[0]
    return found


def _sizes(sheet: Sheet) -> Floats:
    """The usual amount of each row over the last year; of rates that of the same indicator's amounts."""
    found = median(np.abs(sheet.values[:, -sheet.cycle - 1 : -1]))
    found[found == 0] = np.nan
    for group in sheet.groups:
        if group.rate:
            rows = slice(group.start, group.stop)
            amount = sheet.by_name.get((group.indicator.id, "value"))
            held = (
                {}
                if amount is None
                else {sheet.places[n].code: found[n] for n in range(amount.start, amount.stop)}
            )
            found[rows] = [held.get(p.code, np.nan) for p in sheet.places[rows]]
    return found


def _finding(case: Case, got: _Compared, way: int, effect: float) -> Finding:
    place = case.row, case.column
    middle = float(got.middle[place])
    low, high = (_number(case, middle, float(side[place]), way) for side in (got.low, got.high))
    shown = words.interval(low, high, case.group)
    peers = {"市": "省内其他市", "县": "其他县（市、区）"}[case.region.level]
    basis = f"{peers}的水平" if way == GROWN else f"{peers}与上年同期相比的变动"
    sentence = (
        f"{case.subject}，只有这里异常：按{basis}，应在{shown}之间，"
        f"参加比较的另外{int(got.peers[place])}个地区大多平稳。"
    )
    inputs = (("按同级地区推算的范围", shown), ("相当于界限的倍数", f"{got.strength[place]:.1f}"))
    return case.finding(
        RULE,
        "area",
        sentence,
        between=(low, high),
        score=float(got.strength[place]),
        effect=effect,
        inputs=inputs,
    )


def _number(case: Case, middle: float, deviation: float, way: int) -> float:
    """The number of this cell at a deviation from the middle change of its peers."""
    if way == PLAIN:
        return _before(case) + middle + deviation
    ratio = middle * (1 + deviation) if deviation >= 0 else middle / (1 - deviation)
    if way == GROWN:
        return 100 * ratio - 100 + case.group.centre
    return _before(case) * ratio


def _before(case: Case) -> float:
    return float(case.sheet.values[case.row, case.column - case.sheet.cycle])
