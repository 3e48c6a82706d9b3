"""Whether what was found is sure enough to be said: a line drawn through a few figures of the match.

The weights come from questions with known answers and questions of other trades, none of which stands
among the wordings (`benchmarks/robot.py`). Sums only, so that the twin gets the same bits.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from builder.robot import rules
from builder.robot.index import Row
from builder.robot.package import Package, Refusal
from builder.robot.ranking import Asked, Fit
from builder.robot.wording import Reader

SCORE, MASS, ELSEWHERE, LEAST = 20.0, 0.066, 26.0, 2.6
ENOUGH = 60.0  # of mass: more says no more
OURS = ("items", "flows")
CHAT = 0.3  # small talk less like than this is none; “other” may be somebody in need, and always counts
ALIKE = 0.2  # a question less like a refused one than this is not refused for it
DELICATE = (
    0.75  # a question that is like a refused one by this share of what it fits is not answered
)
Groups = Sequence[Sequence[Sequence[str]]]


def best(fits: Sequence[Fit], rows: Sequence[Row]) -> Fit | None:
    """The fit that could be the answer."""
    return next((f for f in fits if rows[f.row].part in OURS), None)


class Judge:
    """Judges what was found in one package."""

    def __init__(self, package: Package, rows: Sequence[Row], reader: Reader) -> None:
        """`rows`: what the index holds, by number."""
        self.package, self.rows, self.reader = package, rows, reader
        self._ours = [tuple(map(reader.plain, row)) for row in package.tables.ours]
        self._apart = [[words.split("|") for words in row] for row in package.tables.apart]

    def fair(self, text: str, fits: list[Fit], refusals: Sequence[Refusal]) -> list[Fit]:
        """Without refusals that a word excuses from, and what is hardly like the question: refusals, small talk."""
        parts = {self.rows[f.row].part for f in fits}
        if "refusals" in parts:
            free = rules.excused(text, refusals, self.reader)
            fits = [f for f in fits if not self._is(f, "refusals") or self._meant(f, free)]
        if "talks" in parts:
            fits = [
                f for f in fits if not self._is(f, "talks") or f.score >= CHAT or self._other(f)
            ]
        return fits

    def _meant(self, fit: Fit, free: Container[int]) -> bool:
        return fit.score >= ALIKE and self.rows[fit.row].number not in free

    def _is(self, fit: Fit, part: str) -> bool:
        return self.rows[fit.row].part == part

    def _other(self, fit: Fit) -> bool:
        return self.package.talks[self.rows[fit.row].number].kind == "other"

    def sure(self, fit: Fit, fits: Sequence[Fit], text: str, question: Asked) -> bool:
        """True when `fit` may be told: how well it fits, how much of it, how well other trades fit.

        Never when the question has a Latin word that is nowhere, names something else of a kind, or is nearly
        as much like one that is refused.
        """
        if question.strange or self._parted(fit, text):
            return False
        delicate = next((f.score for f in fits if self._is(f, "refusals")), 0.0)
        if delicate >= DELICATE * fit.score:
            return False
        other = next((f.score for f in fits if self._is(f, "elsewhere")), 0.0)
        return SCORE * fit.score + MASS * min(fit.mass, ENOUGH) - ELSEWHERE * other - LEAST >= 0

    def ours(self, text: str) -> bool:
        """Whether a question is about statistics, whatever it is like."""
        said = self.reader.plain(text)
        return any(all(word in said for word in row) for row in self._ours)

    def _parted(self, fit: Fit, text: str) -> bool:
        row = self.rows[fit.row]
        if row.part != "items":
            return False
        said, item = self.reader.plain(text), self.package.items[row.number]
        for out, *groups in self._apart:
            asked = _groups(said, out, groups)
            told = (
                _groups(self.reader.plain(" ".join((item.title, *item.ask))), out, groups)
                if asked
                else set()
            )
            if told and not asked & told:
                return True
        return False


def _groups(text: str, out: Sequence[str], groups: Sequence[Sequence[str]]) -> set[int]:
    for word in filter(None, out):
        text = text.replace(word, " ")
    return {n for n, words in enumerate(groups) if any(word in text for word in words)}
