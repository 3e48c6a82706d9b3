"""Validation rules as data: what a division writes in `content/indicators/rules/`.

Hard rules refuse, soft ones ask. Kinds and levels follow the usual sense of edit rules: single values
(type, range), availability (required, coverage), several values (sum, identity, ratio, sign), time
(cumulative, growth) and magnitude (unit slip).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from builder.values import LEVELS, MEASURES, Indicator, Period

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
MeasureName = Literal["value", "ytd", "yoy", "mom", "ytd_yoy", "index", "ytd_index"]
Level = Literal["国", "省", "市", "县"]
assert set(MEASURES) == set(MeasureName.__args__)  # type: ignore[attr-defined]  # one list, told twice for mypy
assert set(LEVELS) == set(Level.__args__)  # type: ignore[attr-defined]  # as above


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _period(value: str) -> str:
    if value:
        Period.parse(value)
    return value


PeriodText = Annotated[str, AfterValidator(_period)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_several)]
Measures = Annotated[tuple[MeasureName, ...], BeforeValidator(_several)]
Levels = Annotated[tuple[Level, ...], BeforeValidator(_several)]


class _Ruled(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)


class Term(_Ruled):
    """One number of an identity: `times` it counts."""

    indicator: Name
    measure: MeasureName = "value"
    times: float = 1.0


class _Rule(_Ruled):
    """What all rules say. `why`: the reason, shown with every finding; `hard`: refuses."""

    id: Name
    hard: bool = False
    why: Annotated[str, Field(max_length=200)] = ""
    levels: Levels = ()


class _Bounded(_Rule):
    """Asks for a place between `low` and `high`, both included."""

    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("low、high 至少写一个")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low 不能大于 high")
        return self


class Range(_Bounded):
    """Every number lies between `low` and `high`."""

    rule: Literal["range"]
    indicators: Names
    measures: Measures = ("value",)


class Type(_Rule):
    """No number has more decimals than are published; none at all where `whole`."""

    rule: Literal["type"]
    indicators: Names
    measures: Measures = ()
    whole: bool = False


class Required(_Rule):
    """Every region of the levels has a number, or a mark that says why not, in every period judged.

    From the period `since` on, or the first that its level has; until the last that anybody has.
    """

    rule: Literal["required"]
    indicators: Names
    measures: Measures = ("value",)
    since: PeriodText = ""


class Coverage(_Rule):
    """No fewer regions report than in the period before."""

    rule: Literal["coverage"]
    indicators: Names
    measures: Measures = ("value",)


class Sum(_Rule):
    """`total` is the sum of `parts` (indicators), or of the regions one level below (`over: regions`).

    `tolerance` in the unit of the number; by default what rounding can make.
    """

    rule: Literal["sum"]
    total: Name
    parts: Names = ()
    over: Literal["parts", "regions"] = "parts"
    measures: Measures = ("value",)
    tolerance: Annotated[float, Field(ge=0)] | None = None


class Cumulative(_Rule):
    """累计 grows by the number of the period: the sum of a year's periods is its 累计."""

    rule: Literal["cumulative"]
    indicators: Names
    tolerance: Annotated[float, Field(ge=0)] | None = None


class Identity(_Rule):
    """`left` is `right`, each a weighted sum of numbers that may stand in different templates."""

    rule: Literal["identity"]
    left: tuple[Term, ...] = Field(min_length=1)
    right: tuple[Term, ...] = Field(min_length=1)
    tolerance: Annotated[float, Field(ge=0)] | None = None


class Ratio(_Bounded):
    """`above` divided by `below` lies between `low` and `high`."""

    rule: Literal["ratio"]
    above: Term
    below: Term


class Sign(_Rule):
    """`same`: two numbers never have opposite signs, unless both are within `near` of zero.

    Of an index it is what lies above or below 100.
    """

    rule: Literal["sign"]
    same: tuple[Term, Term]
    near: Annotated[float, Field(ge=0)] = 0.5


