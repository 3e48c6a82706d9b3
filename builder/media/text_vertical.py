"""Chinese set from top to bottom, columns from right to left.

Marks take their vertical forms; a figure or word of up to two letters stands upright in one cell, a
longer one a letter a cell. No column begins with a mark that must follow its word.
"""

from __future__ import annotations

import re

from builder.media.text_layout import NEVER_FIRST, NEVER_LAST

# Vertical forms of Unicode (U+FE10 to U+FE48); the font has them all.
FORMS = str.maketrans(
    "，、。：；！？（）《》〈〉【】「」『』〔〕…—“”‘’",
    "︐︑︒︓︔︕︖︵︶︽︾︿﹀︻︼﹁﹂﹃﹄︹︺︙︱﹃﹄﹁﹂",
)
RUN = re.compile(r"[!-~]+|\S")
NARROW = 2  # so many letters or figures stand side by side in one cell


def columns(text: str, most: int) -> list[list[str]]:
    """The cells of each column, at most `most` in one; a line feed begins a new column.

    Columns of a paragraph are about as long as one another.
    """
    made: list[list[str]] = []
    for paragraph in text.split("\n"):
        cells = _cells(paragraph)
        if cells:
            count = -(-len(cells) // most)
            made += _broken(cells, min(most, -(-len(cells) // count)), most)
    return made


def _cells(text: str) -> list[str]:
    cells: list[str] = []
    for run in RUN.findall(text):
        cells += [run] if run.isascii() and len(run) <= NARROW else map(_upright, run)
    return cells


def _upright(letter: str) -> str:
    """A letter as it stands in a column: full width, marks in their vertical form."""
    wide = chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter
    return wide.translate(FORMS)


FIRST = frozenset(mark.translate(FORMS) for mark in NEVER_FIRST) | NEVER_FIRST
LAST = frozenset(mark.translate(FORMS) for mark in NEVER_LAST) | NEVER_LAST


def _broken(cells: list[str], wanted: int, most: int) -> list[list[str]]:
    made: list[list[str]] = []
    rest = cells
    while rest:
        end = min(wanted, len(rest))
        while end < len(rest) and rest[end] in FIRST and end < most:
            end += 1  # the mark hangs on
        while 1 < end < len(rest) and (rest[end] in FIRST or rest[end - 1] in LAST):
            end -= 1
        made.append(rest[:end])
        rest = rest[end:]
    return made
