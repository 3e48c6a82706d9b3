"""Regions in a question: those a package knows, whole levels (`全省`, `我市`), and others by name.

`theme/assets/robot-engine.js` holds the twin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from builder.robot.package import Package
from builder.robot.wording import any_of
from builder.tokens import fold

OUTSIDE = "外"  # the level of what no package has numbers of
# “杭州市的生产总值”: a city or county at the beginning that nobody has listed.
STRANGE = re.compile(
    r"^\s*([\u4e00-\u9fff]{1,3}[^上城超门股房楼菜集全本我各级门]市|[\u4e00-\u9fff]{1,3}[^全本我各]县)(?![场民值政辖级域委场])"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A region: its level (国 省 市 县 外) and the page of its numbers, where it has one.

    `some`: one of its level, nobody knows which (`我市`).
    """

    name: str
    level: str
    url: str = ""
    some: bool = False


class Places:
    """Finds the regions that a question names."""

    def __init__(self, package: Package) -> None:
        """Read the rows of a package: `市 990100 甲州市 甲州`, with `-` where there is no page."""
        self.known: dict[str, Place] = {}
        for name in package.tables.outside:
            # “南京市”, “江苏省” are meant as well
            self.known |= {fold(name + end): Place(name, OUTSIDE) for end in ("", "市", "省")}
        for row in package.places:
            level, code, *names = row.split(" ")
            url = "" if code == "-" else f"indicators/regions/{code}/"
            place = Place(names[0], level, url)
            self.known |= {fold(name): place for name in names}
        for level, *names in package.tables.around:
            self.known |= {name: self._around(level, names[0]) for name in names}
        self._names = any_of(self.known)

    def _around(self, level: str, name: str) -> Place:
        """`全省` is the one province there is; `我市` may be any."""
        own = [p for p in self.known.values() if p.level == level]
        alone = level in ("国", "省") and own
        return own[0] if alone else Place(name, level, some=True)

    def level(self, name: str) -> str:
        """The level of a region by its name, empty when it isn't known."""
        place = self.known.get(fold(name))
        return place.level if place else ""

    def among(self, text: str) -> tuple[tuple[Place, ...], str]:
        """The regions that folded text names, and what is left of it."""
        found = tuple(dict.fromkeys(self.known[word] for word in self._names.findall(text)))
        if found:
            return found, self._names.sub(" ", text)
        strange = STRANGE.match(text)
        if strange:
            return (Place(strange[1], OUTSIDE),), text[strange.end() :]
        return (), text


def rows(places: Iterable[tuple[str, str, str, str]]) -> tuple[str, ...]:
    """Rows of a package from level, code of the page (or nothing), name, short name."""
    return tuple(
        " ".join(dict.fromkeys((level, code or "-", name, short or name)))
        for level, code, name, short in places
    )
