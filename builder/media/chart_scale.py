"""Round numbers for axes that ECharts can't choose: two axes with one zero, panels with one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
FINE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
Scale = dict[str, float]


def nice_step(span: float, parts: int) -> float:
    """The smallest round step of which `parts` cover `span`."""
    if span <= 0:
        return 1.0
    raw = span / parts
    power = 10.0 ** math.floor(math.log10(raw))
    return next(s * power for s in STEPS if s * power >= raw * (1 - 1e-9))


def nice_pair(left: Sequence[float], right: Sequence[float], parts: int) -> tuple[Scale, Scale]:
    """Scales for two axes with as many steps above and below zero on each."""
    steps = [
        nice_step(max(max(v, default=0.0), -min(v, default=0.0), 0.0), parts) for v in (left, right)
    ]
    both = list(zip((left, right), steps, strict=True))
    up = max(math.ceil(max(v, default=0.0) / s - 1e-9) for v, s in both)
    down = max(math.ceil(-min(v, default=0.0) / s - 1e-9) for v, s in both)
    up, down = max(up, 0 if down > 0 else 1), max(down, 0)
    first, second = (_scale(-down, up, s) for s in steps)
    return first, second


def nice_range(values: Sequence[float], parts: int, zero: bool) -> Scale:
    """One scale for several panels."""
    low, high = min(values), max(values)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    step = nice_step(high - low, parts)
    return _scale(math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9), step)


def classes(values: Sequence[float], most: int) -> list[float]:
    """Round limits of at most `most` equal classes that hold all values, one more than classes."""
    low, high = min(values), max(values)
    if low == high:
        return [low, high]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (fine * power * tens for tens in (1.0, 10.0) for fine in FINE):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= most:
            break
    return [round(n * step, 9) for n in range(first, last + 1)]


def _scale(low: int, high: int, step: float) -> Scale:
    if low == high:
        high += 1
    return {"min": round(low * step, 9), "max": round(high * step, 9), "interval": round(step, 9)}
