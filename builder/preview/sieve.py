"""Check and select, again and again: only what changed, and what depends on it, is judged anew.

Both stages see the whole library after every change, but only the entries in focus (the changed ones
and those that name or include them) with their texts; the others stand there hollow, for what they
say of themselves in their heads. What is not in focus keeps its last page and problems.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from builder.check import check
from builder.entries import all_texts, asset_path
from builder.fences import includes
from builder.kinds import BY_NAME
from builder.model import BEIJING, Entry, Library, MdText, Page, Site
from builder.preview.shelf import Change, Shelf
from builder.problems import Problem, Severity
from builder.select import select

NAMED = re.compile(rf"\b(?:{'|'.join(BY_NAME)}):[^\s()<>\"#]+")


class _Narrow(Mapping[str, Entry]):
    """Every entry can be looked up; only those in `scope` are gone through."""

    def __init__(self, entries: Mapping[str, Entry], scope: Sequence[Entry]) -> None:
        self._entries = entries
        self._scope = {entry.id: entry for entry in scope}

    def __getitem__(self, key: str) -> Entry:
        return self._scope.get(key) or self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def values(self) -> ValuesView[Entry]:
        return self._scope.values()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is worked out once of each entry."""

    entry: Entry
    hollow: Entry
    names: frozenset[str]
    includes: frozenset[str]


def _facts(entry: Entry, files: Mapping[str, str]) -> _Facts:
    words = list(_strings(entry.data))
    names = {n for text in (entry.text, *words) for n in NAMED.findall(text)}
    found = {target for text in all_texts(entry) for _, _, target in includes(text)}
    data = _hollow(entry.data, entry.path, files)
    hollow = replace(entry, text=MdText(""), data=data)
    return _Facts(
        entry, hollow, frozenset({*names, entry.valid.system, entry.parent}), frozenset(found)
    )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _strings(inner)


