"""From a judged cell to a finding: the parts that all detectors share."""

from __future__ import annotations

import math
from dataclasses import dataclass

from builder.indicators.warn import words
from builder.indicators.warn.finding import Finding, FindingKind, finding_id
from builder.indicators.warn.rank import rank
from builder.indicators.warn.sheet import Group, Sheet
from builder.values import Key, Period, Region

DIGITS = 10  # significant digits kept: the same in a full sweep and in one of what changed


@dataclass(frozen=True, slots=True)
class Case:
    """One cell of a sheet, about to be reported."""

    sheet: Sheet
    row: int
    column: int

    @property
    def key(self) -> Key:
        """Its series."""
        return self.sheet.keys[self.row]

    @property
    def group(self) -> Group:
        """The indicator and measure it belongs to."""
        return self.sheet.group_of(self.row)

    @property
    def region(self) -> Region:
        """Where."""
        return self.sheet.places[self.row]

    @property
    def period(self) -> Period:
        """When."""
        return self.sheet.period(self.column)

    @property
    def when(self) -> str:
        """The same for readers."""
        return self.sheet.when(self.row, self.column)

    @property
    def value(self) -> float:
        """The number judged."""
        return float(self.sheet.values[self.row, self.column])

    @property
    def subject(self) -> str:
        """`甲州市2026年9月用电量同比增长38.2%`."""
        group = self.group
        return words.place(self.region, self.when, group.indicator) + words.stated(
            self.value, group
        )

    def finding(
        self,
        rule: str,
        kind: FindingKind,
        sentence: str,
        *,
        between: tuple[float | None, float | None],
        score: float,
        effect: float,
        inputs: tuple[tuple[str, str], ...] = (),
        when: str = "",
    ) -> Finding:
        """Report this cell. `score` and `effect` are multiples of their thresholds.

        `when`: what its time is called, where that is not told by what stands there now.
        """
        low, high = (None if v is None else short(v) for v in between)
        value = None if math.isnan(self.value) else self.value
        return Finding(
            finding_id(rule, self.key, self.period, value),
            rule,
            kind,
            self.key,
            self.period,
            value,
            low,
            high,
            short(score),
            rank(score, self.region.level, float(self.sheet.shares[self.row]), effect),
            inputs,
            sentence,
            when or self.when,
        )


def short(value: float) -> float:
    """Without the digits that only the order of additions decides."""
    return float(f"{value:.{DIGITS}g}")
