"""The path of one series before it is told: levels, growth on a comparable basis, changes in prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from catalogue import Row
from motion import AXES, Axis, Dice, Floats, added, cycle, season, swing, yoy

RATES = {"rate", "cumrate", "qrate", "priceq"}
PRICES = {"price", "pricei"}
STOCKS = {"stock", "stockc", "pstock", "count", "qstock"}
LEVELS = {"level", "levels", "qlevel", "annlevel"}
# Made to be found by the early warnings: indicator, region, period, what is done, how much.
SHOCKS: tuple[tuple[str, str, str, str, float], ...] = (
    ("cp-shuini", "990000", "2026-09", "times", 0.80),
    ("kuaidi-yewuliang", "990000", "2026-10", "times", 1.16),
    ("chukou-jiaohuozhi", "990000", "2026-10", "times", 0.86),
    ("shehui-xiaofeipin", "991400", "2026-10", "times", 1.22),
    ("caizheng-shouru", "990804", "2026-10", "times", 2.4),
    ("gongye-zengjiazhi", "991100", "2026-10", "plus", 9.5),
    ("gongye-yongdianliang", "991100", "2026-10", "times", 0.90),
    ("guding-touzi", "991502", "2026-10", "plus", 120.0),
    ("chanxiaolv", "990800", "2026-09", "plus", 9.8),
    ("keyunliang", "991300", "2026-10", "times", 0.70),
)


@dataclass(slots=True)
class Track:
    """One series. `levels`: flows or stocks; `growth`: percent on a year before; `mom`: of prices."""

    levels: Floats
    growth: Floats
    mom: Floats


def axis_of(row: Row) -> Axis:
    """The periods of an indicator."""
    return AXES[row.shape.frequency]


def _none(axis: Axis) -> Floats:
    return np.full(axis.count, np.nan)


def _shocked(row: Row, region: str, what: str, values: Floats) -> Floats:
    labels = axis_of(row).labels()
    for slug, where, period, how, much in SHOCKS:
        if (slug, where, how) == (row.slug, region, what):
            place = labels.index(period)
            values[place] = values[place] * much if what == "times" else values[place] + much
    return values


def own(row: Row, region: str, base: float) -> Track:
    """The province's path of an indicator by itself, `base` in 2025 (a year's sum, or its end)."""
    if row.kind in PRICES:
        return _price(row, row.growth, Dice(row.more.get("seed", row.slug)))
    if row.kind in RATES:
        return _rate(row, region)
    if row.kind in LEVELS:
        return _level(row)
    return _flow(row, region, base)


def _flow(row: Row, region: str, base: float) -> Track:
    axis, dice = axis_of(row), Dice(row.slug)
    spread = row.number("sd", 1.0)
    drift = 0.0 if row.comparable else row.number("drift", 0.5)
    slow = dice.drifting(axis.count, 0.5 * spread, 0.85 ** (12 / axis.a_year))
    pace = row.growth + drift + row.number("load", 0.8) * cycle(axis) + slow
    trend = np.cumsum(pace / 100 / axis.a_year)
    noise = dice.noise(axis.count, (0.0015 if row.kind in STOCKS else 0.004) * spread)
    shares = np.ones(axis.count) if row.kind in STOCKS else season(row.season, axis)
    levels = np.exp(trend + noise) * shares
    year = slice(5 * axis.a_year, 6 * axis.a_year)
    whole = levels[year][-1] if row.kind in STOCKS else levels[year].sum()
    levels = _shocked(row, region, "times", levels * base / whole)
    off = drift + dice.drifting(axis.count, 0.0 if row.comparable else 0.25, 0.9)
    return Track(levels, yoy(levels, axis.a_year) - (0.0 if row.comparable else off), _none(axis))


def _rate(row: Row, region: str) -> Track:
    axis, dice = axis_of(row), Dice(row.slug)
    spread = row.number("sd", 1.0)
    growth = row.growth + row.number("load", 0.8) * cycle(axis)
    growth += dice.drifting(axis.count, 0.55 * spread, 0.7) + dice.noise(axis.count, 0.3 * spread)
    return Track(_none(axis), _shocked(row, region, "plus", growth), _none(axis))


def _level(row: Row) -> Track:
    """A level that has no growth of its own; `growth` of the table is its spread."""
    axis, dice = axis_of(row), Dice(row.slug)
    levels = row.base + dice.drifting(axis.count, row.growth, 0.6)
    years = np.arange(axis.count) / axis.a_year - 5
    levels += row.number("step", 0) * years
    levels = levels * (1 + row.number("growth", 0)) ** years
    if axis.a_year == 12:
        levels = levels * swing(row.season, axis)
        if row.kind == "level":
            levels += added(row.season, axis)
    return Track(np.minimum(levels, row.number("high", np.inf)), _none(axis), _none(axis))


def _price(row: Row, growth: float, dice: Dice) -> Track:
    axis = axis_of(row)
    spread = row.number("sd", 0.5)
    pace = growth + row.number("load", 0.2) * cycle(axis) + dice.drifting(axis.count, spread, 0.93)
    lift = added(row.season, axis)
    mom = pace / 12 + lift - lift[:12].mean() + dice.noise(axis.count, 0.04 + spread * 0.06)
    return priced(mom)


def priced(mom: Floats) -> Track:
    """A price's path by its monthly changes: `levels` is the chained index."""
    levels: Floats = 100.0 * np.cumprod(1 + mom / 100, dtype=np.float64)
    return Track(levels, yoy(levels, 12), mom)


