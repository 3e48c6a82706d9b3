"""Where long pictures are cut: in the middle of empty bands, so that no line of text is cut through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image as Pil

TALL, PIECE = (
    2.4,
    1.6,
)  # heights in widths: from which a picture is cut, and what a piece should have
Cuts = Callable[["Pil.Image"], Sequence[int]]


def sliced(image: Pil.Image, cuts: Cuts) -> list[Pil.Image]:
    """An upright picture in pieces, top to bottom, cut at heights that `cuts` finds."""
    edges = [0, *cuts(image), image.height]
    return [
        image.crop((0, top, image.width, bottom)) for top, bottom in pairwise(edges) if bottom > top
    ]


def gaps(image: Pil.Image) -> list[int]:
    """Where to cut a long picture: in the middle of its widest empty bands, else through its quietest row."""
    grey = image.convert("L")
    wide, tall, rows = image.width, image.height, grey.tobytes()
    noise = [max(row) - min(row) for row in (rows[n * wide : (n + 1) * wide] for n in range(tall))]
    return chosen(tall, wide, _bands(noise), noise)


def _bands(noise: Sequence[int], quiet: int = 10, least: int = 8) -> list[tuple[int, int]]:
    """Middle and height of each run of rows that hold nothing."""
    found, start = [], -1
    for at, value in enumerate([*noise, 256]):
        if value <= quiet:
            start = at if start < 0 else start
        elif start >= 0:
            if at - start >= least:
                found.append(((start + at) // 2, at - start))
            start = -1
    return found


def chosen(
    tall: int, wide: int, bands: Sequence[tuple[int, int]], noise: Sequence[int] = ()
) -> list[int]:
    """Cuts that make pieces of about the wished height: at wide bands rather than at near ones."""
    wish, cuts, top = PIECE * wide, list[int](), 0
    while tall - top > wish * 1.35:
        low, high = top + wish * 0.5, min(top + wish * 1.4, tall - wish * 0.3)
        near = [
            (height - abs(at - top - wish) / 12, at) for at, height in bands if low <= at <= high
        ]
        if near:
            cut = max(near)[1]
        elif noise:
            cut = min(range(int(low), int(high)), key=lambda n: (noise[n], abs(n - top - wish)))
        else:
            cut = min((at for at, _ in bands if at > high), default=tall)
        if cut >= tall:
            break
        cuts.append(cut)
        top = cut
    return cuts
