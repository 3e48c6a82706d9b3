"""What a page must tell of the numbers in its text: indicator, period, source, day, whether made up."""

from __future__ import annotations

from builder.model import Page
from builder.render.web.cards import View

MINUS = "\u2212"
OWN = frozenset({"indicator", "dashboard", "gdp"})  # pages that tell it in their own way


def _minus(text: str) -> str:
    """A number with a true minus, as pages write it; words about it stay."""
    return f"{MINUS}{text[1:]}" if text[:1] == "-" else text


def cited(page: Page) -> list[View]:
    """One line for each indicator: its card, the numbers taken from it, who published them and when."""
    if page.kind in OWN:
        return []
    found: dict[str, View] = {}
    for one in page.cited:
        line = found.setdefault(
            one.indicator,
            {"name": one.name, "url": one.url, "sample": False, "told": [], "sources": []},
        )
        line["sample"] |= one.sample
        told = f"{one.period}{one.region}{one.measure}{_minus(one.text)}"
        if one.text and told not in line["told"]:
            line["told"].append(told)
        source = {"source": one.source, "released": one.released}
        if source not in line["sources"]:
            line["sources"].append(source)
    return list(found.values())
