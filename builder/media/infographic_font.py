"""The font as a PDF wants it: bare CFF of one weight, glyphs numbered from 1, widths in thousandths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as hb

from builder.media import fonts


@dataclass(frozen=True, slots=True)
class Embedded:
    """A CFF font program; the glyph of each character; the width of each glyph."""

    cff: bytes
    glyphs: dict[str, int]
    widths: dict[int, float]


@lru_cache(maxsize=1)
def _face() -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(fonts.path())), fonts.SIMPLIFIED)


def embedded(text: str, weight: int) -> Embedded:
    """What of the font `text` needs."""
    wanted = hb.SubsetInput()
    wanted.sets(hb.SubsetInputSets.UNICODE).set({ord(c) for c in text})
    wanted.pin_axis_location(_face(), "wght", weight)
    flags = hb.SubsetFlags
    # PDF knows no variable CFF2, and finds glyphs by their number only when the charset says so.
    wanted.flags = (
        flags.NO_HINTING
        | flags.DOWNGRADE_CFF2
        | flags.CFF_IDENTITY_CHARSET
        | flags.NO_LAYOUT_CLOSURE
    )
    face = hb.subset(_face(), wanted)
    font = hb.Font(face)
    found = {c: font.get_nominal_glyph(ord(c)) for c in sorted(set(text))}
    glyphs = {c: int(g) for c, g in found.items() if g}
    per = 1000 / face.upem
    widths = {g: font.get_glyph_h_advance(g) * per for g in sorted(set(glyphs.values()))}
    return Embedded(bytes(face.reference_table("CFF ").data), glyphs, widths)