def _hollow(value: Any, path: str, files: Mapping[str, str]) -> Any:
    """The same without texts and without names of files, which would be fetched."""
    if isinstance(value, str):
        empty = isinstance(value, MdText) or ("." in value and asset_path(path, value) in files)
        return type(value)("") if empty else value
    if isinstance(value, Mapping):
        return {k: _hollow(v, path, files) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(_hollow(v, path, files) for v in value)
    return value


@dataclass(frozen=True, slots=True)
class _Focus:
    """Entries to look at in whole. `wide`: heads changed, so everything else is gone through too."""

    ids: frozenset[str]
    whole: frozenset[str]
    wide: bool


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
        self._facts: dict[str, _Facts] = {}
        self._base: list[Problem] = []
        self._textual: dict[str, set[Problem]] = {}
        self._day = ""

    def run(self, change: Change, now: datetime) -> None:
        """Bring every edition up to date with the shelf at `now`."""
        day = now.astimezone(BEIJING).date().isoformat()
        old = self._facts
        entries, files = self.shelf.library.entries, self.shelf.library.files
        self._facts = {
            i: kept if (kept := old.get(i)) and kept.entry is e else _facts(e, files)
            for i, e in entries.items()
        }
        everything = change.everything or day != self._day or not self.selections
        focus = self._everyone() if everything else self._focus(change, old)
        self._day = day
        self._judge(focus)
        previous, self.selections = self.selections, {}
        for name in self.shelf.config.editions:
            last = None if everything else previous.get(name)
            self.selections[name] = self._select(name, focus, last, now)

    # --- what depends on a change -------------------------------------------------------------

    def _everyone(self) -> _Focus:
        ids = frozenset(self._facts)
        return _Focus(ids, ids, True)

    def _focus(self, change: Change, old: Mapping[str, _Facts]) -> _Focus:
        facts = self._facts
        changed = set(change.before)
        turned = {i for i in changed if not _same_head(old.get(i), facts.get(i))}
        named = turned | {
            ref
            for i in turned
            for fact in (old.get(i), facts.get(i))
            if fact
            for ref in fact.entry.data.get("supersedes", ())
        }
        ids = {i for i, f in facts.items() if i in changed or f.names & named}
        names = {path.rpartition("/")[2] for path in change.files}
        ids |= {i for i, f in facts.items() if names and _mentions(f.entry, names)}
        ids = _closure(ids | changed, {i: f.includes for i, f in facts.items()}, back=True)
        if any("codes" in facts[i].entry.data for i in ids if i in facts):
            ids |= {i for i, f in facts.items() if "codes" in f.entry.data}
        whole = _closure(ids, {i: f.includes for i, f in facts.items()}, back=False)
        return _Focus(frozenset(ids), frozenset(whole), bool(turned))

    def _library(self, whole: Collection[str], scope: Collection[str] | None) -> Library:
        """The library with only `whole` entries whole; `scope` (None: all) is gone through."""
        mixed = [
            fact.entry if i in whole else fact.hollow
            for i, fact in self._facts.items()
            if scope is None or i in scope
        ]
        return replace(self.shelf.library, entries=_Narrow(self.shelf.library.entries, mixed))

    # --- check ----------------------------------------------------------------------------------

    def _judge(self, focus: _Focus) -> None:
        """What texts give rise to is kept by file; the rest is judged anew when a head changed."""
        config = self.shelf.config
        if focus.wide:
            self._base = check(self._library((), None), config)
        scope = focus.ids | {i for i, f in self._facts.items() if f.entry.kind == "system"}
        bare = check(self._library((), scope), config)
        full = check(self._library(focus.ids, scope), config)
        paths = {self._facts[i].entry.path for i in focus.ids if i in self._facts}
        others = {f.entry.path for f in self._facts.values()} - paths
        self._textual = {p: s for p, s in self._textual.items() if p in others}
        for problem in set(full) - set(bare):
            if problem.where.path in paths:
                self._textual.setdefault(problem.where.path, set()).add(problem)

    # --- select -----------------------------------------------------------------------------------

    def _select(self, name: str, focus: _Focus, last: Selection | None, now: datetime) -> Selection:
        """One edition: what is in focus from the gate, all else as it was (`last`, None: nothing was)."""
        config = self.shelf.config
        near = {n for i in focus.whole if i in self._facts for n in self._facts[i].names}
        library = self._library(focus.whole, None if focus.wide else focus.whole | near)
        audiences = frozenset(config.audiences)
        site, said = select(library, config.edition(name), audiences, now)
        if last is None:
            return self._finish(site, dict(site.pages), self._said(said, focus, {}), None)
        if any(i not in last.pages and i not in focus.ids for i in site.pages):
            return self._select(name, self._everyone(), None, now)
        own = {i: p for i, p in site.pages.items() if i in focus.ids}
        pages = (
            {i: own.get(i) or last.pages[i] for i in site.pages}
            if focus.wide
            else {**last.pages, **own}
        )
        terms = site.terms if focus.wide else last.site.terms
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
        said: dict[str, list[Problem]],
        last: Selection | None,
    ) -> Selection:
        """Put the last good page in place of one that has errors now."""
        problems = [
            *self.shelf.problems,
            *self._base,
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


def _same_head(old: _Facts | None, new: _Facts | None) -> bool:
    return old is not None and new is not None and old.hollow == new.hollow


def _mentions(entry: Entry, names: Collection[str]) -> bool:
    return any(n in text for text in (entry.text, *_strings(entry.data)) for n in names)


def _closure(ids: set[str], edges: Mapping[str, frozenset[str]], *, back: bool) -> set[str]:
    """All that `ids` include, or (back) all that include one of them, over any number of steps."""
    linked = {i: targets for i, targets in edges.items() if targets}
    found = set(ids)
    while True:
        if back:
            more = {i for i, targets in linked.items() if targets & found}
        else:
            more = {t for i in found for t in linked.get(i, ())}
        if more <= found:
            return found
        found |= more
