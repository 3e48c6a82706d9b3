"""Sheets of the cast for pages: one file a character, a symbol for each mood and for each pose that templates show.

Colours are the page's own (`var(--art-skin)`): a symbol that is used from another file takes no classes
from the page, but its custom properties. So the figures follow light, dark, contrast and print.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from builder.media import cast
from builder.memo import digest

# Poses of the drawings in `theme/templates/art/`: mood, gesture, facing.
POSES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "王姐": (("puzzled", "think", "right"), ("smile", "explain", "left")),
    "小李": (("smile", "explain", "right"), ("smile", "explain", "left")),
    "老陈": (("smile", "explain", "left"),),
    "小统": (("smile", "explain", "left"),),
}


def path(who: str) -> str:
    """Where the sheet of a character stands in a site: named by all that it is made from."""
    return f"assets/weike/{cast.PEOPLE[who]}.{version(who)[:8]}.svg"


def version(who: str) -> str:
    """A hash of all that a sheet is made from."""
    return digest("sheet", who, cast.version("cast_sheet.py"))


def sheet(who: str) -> str:
    """All symbols of a character, on the canvas that its figures have."""
    size = f'viewBox="0 0 {cast.WIDTH} {cast.HEIGHT}"'
    symbols = (f'<symbol id="{key}" {size}>{drawn}</symbol>' for key, drawn in _symbols(who))
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def _symbols(who: str) -> Iterator[tuple[str, str]]:
    for mood in cast.MOODS:
        yield mood, _drawn(who, mood, "rest", "front")
    for mood, gesture, facing in POSES.get(who, ()):
        yield f"{mood}-{gesture}-{facing}", _drawn(who, mood, gesture, facing)


def _drawn(who: str, mood: str, gesture: str, facing: str) -> str:
    drawn = cast.figure(who, mood, gesture, facing, theme="page")
    return re.sub(r' class="[^"]*"', "", drawn)
