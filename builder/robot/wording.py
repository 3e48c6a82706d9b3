"""What somebody says → tokens. `theme/assets/robot-engine.js` holds the twin.

Tokens of a wording: pairs of neighbouring characters, single characters (`1` before them), Latin words
and numbers whole, and for each row of words that mean nearly the same its number (`#` before it).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from pathlib import Path

from builder.robot import words
from builder.tokens import RUN, fold


@lru_cache(maxsize=1)
def house_sounds() -> tuple[str, ...]:
    """For each syllable without tone the common characters that have it, as `ma 妈麻马`."""
    text = (Path(__file__).parent / "sounds.txt").read_text("utf-8")
    return tuple(text.splitlines())


@dataclass(frozen=True, slots=True)
class Tables:
    """The words a package reads with: the language's, and before them those of the site."""

    fill: tuple[str, ...] = words.FILL
    soft: str = words.SOFT
    same: tuple[tuple[str, ...], ...] = words.SAME
    near: tuple[tuple[str, ...], ...] = words.NEAR
    quiet: tuple[str, ...] = words.QUIET
    sounds: tuple[str, ...] = ()
    ours: tuple[tuple[str, ...], ...] = words.OURS
    apart: tuple[tuple[str, ...], ...] = words.APART
    around: tuple[tuple[str, ...], ...] = words.AROUND
    outside: tuple[str, ...] = words.OUTSIDE


class Reader:
    """Reads wordings by one set of tables."""

    def __init__(self, tables: Tables) -> None:
        """Make the patterns once."""
        self._soft = frozenset(tables.soft)
        # by their first character: a text holds few of all words, and most need not be looked for
        self._near: dict[str, list[tuple[str, int]]] = {}
        for number, row in enumerate(tables.near):
            for word in row:
                self._near.setdefault(word[:1], []).append((word, number))
        self.quiet = frozenset(tables.quiet)
        self._first = {fold(word): fold(row[0]) for row in tables.same for word in row}
        self._variants = any_of(self._first)
        self._phrases = any_of(map(fold, tables.fill))
        self.sounds: Mapping[str, str] = {
            c: _slack(syllable) for row in tables.sounds for syllable, c in _each(row)
        }

    def plain(self, text: str) -> str:
        """Folded text in which variants of a word are one."""
        return self._variants.sub(lambda m: self._first[m[0]], fold(text))

    def bare(self, plain: str) -> str:
        """What is left of plain text without phrases and characters that say nothing."""
        left = self._phrases.sub(" ", plain)
        return "".join(c for c in left if c not in self._soft)

    def name(self, text: str) -> str:
        """What is asked about, without asking: two wordings with one name ask the same."""
        left = "".join(RUN.findall(self.bare(self.plain(text))))
        return left.replace(words.DEFINED, "") or left

    def tokens(self, text: str) -> dict[str, int]:
        """Tokens of `text` and how often each is there, in the order of their first place."""
        plain = self.plain(text)
        pieces: list[str] = []
        for run in RUN.findall(self.bare(plain)):
            pieces += _pieces(run)
        found: dict[str, int] = Counter(pieces)
        near = {
            number
            for first in self._near.keys() & set(plain)
            for word, number in self._near[first]
            if word in plain
        }
        for number in sorted(near):
            found[f"#{number}"] = 1
        return found

    def sound(self, pair: str) -> str:
        """How two characters sound, or nothing where that isn't known."""
        first, second = self.sounds.get(pair[0], ""), self.sounds.get(pair[1], "")
        return f"{first} {second}" if first and second else ""


def _each(row: str) -> Iterable[tuple[str, str]]:
    syllable, _, characters = row.partition(" ")
    return ((syllable, c) for c in characters)


def _slack(syllable: str) -> str:
    """Sounds that many people don't tell apart are one: zh and z, in and ing."""
    for first in ("zh", "ch", "sh"):
        if syllable.startswith(first):
            syllable = first[0] + syllable[2:]
    return syllable[:-1] if syllable.endswith(("ing", "eng", "ang")) else syllable


def any_of(found: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, the longest that fits; nothing when there are none."""
    ordered = sorted(set(found), key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, ordered)) or r"(?!)")


def _pieces(run: str) -> list[str]:
    if run[0] < "\u3400":
        parts = re.split(r"[.\-/]", run)
        return [run, *parts] if len(parts) > 1 else [run]
    return [*map("1".__add__, run), *map(add, run, run[1:])]
