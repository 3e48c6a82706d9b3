"""What the site says of numbers: definitions, regions, templates, rules, audiences, from the bundle served now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from builder.bundle import MANIFEST, load
from builder.indicators import document
from builder.indicators.document import Definitions
from builder.indicators.regions import above
from builder.indicators.rules import AnyRule, implied, named
from service.desk import Desk
from service.room import Stopped

AUDIENCES = "data/audiences.json"
NOTHING = "还没有接上网站的数据包：请管理员在设置里写明 bundle。"


@dataclass(frozen=True)
class Known:
    """Definitions, and which audiences the edition has; `public`: those that are everybody."""

    said: Definitions
    audiences: frozenset[str]
    public: frozenset[str]
    digest: str = ""  # of the bundle

    @cached_property
    def owners(self) -> Mapping[str, frozenset[str]]:
        """Region → organisations whose own it is: that of the region, and those it lies in."""
        regions = self.said.regions
        return {
            code: frozenset(
                regions[c].organisation
                for c in (code, *above(regions, code))
                if c in regions and regions[c].organisation
            )
            for code in regions
        }

    @cached_property
    def rules(self) -> tuple[AnyRule, ...]:
        """Every rule, those that definitions imply too."""
        every = (rule for i in self.said.indicators.values() for rule in implied(i))
        return (*every, *self.said.rules)

    def beside(self, indicators: Iterable[str]) -> frozenset[str]:
        """These indicators and all that some rule holds them to."""
        mine = frozenset(indicators)
        others = (named(rule) for rule in self.rules if named(rule) & mine)
        return mine.union(*others) & frozenset(self.said.indicators)


def known(desk: Desk) -> Known:
    """What holds now; `Stopped` when no bundle can be read."""
    root = desk.settings.bundle
    if root is None:
        raise Stopped(503, NOTHING)
    try:
        told = (root / MANIFEST).stat()
        return _known(root, told.st_mtime_ns, told.st_size, told.st_ino)
    except (OSError, ValueError, KeyError) as error:
        raise Stopped(503, NOTHING) from error


@lru_cache(maxsize=2)
def _known(root: Path, *stamp: int) -> Known:
    bundle = load(root)
    said = document.read(bundle.read(document.PATH))
    rows = json.loads(bundle.read(AUDIENCES))["audiences"]
    public = frozenset(name for name, row in rows.items() if row["public"])
    return Known(said, frozenset(rows), public, bundle.digest)
