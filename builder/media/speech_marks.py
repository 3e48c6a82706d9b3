"""Markdown marks taken out of what is spoken and shown, with the place of every character that stays."""

from __future__ import annotations

import re
from dataclasses import dataclass

MARK = re.compile(
    r"!\[[^\]\n]*\]\([^)\n]*\)|"  # a picture says nothing
    r"(?P<link>\[)(?=[^\]\n]*\]\([^)\n]*\))|\]\([^)\n]*\)|"
    r"<!--.*?-->|</?[A-Za-z][^>\n]*>|"
    r"^[ \t]*(?:\#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)|"
    r"\*\*|==(?!=)|~~|`+|\\(?=[^\w\s])|(?<!\d)\*(?!\d)|\r",
    re.MULTILINE | re.DOTALL,
)
# One character for one, so that places hold: full-width letters and digits, odd blanks, true minus.
WIDE = {0xFF10 + n: ord("0") + n for n in range(10)}
WIDE |= {0xFF21 + n: ord("A") + n for n in range(26)} | {
    0xFF41 + n: ord("a") + n for n in range(26)
}
WIDE |= {ord(a): ord(b) for a, b in zip("％－＋＝／．＆＜＞−‐‑‒–\u00a0\u3000\u2009\u202f", "%-+=/.&<>----—    ", strict=True)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bare:
    """Text without marks; `places[i]` is where its character i stands in the authored text."""

    text: str
    places: tuple[int, ...]


def bare(text: str) -> Bare:
    """Drop the marks of Markdown; words, numbers and punctuation stay as they are."""
    kept: list[int] = []
    at = 0
    for mark in MARK.finditer(text):
        kept += range(at, mark.start())
        at = mark.end()
    kept += range(at, len(text))
    return Bare("".join(text[i] for i in kept), tuple(kept))


def even(text: str) -> str:
    """Full-width digits, letters and signs as plain ones, each character in its place."""
    return text.translate(WIDE)
