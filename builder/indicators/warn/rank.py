"""The order of the inbox: how sure, how important the place, how large the deviation."""

from __future__ import annotations

import math

LEVEL_WEIGHT = {"国": 1.0, "省": 1.0, "市": 0.7, "县": 0.4}
WEIGHTS = (0.4, 0.35, 0.25)  # of score, importance and effect


def rank(score: float, level: str, share: float, effect: float) -> float:
    """0 to 1. `score` and `effect` in multiples of their thresholds; `share` of all regions of the level."""
    importance = LEVEL_WEIGHT[level] * (0.6 + 0.4 * min(math.sqrt(max(share, 0.0)), 1.0))
    parts = (_grown(score), importance, _grown(effect))
    return round(sum(w * p for w, p in zip(WEIGHTS, parts, strict=True)), 4)


def _grown(multiple: float) -> float:
    """0 at nothing, a half at the threshold, 1 far beyond."""
    return max(multiple, 0.0) / (1.0 + max(multiple, 0.0)) if math.isfinite(multiple) else 1.0
