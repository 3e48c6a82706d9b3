"""Whether what was found is sure enough to be said: a line drawn through a few figures of the match.

The weights come from questions with known answers and questions of other trades, none of which stands
among the wordings (`benchmarks/robot.py`). Sums only, so that the twin gets the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

from builder.robot.index import Row
from builder.robot.ranking import Asked, Fit

SCORE, MASS, KNOWN, LEAD, ELSEWHERE, LEAST = 10.0, 0.06, 2.0, 1.0, -6.0, 2.0


def sure(question: Asked, fits: Sequence[Fit], rows: Sequence[Row]) -> bool:
    """True when the first fit may be told as the answer."""
    return measure(question, fits, rows) >= 0


def measure(question: Asked, fits: Sequence[Fit], rows: Sequence[Row]) -> float:
    """How far on the sure side the first fit lies."""
    first = fits[0]
    second = fits[1].score if len(fits) > 1 else 0.0
    other = next((f.score for f in fits if rows[f.row].part == "elsewhere"), 0.0)
    return (
        SCORE * first.score
        + MASS * min(first.mass, 60.0)
        + KNOWN * (question.known / (question.full or 1.0))
        + LEAD * (first.score - second)
        + ELSEWHERE * other
        - LEAST
    )
