"""What each month (quarter, half) of the year adds, for many series at once.

A centred moving average over one year takes the level away; what is left is averaged over the same
months of the *other* years. So every column is judged by a season it had no part in, and the spread of
past residuals is that of real forecasts.
"""

from __future__ import annotations

import numpy as np

from builder.indicators.warn.robust import Floats, median, sigma

CLIP = 3.0
COVERED = 0.7  # share of a year that must be there for its mean


def seasonal(values: Floats, cycle: int, first: int, clip: float = CLIP) -> tuple[Floats, Floats]:
    """The seasonal part of each cell, NaN where no other year tells it; its variance for each row.

    `first`: place in its year of the first column, from 0. `clip`: robust σ beyond which a number no
    longer pulls the season. A series that has one number a year has none.
    """
    if cycle == 1:
        return np.zeros_like(values), np.zeros(len(values))
    width = values.shape[1]
    level = _level(values, cycle)
    rough = median(_years(values - level, cycle, first), axis=1)
    rough = np.where(np.isnan(rough), 0.0, rough)
    spread = np.tile(rough, (1, width // cycle + 2))[:, first : first + width]
    rest = values - level - spread
    bound = clip * sigma(rest)[:, None]
    calm = np.where(np.isnan(rest), values, level + spread + np.clip(rest, -bound, bound))
    level = _level(calm - spread, cycle)
    parts = _years(calm - level, cycle, first)
    there = ~np.isnan(parts)
    held = np.where(there, parts, 0.0)
    count = there.sum(axis=1, keepdims=True) - there
    total = held.sum(axis=1, keepdims=True) - held
    others = np.divide(total, count, out=np.full(held.shape, np.nan), where=count > 0)
    known = there & (count > 0)
    apart = np.where(known, parts - others, 0.0) ** 2
    doubt = np.divide(
        apart.sum(axis=(1, 2)),
        (known * (count + 1.0)).sum(axis=(1, 2)),
        out=np.zeros(len(values)),
        where=known.any(axis=(1, 2)),
    )
    return others.reshape(len(values), -1)[:, first : first + width], doubt


def _years(values: Floats, cycle: int, first: int) -> Floats:
    """Rows × years × places, NaN around."""
    rows, width = values.shape
    years = -(-(first + width) // cycle)
    whole = np.full((rows, years * cycle), np.nan)
    whole[:, first : first + width] = values
    return whole.reshape(rows, years, cycle)


def _level(values: Floats, cycle: int) -> Floats:
    """Mean over the year around each column, half a weight at both ends; NaN near the ends of the table."""
    there = ~np.isnan(values)
    total, count = _around(np.where(there, values, 0.0), cycle), _around(there * 1.0, cycle)
    enough = count >= COVERED * cycle
    found = np.full(values.shape, np.nan)
    np.divide(total, count, out=found, where=enough)
    return found


def _around(values: Floats, cycle: int) -> Floats:
    rows, width = values.shape
    found = np.zeros((rows, width))
    half = cycle // 2
    if width <= cycle:
        return found
    sums = np.concatenate([np.zeros((rows, 1)), np.cumsum(values, axis=1)], axis=1)
    boxes = sums[:, cycle:] - sums[:, :-cycle]
    found[:, half : width - half] = (boxes[:, :-1] + boxes[:, 1:]) / 2
    return found
