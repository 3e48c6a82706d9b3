"""Kinds of series on which the early warning was tuned. Those it had not seen: indicator_series_unseen.py.

Each kind draws one indicator over all regions: trend, season, what all regions share, what each has for
itself, and what publication does to it (gaps, rounding, sums so far). `Drawn.own` and `Drawn.shock` tell
the truth that no detector knows: the spread of a region's own one-step surprise, and the one it drew for
the newest month, so that a judge that knows everything can be compared with ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rng = np.random.Generator

# Days of the first day of the lunar year, as day of the year (from 1).
FESTIVAL = {2021: 43, 2022: 32, 2023: 22, 2024: 41, 2025: 29, 2026: 48}


@dataclass(frozen=True)
class Ground:
    """Who and when: a province, its cities, perhaps their counties; `first` is the ordinal of a month."""

    levels: tuple[str, ...]
    parents: NDArray[np.intp]  # place of the city of a county, of the province of a city, −1 above
    sizes: Floats
    width: int
    first: int

    @property
    def count(self) -> int:
        """How many regions."""
        return len(self.levels)

    @property
    def months(self) -> NDArray[np.intp]:
        """The month of each column, from 0."""
        return (self.first + np.arange(self.width)) % 12

    @property
    def years(self) -> NDArray[np.intp]:
        """The calendar year of each column."""
        return (self.first + np.arange(self.width)) // 12


@dataclass(frozen=True)
class Drawn:
    """One indicator as published, and the truth about its newest month."""

    values: Floats
    measure: str
    unit: str
    decimals: int
    own: Floats
    shock: Floats
    combined: bool = False
    growing: bool = True  # a fault multiplies; else it adds


def autoregressive(
    rng: Rng, rows: int, width: int, phi: float, sigma: float, freedom: float = np.inf
) -> tuple[Floats, Floats]:
    """First-order autoregression after a run-in, and its newest innovation."""
    extra = 40
    steps = (
        rng.standard_normal((rows, width + extra))
        if np.isinf(freedom)
        else rng.standard_t(freedom, (rows, width + extra))
    ) * sigma
    found = np.zeros_like(steps)
    found[:, 0] = steps[:, 0]
    for column in range(1, width + extra):
        found[:, column] = phi * found[:, column - 1] + steps[:, column]
    return found[:, extra:], steps[:, -1]


def season(rng: Rng, ground: Ground, size: float, apart: float = 0.25) -> Floats:
    """A season that regions share by and large, with a trough in February."""
    shape = rng.normal(0, size, 12)
    shape[1] -= 2 * size
    every = shape + rng.normal(0, size * apart, (ground.count, 12))
    return every[:, ground.months]


def own_course(
    rng: Rng, ground: Ground, phi: float, sigma: float, freedom: float = np.inf
) -> tuple[Floats, Floats, Floats]:
    """What each region has for itself; small regions are noisier. Counties share a part of their city's."""
    noise = sigma * np.clip(ground.sizes / np.median(ground.sizes), 0.05, 20) ** -0.15
    course, shock = autoregressive(rng, ground.count, ground.width, phi, 1.0, freedom)
    return course * noise[:, None], noise, shock * noise


def shared(rng: Rng, ground: Ground, phi: float, sigma: float, spread: float = 0.2) -> Floats:
    """What all regions share, each with its own weight."""
    course, _ = autoregressive(rng, 1, ground.width, phi, sigma)
    return rng.normal(1, spread, (ground.count, 1)) * course


def trend(rng: Rng, ground: Ground) -> Floats:
    """Growth by 0 to 10 % a year, in logarithms."""
    years = np.arange(ground.width) / 12
    return rng.normal(0.05, 0.03, (ground.count, 1)) * years


def lay(
    ground: Ground, values: Floats, own: Floats, shock: Floats, total: bool
) -> tuple[Floats, Floats, Floats]:
    """The province is the sum of its cities (`total`), or their mean weighted by size."""
    cities = np.array([level == "市" for level in ground.levels])
    weight = np.nanmean(values[cities], axis=1) if total else ground.sizes[cities]
    share = weight / weight.sum()
    values[0] = values[cities].sum(axis=0) if total else share @ values[cities]
    own[0], shock[0] = np.sqrt(((share * own[cities]) ** 2).sum()), share @ shock[cities]
    return values, own, shock


def level_of(ground: Ground, logs: Floats, rng: Rng) -> Floats:
    """Amounts from logarithms, by the size of each region."""
    return ground.sizes[:, None] * np.exp(logs + rng.normal(0, 0.2, (ground.count, 1)))


def gaps(rng: Rng, values: Floats, share: float) -> Floats:
    """Take out numbers at random, never of the newest month."""
    holes = rng.random(values.shape) < share
    holes[:, -1] = False
    values[holes] = np.nan
    return values


