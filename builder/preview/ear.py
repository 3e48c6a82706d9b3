"""What the language gate says of the entries at hand: each is judged once, and again when it changed."""

from __future__ import annotations

from collections.abc import Iterable

from builder import wording
from builder.model import Entry
from builder.preview.shelf import Shelf
from builder.problems import Problem
from builder.wording.own import WORDING_FILE

Stamp = tuple[int, int]


class Ear:
    """Keeps what was said of each entry."""

    def __init__(self, shelf: Shelf) -> None:
        """Nothing is judged before `hear`."""
        self.shelf = shelf
        self._stamp: Stamp | None = (-1, -1)
        self._said: dict[str, tuple[Entry, list[Problem]]] = {}
        self._own: list[Problem] = []

    def hear(self, ids: Iterable[str]) -> bool:
        """Judge those of `ids` that are new or changed; True when anything else is said now."""
        changed = self._rules_changed()
        shelf = self.shelf
        entries = shelf.library.entries
        for identity in [i for i in self._said if i not in entries]:
            changed |= bool(self._said.pop(identity)[1])
        for identity in ids:
            entry = entries.get(identity)
            old = self._said.get(identity)
            if entry is None or (old and old[0] is entry):
                continue
            source = wording.lines_of(shelf.root, entry)
            found = wording.judge(entry, shelf.library, shelf.config, self._rules, source)
            self._said[identity] = (entry, found)
            changed |= found != (old[1] if old else [])
        return changed

    def problems(self) -> list[Problem]:
        """All that was said."""
        return [*self._own, *(p for _, found in self._said.values() for p in found)]

    def forget(self) -> None:
        """Judge everything anew: the configuration changed."""
        self._said.clear()

    def _rules_changed(self) -> bool:
        """Load the rules when the bureau's list is another; tells whether it is."""
        try:
            status = (self.shelf.root / WORDING_FILE).stat()
            stamp: Stamp | None = (status.st_mtime_ns, status.st_size)
        except OSError:
            stamp = None
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        old = self._own
        self._rules, self._own = wording.load_rules(self.shelf.root)
        self.forget()
        return old != self._own
