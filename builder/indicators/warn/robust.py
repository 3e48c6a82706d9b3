"""Medians and their kin over tables with gaps, many rows at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]

MAD_TO_SIGMA = 1.482602  # a normal distribution's σ in units of its median absolute deviation
HUBER = 1.5


def median(values: Floats, axis: int = -1) -> Floats:
    """Median along `axis` of what is there; NaN where nothing is."""
    return quantile(values, 0.5, axis)


def quantile(values: Floats, share: float, axis: int = -1) -> Floats:
    """Quantile along `axis` of what is there, linear between neighbours; NaN where nothing is."""
    ordered = np.sort(np.moveaxis(values, axis, -1), axis=-1)  # NaN goes to the end
    if not ordered.shape[-1]:  # a series of less than a year has months without a number
        return np.full(ordered.shape[:-1], np.nan)
    count = np.sum(~np.isnan(ordered), axis=-1)
    place = share * np.maximum(count - 1, 0)
    low = np.floor(place).astype(np.intp)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    first = np.take_along_axis(ordered, low[..., None], -1)[..., 0]
    second = np.take_along_axis(ordered, high[..., None], -1)[..., 0]
    found: Floats = first + (second - first) * (place - low)
    return found


def sigma(values: Floats, axis: int = -1) -> Floats:
    """Robust standard deviation around zero: 1.4826 × the median of absolute values."""
    return MAD_TO_SIGMA * median(np.abs(values), axis)


def mean(values: Floats, axis: int = -1) -> Floats:
    """Mean along `axis` of what is there; NaN where nothing is."""
    there = ~np.isnan(values)
    count = np.sum(there, axis=axis)
    total = np.sum(np.where(there, values, 0.0), axis=axis)
    found: Floats = np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)
    return found


def fill_forward(values: Floats) -> tuple[Floats, Places]:
    """In each row the newest number up to each column, and the column it comes from (−1: none yet)."""
    columns = np.arange(values.shape[1])
    seen = np.maximum.accumulate(np.where(np.isnan(values), -1, columns), axis=1)
    held = np.take_along_axis(values, np.maximum(seen, 0), axis=1)
    return np.where(seen < 0, np.nan, held), seen


def normal_score(score: Floats, freedom: Floats) -> Floats:
    """The normal deviate as rare as `score` is under Student's t with `freedom` degrees (Wallace 1959)."""
    size = np.sqrt(freedom * np.log1p(score * score / freedom))
    found: Floats = np.sign(score) * size * (8 * freedom + 1) / (8 * freedom + 3)
    return found


def student_score(score: float, freedom: Floats) -> Floats:
    """The inverse of `normal_score` for a positive `score`."""
    shrunk = score * (8 * freedom + 3) / (8 * freedom + 1)
    found: Floats = np.sqrt(freedom * np.expm1(shrunk * shrunk / freedom))
    return found


def teams(owner: Places) -> list[Places]:
    """Rows that belong together, as tables: one row a team, all teams of one size in one table."""
    order = np.argsort(owner, kind="stable")
    starts = np.flatnonzero(np.diff(owner[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(owner)))
    return [
        order[starts[sizes == size][:, None] + np.arange(size)]
        for size in np.unique(sizes).tolist()
    ]


class Line(NamedTuple):
    """A robust straight line for each row: y = `start` + `slope` × x, and what its forecasts need."""

    start: Floats
    slope: Floats
    spread: Floats
    number: Floats
    centre: Floats
    square: Floats


def line(x: Floats, y: Floats, rounds: int = 5) -> Line:
    """Fit each row of `y` on that of `x` with Huber's weights; gaps take no part."""
    there = ~np.isnan(x) & ~np.isnan(y)
    inner, outer = np.where(there, x, 0.0), np.where(there, y, 0.0)
    count = there.sum(axis=1).astype(np.float64)
    weight = there.astype(np.float64)
    for _ in range(rounds):
        total = np.maximum(weight.sum(axis=1), 1e-12)
        centre, level = ((weight * v).sum(axis=1) / total for v in (inner, outer))
        off = there * (inner - centre[:, None])
        square = np.maximum((weight * off * off).sum(axis=1), 1e-12)
        slope = (weight * off * outer).sum(axis=1) / square
        start = level - slope * centre
        rest = outer - start[:, None] - slope[:, None] * inner
        spread = sigma(np.where(there, rest, np.nan))
        bound = np.nan_to_num(HUBER * spread)[:, None]
        miss = np.abs(rest)
        weight = there * np.divide(bound, miss, out=np.ones_like(miss), where=miss > bound)
    spread = np.nan_to_num(spread) * np.sqrt(np.maximum(count, 3) / np.maximum(count - 2, 1))
    return Line(start, slope, spread, count, centre, square)
