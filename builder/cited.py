"""What must be told of the numbers in a text: indicator, period, source, day, whether they are made up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from builder.model import Page

MINUS = "\u2212"
OWN = frozenset({"indicator", "dashboard", "gdp"})  # pages that tell it in their own way


@dataclass(slots=True)
class Taken:
    """What a text takes from one indicator. `told`: the numbers, in words; `sources`: who published them, when."""

    name: str
    url: str
    sample: bool = False
    told: list[str] = field(default_factory=list)
    sources: list[tuple[str, str]] = field(default_factory=list)


def taken(pages: Iterable[Page]) -> list[Taken]:
    """One line for each indicator that the texts of `pages` quote, in order of first mention."""
    found: dict[str, Taken] = {}
    for page in pages:
        for one in () if page.kind in OWN else page.cited:
            line = found.setdefault(one.indicator, Taken(one.name, one.url))
            line.sample |= one.sample
            told = f"{one.period}{one.region}{one.measure}{_minus(one.text)}"
            if one.text and told not in line.told:
                line.told.append(told)
            if (one.source, one.released) not in line.sources:
                line.sources.append((one.source, one.released))
    return list(found.values())


def _minus(text: str) -> str:
    """A number with a true minus, as pages write it; words about it stay."""
    return f"{MINUS}{text[1:]}" if text[:1] == "-" else text
