"""Validation: rules against values. Findings name cell, rule, what was expected and what was seen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from builder.indicators.checks import several, single, sums
from builder.indicators.checks.sweep import Flaw, Sweep
from builder.indicators.rules import AnyRule, implied, named
from builder.indicators.store import Store
from builder.values import Indicator, Key, Period, Region

__all__ = ["Flaw", "said_of", "validate"]

JUDGES: Mapping[str, Callable[..., Iterator[Flaw]]] = {
    "range": single.ranges,
    "type": single.types,
    "required": single.required,
    "coverage": single.coverage,
    "sum": sums.sums,
    "cumulative": several.cumulative,
    "identity": several.identities,
    "ratio": several.ratios,
    "sign": several.signs,
    "unit_slip": single.unit_slips,
    "growth": several.growth,
}


def validate(
    store: Store,
    indicators: Mapping[str, Indicator],
    regions: Mapping[str, Region],
    rules: Iterable[AnyRule] = (),
    since: Mapping[str, int] | None = None,
    only: frozenset[str] | None = None,
) -> list[Flaw]:
    """Judge the numbers of `store` by what definitions imply and by `rules`.

    `since`: for each frequency the ordinal of the first period to judge (all, when not given); earlier
    ones are still compared with. `only`: judge rules that speak of one of these indicators.
    """
    sweep = Sweep(store, indicators, regions, since or {})
    every = [*(r for i in indicators.values() for r in implied(i)), *rules]
    found: list[Flaw] = []
    for rule in every:
        if only is None or named(rule) & only:
            found += JUDGES[rule.rule](sweep, rule)
    return sorted(found, key=lambda f: (not f.hard, f.period, f.key, f.rule))


def said_of(flaw: Flaw, told: Collection[tuple[Key, Period]]) -> Flaw | None:
    """A finding as those hear it who told these numbers and marks; None where it is not theirs.

    That a sum can't be told is theirs whose mark says that a part lacks: what others have still to tell
    is no fault of theirs.
    """
    if not flaw.lacking:
        return flaw
    own = next((key for key in flaw.lacking if (key, flaw.period) in told), None)
    return replace(flaw, key=own) if own else None