class UnitSlip(_Rule):
    """A number is not ten, or ten thousand, times what it usually is, or the same part of it."""

    rule: Literal["unit_slip"]
    indicators: Names
    measures: Measures = ("value",)


class Growth(_Rule):
    """Published 同比, and 累计同比, agree with the levels; only for indicators declared comparable."""

    rule: Literal["growth"]
    indicators: Names
    tolerance: Annotated[float, Field(ge=0)] = 0.1


LEVEL_MEASURES: tuple[MeasureName, ...] = ("value", "ytd")  # amounts; the others compare
GROWN: tuple[tuple[MeasureName, MeasureName], ...] = (("yoy", "value"), ("ytd_yoy", "ytd"))

Rule = Annotated[
    Range
    | Type
    | Required
    | Coverage
    | Sum
    | Cumulative
    | Identity
    | Ratio
    | Sign
    | UnitSlip
    | Growth,
    Field(discriminator="rule"),
]
AnyRule = (
    Range
    | Type
    | Required
    | Coverage
    | Sum
    | Cumulative
    | Identity
    | Ratio
    | Sign
    | UnitSlip
    | Growth
)


def terms(rule: AnyRule) -> tuple[Term, ...]:
    """The numbers that a rule holds against one another, each by name; none where it takes them one by one."""
    match rule:
        case Sum():
            every = (rule.total, *rule.parts)
            return tuple(Term(indicator=i, measure=m) for m in rule.measures for i in every)
        case Identity():
            return (*rule.left, *rule.right)
        case Ratio():
            return (rule.above, rule.below)
        case Sign():
            return rule.same
        case _:
            return ()


def alone(rule: AnyRule) -> tuple[Term, ...]:
    """The numbers that a rule takes one by one, each by name."""
    match rule:
        case Sum() | Identity() | Ratio() | Sign():
            return ()
        case Cumulative():
            measures = LEVEL_MEASURES
        case Growth():
            measures = ()  # one pair of several
        case _:
            measures = rule.measures
    return tuple(Term(indicator=i, measure=m) for i in rule.indicators for m in measures)


def named(rule: AnyRule) -> set[str]:
    """Ids of all indicators that a rule speaks of."""
    match rule:
        case Sum() | Identity() | Ratio() | Sign():
            return {term.indicator for term in terms(rule)}
        case _:
            return set(rule.indicators)


def implied(indicator: Indicator) -> list[AnyRule]:
    """The rules that a definition itself asks for."""
    one, made = (indicator.id,), list[AnyRule]()
    for name, measure in indicator.measures.items():
        if measure.lowest is not None or measure.highest is not None:
            made.append(
                Range(
                    id=f"{indicator.id}-{_dashed(name)}-range",
                    rule="range",
                    indicators=one,
                    measures=(name,),
                    low=measure.lowest,
                    high=measure.highest,
                    hard=True,
                    why="定义里写明的上下限",
                )
            )
    levels = tuple(m for m in LEVEL_MEASURES if m in indicator.measures)
    made.append(Type(id=f"{indicator.id}-type", rule="type", indicators=one))
    if levels:
        slip = f"{indicator.id}-unit"
        made.append(UnitSlip(id=slip, rule="unit_slip", indicators=one, measures=levels))
    if indicator.additive and len(levels) == 2:
        made.append(Cumulative(id=f"{indicator.id}-ytd", rule="cumulative", indicators=one))
    if indicator.comparable and any({*pair} <= {*indicator.measures} for pair in GROWN):
        made.append(Growth(id=f"{indicator.id}-growth", rule="growth", indicators=one))
    if indicator.parts and levels:
        total = f"{indicator.id}-parts"
        made.append(
            Sum(id=total, rule="sum", total=indicator.id, parts=indicator.parts, measures=levels)
        )
    return made


def _dashed(name: str) -> str:
    return name.replace("_", "-")
