"""Wrong words by list, and near misses of fixed phrases."""

from __future__ import annotations

from collections.abc import Iterator

from builder.wording.finding import Finding, historic, in_title, quoted
from builder.wording.passages import Sheet
from builder.wording.rules import Rules, Term, Word

LENIENT = frozenset({"WRD002", "WRD003", "WRD004", "WRD005"})


def listed(sheet: Sheet, rules: Rules) -> Iterator[Finding]:
    """Words that the lists call wrong."""
    text = sheet.prose
    for found in rules.finder.finditer(text):
        wrong = found.group()
        word = rules.words[wrong]
        start, end = found.span()
        if not _meant(sheet, word, wrong, start, end):
            continue
        message = f"“{wrong}”：{word.reason}。"
        action = f"改成“{word.right}”。" if word.right else "改写这一句，或删去。"
        fix = word.right if word.safe and word.right else None
        yield Finding(start, end, word.code, message, action, word.clause, word.right, fix)


def _meant(sheet: Sheet, word: Word, wrong: str, start: int, end: int) -> bool:
    text = sheet.prose
    for longer in word.apart:
        at = longer.find(wrong)
        if text.startswith(longer, max(0, start - at)):
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
    return not quoted(sheet, start, end)


def near_misses(sheet: Sheet, rules: Rules) -> Iterator[Finding]:
    """Fixed phrases with one character wrong, missing, doubled or out of its place."""
    text = sheet.prose
    finder, halves = rules.halves
    at = 0
    while found := finder.search(text, at):
        at = found.start() + 1
        for size in range(len(found.group()), 0, -1):
            for term, first in halves.get(found.group()[:size], ()):
                span = _miss(text, found.start(), term, first, rules)
                if span and not _apart(text, span, term) and not quoted(sheet, *span):
                    wrong = text[span[0] : span[1]]
                    yield Finding(
                        *span,
                        term.code,
                        f"“{wrong}”应为“{term.text}”。",
                        f"改成“{term.text}”。",
                        term.clause,
                        term.text,
                    )


def _miss(text: str, at: int, term: Term, first: bool, rules: Rules) -> tuple[int, int] | None:
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
        if _slip(wrong, term, rules):
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
    return (
        last_two[-1:] in wanted or (len(wanted) == 2 and last_two[:1] == wanted[:1]) or middle == 1
    )


def _slip(wrong: str, term: Term, rules: Rules) -> bool:
    whole = term.text
    if len(wrong) == len(whole):
        differ = [n for n, (a, b) in enumerate(zip(wrong, whole, strict=True)) if a != b]
        if len(differ) == 1:
            here = differ[0]
            return _likely(wrong[here], whole[here], term, rules)
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


def _likely(got: str, wanted: str, term: Term, rules: Rules) -> bool:
    """A wrong character is a slip in a long phrase; in a short one only if it sounds or looks alike."""
    return term.free or rules.alike(got, wanted)


def _apart(text: str, span: tuple[int, int], term: Term) -> bool:
    around = text[max(0, span[0] - 6) : span[1] + 6]
    return any(longer in around for longer in term.apart)
