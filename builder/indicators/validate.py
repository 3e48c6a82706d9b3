"""Validation: rules against values. Findings name cell, rule, what was expected and what was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from builder.indicators.checks import several, single
from builder.indicators.checks.sweep import Flaw, Sweep
from builder.indicators.rules import AnyRule, implied, named
from builder.indicators.store import Store
from builder.values import Indicator, Region

__all__ = ["Flaw", "validate"]

JUDGES: Mapping[str, Callable[..., Iterator[Flaw]]] = {
    "range": single.ranges,
    "type": single.types,
    "required": single.required,
    "coverage": single.coverage,
    "sum": several.sums,
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
