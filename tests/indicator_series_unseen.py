"""Kinds of series that nobody looked at while the early warning was tuned.

Written before the detectors were tuned, run for the first time after. Whoever tunes on them must write
new ones.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tests.indicator_series import (
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


UNSEEN: Mapping[str, Maker] = {
    "weather": weather,
    "counted": counted,
    "index": index,
    "restless": restless,
    "young": young,
    "running_rate": running_rate,
}
