"""The authored files in memory: only what changed is read again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from builder.config import CONFIG_FILE, SiteConfig, load_config
from builder.memo import Memo
from builder.model import Entry, Library
from builder.organisations import ORGS_FILE, load_organisations
from builder.problems import BuildFailed, Problem
from builder.read import STRAY, VERSION, Parsed, commit_dates, gather, read_file, walk

MEMO_LIMIT = 2000
SETTINGS = frozenset({CONFIG_FILE, ORGS_FILE})


@dataclass(frozen=True, slots=True)
class Change:
    """What one re-reading found different: ids with their entries before, paths of other files."""

    before: Mapping[str, Entry | None]
    files: frozenset[str] = frozenset()
    everything: bool = False

    def __bool__(self) -> bool:
        """True when anything is different."""
        return bool(self.before or self.files or self.everything)


class Shelf:
    """The library under one root. A file that can't be read any more keeps its last good entry."""

    def __init__(self, root: Path) -> None:
        """Read everything; raises `BuildFailed` when the configuration is wrong."""
        self.root = root
        self.config: SiteConfig = load_config(root)
        self.problems: list[Problem] = []
        self.parsed: dict[str, Parsed] = {}
        self._good: dict[str, Entry] = {}
        self._settings: dict[str, list[Problem]] = {}
        self._memo = Memo(root / ".cache" / "entries.pickle", VERSION)
        dates, self._notice = commit_dates(root)
        self.library = Library({}, load_organisations(root), {}, dates)
        self.refresh(())
        self._memo.save()

    def knows(self, path: str) -> bool:
        """True for a file that has been taken in."""
        return path in self.parsed or path in self.library.files or path in {CONFIG_FILE, ORGS_FILE}

    def holds(self, path: str) -> bool:
        """True when there is an entry of this file, if only an older one."""
        return path in self._good

    def refresh(self, touched: Collection[str]) -> Change:
        """Read again the files that were `touched`, and those that came; drop those that went."""
        found = walk(self.root)
        folders = tuple(f"{t}/" for t in touched if (self.root / t).is_dir())
        fresh = self._memo if self._memo.fresh < MEMO_LIMIT else Memo(None, "")
        self._memo = fresh
        everything = self._configure(touched)
        parsed: dict[str, Parsed] = {}
        for path in found.sources:
            hit = path not in self.parsed or path in touched or path.startswith(folders)
            parsed[path] = read_file(self.root, path, fresh) if hit else self.parsed[path]
        self._good = {
            path: entry
            for path, (new, _) in parsed.items()
            if (entry := new or self._good.get(path)) is not None
        }
        old, self.parsed = self.library, parsed
        entries, said = gather((self._good.get(p), s) for p, (_, s) in parsed.items())
        self.library = replace(old, entries=entries, files=found.files)
        # Editors make and remove hidden files all the time: `check` tells of them, preview does not.
        walked = [p for p in found.problems if not STRAY.search(p.where.path.rpartition("/")[2])]
        settings = [p for ps in self._settings.values() for p in ps]
        self.problems = [*settings, *walked, *said, *self._notice]
        files = {
            path
            for path in old.files.keys() | found.files.keys()
            if path in touched or (path in old.files) != (path in found.files)
        }
        return Change(_differences(old.entries, entries), frozenset(files), everything)

    def _configure(self, touched: Collection[str]) -> bool:
        """Read the settings again when they were touched; wrong ones leave the last good in force."""
        for name in SETTINGS & set(touched):
            try:
                if name == CONFIG_FILE:
                    self.config = load_config(self.root)
                else:
                    organisations = load_organisations(self.root)
                    self.library = replace(self.library, organisations=organisations)
                self._settings[name] = []
            except BuildFailed as failed:
                self._settings[name] = failed.problems
        return bool(SETTINGS & set(touched))


def _differences(old: Mapping[str, Entry], new: Mapping[str, Entry]) -> dict[str, Entry | None]:
    gone = {i: e for i, e in old.items() if i not in new}
    return {**gone, **{i: old.get(i) for i, e in new.items() if old.get(i) is not e}}
