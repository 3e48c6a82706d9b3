"""Approved versions as entries, and the files as they lie there beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from builder import entries, fences
from builder.approvals import History, Release
from builder.approvals.ledger import Ledger, policies_of
from builder.config import SiteConfig
from builder.entries import all_texts, references, used_files
from builder.fences import includes
from builder.memo import Memo, code_version, digest
from builder.model import Entry
from builder.read import kind_of, parse_memoised, read_file, walk

USES = code_version(str(entries.__file__), str(fences.__file__))


@dataclass(frozen=True, slots=True)
class Version:
    """An approved version with what its bytes hold."""

    entry: Entry
    release: Release


def kind_name(item: str) -> str:
    """The kind that an id begins with."""
    return item.partition(":")[0]


def course_of(ledger: Ledger, config: SiteConfig, item: str) -> History:
    """The course of an entry under the policies of every edition."""
    return ledger.course(item, policies_of(config, kind_name(item)))


def fetch(ledger: Ledger, courses: Iterable[History]) -> None:
    """Have everything at hand that does not lie there as it was approved: one walk through git."""
    wanted = {
        (path, digest)
        for course in courses
        for release in _needed(course)
        for path, digest in release.files.items()
        if ledger.found.here(path) != digest
    }
    ledger.found.recall(sorted(wanted))


def _needed(course: History) -> Iterable[Release]:
    """The newest approved versions; of what was withdrawn the last ones that were out."""
    newest = [releases[-1] for releases in course.releases.values() if releases]
    return newest or (course.once.values() if course.withdrawn else ())


@dataclass(frozen=True, slots=True)
class Needs:
    """What a version names: files, other entries, entries whose text it takes in."""

    files: tuple[str, ...]
    entries: tuple[str, ...]
    included: tuple[str, ...]


class Versions:
    """Approved versions as entries. `faults`: items whose approved bytes are not what they should be.

    `needs`: by entry, what each version that was asked for names.
    """

    def __init__(self, ledger: Ledger, memo: Memo) -> None:
        self.ledger = ledger
        self.memo = memo
        self.faults: dict[str, str] = {}
        self.needs: dict[tuple[str, str], Needs] = {}
        self._known: dict[tuple[str, str], Entry | str] = {}  # editions mostly show the same

    def of(self, item: str, release: Release) -> Version | None:
        """The entry in an approved version; None, and a fault, when there is none to trust."""
        key = item, release.version
        if key not in self._known:
            self._known[key] = self._whole(item, release)
        found = self._known[key]
        if isinstance(found, str):
            self.faults[item] = found
        elif any(r.division != found.division for r in release.records):
            self.faults[item] = "审核记录里的处室与这一篇的不同"
        else:
            return Version(found, release)
        return None

    def _whole(self, item: str, release: Release) -> Entry | str:
        """The entry in a version with all that it uses; or why there is none."""
        entry = self.entry(item, release)
        if entry is None:
            return "批准的那一版找不到了"
        key = digest("needs", USES, item, release.version)
        needs = self.needs[item, release.version] = self.memo.get(key, lambda: needs_of(entry))
        return entry if set(needs.files) <= set(release.files) else "用到了没有列入审核的文件"

    def entry(self, item: str, release: Release) -> Entry | None:
        """The entry that is among the files of a version, if its bytes can be had."""
        found = (self._entry(path, release, item) for path in sorted(release.files))
        return next((entry for entry in found if entry), None)

    def _entry(self, path: str, release: Release, item: str) -> Entry | None:
        kind = kind_of(path)
        if kind is None or kind.name != kind_name(item):
            return None
        data = self.ledger.found.get(path, release.files[path])
        entry = parse_memoised(path, data, kind, self.memo)[0] if data is not None else None
        return entry if entry is not None and entry.id == item else None


def needs_of(entry: Entry) -> Needs:
    """What an entry names, for any audience, whether it is there or not."""
    included = {target for text in all_texts(entry) for _, _, target in includes(text)}
    files = used_files(entry, _Everything())
    return Needs(tuple(files), tuple(sorted(references(entry))), tuple(sorted(included)))


class _Everything:
    """Holds every path: what an entry names counts as used, whether it lies there or not."""

    def __contains__(self, path: object) -> bool:
        return True


class Drafted:
    """The files as they lie there, whatever anybody thinks of them."""

    def __init__(self, root: Path, memo: Memo) -> None:
        self.found = walk(root)
        self.entries: dict[str, Entry] = {}
        self.broken: list[str] = []
        for path in self.found.sources:
            entry = read_file(root, path, memo)[0]
            if entry is not None:
                self.entries.setdefault(entry.id, entry)
            elif kind_of(path) is not None:
                self.broken.append(path)
        self.paths = frozenset(self.found.sources)
