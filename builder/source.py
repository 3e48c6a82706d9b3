"""What a build is made from: the files as they lie there, or (see `release`) what was approved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from builder.check import check
from builder.config import SiteConfig, load_config
from builder.entries import in_file
from builder.media.clean import Cleaner
from builder.memo import Memo
from builder.model import Library, Site
from builder.problems import Problem
from builder.read import read
from builder.select import select
from builder.work import Seal


@dataclass(slots=True)
class Source:
    """A configuration and, once filled, a library for each edition. Editions may share one."""

    root: Path
    config: SiteConfig
    libraries: dict[str, Library] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    memo: Memo | None = None

    def fill(self, editions: Sequence[str], memo: Memo) -> None:
        """Bring the library of each edition together. `memo` keeps parsed entries."""
        raise NotImplementedError

    def sites(
        self, editions: Sequence[str], now: datetime, clean: Cleaner
    ) -> tuple[dict[str, Site], list[Problem]]:
        """Check the libraries, then choose what readers of each edition may see at `now`."""
        problems = [p for library in self.each for p in check(library, self.config)]
        sites: dict[str, Site] = {}
        for name in editions:
            sites[name], said = self.site(name, now, clean)
            problems += said
        return sites, problems

    def site(self, name: str, now: datetime, clean: Cleaner) -> tuple[Site, list[Problem]]:
        """Choose what readers of one edition may see at `now`."""
        known, edition = frozenset(self.config.audiences), self.config.edition(name)
        library, memo = self.libraries[name], self.memo
        return select(library, edition, known, now, self.load, clean, memo=memo)

    def load(self, place: str) -> bytes:
        """The bytes of a picture or an attachment, by its place in the library."""
        return Path(place).read_bytes()

    def lexicon(self) -> bytes | None:
        """The bytes of the site's own lexicon; None: as it lies there."""
        return None

    def seal(self, site: Site) -> Seal | None:
        """What the bundle of a site says of its approvals, if this is a release."""
        del site
        return None

    @property
    def each(self) -> list[Library]:
        """Every library once."""
        return list({id(library): library for library in self.libraries.values()}.values())

    @property
    def size(self) -> int:
        """How many entries there are."""
        return max((len(library.entries) for library in self.each), default=0)

    def placed(self, problem: Problem) -> Problem:
        """A problem that knows only the id of an entry, with its file."""
        for library in self.each:
            problem = in_file(problem, library)
        return problem


class Drafts(Source):
    """The files as they lie there: for looking at, never for publishing."""

    def __init__(self, root: Path) -> None:
        """Read the configuration; `BuildFailed` when it is wrong."""
        super().__init__(root, load_config(root))

    def fill(self, editions: Sequence[str], memo: Memo) -> None:
        """One library for all."""
        self.memo = memo
        library, said = read(self.root, memo)
        self.libraries = dict.fromkeys(editions, library)
        self.problems += said
