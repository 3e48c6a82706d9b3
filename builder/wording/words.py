"""Wrong words by list, and near misses of fixed phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from builder.wording.finding import (
    Finding,
    advised_against,
    historic,
    in_title,
    misspelling_shown,
    quoted,
)
from builder.wording.passages import Sheet
from builder.wording.rules import GRAM, Rules, Term, Word
from builder.wording.seek import places, runs

TWICE = re.compile(r"([\u4e00-\u9fff])\1")
LENIENT = frozenset({"WRD002", "WRD003", "WRD004", "WRD005"})


def listed(sheet: Sheet, rules: Rules) -> Iterator[Finding]:
    """Words that the lists call wrong."""
    text = sheet.prose
    for wrong in rules.listed.among(text, sheet.present):
        word = rules.words[wrong]
        for start in places(text, wrong):
            end = start + len(wrong)
            if _meant(sheet, word, wrong, start, end):
                message = f"“{wrong}”：{word.reason}。"
                action = f"改成“{word.right}”。" if word.right else "改写这一句，或删去。"
                fix = word.right if word.safe and word.right else None
                yield Finding(start, end, word.code, message, action, word.clause, word.right, fix)


def mistyped(sheet: Sheet, rules: Rules) -> Iterator[Finding]:
    """Pairs of characters that stand in no text: slips of the ear or the eye in common words."""
    text = sheet.prose
    for slip in rules.mistyped.keys() & sheet.present:
        word = rules.mistyped[slip]
        for start in places(text, slip):
            end = start + len(slip)
            shown = in_title(sheet, start, end) or misspelling_shown(sheet, start, end)
            if not (shown or quoted(sheet, start, end)):
                message = f"“{slip}”像是“{word}”写错了。"
                yield Finding(start, end, "WRD005", message, f"核对；改成“{word}”。", "", word)


def _meant(sheet: Sheet, word: Word, wrong: str, start: int, end: int) -> bool:
    text = sheet.prose
    if word.apart and crossed(text, start, end, word.apart):
        return False
    if word.right and wrong in word.right:
        at = word.right.find(wrong)
        if start >= at and text.startswith(word.right, start - at):
            return False
    if word.unless:
        a, b = sheet.sentence(start, end)
        if word.unless.search(text, a, b):
            return False
    if word.year and historic(sheet, start, end, word.year):
        return False
    if word.code in LENIENT and not word.own and in_title(sheet, start, end):
        return False
    excuse = misspelling_shown if word.code == "WRD005" and not word.own else advised_against
    if word.code in LENIENT and excuse(sheet, start, end):
        return False
    return not quoted(sheet, start, end)


def crossed(text: str, start: int, end: int, longer: Iterable[str]) -> bool:
    """True when the span is one of the words `longer`, or one begins or ends in it and reaches out of it."""
    for word in longer:
        if word == text[start:end]:
            return True
        at = text.find(word, max(0, start - len(word) + 1), end + len(word) - 1)
        while at >= 0:
            if at < start or at + len(word) > end:
                return True
            at = text.find(word, at + 1, end + len(word) - 1)
    return False


def near_misses(sheet: Sheet, rules: Rules) -> Iterator[Finding]:
    """Fixed phrases with one character wrong, missing, doubled or out of its place."""
    text = sheet.prose
    seek, halves = rules.halves
    for half in seek.among(text, sheet.present):
        for at in places(text, half):
            for term, first in halves[half]:
                span = _miss(text, at, term, first)
                if span:
                    yield from _told(sheet, span, term)


def by_sound_and_shape(sheet: Sheet, rules: Rules) -> Iterator[Finding]:
    """Fixed phrases in which characters stand that sound or look like the right ones.

    The text is folded so that characters of one sound (one shape) are the same; what then reads like
    a phrase and was not written like it is a slip.
    """
    text = sheet.prose
    for folding in rules.foldings:
        folded = text.translate(folding.table)
        for gram in folding.starts.intersection(runs(folded, GRAM)):
            for read, terms in folding.filed[gram].items():
                # As often folded as written: nothing but the phrase itself stands there.
                if folded.count(read) != sum(text.count(term.text) for term in terms):
                    for start in places(folded, read):
                        yield from _misread(sheet, rules, start, terms)


def _misread(sheet: Sheet, rules: Rules, start: int, terms: Sequence[Term]) -> Iterator[Finding]:
    """The slip at `start`, where a phrase is read that isn't written."""
    text, term = sheet.prose, terms[0]
    end = start + len(term.text)
    wrong = text[start:end]
    if any(wrong == other.text for other in terms):
        return
    differ = [n for n, (a, b) in enumerate(zip(wrong, term.text, strict=True)) if a != b]
    if len(differ) > (1 if len(wrong) < 6 else 2):
        return
    # A character that belongs to another phrase, rightly written, is none of this one.
    left = max(0, start - 12)
    for right in rules.phrases.finditer(text, left, end + 12):
        if any(right.start() <= start + n < right.end() for n in differ):
            return
    yield from _told(sheet, (start, end), term)


