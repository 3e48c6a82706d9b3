"""What a division declares about its numbers: how indicators go together, and where they may lie.

Written in `content/indicators/rules/*.yml` beside the validation rules. No numpy here: kinds import it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from builder.indicators.rules import Levels, MeasureName, Name, PeriodText, Term
from builder.values import MEASURES, Frequency, Period

Why = Annotated[str, Field(max_length=200)]
MOVES: frozenset[str] = frozenset({"yoy", "mom", "ytd_yoy", "index", "ytd_index"})


def _several(value: object) -> object:
    return [value] if isinstance(value, str | int) else value


def _day(value: str) -> str:
    if value and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", value):
        raise ValueError("日期写成 2026-11-20")
    return value


Day = Annotated[str, AfterValidator(_day)]
Regions = Annotated[
    tuple[Annotated[str, Field(pattern=r"^\d{6}$")], ...], BeforeValidator(_several)
]
Places = Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], BeforeValidator(_several)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)


class Relation(_Declared):
    """How the numbers of `of` go with those of `others`, in the same region and period.

    `sign`: they grow and fall together (`opposite`: against each other); below `least` nothing is said.
    `ratio`: `of` by the sum of `others` lies between `low` and `high`. `identity`: `of` is the sum of
    `others`, up to `tolerance` per cent and rounding. `regression`: `of` follows the sum of `others` as it
    did in the last three years. `why` is said with every finding.
    """

    id: Name
    rule: Literal["sign", "ratio", "identity", "regression"]
    of: Term
    others: tuple[Term, ...] = Field(min_length=1)
    levels: Levels = ()
    regions: Regions = ()
    frequency: Frequency = "month"
    opposite: bool = False
    least: float = Field(1.0, ge=0)
    low: float | None = None
    high: float | None = None
    tolerance: float = Field(0.5, ge=0)
    why: Why = ""
    set_by: Why = ""

    @model_validator(mode="after")
    def _whole(self) -> Relation:
        if self.rule == "ratio" and self.low is None and self.high is None:
            raise ValueError("ratio 要写 low 或 high")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low 要小于 high")
        if self.rule == "sign":
            named = {self.of.measure, *(t.measure for t in self.others)}
            if not named <= MOVES:
                told = "、".join(MEASURES[m] for m in sorted(named - MOVES))
                raise ValueError(f"sign 只比较增长速度和指数，{told}不行")
        return self


class Bound(_Declared):
    """Where the numbers of an indicator may lie: by level or region, months of the year, and period.

    `against`: measured from the number of the region's province or city (`way`: difference or ratio)
    instead of from zero. `revised`: how far a correction may go, in per cent of amounts, points of rates.
    `set_by` and `set_on` say who answers for it and since when.
    """

    id: Name
    indicator: Name
    measure: MeasureName = "value"
    levels: Levels = ()
    regions: Regions = ()
    frequency: Frequency = "month"
    places: Places = ()
    start: PeriodText = Field("", alias="from")
    to: PeriodText = ""
    low: float | None = None
    high: float | None = None
    against: Literal["", "国", "省", "市"] = ""
    way: Literal["difference", "ratio"] = "difference"
    revised: float | None = Field(None, gt=0)
    set_by: Annotated[str, Field(min_length=1, max_length=80)]
    set_on: Day
    why: Why = ""

    @model_validator(mode="after")
    def _whole(self) -> Bound:
        if self.low is None and self.high is None and self.revised is None:
            raise ValueError("low、high、revised 至少写一个")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low 要小于 high")
        for text in (self.start, self.to):
            if text and Period.parse(text).frequency != self.frequency:
                raise ValueError(f"`{text}` 的频率和 frequency 不一样")
        return self

    def holds(self, level: str, region: str, period: Period) -> bool:
        """Whether it speaks of this number."""
        return (
            period.frequency == self.frequency
            and (not self.levels or level in self.levels)
            and (not self.regions or region in self.regions)
            and (not self.places or period.place in self.places)
            and (not self.start or Period.parse(self.start).ordinal <= period.ordinal)
            and (not self.to or period.ordinal <= Period.parse(self.to).ordinal)
        )
