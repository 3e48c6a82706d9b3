"""`weike snapshot` and `weike seal` with a site's definitions at hand: numbers are judged before they are sealed."""

from __future__ import annotations

from pathlib import Path

from builder.indicators.cli import main as run
from builder.indicators.defined import Defined


def main(argv: list[str]) -> int:
    """Run one of the verbs; returns the exit code."""
    return run(argv, know=defined)


def defined(root: Path) -> Defined:
    """The definitions that lie under `root`, whatever is wrong with other entries."""
    from builder.indicators.definitions import indicator_of, slug, template_of
    from builder.indicators.mapped import DatabaseMapping
    from builder.indicators.regions import regions_of
    from builder.read import read

    entries = list(read(root)[0].entries.values())
    regions = regions_of(entries)
    rules = (e.data["rules"] for e in entries if e.kind == "ruleset")
    return Defined(
        {slug(e): indicator_of(e) for e in entries if e.kind == "indicator"},
        regions,
        {slug(e): template_of(e, regions) for e in entries if e.kind == "template"},
        tuple(rule for found in rules for rule in found),
        {slug(e): DatabaseMapping(**e.data) for e in entries if e.kind == "mapping"},
    )