def steady(rng: Rng, ground: Ground) -> Drawn:
    """Amounts with season; January and February together."""
    course, own, shock = own_course(rng, ground, 0.6, 0.03)
    logs = trend(rng, ground) + season(rng, ground, 0.08) + shared(rng, ground, 0.8, 0.03) + course
    values, own, shock = lay(ground, level_of(ground, logs, rng), own, shock, total=True)
    january, february = (np.flatnonzero(ground.months == n) for n in (0, 1))
    for column in february:
        if column - 1 in january:
            values[:, column] += values[:, column - 1]
    values[:, january] = np.nan
    return Drawn(
        np.round(gaps(rng, values, 0.01), 2), "value", "亿元", 2, own, shock, combined=True
    )


def rate(rng: Rng, ground: Ground) -> Drawn:
    """Growth over the year before in per cent, one decimal, slowly moving."""
    course, own, shock = own_course(rng, ground, 0.8, 0.6)
    centre = rng.normal(5, 3, (ground.count, 1))
    values = centre + shared(rng, ground, 0.9, 0.5) + course
    values, own, shock = lay(ground, values, own, shock, total=False)
    return Drawn(np.round(gaps(rng, values, 0.01), 1), "yoy", "%", 1, own, shock, growing=False)


def festival(rng: Rng, ground: Ground) -> Drawn:
    """Amounts whose January and February depend on when Spring Festival is."""
    course, own, shock = own_course(rng, ground, 0.5, 0.03)
    logs = trend(rng, ground) + season(rng, ground, 0.06) + shared(rng, ground, 0.7, 0.035) + course
    size = rng.uniform(0.1, 0.3)
    for column, (year, month) in enumerate(zip(ground.years, ground.months, strict=True)):
        day = FESTIVAL.get(int(year), 40)
        early = float(np.clip((38 - day) / 14, 0, 1))  # share of the slack days that lie in January
        logs[:, column] -= size * {0: early, 1: 1 - 0.5 * early}.get(int(month), 0.0)
    values, own, shock = lay(ground, level_of(ground, logs, rng), own, shock, total=True)
    return Drawn(np.round(gaps(rng, values, 0.005), 1), "value", "亿千瓦时", 1, own, shock)


def shift(rng: Rng, ground: Ground) -> Drawn:
    """Amounts some of which jump to another level for good, at least five months before the end."""
    course, own, shock = own_course(rng, ground, 0.7, 0.03)
    logs = trend(rng, ground) + season(rng, ground, 0.07) + shared(rng, ground, 0.7, 0.03) + course
    for row in np.flatnonzero(rng.random(ground.count) < 0.3):
        at = int(rng.integers(6, ground.width - 5))
        logs[row, at:] += rng.choice([-1, 1]) * rng.uniform(0.1, 0.4)
    values, own, shock = lay(ground, level_of(ground, logs, rng), own, shock, total=True)
    return Drawn(np.round(values, 1), "value", "万吨", 1, own, shock)


def heavy(rng: Rng, ground: Ground) -> Drawn:
    """Amounts with rare large surprises and old outliers that nobody corrected."""
    course, own, shock = own_course(rng, ground, 0.7, 0.025, freedom=6)
    logs = trend(rng, ground) + season(rng, ground, 0.07) + shared(rng, ground, 0.8, 0.03) + course
    outlier = rng.random(logs.shape) < 0.005
    outlier[:, -1] = False
    logs = logs + outlier * rng.choice([-1, 1], logs.shape) * rng.uniform(0.15, 0.3, logs.shape)
    values, own, shock = lay(ground, level_of(ground, logs, rng), own, shock, total=True)
    return Drawn(np.round(gaps(rng, values, 0.01), 2), "value", "亿元", 2, own, shock)


def running(rng: Rng, ground: Ground) -> Drawn:
    """Sums from the beginning of the year; January is never reported by itself."""
    course, own, shock = own_course(rng, ground, 0.6, 0.04)
    logs = trend(rng, ground) + season(rng, ground, 0.1) + shared(rng, ground, 0.8, 0.04) + course
    values, own, shock = lay(ground, level_of(ground, logs, rng), own, shock, total=True)
    for year in np.unique(ground.years):
        columns = np.flatnonzero(ground.years == year)
        values[:, columns] = np.cumsum(values[:, columns], axis=1)
    values[:, ground.months == 0] = np.nan
    before = ground.years == ground.years[0]  # a year whose first months are not there has no sums
    if ground.months[0] > 1:
        values[:, before] = np.nan
    months = 1.0 + ground.months[-1]
    return Drawn(np.round(values, 1), "ytd", "亿元", 1, own / months, shock / months, combined=True)


def erratic(rng: Rng, ground: Ground) -> Drawn:
    """Nothing but noise around a season: no month tells of the next, no region of another."""
    course, own, shock = own_course(rng, ground, 0.0, 0.08)
    logs = trend(rng, ground) + season(rng, ground, 0.07) + course
    values, own, shock = lay(ground, level_of(ground, logs, rng), own, shock, total=True)
    return Drawn(np.round(values, 2), "value", "亿元", 2, own, shock)


Maker = Callable[[Rng, Ground], Drawn]
SEEN: Mapping[str, Maker] = {
    "steady": steady,
    "rate": rate,
    "festival": festival,
    "shift": shift,
    "heavy": heavy,
    "running": running,
}
HARD: Mapping[str, Maker] = {"erratic": erratic}