def shared(rows: Sequence[Row], tracks: Sequence[Track], whole: Track) -> list[Track]:
    """Parts brought to add up to the whole: levels by a common factor, rates and prices by a common step."""
    first = rows[0]
    weight = np.array([row.share for row in rows])
    weight = weight / weight.sum()
    if first.kind in PRICES:
        gap = whole.mom - sum(w * t.mom for w, t in zip(weight, tracks, strict=True))
        return [priced(t.mom + gap) for t in tracks]
    if first.kind in RATES:
        gap = whole.growth - sum(w * t.growth for w, t in zip(weight, tracks, strict=True))
        return [Track(t.levels, t.growth + gap, t.mom) for t in tracks]
    return _shared_levels(first, tracks, whole)


def _shared_levels(first: Row, tracks: Sequence[Track], whole: Track) -> list[Track]:
    a_year = axis_of(first).a_year
    levels = np.array([t.levels for t in tracks])
    levels *= whole.levels / levels.sum(axis=0)
    growth = np.array([yoy(line, a_year) for line in levels])
    if not first.comparable:
        # Each part's growth keeps something of its own; weighed together they are that of the whole.
        own_off = [t.growth - yoy(t.levels, a_year) for t in tracks]
        growth = growth + np.array(own_off) * 0.3
        before = np.roll(levels, a_year, axis=1)
        before = before / before.sum(axis=0)
        growth += whole.growth - (before * growth).sum(axis=0)
    return [Track(lv, g, t.mom) for lv, g, t in zip(levels, growth, tracks, strict=True)]


def spread_out(
    row: Row, above: str, whole: Track, codes: Sequence[str], weight: Floats
) -> list[Track]:
    """The path of each region below `above`, in keeping with the path of the whole."""
    if row.kind in PRICES:
        return [_near_price(row, code, whole) for code in codes]
    if row.kind in RATES:
        return _near_rates(row, codes, whole, weight)
    if row.kind in LEVELS and "rest" not in row.more:
        return [_near_level(row, code, whole) for code in codes]
    return _near_flows(row, above, codes, whole, weight)


def _near_price(row: Row, code: str, whole: Track) -> Track:
    return priced(whole.mom + Dice(row.slug, code).noise(len(whole.mom), 0.09))


def _near_rates(row: Row, codes: Sequence[str], whole: Track, weight: Floats) -> list[Track]:
    spread = row.number("sd", 1.0) * (1.0 if codes[0].endswith("00") else 1.6)
    off = []
    for code in codes:
        dice, count = Dice(row.slug, code), len(whole.growth)
        off.append(
            dice.one(1.1)
            + dice.drifting(count, 0.8 * spread, 0.7)
            + dice.noise(count, 0.45 * spread)
        )
    table = np.array(off)
    table -= weight @ table
    return [
        Track(whole.levels, _shocked(row, code, "plus", whole.growth + line), whole.mom)
        for code, line in zip(codes, table, strict=True)
    ]


def _near_level(row: Row, code: str, whole: Track) -> Track:
    dice, count = Dice(row.slug, code), len(whole.levels)
    if row.unit in {"%", "‰"}:
        size = {"level": 0.6, "levels": 3.0}.get(row.kind, max(0.4, 0.12 * row.base))
        levels = whole.levels + dice.one(size) + dice.drifting(count, row.growth * 0.7, 0.5)
    else:
        levels = whole.levels * np.exp(dice.one(0.16) + dice.drifting(count, 0.02, 0.5))
    levels = _shocked(row, code, "plus", np.minimum(levels, row.number("high", np.inf)))
    return Track(levels, whole.growth, whole.mom)


def _near_flows(
    row: Row, above: str, codes: Sequence[str], whole: Track, weight: Floats
) -> list[Track]:
    a_year, count = axis_of(row).a_year, len(whole.levels)
    county = not codes[0].endswith("00")
    paths = []
    for code, size in zip(codes, weight, strict=True):
        dice = Dice(row.slug, code)
        rough = (0.0012 if row.kind in STOCKS or row.kind in LEVELS else 0.006) * (
            size * 20
        ) ** -0.25
        pace = dice.one(0.9) + dice.drifting(count, 0.9 * (1.5 if county else 1.0), 0.9)
        path = np.cumsum(pace / 100 / a_year) + dice.noise(count, rough * row.number("sd", 1.0))
        paths.append(_shocked(row, code, "times", np.exp(path - path[5 * a_year])))
    table = np.array(paths)
    if "flat" in row.more or row.unit == "元":  # an average: regions differ, and do not add up
        levels = table / (weight @ table) * _richness(row, codes)[:, None] * whole.levels
    else:
        table *= weight[:, None]
        rest = row.number("rest", 0.0) if above == "990000" else 0.0
        levels = table / table.sum(axis=0) * whole.levels * (1 - rest)
    off = np.nan_to_num(yoy(whole.levels, a_year) - whole.growth)
    return [Track(line, yoy(line, a_year) - off, whole.mom) for line in levels]


def _richness(row: Row, codes: Sequence[str]) -> Floats:
    places = np.linspace(1.28, 0.78, len(codes))
    return np.array([p + Dice(row.table, c).one(0.04) for p, c in zip(places, codes, strict=True)])


def concentrated(row: Row, root: str, codes: Sequence[str], plain: Sequence[float]) -> Floats:
    """Shares of regions in an indicator: some things gather in large cities, some in the country.

    `root`: what it is a part of, at the top; parts lie about as their whole does.
    """
    power = {"外经": 1.5, "科技": 1.45, "金融": 1.35, "农业": 0.3, "人口就业": 0.7}.get(
        row.theme, 1.0
    )
    if row.slug == "diyi-chanye":
        power = 0.3
    sizes = [
        w**power * np.exp(Dice(root, c, "size").one(0.1) + Dice(row.slug, c, "own").one(0.03))
        for w, c in zip(plain, codes, strict=True)
    ]
    shares: Floats = np.array(sizes, dtype=np.float64) / sum(sizes)
    return shares
