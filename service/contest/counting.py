"""From scores to places, exactly: fractions of whole numbers, nothing rounded before it is shown.

docs/contest_recount.py does the same from the published log and shares no line with this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from service.contest.rules import Rules

TRIM = 5  # so many scores must there be before the highest and the lowest fall away


@dataclass(frozen=True, slots=True)
class Score:
    """What one judge gave one work, in the order of the criteria."""

    work: int
    judge: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A work in the list of its category. `mean` is what counts; the others part those that tie."""

    work: int
    category: str
    place: int
    mean: Fraction
    whole: Fraction
    criteria: tuple[Fraction, ...]
    draw: str
    award: str
    judges: int


def total(rules: Rules, values: Sequence[str]) -> Fraction:
    """What one judge's values come to by the weights."""
    weights = [Fraction(c.weight) for c in rules.criteria]
    return sum((w * Fraction(v) for w, v in zip(weights, values, strict=True)), Fraction(0))


def trimmed(totals: Sequence[Fraction], drop: bool) -> Fraction:
    """The mean, without one highest and one lowest when there are enough."""
    held = sorted(totals)
    if drop and len(held) >= TRIM:
        held = held[1:-1]
    return sum(held, Fraction(0)) / len(held)


def draw(seed: str, work: int) -> str:
    """The lot of a work: everybody can draw it again. The smaller wins."""
    return hashlib.sha256(f"{seed}|draw|{work}".encode()).hexdigest()


def count(
    rules: Rules, seed: str, works: Mapping[int, str], scores: Iterable[Score]
) -> list[Place]:
    """The lists of all categories in the order of the rules. `works`: number -> category."""
    held: dict[int, list[Score]] = {}
    for score in scores:
        held.setdefault(score.work, []).append(score)
    listed = []
    for category in rules.categories:
        mine = [w for w, c in works.items() if c == category.id and held.get(w)]
        rows = sorted((_row(rules, seed, w, held[w]) for w in mine), key=_order)
        prizes = awarded(rules, [row[0] for row in rows])
        listed += [
            Place(
                row[4], category.id, n + 1, row[0], row[1], row[2], row[3], prize, len(held[row[4]])
            )
            for n, (row, prize) in enumerate(zip(rows, prizes, strict=True))
        ]
    return listed


Row = tuple[Fraction, Fraction, tuple[Fraction, ...], str, int]


def _row(rules: Rules, seed: str, work: int, scores: list[Score]) -> Row:
    totals = [total(rules, s.values) for s in scores]
    criteria = tuple(
        sum((Fraction(s.values[n]) for s in scores), Fraction(0)) / len(scores)
        for n in range(len(rules.criteria))
    )
    mean = trimmed(totals, rules.review.drop)
    return mean, trimmed(totals, drop=False), criteria, draw(seed, work), work


def _order(row: Row) -> tuple[Fraction, Fraction, tuple[Fraction, ...], str]:
    return -row[0], -row[1], tuple(-c for c in row[2]), row[3]


def awarded(rules: Rules, means: Sequence[Fraction]) -> list[str]:
    """The prize of each work of one category, best first; empty for none."""
    found: list[str] = []
    for award in rules.awards:
        given = 0
        while (
            len(found) < len(means)
            and (not award.count or given < award.count)
            and means[len(found)] >= Fraction(award.least)
        ):
            found.append(award.name)
            given += 1
    return found + [""] * (len(means) - len(found))


def shown(value: Fraction, digits: int) -> str:
    """A fraction as people read it, half rounded up."""
    scaled = value * 10**digits
    whole = (scaled.numerator * 2 + scaled.denominator) // (scaled.denominator * 2)
    told = Decimal(whole).scaleb(-digits).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{told:f}"


def exact(value: Fraction) -> str:
    """A fraction as machines read it."""
    return f"{value.numerator}/{value.denominator}"
