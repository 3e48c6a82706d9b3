"""Entries without their texts: what an entry says of itself, and whom it names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, replace
from typing import Any

from builder.entries import all_texts, asset_path, strings
from builder.fences import includes
from builder.kinds import BY_NAME
from builder.model import Entry, MdText

NAMED = re.compile(rf"\b(?:{'|'.join(BY_NAME)}):[^\s()<>\"#]+")


class Narrow(Mapping[str, Entry]):
    """Every entry can be looked up; only those in `scope` are gone through."""

    def __init__(self, entries: Mapping[str, Entry], scope: Sequence[Entry]) -> None:
        """What stands in `scope` is found there first."""
        self._entries = entries
        self._scope = {entry.id: entry for entry in scope}

    def __getitem__(self, key: str) -> Entry:
        return self._scope.get(key) or self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def values(self) -> ValuesView[Entry]:
        """Only those in scope."""
        return self._scope.values()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is worked out once of each entry."""

    entry: Entry
    hollow: Entry
    names: frozenset[str]
    includes: frozenset[str]


def facts_of(entry: Entry, files: Mapping[str, str]) -> Facts:
    """Work out the facts of an entry; names of `files` are taken out of its hollow twin."""
    words = list(strings(entry.data))
    names = {n for text in (entry.text, *words) for n in NAMED.findall(text)}
    found = {target for text in all_texts(entry) for _, _, target in includes(text)}
    data = _hollow(entry.data, entry.path, files)
    hollow = replace(entry, text=MdText(""), data=data)
    return Facts(
        entry, hollow, frozenset({*names, entry.valid.system, entry.parent}), frozenset(found)
    )


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


def same_head(old: Facts | None, new: Facts | None) -> bool:
    """True when only texts differ."""
    return old is not None and new is not None and old.hollow == new.hollow


def mentions_any(entry: Entry, names: Collection[str]) -> bool:
    """True when any of the names stands anywhere in the entry."""
    return any(n in text for text in (entry.text, *strings(entry.data)) for n in names)


def closure(ids: set[str], edges: Mapping[str, frozenset[str]], *, back: bool) -> set[str]:
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
