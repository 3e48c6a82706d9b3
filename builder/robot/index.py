"""Which rows hold which tokens, and how much each token tells: BM25 over fields of different weight.

Sums run in one fixed order and logarithms are rounded, so that the twin in JavaScript gets the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from builder.robot.package import Package
from builder.robot.wording import Reader

TITLE, ASK, KEYS, ANSWER, TEXT = 3.0, 2.0, 1.5, 1.2, 0.5
K1, B = 1.2, 0.5
ONE, NEAR, LATIN = 0.5, 0.8, 1.5  # weights of tokens beside that of a pair of characters
HUSH = 0.25  # what only asks
SOUND, SLIP = 0.7, 0.8  # what a token is worth that was meant and not written


@dataclass(frozen=True, slots=True)
class Row:
    """What can be found: which part of a package, its number there, and its texts with their weights."""

    part: str
    number: int
    texts: tuple[tuple[float, str], ...]


def rows_of(package: Package) -> Iterator[Row]:
    """Everything in a package that a question can be like."""
    for number, item in enumerate(package.items):
        own = [(TITLE, item.title), *((ASK, text) for text in item.ask)]
        own += [(KEYS, item.keys), (ANSWER, item.answer), (TEXT, item.text)]
        yield Row("items", number, tuple(own))
    for number, talk in enumerate(package.talks):
        yield Row("talks", number, tuple((ASK, text) for text in talk.ask))
    for number, refusal in enumerate(package.refusals):
        yield Row("refusals", number, tuple((ASK, text) for text in refusal.ask))
    for number, topic in enumerate(package.elsewhere):
        words = tuple((KEYS, word) for word in topic.words)
        yield Row("elsewhere", number, (*((ASK, text) for text in topic.ask), *words))
    for number, flow in enumerate(package.flows):
        texts = (TITLE, flow.title), *((ASK, text) for text in flow.ask)
        yield Row("flows", number, texts)


def weight(token: str) -> float:
    """How much a token of its kind counts."""
    if token[0] == "#":
        return NEAR
    if token[0] == "1" and len(token) == 2 and token[1] >= "\u3400":
        return ONE
    return LATIN if token[0] < "\u3400" else 1.0


@dataclass(frozen=True, slots=True)
class Index:
    """`postings`: token → (row, how much it is there: often, but never twice as much for twice as often).
    `worth`: token → weight × rarity; `rarest` is the rarity of what is nowhere.

    `sounds`: how a pair sounds → the pairs that sound so. `latin`: Latin words that are somewhere.
    """

    postings: Mapping[str, Sequence[tuple[int, float]]]
    worth: Mapping[str, float]
    rarest: float
    sounds: Mapping[str, Sequence[str]]
    latin: Sequence[str]


def build(rows: Sequence[Row], reader: Reader) -> Index:
    """Index rows, numbered as they come."""
    postings: dict[str, list[tuple[int, float]]] = {}
    lengths: list[float] = []
    for number, row in enumerate(rows):
        counts: dict[str, float] = {}
        length = 0.0
        for share, text in row.texts:
            for token, count in reader.tokens(text).items():
                counts[token] = counts.get(token, 0.0) + count * share
                length += count * share
        for token, many in counts.items():
            postings.setdefault(token, []).append((number, many))
        lengths.append(length)
    total = len(rows)
    mean = (sum(lengths) / total if total else 0.0) or 1.0
    worth = {
        token: weight(token) * _rarity(total, len(held)) * (HUSH if token in reader.quiet else 1.0)
        for token, held in postings.items()
    }
    norms = [K1 * (1 - B + B * length / mean) for length in lengths]
    told = {
        token: [(row, many * (K1 + 1) / (many + norms[row])) for row, many in held]
        for token, held in postings.items()
    }
    sounds: dict[str, list[str]] = {}
    for token in postings:
        if len(token) == 2 and token[0] >= "\u3400" and (sound := reader.sound(token)):
            sounds.setdefault(sound, []).append(token)
    latin = [t for t in postings if "a" <= t[0] <= "z"]
    return Index(told, worth, _rarity(total, 0), sounds, latin)


def _rarity(total: int, held: int) -> float:
    return math.floor(math.log(1 + (total - held + 0.5) / (held + 0.5)) * 4096 + 0.5) / 4096
