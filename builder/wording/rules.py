"""The rules as they stand: what is shipped beside this file, and a bureau's own list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from builder.problems import Problem
from builder.wording.own import Allow, OwnWord, read_own
from builder.wording.seek import Seek
from builder.yaml_source import parse

HERE = Path(__file__).parent
BY_SEVERITY = {"error": "WRD001", "warning": "WRD005", "notice": "WRD004"}


@dataclass(frozen=True, slots=True)
class Word:
    """A wrong form. `right` empty: nothing can simply be put in its place. `year`: right until then."""

    right: str
    code: str
    reason: str
    clause: str = ""
    safe: bool = False
    year: int = 0
    apart: tuple[str, ...] = ()  # longer words in which the same characters are right
    unless: re.Pattern[str] | None = None  # found in the sentence: not meant
    own: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A fixed phrase of which near misses are looked for. `free`: any wrong character counts.
    `slips`: characters out of place or missing are looked for too.
    `whole`: free to its first and last character: no other word begins or ends like it."""

    text: str
    code: str
    clause: str
    free: bool
    slips: bool = False
    whole: bool = False
    apart: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pattern:
    """A turn of phrase. It is only looked for in a text that holds one of `anchors`."""

    name: str
    code: str
    source: str
    reason: str
    instead: str = ""
    clause: str = ""
    anchors: tuple[str, ...] = ()
    unless_source: str = ""
    safe: bool = False
    public: bool = False
    year: int = 0

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when a text needs it."""
        return re.compile(self.source)

    @cached_property
    def unless(self) -> re.Pattern[str] | None:
        """What makes it right, when found in the same sentence."""
        return re.compile(self.unless_source) if self.unless_source else None


@dataclass(frozen=True)
class Rules:
    """All that texts are judged by."""

    words: Mapping[str, Word]
    terms: tuple[Term, ...]
    patterns: tuple[Pattern, ...]
    allow: tuple[Allow, ...] = ()
    tables: tuple[Sequence[str], ...] = ()
    pairs: tuple[str, ...] = ()

    @cached_property
    def listed(self) -> Seek:
        """Every wrong form."""
        return Seek(self.words)

    @cached_property
    def anchored(self) -> tuple[Seek, Mapping[str, tuple[int, ...]], tuple[int, ...]]:
        """The anchors of all patterns, the patterns of each by number, and those that need none."""
        found: dict[str, list[int]] = {}
        for number, rule in enumerate(self.patterns):
            for anchor in rule.anchors:
                found.setdefault(anchor, []).append(number)
        free = tuple(n for n, rule in enumerate(self.patterns) if not rule.anchors)
        return Seek(found), {anchor: tuple(rules) for anchor, rules in found.items()}, free

    @cached_property
    def halves(self) -> tuple[Seek, Mapping[str, tuple[tuple[Term, bool], ...]]]:
        """The halves of all free phrases: one slip leaves the other half whole."""
        found: dict[str, list[tuple[Term, bool]]] = {}
        for term in self.terms:
            if term.free:
                middle = len(term.text) // 2
                found.setdefault(term.text[:middle], []).append((term, True))
                found.setdefault(term.text[middle:], []).append((term, False))
        return Seek(found), {half: tuple(terms) for half, terms in found.items()}

    @cached_property
    def by_text(self) -> Mapping[str, Term]:
        """The fixed phrases by their text."""
        return {term.text: term for term in self.terms}

    @cached_property
    def mistyped(self) -> Mapping[str, str]:
        """Pairs of characters that stand in no text, each with the word it is a slip for."""
        return {
            slip: word
            for line in self.pairs
            for word, slips in [(line[:2], line[2:].split("/"))]
            for slip in [*(c + word[1] for c in slips[0]), *(word[0] + c for c in slips[1])]
        }

    @cached_property
    def phrases(self) -> re.Pattern[str]:
        """Every fixed phrase as it should be."""
        return any_of(self.by_text)

    @cached_property
    def foldings(self) -> tuple[Folding, ...]:
        """All phrases, folded by sound and by shape."""
        return tuple(_folding(table, self.terms) for table in self.tables)


GRAM = 3  # characters: no phrase is shorter


@dataclass(frozen=True)
class Folding:
    """Characters that are taken for one another, each by one that stands for all. Phrases so folded,
    each with the terms that read so, are filed under their first characters."""

    table: Sequence[str]
    starts: frozenset[str]
    filed: Mapping[str, Mapping[str, Sequence[Term]]]


def _folding(table: Sequence[str], terms: Iterable[Term]) -> Folding:
    filed: dict[str, dict[str, list[Term]]] = {}
    for term in terms:
        folded = term.text.translate(table)
        filed.setdefault(folded[:GRAM], {}).setdefault(folded, []).append(term)
    return Folding(table, frozenset(filed), filed)


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the words, the longest first, by a tree of their characters."""
    tree: dict[str, Any] = {}
    for word in words:
        node = tree
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}
    return re.compile(_branch(tree) if tree else r"(?!)")


def _branch(tree: Mapping[str, Any]) -> str:
    ends = "" in tree
    parts = [re.escape(char) + _branch(rest) for char, rest in tree.items() if char]
    if not parts:
        return ""
    single = parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
    return f"(?:{single})?" if ends else single


