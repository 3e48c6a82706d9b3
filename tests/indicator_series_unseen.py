"""Kinds of series that were new to the early warning.

`FORMER` was written before tuning began and run once after it; its first figures stand in
docs/decisions.md, Early warning. Then it was tuned on, too. `UNSEEN` was written after that and is not
tuned on: whoever does must write new ones.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tests.indicator_series import (
    FESTIVAL,
    Drawn,
    Floats,
    Ground,
    Maker,
    Rng,
    autoregressive,
    gaps,
    lay,
    level_of,
    own_course,
    season,
    shared,
    trend,
)


def weather(rng: Rng, ground: Ground) -> Drawn:
    """Amounts moved by the weather: cities answer to it very unlike, and the season itself wanders."""
    course, own, shock = own_course(rng, ground, 0.55, 0.028)
    heat, _ = autoregressive(rng, 1, ground.width, 0.3, 0.05)
    summer = 0.4 + np.clip(-np.cos(2 * np.pi * (ground.months + 0.5) / 12), 0, 1)
    answer = rng.uniform(0.3, 1.7, (ground.count, 1))
    wander = np.cumsum(rng.normal(0, 0.01, (ground.count, 12, 6)), axis=2)
    years = ground.years - ground.years[0]
    logs = trend(rng, ground) + season(rng, ground, 0.1) + answer * heat * summer + course
    logs = logs + wander[:, ground.months, years] + shared(rng, ground, 0.85, 0.02)
    values, own, shock = lay(ground, level_of(ground, logs, rng), own, shock, total=True)
    return Drawn(np.round(values, 2), "value", "亿千瓦时", 2, own, shock)


def counted(rng: Rng, ground: Ground) -> Drawn:
    """Whole numbers, none at all in some winters: projects begun, enterprises entered."""
    course, _, _ = own_course(rng, ground, 0.85, 0.12)
    logs = trend(rng, ground) + season(rng, ground, 0.2) + shared(rng, ground, 0.85, 0.08) + course
    mean = ground.sizes[:, None] * rng.uniform(0.5, 4) * np.exp(logs)
    frozen = np.isin(ground.months, (0, 1)) & (rng.random() < 0.5)
    mean = np.where(frozen & (rng.random((ground.count, 1)) < 0.3), 0.02, mean)
    values = rng.poisson(mean).astype(float)
    newest = mean[:, -1]
    own = np.sqrt(0.12**2 + 1 / newest)
    shock = (values[:, -1] - newest) / newest
    values, own, shock = lay(ground, values, own, shock, total=True)
    return Drawn(values, "value", "个", 0, own, shock)


def index(rng: Rng, ground: Ground) -> Drawn:
    """An index (same month of the year before = 100) that goes through slow cycles."""
    course, own, shock = own_course(rng, ground, 0.75, 0.25)
    cycle = np.zeros(ground.width + 60)
    steps = rng.normal(0, 0.2, len(cycle))
    for column in range(2, len(cycle)):
        cycle[column] = 1.7 * cycle[column - 1] - 0.75 * cycle[column - 2] + steps[column]
    answer = rng.uniform(0.6, 1.4, (ground.count, 1))
    values = 102 + rng.normal(0, 0.8, (ground.count, 1)) + answer * cycle[60:] + course
    values, own, shock = lay(ground, values, own, shock, total=False)
    return Drawn(np.round(values, 1), "index", "%", 1, own, shock, growing=False)


def restless(rng: Rng, ground: Ground) -> Drawn:
    """Amounts with calm and stormy years, and a trend that breaks."""
    mood, _ = autoregressive(rng, 1, ground.width, 0.95, 0.12)
    course, own, shock = own_course(rng, ground, 0.65, 1.0)
    storm = 0.03 * np.exp(mood - mood.mean())
    storm[:, -1] = storm[:, -2]
    late = np.maximum(np.arange(ground.width) - rng.integers(15, ground.width - 8), 0) / 12
    logs = trend(rng, ground) - rng.uniform(0, 0.12) * late + season(rng, ground, 0.07)
    logs = logs + shared(rng, ground, 0.8, 0.03) + course * storm
    own, shock = own * storm[:, -1], shock * storm[:, -1]
    values, own, shock = lay(ground, level_of(ground, logs, rng), own, shock, total=True)
    return Drawn(np.round(gaps(rng, values, 0.02), 2), "value", "亿元", 2, own, shock)


def young(rng: Rng, ground: Ground) -> Drawn:
    """Amounts collected for two and a half years only; some regions report one number for ever."""
    course, own, shock = own_course(rng, ground, 0.7, 0.03)
    logs = (
        trend(rng, ground) + season(rng, ground, 0.08) + shared(rng, ground, 0.85, 0.035) + course
    )
    values, own, shock = lay(ground, level_of(ground, logs, rng), own, shock, total=True)
    still = np.flatnonzero(rng.random(ground.count) < 0.1)
    still = still[still > 0]
    values[still] = np.round(values[still, -1:], 0)
    own[still], shock[still] = 0.0, 0.0
    values[:, : max(ground.width - 30, 0)] = np.nan
    return Drawn(np.round(values, 2), "value", "万人", 2, own, shock)


def running_rate(rng: Rng, ground: Ground) -> Drawn:
    """Growth of the sum since January in per cent: restless in spring, slow in autumn."""
    course, own, shock = own_course(rng, ground, 0.8, 2.0)
    monthly = rng.normal(5, 2, (ground.count, 1)) + shared(rng, ground, 0.85, 1.5) + course
    values = np.full(monthly.shape, np.nan)
    for year in np.unique(ground.years):
        columns = np.flatnonzero(ground.years == year)
        before = ground.months[columns[0]]
        sums: Floats = np.cumsum(monthly[:, columns], axis=1) + before * monthly[:, columns[:1]]
        values[:, columns] = sums / (1.0 + ground.months[columns])
    months = 1.0 + ground.months[-1]
    values, own, shock = lay(ground, values, own / months, shock / months, total=False)
    values[:, ground.months == 0] = np.nan
    return Drawn(np.round(values, 1), "ytd_yoy", "%", 1, own, shock, combined=True, growing=False)


def quarter_end(rng: Rng, ground: Ground) -> Drawn:
    """Amounts that are booked when a quarter ends, some regions more than others."""
    course, own, shock = own_course(rng, ground, 0.65, 0.035)
    last = np.isin(ground.months, (2, 5, 8, 11))
    booked = rng.uniform(0.1, 0.5, (ground.count, 1)) * last
    logs = trend(rng, ground) + season(rng, ground, 0.05) + shared(rng, ground, 0.8, 0.035) + course
    values, own, shock = lay(ground, level_of(ground, logs + booked, rng), own, shock, total=True)
    return Drawn(np.round(gaps(rng, values, 0.01), 2), "value", "亿元", 2, own, shock)


def programme(rng: Rng, ground: Ground) -> Drawn:
    """Amounts that a subsidy lifted for some months, here more, there less."""
    course, own, shock = own_course(rng, ground, 0.6, 0.03)
    lifted = np.zeros(ground.width)
    for _ in range(int(rng.integers(1, 4))):
        start = int(rng.integers(3, ground.width - 12))
        lifted[start : start + int(rng.integers(3, 8))] += rng.uniform(0.05, 0.25)
    answer = rng.uniform(0.4, 1.6, (ground.count, 1))
    logs = trend(rng, ground) + season(rng, ground, 0.07) + shared(rng, ground, 0.75, 0.03) + course
    values = level_of(ground, logs + answer * lifted, rng)
    values, own, shock = lay(ground, values, own, shock, total=True)
    return Drawn(np.round(values, 2), "value", "亿元", 2, own, shock)


def jobless(rng: Rng, ground: Ground) -> Drawn:
    """A rate in per cent that is no growth, with a small season, published with one decimal."""
    course, own, shock = own_course(rng, ground, 0.85, 0.08)
    values = rng.normal(5.2, 0.5, (ground.count, 1)) + shared(rng, ground, 0.9, 0.07) + course
    values = values + season(rng, ground, 0.06)
    values, own, shock = lay(ground, values, own, shock, total=False)
    return Drawn(np.round(gaps(rng, values, 0.01), 1), "value", "%", 1, own, shock, growing=False)


def monthly_change(rng: Rng, ground: Ground) -> Drawn:
    """Change against the month before in per cent, mostly the same everywhere."""
    course, own, shock = own_course(rng, ground, 0.2, 0.15)
    values = 0.1 + shared(rng, ground, 0.4, 0.4) + course + season(rng, ground, 0.3, 0.1)
    values, own, shock = lay(ground, values, own, shock, total=False)
    return Drawn(np.round(values, 1), "mom", "%", 1, own, shock, growing=False)


def rebased(rng: Rng, ground: Ground) -> Drawn:
    """Amounts whose scope changed one January for all; regions joined one after another, with gaps."""
    course, own, shock = own_course(rng, ground, 0.7, 0.03)
    logs = trend(rng, ground) + season(rng, ground, 0.08) + shared(rng, ground, 0.8, 0.03) + course
    january = int(rng.choice(np.flatnonzero(ground.months == 0)[1:-1]))
    logs[:, january:] += rng.normal(rng.uniform(-0.15, 0.15), 0.05, (ground.count, 1))
    values, own, shock = lay(ground, level_of(ground, logs, rng), own, shock, total=True)
    for row in np.flatnonzero(rng.random(ground.count) < 0.2):
        if row:
            values[row, : int(rng.integers(1, 20))] = np.nan
    return Drawn(np.round(gaps(rng, values, 0.03), 1), "value", "万吨", 1, own, shock)


def workdays(rng: Rng, ground: Ground) -> Drawn:
    """Amounts that depend on how many weekdays a month has, and on when Spring Festival is."""
    course, own, shock = own_course(rng, ground, 0.6, 0.025)
    days = np.array(
        [
            int(
                np.busday_count(f"{y}-{m + 1:02d}-01", f"{y + (m == 11)}-{(m + 1) % 12 + 1:02d}-01")
            )
            for y, m in zip(ground.years.tolist(), ground.months.tolist(), strict=True)
        ],
        dtype=np.float64,
    )
    for column, (year, month) in enumerate(zip(ground.years, ground.months, strict=True)):
        early = float(np.clip((38 - FESTIVAL.get(int(year), 40)) / 14, 0, 1))
        days[column] -= {0: 5 * early, 1: 5 * (1 - early)}.get(int(month), 0.0)
    answer = rng.uniform(0.3, 0.9, (ground.count, 1))
    logs = trend(rng, ground) + season(rng, ground, 0.04) + shared(rng, ground, 0.8, 0.03) + course
    values = level_of(ground, logs + answer * np.log(days / 21), rng)
    values, own, shock = lay(ground, values, own, shock, total=True)
    return Drawn(np.round(values, 2), "value", "亿元", 2, own, shock)


FORMER: Mapping[str, Maker] = {
    "weather": weather,
    "counted": counted,
    "index": index,
    "restless": restless,
    "young": young,
    "running_rate": running_rate,
}
UNSEEN: Mapping[str, Maker] = {
    "quarter_end": quarter_end,
    "programme": programme,
    "jobless": jobless,
    "monthly_change": monthly_change,
    "rebased": rebased,
    "workdays": workdays,
}