def doubled(sheet: Sheet, rules: Rules) -> Iterator[Finding]:
    """Fixed phrases inside which a character stands twice, such as 人民代表大大会."""
    text = sheet.prose
    for found in TWICE.finditer(text):
        at = found.start()
        left = max(0, at - 16)
        window = text[left : at + 1] + text[at + 2 : at + 17]
        inside = at - left
        for hit in rules.phrases.finditer(window):
            if hit.start() < inside < hit.end() - 1:
                term = rules.by_text[hit.group()]
                span = (left + hit.start(), left + hit.end() + 1)
                yield from _told(sheet, span, term)


def _told(sheet: Sheet, span: tuple[int, int], term: Term) -> Iterator[Finding]:
    text = sheet.prose
    if crossed(text, *span, term.apart) or quoted(sheet, *span):
        return
    wrong = text[span[0] : span[1]]
    message = f"“{wrong}”应为“{term.text}”。"
    yield Finding(*span, term.code, message, f"改成“{term.text}”。", term.clause, term.text)


def _miss(text: str, at: int, term: Term, first: bool) -> tuple[int, int] | None:
    """The span of a near miss of `term` one half of which stands at `at`; None when there is none."""
    whole, size = term.text, len(term.text)
    middle = size // 2
    start = at if first else at - middle
    if not _near(text, at, whole, first):
        return None
    if start >= 0 and text.startswith(whole, start):
        return None
    for length in (size, size + 1, size - 1):
        begin = start if first else at + size - middle - length
        if begin < 0 or begin + length > len(text):
            continue
        wrong = text[begin : begin + length]
        if not wrong.isalpha() or whole in text[max(0, begin - 1) : begin + length + 1]:
            continue
        if _slip(wrong, whole, term.whole):
            return begin, begin + length
    return None


def _near(text: str, at: int, whole: str, first: bool) -> bool:
    """A quick look at the neighbours: with one slip in the other half, one of them is as it should be."""
    middle = len(whole) // 2
    if first:
        next_two = text[at + middle : at + middle + 2]
        wanted = whole[middle : middle + 2]
        return next_two[:1] in wanted or next_two[1:] == wanted[1:]
    last_two = text[max(0, at - 2) : at]
    wanted = whole[max(0, middle - 2) : middle]
    return last_two[-1:] in wanted or last_two[:1] == wanted[:1]


def _slip(wrong: str, whole: str, ends: bool) -> bool:
    if len(wrong) == len(whole):
        differ = [n for n, (a, b) in enumerate(zip(wrong, whole, strict=True)) if a != b]
        if (
            len(differ) == 1
        ):  # at its ends only what sounds or looks alike, see `by_sound_and_shape`
            return ends or 0 < differ[0] < len(whole) - 1
        if len(whole) >= 6 and sorted(wrong) == sorted(whole):  # one has gone elsewhere
            return True
        return len(differ) == 2 and (
            differ[1] == differ[0] + 1
            and wrong[differ[0]] == whole[differ[1]]
            and wrong[differ[1]] == whole[differ[0]]
        )
    if len(wrong) > len(
        whole
    ):  # one character doubled, but not the last: the next word may begin so
        return any(
            wrong == whole[: n + 1] + whole[n] + whole[n + 1 :] for n in range(1, len(whole) - 1)
        )
    return len(whole) > 4 and any(
        wrong == whole[:n] + whole[n + 1 :] for n in range(1, len(whole) - 1)
    )
