"""From facts to points and places, in exact decimals. The same facts give the same list, whoever reckons.

`docs/appraisal_recount.py` does it again from an exported log with nothing but Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from service.appraisal.rules import Item, Rules

DIGITS = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One unit's result. `points`: exact, by item; `place`: units with the same sum share it."""

    unit: str
    points: Mapping[str, Fraction]
    whole: Fraction
    place: int = 0


def reckon(rules: Rules, units: Sequence[str], facts: Mapping[str, Any]) -> list[Line]:
    """Results, best first; equal ones in the order of `units`.

    `facts`: for each item a mapping unit → [how many, of how many], and `changes`: a list of
    [unit, item, points] that objections brought.
    """
    made = []
    for unit in units:
        points = {i.id: _points(i, facts.get(i.id, {}).get(unit, [0, 0])) for i in rules.items}
        for changed, item, more in facts.get("changes", ()):
            if changed == unit and item in points:
                points[item] = max(Fraction(0), points[item] + Fraction(more))
        made.append(Line(unit, points, sum(points.values(), Fraction(0))))
    made.sort(key=lambda line: -line.whole)
    return [Line(n.unit, n.points, n.whole, 1 + sum(o.whole > n.whole for o in made)) for n in made]


def _points(item: Item, fact: Sequence[Any]) -> Fraction:
    many, of = Fraction(str(fact[0])), int(fact[1])
    most = Fraction(item.most)
    if item.counts == "answers":
        if of < item.least:
            return Fraction(item.few)
        return min(most, Fraction(item.points) * many / of)
    if item.counts == "panel":
        return min(most, Fraction(item.points) * many / Fraction(item.high))
    return min(most, Fraction(item.points) * many)


def shown(value: Fraction) -> str:
    """Points as they are written: two decimals, half up."""
    scaled = int(value * 10**DIGITS + Fraction(1, 2)) if value >= 0 else 0
    return f"{scaled // 10**DIGITS}.{scaled % 10**DIGITS:0{DIGITS}d}"
