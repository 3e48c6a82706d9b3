"""How strict the early warning is. The figures behind these defaults: docs/decisions.md, Early warning."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

NORMAL = NormalDist()
GROWTH = ("yoy", "mom", "ytd_yoy")  # measures in per cent, 0 is no change
INDICES = ("index", "ytd_index")  # 100 is no change
RATES = (*GROWTH, *INDICES)
SHOWN = 2.58  # normal deviate of the expected intervals that are shown: 99 in 100 lie inside


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds of a sweep.

    `allowance`: numbers that mere chance may turn into alarms in one full sweep, `lowest` and `highest`
    bound the normal deviate that follows from it. A deviation `usual` times as large as the series'
    deseasonalised σ needs `eased` less. `percent`, `points`: the smallest swing worth a word, of amounts
    and of rates (half of it for changes over a month, at most `percent` of rates that are no growth);
    `area_percent`, `area_points` the same within an area, where `area_bound` is the C of
    Hidiroglou and Berthelot, `area_own` what a region's own past must say at least, and `quiet` the share
    of others that may be out of bounds, too. `related`: deviate of a pair's own past for contradictions.
    `revised_percent`, `revised_points`: revisions that are no news. `stale`: how many periods late a
    number may be and still be new. `round_days`: snapshots released so shortly before the newest are new.
    """

    allowance: float = 3.0
    lowest: float = 3.2
    highest: float = 4.5
    eased: float = 0.7
    usual: float = 2.2
    percent: float = 3.0
    points: float = 0.5
    area_bound: float = 5.0
    area_percent: float = 5.0
    area_points: float = 2.0
    area_own: float = 3.0
    quiet: float = 0.2
    related: float = 4.0
    revised_percent: float = 5.0
    revised_points: float = 1.0
    stale: int = 2
    round_days: int = 31

    def sure(self, judged: int) -> float:
        """The normal deviate beyond which a number is an alarm when so many are judged."""
        share = min(self.allowance / max(judged, 1), 0.5)
        return min(max(NORMAL.inv_cdf(1 - share / 2), self.lowest), self.highest)

    def likely(self, judged: int) -> float:
        """The same for numbers that are far off by the measure of their whole series, too."""
        return max(self.sure(judged) - self.eased, 3.0)
