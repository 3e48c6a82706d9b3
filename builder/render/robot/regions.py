"""The regions that a robot knows by name, and which of them have numbers of their own."""

from __future__ import annotations

from builder.robot.places import rows
from builder.values import Indicator, Numbers


def places(numbers: Numbers | None) -> tuple[str, ...]:
    """Every region as a row of a package; with a code where a page shows its numbers."""
    if numbers is None:
        return ()
    held = {key.region for panel in numbers.store.panels.values() for key in panel.rows}
    return rows(
        (region.level, code if code in held else "", region.name, region.short)
        for code, region in numbers.regions.items()
    )


def below(known: Indicator, numbers: Numbers) -> str:
    """Levels below the province for which this edition has numbers of an indicator: `市县`."""
    panel = numbers.store.panels.get(known.frequency)
    codes = {key.region for key in panel.rows if key.indicator == known.id} if panel else set()
    found = {numbers.regions[code].level for code in codes if code in numbers.regions}
    return "".join(level for level in ("市", "县") if level in found)
