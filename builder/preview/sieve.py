"""Check and select, again and again: only what changed, and what depends on it, is judged anew.

Both stages can look up the whole library after every change, but go only through the entries in focus
(the changed ones and those that name or include them), with their texts; others they need stand there
hollow, for what they say of themselves in their heads. What is not in focus keeps its last page and
problems. When a head changed, `settle` goes through all heads once more, after the page is out. The
language gate judges an entry when it changed, and all the others in `settle`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from builder.check import check
from builder.entries import unreleased
from builder.model import BEIJING, Library, Page, Site
from builder.preview.ear import Ear
from builder.preview.hollow import Facts, Narrow, closure, facts_of, mentions_any, same_head
from builder.preview.shelf import Change, Shelf
from builder.problems import Problem, Severity
from builder.select import select

# Kinds that say what all numbers are: when one of them changes, any page may.
NUMBERS = frozenset(
    {"indicator", "snapshot", "regions", "template", "ruleset", "gdp", "verdicts", "dashboard"}
)
# Kinds that others depend on without naming them: a newer system, a term's names.
BINDING = frozenset({"system", "term"})


@dataclass(frozen=True, slots=True)
class _Focus:
    """`ids` are judged anew, with what they include (`whole`). `heads`: more than texts changed."""

    ids: frozenset[str]
    whole: frozenset[str]
    heads: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """One edition as it stands. `pages` are the newest; the site shows older ones in place of `kept`."""

    site: Site
    problems: Sequence[Problem]
    pages: Mapping[str, Page]
    said: Mapping[str, list[Problem]]
    kept: frozenset[str]
    poor: frozenset[str]


class Sieve:
    """Check and select, again and again, of one shelf."""

    def __init__(self, shelf: Shelf) -> None:
        """Nothing is judged before the first `run`."""
        self.shelf = shelf
        self.selections: dict[str, Selection] = {}
        self._facts: dict[str, Facts] = {}
        self._base: dict[str, set[Problem]] = {}
        self._textual: dict[str, set[Problem]] = {}
        self._unsettled = False
        self._ear = Ear(shelf)
        self._day = ""
        self._out: frozenset[str] = frozenset()  # snapshots whose hour has come

    def run(self, change: Change, now: datetime) -> None:
        """Bring every edition up to date with the shelf at `now`."""
        day = now.astimezone(BEIJING).date().isoformat()
        old = self._facts
        entries, files = self.shelf.library.entries, self.shelf.library.files
        self._facts = {
            i: kept if (kept := old.get(i)) and kept.entry is e else facts_of(e, files)
            for i, e in entries.items()
        }
        out = frozenset(
            i for i, e in entries.items() if e.kind == "snapshot" and not unreleased(e, now)
        )
        counted = out != self._out or self._numbers_changed(change, old)
        everything = change.everything or counted or day != self._day or not self.selections
        self._out = out
        focus = self._everyone() if everything else self._focus(change, old)
        self._day = day
        self._unsettled = focus.heads and not everything
        self._judge(focus, everything)
        if everything:
            self._ear.forget()
        else:
            self._ear.hear(change.before)
        previous, self.selections = self.selections, {}
        for name in self.shelf.config.editions:
            last = None if everything else previous.get(name)
            self.selections[name] = self._select(name, focus, last, now)

    def settle(self) -> bool:
        """After heads changed: judge what only shows with all of them in view. True when it tells."""
        told = self._ear.hear(self._facts)
        base = self._base
        if self._unsettled:
            self._unsettled = False
            base = _by_path(check(self._library((), None), self.shelf.config))
        if base == self._base and not told:
            return False
        self._base = base
        for name, last in self.selections.items():
            self.selections[name] = self._finish(last.site, last.pages, last.said, last)
        return True

    def _numbers_changed(self, change: Change, old: Mapping[str, Facts]) -> bool:
        both = (old, self._facts)
        kinds = (facts[i].entry.kind for i in change.before for facts in both if i in facts)
        return not NUMBERS.isdisjoint(kinds)

    # --- what depends on a change -------------------------------------------------------------

    def _everyone(self) -> _Focus:
        ids = frozenset(self._facts)
        return _Focus(ids, ids, True)

    def _focus(self, change: Change, old: Mapping[str, Facts]) -> _Focus:
        facts = self._facts
        changed = set(change.before)
        turned = {i for i in changed if not same_head(old.get(i), facts.get(i))}
        named = turned | {
            ref
            for i in turned
            for fact in (old.get(i), facts.get(i))
            if fact
            for ref in fact.entry.data.get("supersedes", ())
        }
        named |= {i for i, f in facts.items() if f.entry.parent in turned}
        ids = {i for i, f in facts.items() if i in changed or f.names & named}
        names = {path.rpartition("/")[2] for path in change.files}
        ids |= {i for i, f in facts.items() if names and mentions_any(f.entry, names)}
        ids = closure(ids | changed, {i: f.includes for i, f in facts.items()}, back=True)
        if any("codes" in facts[i].entry.data for i in ids if i in facts):
            ids |= {i for i, f in facts.items() if "codes" in f.entry.data}
        whole = closure(ids, {i: f.includes for i, f in facts.items()}, back=False)
        return _Focus(frozenset(ids), frozenset(whole), bool(turned))

    def _library(self, whole: Collection[str], scope: Collection[str] | None) -> Library:
        """The library with only `whole` entries whole; `scope` (None: all) is gone through."""
        mixed = [
            fact.entry if i in whole else fact.hollow
            for i, fact in self._facts.items()
            if scope is None or i in scope
        ]
        return replace(self.shelf.library, entries=Narrow(self.shelf.library.entries, mixed))

    # --- check ----------------------------------------------------------------------------------

    def _judge(self, focus: _Focus, everything: bool) -> None:
        """Problems by file: `_base` from heads, `_textual` from texts."""
        config = self.shelf.config
        scope = None if everything else focus.ids | self._partners(focus) | self._binding()
        bare = _by_path(check(self._library((), scope), config))
        full = _by_path(check(self._library(focus.ids, scope), config))
        paths = {self._facts[i].entry.path for i in focus.ids if i in self._facts}
        others = {f.entry.path for f in self._facts.values()} - paths
        if everything:
            self._base = bare
        elif focus.heads:
            self._base = {p: s for p, s in self._base.items() if p in others}
            for path, found in bare.items():
                self._base[path] = self._base.get(path, set()) | found
        self._textual = {p: s for p, s in self._textual.items() if p in others}
        for path in paths & full.keys():
            self._textual[path] = full[path] - bare.get(path, set())

    def _binding(self) -> set[str]:
        return {i for i, f in self._facts.items() if f.entry.kind in BINDING}

    def _partners(self, focus: _Focus) -> set[str]:
        """Entries that may claim the same address or the same place in a course."""
        own = [self._facts[i].entry for i in focus.ids if i in self._facts] if focus.heads else []
        urls = {e.url for e in own}
        parents = {e.parent for e in own if e.parent}
        return {
            i for i, f in self._facts.items() if f.entry.url in urls or f.entry.parent in parents
        }

    # --- select -----------------------------------------------------------------------------------

    def _select(self, name: str, focus: _Focus, last: Selection | None, now: datetime) -> Selection:
        """One edition: what is in focus from the gate, all else as it was (`last`, None: nothing was)."""
        config = self.shelf.config
        near = {n for i in focus.whole if i in self._facts for n in self._facts[i].names}
        near |= {self._facts[i].entry.parent for i in near if i in self._facts}
        scope = focus.whole | near | (self._binding() if focus.heads else set())
        library = self._library(focus.whole, scope if last else None)
        audiences = frozenset(config.audiences)
        known = last.site.numbers if last else None
        site, said = select(library, config.edition(name), audiences, now, known=known)
        if last is None:
            return self._finish(site, dict(site.pages), self._said(said, focus, {}), None)
        own = {i: p for i, p in site.pages.items() if i in focus.ids}
        both = {**{i: p for i, p in last.pages.items() if i not in focus.ids}, **own}
        pages = {i: both[i] for i in self._facts if i in both}
        terms = site.terms if focus.heads else last.site.terms
        made = replace(site, terms=terms, assets={**last.site.assets, **site.assets})
        return self._finish(made, pages, self._said(said, focus, last.said), last)

    def _said(
        self, said: list[Problem], focus: _Focus, old: Mapping[str, list[Problem]]
    ) -> dict[str, list[Problem]]:
        """Problems by the file they stand in; those of files in focus are new."""
        paths = {f.entry.path: i for i, f in self._facts.items()}
        codes = any("codes" in self._facts[i].entry.data for i in focus.ids if i in self._facts)

        def anew(path: str) -> bool:
            return paths[path] in focus.ids if path in paths else codes

        found = {
            p: s
            for p, s in old.items()
            if not anew(p) and (p in paths or p in self.shelf.library.files)
        }
        for problem in said:
            if anew(problem.where.path):
                found.setdefault(problem.where.path, []).append(problem)
        return found

    def _finish(
        self,
        site: Site,
        pages: Mapping[str, Page],
        said: Mapping[str, list[Problem]],
        last: Selection | None,
    ) -> Selection:
        """Put the last good page in place of one that has errors now."""
        problems = [
            *self.shelf.problems,
            *(p for found in self._base.values() for p in found),
            *(p for found in self._textual.values() for p in found),
            *(p for found in said.values() for p in found),
        ]
        wrong = {p.where.path for p in problems if p.severity is Severity.ERROR}
        bad = {i for i in pages if self._facts[i].entry.path in wrong} | self._lost(last, pages)
        kept = {i for i in bad if i in last.site.pages and i not in last.poor} if last else set()
        shown = dict(pages)
        if last and kept:
            both = {**pages, **{i: last.site.pages[i] for i in kept}}
            shown = {i: both[i] for i in self._facts if i in both}
        wanted = {url for page in (*pages.values(), *shown.values()) for url in _files(page)}
        assets = {url: data for url, data in site.assets.items() if url in wanted}
        whole = replace(site, pages=shown, assets=assets)
        problems += self._ear.problems()  # its errors keep no page back: it can be seen as it is
        return Selection(whole, problems, pages, said, frozenset(kept), frozenset(bad - kept))

    def _lost(self, last: Selection | None, pages: Mapping[str, Page]) -> set[str]:
        """Pages that only a misspelt audience takes out: no one decided that they leave."""
        known = self.shelf.config.audiences
        gone = last.site.pages.keys() - pages.keys() if last else set()
        return {i for i in gone if i in self._facts and self._facts[i].entry.audience not in known}


def _files(page: Page) -> Iterator[str]:
    yield from page.files.values()
    if "codes_url" in page.data:
        yield page.data["codes_url"]


def _by_path(problems: Iterable[Problem]) -> dict[str, set[Problem]]:
    found: dict[str, set[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.where.path, set()).add(problem)
    return found