def load_rules(root: Path) -> tuple[Rules, list[Problem]]:
    """The shipped rules with `content/wording.yml` of the site under `root`, and what is wrong with that."""
    shipped = _shipped()
    own, problems = read_own(root)
    if own is None:
        return shipped, problems
    words = dict(shipped.words)
    for word in own.words:
        words[word.wrong] = _own_word(word)
    made = Rules(
        words, shipped.terms, shipped.patterns, tuple(own.allow), shipped.tables, shipped.pairs
    )
    return made, problems


def _own_word(word: OwnWord) -> Word:
    return Word(word.right, BY_SEVERITY[word.severity], word.reason, word.clause, own=True)


@lru_cache(maxsize=1)
def _shipped() -> Rules:
    words: dict[str, Word] = {}
    for name in ("severe", "agencies", "statistics", "writing"):
        words |= dict(_words(_load(name)))
    terms = tuple(t for name in ("severe", "statistics", "phrases") for t in _terms(_load(name)))
    patterns = tuple(
        p
        for name in ("severe", "agencies", "statistics", "writing")
        for p in _patterns(_load(name))
    )
    words = {s: w for term in terms for s, w in _listed_slips(term)} | words
    pairs = tuple(_load("mistyped")["pairs"].split())
    return Rules(words, terms, patterns, (), (_sounds(), _shapes()), pairs)


@lru_cache(maxsize=8)
def _load(name: str) -> Mapping[str, Any]:
    node, problems = parse((HERE / f"{name}.yml").read_text("utf-8"), f"{name}.yml")
    assert node is not None, problems
    plain: Mapping[str, Any] = node.plain()
    return plain


def _words(rules: Mapping[str, Any]) -> Iterable[tuple[str, Word]]:
    for group in rules.get("words", ()):
        unless = re.compile(group["unless"]) if "unless" in group else None
        for wrong, right in group["pairs"].items():
            yield (
                wrong,
                Word(
                    "" if right == "无" else right,
                    group["code"],
                    group["reason"],
                    group.get("clause", ""),
                    group.get("safe") == "yes",
                    int(group.get("year", 0)),
                    tuple(w for w in group.get("apart", ()) if set(w) & set(wrong)),
                    unless,
                ),
            )


def _terms(rules: Mapping[str, Any]) -> Iterable[Term]:
    for group in rules.get("terms", ()):
        apart = tuple(group.get("apart", ()))
        for text in group["texts"]:
            yield Term(
                text,
                group["code"],
                group.get("clause", ""),
                group.get("free") == "yes",
                group.get("slips") == "yes",
                group.get("whole") == "yes",
                apart,
            )


def _patterns(rules: Mapping[str, Any]) -> Iterable[Pattern]:
    parts: Mapping[str, str] = rules.get("parts", {})
    for rule in rules.get("patterns", ()):
        yield Pattern(
            rule["name"],
            rule["code"],
            _filled(rule["find"], parts),
            rule["reason"],
            rule.get("instead", ""),
            rule.get("clause", ""),
            tuple(rule.get("anchors", ())),
            _filled(rule.get("unless", ""), parts),
            rule.get("safe") == "yes",
            rule.get("public") == "yes",
            int(rule.get("year", 0)),
        )


def _filled(source: str, parts: Mapping[str, str]) -> str:
    """Put shared pieces in the place of their names, such as <NUM>."""
    for name, part in parts.items():
        source = source.replace(f"<{name}>", part)
    return source


def _listed_slips(term: Term) -> Iterable[tuple[str, Word]]:
    """Slips that looking for halves, sounds and shapes does not find: characters that changed places,
    and in a phrase that is not free one that is missing."""
    text = term.text
    if len(text) < 4 or not (term.free or term.slips):
        return
    middle = len(text) // 2
    if not term.free and len(text) > 4:
        for n in range(2, len(text) - 1):
            yield (
                text[:n] + text[n + 1 :],
                Word(text, term.code, f"应为“{text}”", term.clause, apart=term.apart),
            )
    places = (middle - 1,) if term.free else range(len(text) - 1)
    for n in places:
        swapped = text[:n] + text[n + 1] + text[n] + text[n + 2 :]
        if swapped != text:
            yield (
                swapped,
                Word(text, term.code, f"“{text}”的字颠倒了", term.clause, apart=term.apart),
            )


# Little words stand between others everywhere: what sounds like them is no slip.
LITTLE = frozenset("之的了是在和与及其也至自为个从由对将把被于就都又再还你我他不只各该此已")


def _sounds() -> Sequence[str]:
    """Each character by the first of its sound. zh is taken for z, -ng for -n: quick typing does."""
    found: dict[str, str] = {}
    first: dict[str, str] = {}
    for syllable, characters in _load("sounds").items():
        near = re.sub(r"ng$", "n", re.sub(r"^([zcs])h", r"\1", syllable))
        for char in characters:
            if char not in LITTLE:
                found[char] = first.setdefault(near, char)
    return _table(found)


def _shapes() -> Sequence[str]:
    """Each character by the first of those that look like it."""
    return _table({char: group[0] for group in _load("severe")["shapes"] for char in group})


def _table(found: Mapping[str, str]) -> Sequence[str]:
    """For `str.translate`: a list is looked up faster than a mapping."""
    table = list(map(chr, range(0x10000)))
    for char, other in found.items():
        table[ord(char)] = other
    return table
