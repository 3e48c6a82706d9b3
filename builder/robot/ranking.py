"""How well each row fits a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builder.robot.index import HUSH, K1, SLIP, SOUND, Index, weight
from builder.robot.wording import Reader

KEPT = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is looked up: the share of each token that counts, and what it would be worth in all.

    `strange`: it has a Latin word that is nowhere, nor one like it.
    """

    shares: Mapping[str, float]
    full: float
    known: float
    strange: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """A row, its score (0 to 1), and what it is worth in all."""

    row: int
    score: float
    mass: float


def asked(text: str, index: Index, reader: Reader, before: str = "") -> Asked:
    """Read a question. `before`: what was spoken of, which counts for less; it answers “那个体户呢”."""
    shares: dict[str, float] = {}
    full = known = 0.0
    strange = False
    for token in reader.tokens(text):
        worth = index.worth.get(token)
        if worth is None:
            full += index.rarest * weight(token) * (HUSH if token in reader.quiet else 1.0)
            slips = _meant(token, index, reader)
            strange = strange or (not slips and "a" <= token[0] <= "z")
            for meant, share in slips:
                shares[meant] = max(shares.get(meant, 0.0), share)
                known += share * index.worth[meant]
            continue
        full += worth
        known += worth
        shares[token] = 1.0
    for token in reader.tokens(before) if before else ():
        if token not in shares and token in index.worth:
            shares[token] = BEFORE
            full += BEFORE * index.worth[token]
    return Asked(shares, full, known, strange)


BEFORE = 0.35


def _meant(token: str, index: Index, reader: Reader) -> list[tuple[str, float]]:
    """What may have been meant by a token that is nowhere: same sound, or one letter wrong."""
    if len(token) == 2 and token[0] >= "\u3400":
        sound = reader.sound(token)
        found = [t for t in index.sounds.get(sound, ()) if sound]
        return [(found[0], SOUND)] if len(found) == 1 else []
    if len(token) >= 3 and "a" <= token[0] <= "z":
        found = [t for t in index.latin if abs(len(t) - len(token)) <= 1 and near(t, token)]
        return [(found[0], SLIP)] if len(found) == 1 else []
    return []


def near(one: str, other: str) -> bool:
    """Whether one letter too many, too few, wrong, or two exchanged make the difference."""
    if len(one) > len(other):
        one, other = other, one
    at = 0
    while at < len(one) and one[at] == other[at]:
        at += 1
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    rest = one[at + 1 :] == other[at + 1 :]
    swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return rest or swapped


def ranked(question: Asked, index: Index) -> list[Fit]:
    """The rows that fit best, best first; equal ones in the order of the package."""
    scores: dict[int, float] = {}
    masses: dict[int, float] = {}
    for token, share in question.shares.items():
        worth = share * index.worth[token]
        for row, told in index.postings[token]:
            scores[row] = scores.get(row, 0.0) + worth * told
            masses[row] = masses.get(row, 0.0) + worth
    whole = question.full * (K1 + 1) or 1.0
    found = [Fit(row, score / whole, masses[row]) for row, score in scores.items()]
    return sorted(found, key=lambda fit: (-fit.score, fit.row))[:KEPT]
