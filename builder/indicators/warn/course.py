"""The recent course of a series: what its last numbers say of the next.

One robust regression for each indicator over all its regions: how much of the newest deviations from the
last year's level stays, and how much of that level's own movement goes on.
"""

from __future__ import annotations

import numpy as np

from builder.indicators.warn.robust import HUBER, Floats, Places, fill_forward, median, sigma

SPIKE = 4.0  # robust σ beyond which a number that its neighbours contradict is not built upon
PRIOR = np.array([0.5, 0.1, 0.5])  # coefficients where there is nothing to learn them from
PRIOR_WEIGHT = 1.0
ROUNDS = 3
FAR = 50.0  # usual steps beyond which a deviation teaches nothing more
LEAST = 4  # numbers that make a level


def around(rest: Floats) -> Floats:
    """The median of the two numbers before and the two after each column."""
    width = rest.shape[1]
    wide = np.pad(rest, ((0, 0), (2, 2)), constant_values=np.nan)
    return median(np.stack([wide[:, k : k + width] for k in (0, 1, 3, 4)], axis=-1))


def course(
    rest: Floats, cycle: int, owner: Places, starts: Places
) -> tuple[Floats, Floats, Floats]:
    """What was to be expected in each column from those before it, in three readings.

    They differ where the newest number before is one its neighbours contradict: it is not built upon; it
    counts as any other; it began a new level. `rest`: numbers without season, NaN where judged. `owner`: the
    group of each row, `starts`: the first row of each group.
    """
    near = around(rest)
    away = rest - near
    calm = np.where(np.abs(away) > SPIKE * sigma(away)[:, None], near, rest)
    features, level = _features(calm, cycle)
    step = sigma(rest - level - features[0])
    step = np.where(step > 0, step, 1.0)[:, None]
    weights = _learn(features / step, (rest - level) / step, owner, starts)[owner]
    found: Floats = level + np.einsum("kst,sk->st", features, weights)
    newest, built = _before(rest)[0], _before(calm)[0]
    return (
        found,
        found + weights[:, :1] * (newest - built),
        np.where(newest != built, newest, found),
    )


def _features(calm: Floats, cycle: int) -> tuple[Floats, Floats]:
    """The newest two deviations from the level, its movement over half a year, and the level itself."""
    newest, second = _before(calm)
    level = _trailing(calm, max(cycle, LEAST))
    half = max(cycle // 2, 1)
    older = np.full(level.shape, np.nan)  # a short series has no half year before it
    older[:, half:] = level[:, :-half]
    moved = np.where(np.isnan(older), 0.0, level - older)
    return np.stack([newest - level, second - level, moved]), level


def _before(values: Floats) -> tuple[Floats, Floats]:
    """The newest and the second newest number before each column."""
    held, seen = fill_forward(values)
    earlier = np.take_along_axis(held, np.maximum(seen - 1, 0), axis=1)
    earlier = np.where(seen < 1, np.nan, earlier)
    none = np.full((len(values), 1), np.nan)
    return tuple(np.concatenate([none, v[:, :-1]], axis=1) for v in (held, earlier))  # type: ignore[return-value]  # two


def _trailing(values: Floats, count: int) -> Floats:
    """Mean of the `count` columns before each; NaN where fewer than LEAST hold a number."""
    there = ~np.isnan(values)
    none = np.zeros((len(values), 1))
    total = np.concatenate([none, np.cumsum(np.where(there, values, 0.0), axis=1)], axis=1)[:, :-1]
    number = np.concatenate([none, np.cumsum(there, axis=1)], axis=1)[:, :-1]
    back = np.maximum(np.arange(values.shape[1]) - count, 0)
    total, number = total - total[:, back], number - number[:, back]
    found: Floats = np.full(total.shape, np.nan)
    np.divide(total, number, out=found, where=number >= LEAST)
    return found


def _learn(features: Floats, target: Floats, owner: Places, starts: Places) -> Floats:
    """Coefficients of each group, by a few rounds of Huber's weights."""
    there = ~np.isnan(target) & ~np.isnan(features).any(axis=0)
    inside = np.where(there, np.clip(features, -FAR, FAR), 0.0)
    aim = np.where(there, np.clip(target, -FAR, FAR), 0.0)
    weight = there.astype(np.float64)
    found = np.broadcast_to(PRIOR, (len(starts), len(PRIOR)))
    for _ in range(ROUNDS):
        weighted = inside * weight
        square = np.einsum("kst,lst->skl", weighted, inside)
        right = np.einsum("kst,st->sk", weighted, aim)
        normal = np.add.reduceat(square, starts, axis=0) + PRIOR_WEIGHT * np.eye(len(PRIOR))
        wanted = np.add.reduceat(right, starts, axis=0) + PRIOR_WEIGHT * PRIOR
        found = np.linalg.solve(normal, wanted[..., None])[..., 0]
        miss = np.abs(aim - np.einsum("kst,sk->st", inside, found[owner]))
        bound = HUBER * sigma(np.where(there, miss, np.nan))[:, None]
        weight = there * np.minimum(
            1.0, np.divide(bound, miss, out=np.ones_like(miss), where=miss > 0)
        )
        weight = np.nan_to_num(weight)
    return found
