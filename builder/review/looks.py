"""Pages as readers will see them: from the files as they lie there, and from what was approved last.

Each side is read when somebody looks, and again when a file changed. A page is never lent from another
state of the files: what can't be shown is said.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from builder.approvals.records import FOLDER
from builder.entries import all_texts, quoted
from builder.fences import includes
from builder.kinds import BY_NAME
from builder.media.clean import cleaner
from builder.memo import Memo
from builder.model import BEIJING, Entry, Library
from builder.preview.sieve import Selection
from builder.preview.sight import Answer, Sight, Store
from builder.problems import BuildFailed
from builder.read import VERSION
from builder.release import approved
from builder.select import select
from builder.source import Drafts, Source

OLD, NEW = "old", "new"
Mark = Mapping[str, tuple[int, int]]


@dataclass
class _Side:
    """One state of the whole site: a sight for each edition, or why there is none."""

    mark: Mark
    sights: dict[str, Sight] = field(default_factory=dict)
    libraries: Mapping[str, Library] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class Look:
    """Where one item's page stands on one side; or `why` it has none."""

    address: str = ""
    why: str = ""


class Looks:
    """Both sides of every edition."""

    def __init__(self, root: Path, clock: Callable[[], datetime]) -> None:
        """Nothing is read before it is asked for."""
        self.root = root
        self.clock = clock
        self._sides: dict[str, _Side] = {}
        self._lock = threading.Lock()

    def get(self, side: str, edition: str, address: str, mark: Mark) -> Answer | None:
        """A file of an edition; None when there is none."""
        sight = self._side(side, mark).sights.get(edition)
        return sight.get(address) if sight else None

    def page(self, side: str, edition: str, identity: str, mark: Mark) -> Look:
        """The page of an entry; the home page for the settings of the site."""
        found = self._side(side, mark)
        sight = found.sights.get(edition)
        if sight is None:
            return Look(why=found.why or "这一侧没有这个版本。")
        entry = found.libraries[edition].entries.get(identity)
        if entry is None:
            return (
                Look("")
                if identity.startswith("site:")
                else Look(why=_absent(side, found, edition))
            )
        page = sight.selection.site.pages.get(identity)
        if page is not None:
            return Look(page.url)
        return Look(why=self._reason(entry, sight, found.libraries[edition]))

    def _reason(self, entry: Entry, sight: Sight, library: Library) -> str:
        edition = sight.selection.site.edition
        if entry.audience not in edition.audiences:
            return "这一版的读者看不到这一篇。"
        if not BY_NAME[entry.kind].page:
            users = [e.title for e in library.entries.values() if _includes(e, entry.id)]
            where = f"引入它的有：{'、'.join(users[:5])}。" if users else "现在没有哪一篇引入它。"
            return f"{BY_NAME[entry.kind].label}没有自己的页面，并在引入它的页面里。{where}"
        if entry.date > self.clock().astimezone(BEIJING).date().isoformat():
            return f"发布日期 {entry.date} 还没到，到了才会出现。"
        if edition.public and not quoted(entry):
            return "没有带原文的出处，记为待核，不进公开的版本。"
        return "所属的课程这次不发，它也不发。"

    # --- sides --------------------------------------------------------------------------------------

    def _side(self, side: str, mark: Mark) -> _Side:
        """One side as of `mark`. Reviews that came in change only what was approved."""
        if side == NEW:
            mark = {k: v for k, v in mark.items() if not k.startswith(FOLDER)}
        with self._lock:
            known = self._sides.get(side)
            if known is None or known.mark != mark:
                known = self._sides[side] = self._read(side, mark)
            return known

    def _read(self, side: str, mark: Mark) -> _Side:
        try:
            now = self.clock()
            source: Source = approved(self.root, now) if side == OLD else Drafts(self.root)
            memo = Memo(self.root / ".cache" / "entries.pickle", VERSION)
            source.fill(list(source.config.editions), memo)
            sights = {name: self._sight(source, name, now, memo) for name in source.libraries}
            return _Side(mark, sights, source.libraries)
        except BuildFailed as failed:
            return _Side(mark, why=failed.problems[0].message)
        except OSError as error:
            return _Side(mark, why=f"文件读不出来：{error.strerror}。")

    def _sight(self, source: Source, name: str, now: datetime, memo: Memo) -> Sight:
        config, library = source.config, source.libraries[name]
        known = frozenset(config.audiences)
        edition = config.edition(name)
        site, said = select(library, edition, known, now, source.load, cleaner(memo))
        chosen = Selection(site, said, site.pages, {}, frozenset(), frozenset())
        sources = {i: e.path for i, e in library.entries.items()}
        return Sight(chosen, config, sources, Store(self.root))


def _includes(entry: Entry, target: str) -> bool:
    return any(t == target for text in all_texts(entry) for _, _, t in includes(text))


def _absent(side: str, found: _Side, edition: str) -> str:
    if side == NEW:
        return "现在的文件读不懂，或者已经删掉，排不出页面。"
    return "还没有批准过的版本。" if edition in found.libraries else found.why
