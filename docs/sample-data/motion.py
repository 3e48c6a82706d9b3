"""How invented numbers move: calendar axes, seasons, a common cycle, noise. Same seed, same numbers."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SEED = "示范省 2026"


@dataclass(frozen=True, slots=True)
class Axis:
    """Periods of one frequency, the first of 2020 before all. The year 2020 is only compared with."""

    frequency: str
    a_year: int
    count: int

    def labels(self) -> list[str]:
        """Each period as snapshots spell it."""
        return [self.label(n) for n in range(self.count)]

    def label(self, place: int) -> str:
        """One period as snapshots spell it."""
        year, part = 2020 + place // self.a_year, place % self.a_year + 1
        return {"month": f"{year}-{part:02d}", "quarter": f"{year}-Q{part}", "year": f"{year}"}[
            self.frequency
        ]

    def part(self) -> NDArray[np.int64]:
        """Which month or quarter of its year each period is, from 1."""
        return np.arange(self.count) % self.a_year + 1


AXES = {
    "month": Axis("month", 12, 82),  # … 2026-10
    "quarter": Axis("quarter", 4, 27),  # … 2026-Q3
    "year": Axis("year", 1, 6),  # … 2025
}

# Shares of the months (or quarters) in a year, in any scale.
_SEASONS = {
    "flat": "1 1 1 1 1 1 1 1 1 1 1 1",
    "ind": "87 78 103 98 100 105 98 98 102 101 104 110",
    "ind2": "84 74 101 95 97 104 98 101 109 106 111 120",
    "profit": "70 62 98 92 98 120 92 95 104 101 110 148",
    "cement": "62 40 90 104 110 104 98 100 108 112 114 108",
    "car": "88 66 108 92 96 104 88 96 108 110 118 126",
    "cool": "90 72 100 108 118 126 118 106 96 84 88 94",
    "liquor": "132 92 86 80 78 84 80 92 118 100 108 130",
    "ret": "106 94 95 93 98 99 95 97 100 106 105 112",
    "cater": "112 96 92 92 98 96 98 102 98 106 98 112",
    "cloth": "122 92 90 88 92 90 82 84 98 108 118 132",
    "appl": "88 72 88 90 108 128 98 96 100 104 120 108",
    "phone": "104 88 96 90 96 108 92 94 116 104 116 104",
    "carsale": "92 66 100 88 96 112 88 96 108 106 116 132",
    "shop": "92 74 94 90 98 122 88 90 100 110 148 104",
    "whole": "94 80 104 98 100 104 98 98 104 102 106 112",
    "hotel": "92 90 92 100 104 98 110 108 100 114 94 98",
    "trade": "98 72 98 98 102 104 102 104 106 98 106 116",
    "fdi": "128 82 112 72 84 126 66 78 92 74 82 106",
    "reg": "82 62 132 112 104 102 98 100 104 92 100 112",
    "inv": "45 55 105 100 110 140 95 100 115 100 105 130",
    "hou": "60 60 110 90 100 150 85 85 115 95 100 150",
    "acc": "520 150 60 40 40 45 30 28 30 22 20 15",
    "done": "80 55 78 62 68 104 62 66 92 80 104 249",
    "fis": "145 85 95 105 95 105 110 75 85 110 85 105",
    "fis2": "170 40 60 130 160 90 130 40 50 150 60 120",
    "fisq": "70 55 70 68 78 110 72 76 92 88 118 303",
    "exd": "95 90 120 85 90 130 85 85 110 75 85 150",
    "pow": "103 86 97 89 92 100 120 120 103 92 95 108",
    "powi": "98 80 102 97 100 102 108 106 101 98 100 108",
    "powh": "122 102 92 70 66 84 150 160 106 72 78 104",
    "hydro": "58 56 78 100 128 140 148 128 108 90 70 58",
    "wind": "108 98 116 112 98 82 76 78 84 98 108 116",
    "solar": "66 76 104 118 124 118 124 122 104 98 74 68",
    "gas": "138 122 108 88 80 76 80 82 80 86 108 132",
    "trn": "92 72 100 100 104 102 98 100 106 106 106 110",
    "pas": "118 116 92 98 98 90 112 116 92 108 86 84",
    "air": "96 100 98 102 98 94 112 114 96 106 92 90",
    "exp": "94 72 92 94 98 108 94 96 102 110 128 112",
    "serv": "88 82 102 94 98 112 96 96 106 100 104 122",
    "tour": "96 112 88 108 112 92 116 112 94 128 82 72",
    "ins": "210 96 112 74 78 104 72 76 92 74 78 92",
    "loan": "260 96 158 62 84 130 58 82 116 60 80 54",
    "job": "92 84 112 104 104 110 98 98 100 92 86 74",
}
_QUARTERS = {
    "flat": "1 1 1 1",
    "gdp": "225 245 250 280",
    "agri": "14 22 27 37",
    "flatq": "27 24 23 26",
    "constr": "17 24 26 33",
    "acc": "62 14 13 11",
    "tour": "24 26 29 21",
    "wage": "27 24 24 25",
    "income": "30 22 25 23",
    "exdq": "26 27 22 25",
}
# What is added in each month to numbers that are levels (percent, an index) or to a change in prices.
_ADDED = {
    "pmi": "0 -5 6 1 -2 -1 -2 -1 2 -1 1 1",
    "sold": "-4 -6 1 -1 0 5 -2 -1 2 0 2 6",
    "unemp": "1 2 1 0 -1 -1 2 2 0 -1 -1 0",
    "cpi": "5 4 -6 -2 -1 -2 4 2 1 0 -2 1",
    "cpisv": "4 3 -5 0 1 0 6 0 -3 1 -2 0",
    "food": "14 9 -16 -8 -4 -5 6 9 6 -4 -6 3",
    "veg": "60 30 -70 -60 -50 -20 30 70 40 -30 -40 20",
    "fruit": "20 15 -10 10 15 -30 -35 -10 5 5 0 15",
    "cloth": "-3 -5 5 4 0 -3 -6 -4 9 8 3 -1",
}
# Levels that swing through the year: factors of the months.
_SWINGS = {
    "pm": "178 150 122 92 78 62 52 56 72 98 118 152",
    "ozone": "62 72 96 112 128 136 124 122 116 92 72 62",
    "airq": "72 80 96 104 104 98 104 106 112 112 102 84",
}


def _numbers(text: str) -> Floats:
    return np.array([float(word) for word in text.split()])


def season(name: str, axis: Axis) -> Floats:
    """Shares of the periods in their year, mean one, all along the axis."""
    if axis.a_year == 1:
        return np.ones(axis.count)
    texts = _SEASONS if axis.a_year == 12 else _QUARTERS
    shares = _numbers(texts.get(name, texts["flat"]))
    return np.resize(shares / shares.mean(), axis.count)


def added(name: str, axis: Axis) -> Floats:
    """What the season adds, in tenths of a point."""
    return (
        np.resize(_numbers(_ADDED[name]) / 10, axis.count)
        if name in _ADDED
        else np.zeros(axis.count)
    )


def swing(name: str, axis: Axis) -> Floats:
    """Seasonal factors of a level, mean one."""
    if name not in _SWINGS:
        return np.ones(axis.count)
    factors = _numbers(_SWINGS[name])
    return np.resize(factors / factors.mean(), axis.count)


class Dice:
    """Random numbers of one series: adding another series changes none of them."""

    def __init__(self, *names: str) -> None:
        """`names` tell the series."""
        self._random = random.Random("|".join((SEED, *names)))  # noqa: S311  # invented numbers, no secret

    def one(self, spread: float) -> float:
        """A number around zero."""
        return self._random.gauss(0, spread)

    def noise(self, count: int, spread: float) -> Floats:
        """Numbers around zero, each by itself."""
        return np.array([self._random.gauss(0, spread) for _ in range(count)])

    def drifting(self, count: int, spread: float, memory: float) -> Floats:
        """Numbers around zero, each near the one before."""
        steps = self.noise(count, spread * math.sqrt(1 - memory * memory))
        found, last = np.zeros(count), self._random.gauss(0, spread)
        for place in range(count):
            last = found[place] = memory * last + steps[place]
        return found


def cycle(axis: Axis) -> Floats:
    """What all of the economy has in common: points of annual growth above or below the usual."""
    months = np.arange(AXES["month"].count + 2)
    wave = 0.9 * np.sin(2 * np.pi * (months - 10) / 40)
    start = np.where(months < 12, 0.0, 2.2 * np.exp(-(months - 12) / 9))
    whole = wave + start + Dice("cycle").drifting(len(months), 0.25, 0.85)
    each = 12 // axis.a_year
    found = [whole[n * each : (n + 1) * each].mean() for n in range(axis.count)]
    return np.array(found)


def yoy(levels: Floats, a_year: int) -> Floats:
    """Growth in percent of each level on that of a year before; NaN in the first year."""
    found = np.full(len(levels), np.nan)
    before = levels[:-a_year]
    with np.errstate(divide="ignore", invalid="ignore"):
        found[a_year:] = (levels[a_year:] / before - 1) * 100
    return found
