"""Whether what was found is sure enough to be said: a line drawn through a few figures of the match.

The weights come from questions with known answers and questions of other trades, none of which stands
among the wordings (`benchmarks/robot.py`). Sums only, so that the twin gets the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

from builder.robot.index import Row
from builder.robot.ranking import Fit

SCORE, MASS, ELSEWHERE, LEAST = 20.0, 0.066, 26.0, 2.6
ENOUGH = 60.0  # of mass: more says no more
OURS = ("items", "flows")


def best(fits: Sequence[Fit], rows: Sequence[Row]) -> Fit | None:
    """The fit that could be the answer."""
    return next((f for f in fits if rows[f.row].part in OURS), None)


def sure(fit: Fit, fits: Sequence[Fit], rows: Sequence[Row]) -> bool:
    """True when `fit` may be told as the answer: how well it fits, how much of it, how well other trades fit."""
    other = next((f.score for f in fits if rows[f.row].part == "elsewhere"), 0.0)
    return SCORE * fit.score + MASS * min(fit.mass, ENOUGH) - ELSEWHERE * other - LEAST >= 0
