"""What would betray an unreleased number, wherever it is written.

A lone `5.1` proves nothing. What is looked for is what can't stand anywhere by chance: a number of five
figures or more; three numbers that stand side by side in the snapshot; a number beside its region and
period; a number in one sentence with its indicator's name and its period; the checksum, from which a
number could be guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from builder.indicators.layers import Block, Snapshot
from builder.values import Period, rounded

# A number that is no piece of a word, such as a digest or the name of a cell; and the 3 of 2026-Q3.
TOKEN = re.compile(rb"(?<![A-Za-z_\d])\d+(?:\.\d+)?(?![A-Za-z_\d])|(?<=[QHqh])[1-4](?![A-Za-z_\d])")
LONG = 5  # figures by which a number is known alone
TOGETHER = 6  # figures that several numbers must have together
Gram = tuple[bytes, ...]


@dataclass(slots=True)
class Wanted:
    """What to look for, each with the id of its snapshot.

    Numbers known alone, neighbours, words, rows of a numpy array; and by the name of an indicator, by
    number: labels of the period with its year.
    """

    alone: dict[bytes, str] = field(default_factory=dict)
    beside: dict[Gram, str] = field(default_factory=dict)
    literal: dict[bytes, str] = field(default_factory=dict)
    doubles: dict[bytes, str] = field(default_factory=dict)
    said: dict[bytes, dict[bytes, dict[tuple[bytes, bytes], str]]] = field(default_factory=dict)


def wanted(
    unreleased: Iterable[Snapshot],
    released: Iterable[Snapshot] = (),
    names: Mapping[str, Sequence[str]] | None = None,
    sums: Mapping[str, str] | None = None,
) -> Wanted:
    """What would betray the unreleased numbers, and could not come from the released ones.

    `names`: how an indicator is called, by its id. `sums`: words that name a snapshot's bytes, and its id.
    """
    made = Wanted()
    for snapshot in unreleased:
        _gather(made, snapshot, names or {})
    made.literal = {word.encode(): name for word, name in (sums or {}).items()}
    known = Wanted()
    for snapshot in released:
        _gather(known, snapshot, None)
    made.alone = {w: s for w, s in made.alone.items() if w not in known.alone}
    made.beside = {g: s for g, s in made.beside.items() if g not in known.beside}
    return made


def _gather(made: Wanted, snapshot: Snapshot, names: Mapping[str, Sequence[str]] | None) -> None:
    """Add what tells of a snapshot; without `names` only what may stand in released ones as well."""
    name = snapshot.vintage.id
    for block in snapshot.blocks:
        exact = [[_word(v) for v in row] for row in np.abs(block.values).tolist()]
        for words in (exact, _shorter(exact, 1), _shorter(exact, 2)):
            for word in {w for row in words for w in row if _figures(w) >= LONG}:
                made.alone[word] = name
            for line in (*words, *map(list, zip(*words, strict=True))):
                _lines(made.beside, line, name)
            if words and names is not None:
                _cells(made, block, words, name, names.get(block.indicator, ()))
        for row in block.values:
            told = row[~np.isnan(row)][:3]
            if len(told) == 3 and len({*told.tolist()}) > 1:
                made.doubles[told.astype("<f8").tobytes()] = name


def _word(value: float) -> bytes:
    """A number as it would be written, without sign; empty where there is none."""
    if np.isnan(value):
        return b""
    text = repr(value)
    return plain((np.format_float_positional(value) if "e" in text else text).encode())


def _shorter(words: Sequence[Sequence[bytes]], decimals: int) -> list[list[bytes]]:
    """The same rounded, where that shortens any of them; else nothing."""
    if not any(len(w.partition(b".")[2]) > decimals for row in words for w in row):
        return []
    return [[w and plain(rounded(float(w), decimals).encode()) for w in row] for row in words]


def plain(word: bytes) -> bytes:
    """One spelling of a number: no leading zeros, none after the last decimal; codes of regions stay."""
    if len(word) == 6 and word.isdigit():
        return word
    whole, _, part = word.partition(b".")
    part = part.rstrip(b"0")
    return (whole.lstrip(b"0") or b"0") + (b"." + part if part else b"")


@lru_cache(maxsize=1 << 16)
def _figures(word: bytes) -> int:
    """How many figures a number has that count."""
    return len(word.replace(b".", b"").strip(b"0"))


def _lines(beside: dict[Gram, str], line: Sequence[bytes], name: str) -> None:
    """Three numbers side by side, gaps left out."""
    told = [w for w in line if w]
    counts = [_figures(w) for w in told]
    for at, gram in enumerate(zip(told, told[1:], told[2:], strict=False)):
        if sum(counts[at : at + 3]) >= TOGETHER and len({*gram}) > 1:
            beside[gram] = name


def _cells(
    made: Wanted,
    block: Block,
    words: Sequence[Sequence[bytes]],
    name: str,
    called: Sequence[str],
) -> None:
    """Each number beside its region and period, in either order, and in a sentence."""
    periods = [_period(p) for p in block.periods]
    both = {column for (_, column), mark in block.marks.items() if mark == "combined"}
    labels = [_labels(p, block.measure, n in both) for n, p in enumerate(block.periods)]
    titles = [made.said.setdefault(title.encode(), {}) for title in called]
    for region, row in zip(block.regions, words, strict=True):
        code = plain(region.encode())
        for word, period, said in zip(row, periods, labels, strict=True):
            if not word:
                continue
            made.beside[(code, *period, word)] = name
            made.beside[(*period, code, word)] = name
            for told in titles:
                told.setdefault(word, {}).update(
                    dict.fromkeys(((t, period[0]) for t in said), name)
                )


def _period(period: Period) -> Gram:
    return tuple(plain(t) for t in TOKEN.findall(str(period).encode()))


def _labels(period: Period, measure: str, both: bool = False) -> list[bytes]:
    """What a sentence calls the period: with its year, and without it. `both`: January is in February."""
    label = period.label("ytd" if both else measure)
    short = label.partition("年")[2]
    return [t.encode() for t in (label, short, str(period)) if len(t) > 1]
