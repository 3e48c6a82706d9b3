"""The one font that pictures are set in: Noto Sans CJK, Simplified Chinese, any weight.

It comes from a package, never from the machine, so that a picture is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uharfbuzz as hb

FAMILY = "Noto Sans CJK SC"
FAMILIES = (
    f"{FAMILY}, PingFang SC, Microsoft YaHei, sans-serif"  # for SVG that readers' machines set
)
SIMPLIFIED = 2  # the face of the collection with mainland forms
ASCENT, DESCENT = 0.88, 0.12  # of the em box, in which Chinese characters stand
UNSEEN = frozenset("\n\t \u3000\u200b\u200d\ufe0e\ufe0f")


@lru_cache(maxsize=1)
def path() -> Path:
    """Where the font file lies."""
    return Path(str(files("manimgx_fonts_cjk") / "NotoSansCJK-VF.otf.ttc"))


@lru_cache(maxsize=1)
def _face() -> hb.Face:
    import uharfbuzz as hb  # only pictures that are not kept need it

    return hb.Face(hb.Blob.from_file_path(str(path())), SIMPLIFIED)


@lru_cache(maxsize=8)
def _font(weight: int) -> hb.Font:
    import uharfbuzz as hb  # only pictures that are not kept need it

    font = hb.Font(_face())
    font.set_variations({"wght": weight})
    return font


@lru_cache(maxsize=40_000)
def _advance(character: str, weight: int) -> float:
    """The advance of one character in ems; a missing one takes a full em, as its box does."""
    if character in UNSEEN and character not in "\u3000 ":
        return 0.0
    glyph = _font(weight).get_nominal_glyph(ord(character))
    if not glyph:
        return 1.0
    return float(_font(weight).get_glyph_h_advance(glyph)) / float(_face().upem)


def advances(text: str, size: float, weight: int = 400) -> list[float]:
    """Advance of each character of `text` in px at `size` px."""
    return [_advance(character, weight) * size for character in text]


def missing(text: str) -> set[str]:
    """The characters that the font can't draw."""
    font = _font(400)
    return {c for c in set(text) - UNSEEN if not font.get_nominal_glyph(ord(c))}


def subset(text: Iterable[str], weight: int = 400) -> bytes:
    """An OpenType font of one weight with the characters of `text` only."""
    import uharfbuzz as hb

    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.UNICODE).set({ord(c) for c in text})
    wanted.pin_axis_location(_face(), "wght", weight)
    wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.DESUBROUTINIZE
    found = hb.subset(_face(), wanted)
    return bytes(found.blob.data)
