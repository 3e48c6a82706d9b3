"""Chinese line breaking for pictures: real advances, no mark where it must not stand, balanced lines.

Rules after GB/T 15834 (marks that don't begin or end a line); numbers stay with their units.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from builder.media.fonts import advances
from builder.media.units import UNITS

NEVER_FIRST = frozenset("，。、；：？！）」』】〉》〕”’…—·～,.;:?!)]}%％‰℃")
NEVER_LAST = frozenset("（「『【〈《〔“‘([{")
TOKEN = re.compile(
    r"“[^”]{1,6}”|《[^》]{1,8}》|"
    rf"[+\-−±]?\d[\d,]*(?:\.\d+)?(?:[—–\-~～至]\d[\d,]*(?:\.\d+)?)*(?:{UNITS})?|"
    r"[A-Za-z0-9&'./+@_-]+|——|……|[ \u3000]+|.",
    re.DOTALL,
)
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one weight, and its width in px."""

    text: str
    bold: bool
    width: float


Token = Span


def measure(text: str, size: float, weight: int = 400) -> float:
    """Width of `text` on one line, in px."""
    return sum(advances(text, size, weight))


def wrap(
    text: str, width: float, size: float, weight: int = 400, balance: bool = True
) -> list[str]:
    """Lines of `text`, none wider than `width` px unless a single character is.

    A line feed in the text begins a new line. With `balance`, lines of a paragraph are about as long
    as one another.
    """
    return [
        "".join(token.text for token in line).rstrip()
        for paragraph in text.split("\n")
        for line in _set(_tokens(paragraph, size, weight, bold=False), width, balance, _cut(size, weight))
    ]  # fmt: skip


def wrap_rich(text: str, width: float, size: float, balance: bool = True) -> list[list[Span]]:
    """As `wrap`, with `**bold**` (weight 700): each line is a list of spans."""
    lines: list[list[Span]] = []
    for paragraph in text.split("\n"):
        tokens: list[Token] = []
        for number, piece in enumerate(BOLD.split(paragraph)):
            bold = number % 2 == 1
            tokens += _pieces(piece, size, 700 if bold else 400, bold)
        glued = _glue(tokens)
        lines += [_merged(line) for line in _set(glued, width, balance, _cut(size, 700))]
    return lines


def _tokens(text: str, size: float, weight: int, bold: bool) -> list[list[Token]]:
    return _glue(_pieces(text, size, weight, bold))


def _pieces(text: str, size: float, weight: int, bold: bool) -> list[Token]:
    return [Span(t, bold, measure(t, size, weight)) for t in TOKEN.findall(text)]


def _glue(tokens: Iterable[Token]) -> list[list[Token]]:
    """Groups that no line break may part."""
    groups: list[list[Token]] = []
    open_ended = False
    for token in tokens:
        if groups and (open_ended or token.text[0] in NEVER_FIRST):
            groups[-1].append(token)
        else:
            groups.append([token])
        open_ended = token.text[-1] in NEVER_LAST or (open_ended and not token.text.strip())
    return groups


def _width(groups: Iterable[Sequence[Token]]) -> float:
    return sum(token.width for group in groups for token in group)


def _cut(size: float, weight: int) -> Callable[[Token], list[Token]]:
    def cut(token: Token) -> list[Token]:
        return [Span(c, token.bold, measure(c, size, weight)) for c in token.text]

    return cut


def _set(
    groups: list[list[Token]], width: float, balance: bool, cut: Callable[[Token], list[Token]]
) -> list[list[Token]]:
    """Lines of one paragraph. A group that is wider than a line is cut between characters."""
    whole = [
        part
        for group in groups
        for part in ([group] if _width([group]) <= width else [[c] for t in group for c in cut(t)])
    ]
    lines = _fill(whole, width)
    if balance and len(lines) > 1:
        low, high = width / 2, width
        for _ in range(12):
            middle = (low + high) / 2
            if len(_fill(whole, middle)) <= len(lines) and _fits(whole, middle):
                high = middle
            else:
                low = middle
        lines = _fill(whole, high)
    return [[token for group in line for token in group] for line in lines]


def _fits(groups: Iterable[Sequence[Token]], width: float) -> bool:
    return all(_width([group]) <= width for group in groups)


def _fill(groups: Iterable[list[Token]], width: float) -> list[list[list[Token]]]:
    """Greedy lines; blanks at a line's beginning are dropped, at its end they don't count."""
    lines: list[list[list[Token]]] = [[]]
    taken = 0.0
    for group in groups:
        blank = not "".join(token.text for token in group).strip()
        wide = _width([group])
        if lines[-1] and not blank and taken + wide > width + 0.01:
            lines.append([])
            taken = 0.0
        if blank and not lines[-1]:
            continue
        lines[-1].append(group)
        taken += wide
    return lines


def _merged(line: Sequence[Token]) -> list[Span]:
    """Neighbours of one weight as one span; no blank at the end."""
    spans: list[Span] = []
    for token in line:
        if spans and spans[-1].bold == token.bold:
            last = spans.pop()
            spans.append(Span(last.text + token.text, last.bold, last.width + token.width))
        else:
            spans.append(token)
    if spans and spans[-1].text != spans[-1].text.rstrip():
        last = spans.pop()
        bare = last.text.rstrip()
        kept = last.width * len(bare) / len(last.text) if last.text else 0.0
        spans += [Span(bare, last.bold, kept)] if bare else []
    return spans
