"""Frame shapes of films: where headline, picture and subtitle stand, and what all scenes are drawn with.

Rooms draw in units: 1280 or 720 across, whatever the frame's pixels; a draft has half of them. The
picture box ends above the subtitle, so that no subtitle hides what must be read.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from builder.media import fonts, raster
from builder.media.cast import Box
from builder.media.infographic_draw import drawable
from builder.media.palette import AMBER, AMBER_WASH, INK, PAPER
from builder.media.text_layout import measure, wrap

if TYPE_CHECKING:
    from PIL import Image

RIGHT = 24  # units at the right of a headline
LEAD = 1.3  # line height of headlines and subtitles
ROOMS = {
    "card": "stage_cards",
    "panel": "stage_panel",
    "blocks": "stage_blocks",
    "chart": "stage_chart",
    "picture": "stage_moving",
    "clip": "stage_moving",
}
SOFT = 8  # frames of a change within a scene
Talk = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Look:
    """A frame shape. `width`, `height`: pixels; `frame` and the other boxes are in units.

    `headings`: sizes of a headline, the largest that fits is taken; `subtitles` the same. `small`: the
    smallest letters that a phone still shows.
    """

    name: str
    width: int
    height: int
    frame: Box
    subtitle: Box
    headings: tuple[int, int]
    subtitles: tuple[int, int]
    small: int
    margin: int
    top: int = 0  # units above the headline that apps cover

    @property
    def scale(self) -> float:
        """Pixels to a unit."""
        return self.width / self.frame.w


LOOKS: Mapping[str, Look] = {
    "16:9": Look(
        "16:9", 1280, 720, Box(0, 0, 1280, 720), Box(24, 568, 1232, 140), (56, 40), (48, 40), 40, 48
    ),
    "9:16": Look(
        "9:16", 720, 1280, Box(0, 0, 720, 1280), Box(12, 1012, 696, 128), (48, 40), (42, 34), 34, 32, 56
    ),
    "1:1": Look("1:1", 720, 720, Box(0, 0, 720, 720), Box(12, 588, 696, 120), (46, 38), (40, 34), 34, 32),
}  # fmt: skip


def look(name: str, draft: bool = False) -> Look:
    """A frame shape by its name; a draft has half the pixels."""
    found = LOOKS[name]
    half = replace(found, width=found.width // 2, height=found.height // 2)
    return half if draft else found


@dataclass(frozen=True, slots=True)
class Beat:
    """A picture and how long it stands, in frames; `fade` of them are a soft change into it."""

    image: Image.Image
    frames: int
    fade: int = 0


# --- headline, picture box, drawing ---------------------------------------------------------------


@lru_cache(maxsize=256)
def heading(caption: str, look: Look) -> tuple[tuple[str, ...], int]:
    """Lines and size of a headline: one large line if it fits, else two on narrow frames."""
    words = drawable(caption)
    room = look.frame.w - look.margin - RIGHT
    largest, least = look.headings
    for size in range(largest, least - 1, -2):
        if measure(words, size, 700) <= room:
            return (words,), size
    lines = 1 if look.frame.w > look.frame.h else 2
    for size in range(largest, 11, -2):
        found = wrap(words, room, size, 700)
        if len(found) <= lines and all(measure(line, size, 700) <= room for line in found):
            return tuple(found), size
    return (words,), 12


def headline_box(look: Look, caption: str) -> Box:
    """The band of the headline; no height without one."""
    if not caption:
        return Box(0, 0, look.frame.w, 0)
    lines, size = heading(caption, look)
    tall = max(len(lines) * size * LEAD, look.headings[0] * LEAD) + 24
    return Box(0, 0, look.frame.w, look.top + 2 * round(tall / 2))


def picture_box(look: Look, caption: str = "") -> Box:
    """Where what must be seen stands: below the headline, above the subtitle, the whole width."""
    top = headline_box(look, caption).bottom or look.top
    return Box(0, top, look.frame.w, look.subtitle.y - 8 - top)


def inner_box(look: Look, caption: str = "") -> Box:
    """The picture box less a margin, for words and drawings that must not touch the edge."""
    box = picture_box(look, caption)
    gap = 20
    return Box(look.margin, box.y + gap, box.w - 2 * look.margin, box.h - 2 * gap)


def headline(look: Look, caption: str) -> str:
    """The band with the headline, as SVG in units; nothing without a caption."""
    if not caption:
        return ""
    box = headline_box(look, caption)
    lines, size = heading(caption, look)
    first = look.top + (box.h - look.top - len(lines) * size * LEAD) / 2
    words = "".join(
        text(look.margin, first + size * (LEAD * n + LEAD / 2 + 0.38), line, size, 700)
        for n, line in enumerate(lines)
    )
    return (
        f'<rect width="{box.w:g}" height="{box.h:g}" fill="{AMBER_WASH}"/>'
        f'<rect y="{look.top:g}" width="14" height="{box.h - look.top:g}" fill="{AMBER}"/>'
        f'<path d="M0 {box.h:g}H{box.w:g}" stroke="{INK}" stroke-width="4"/>{words}'
    )


def text(x: float, y: float, words: str, size: float, weight: int = 400, fill: str = INK) -> str:
    """One line of text on the base line `y`."""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="{fill}"'
        f' font-family="{fonts.FAMILIES}" xml:space="preserve">{escape(words)}</text>'
    )


def canvas(look: Look, inside: str, caption: str = "", ground: str = PAPER) -> Image.Image:
    """A frame: `inside` (SVG in units) on `ground`, the headline over it."""
    w, h = look.frame.w, look.frame.h
    return raster.image(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:g} {h:g}" width="{w:g}" height="{h:g}">'
        f'<rect width="{w:g}" height="{h:g}" fill="{ground}"/>{inside}{headline(look, caption)}</svg>',
        look.width,
    )


# --- subtitles ------------------------------------------------------------------------------------


def subtitled(image: Image.Image, text: str, look: Look) -> Image.Image:
    """The picture with a subtitle burned in; lines are parted by line feeds. "": the picture itself."""
    if not text.strip():
        return image
    plate, left, top = _plate(text, look)
    shown = image.copy()
    shown.paste(plate, (left, top), plate)
    return shown


def subtitle_plate(words: str, look: Look) -> tuple[Box, tuple[str, ...], float]:
    """Where the plate of a subtitle stands, its lines and their size: nothing passes the box."""
    lines = tuple(drawable(line.strip()) for line in words.strip().split("\n"))
    pad = 20.0
    room = look.subtitle.w - 2 * pad
    largest, least = look.subtitles
    widest = max(measure(line, 1, 500) for line in lines)
    size = min(float(largest), room / widest, (look.subtitle.h - 12) / (len(lines) * LEAD))
    if size >= least:
        size = float(int(size))
    wide = 2 * -(-(widest * size + 2 * pad) // 2)
    tall = 2 * -(-(len(lines) * size * LEAD + 10) // 2)
    left = 2 * round((look.frame.w - wide) / 4)
    top = 2 * round((look.subtitle.bottom - tall) / 2)
    return Box(left, top, wide, tall), lines, size


@lru_cache(maxsize=128)
def _plate(words: str, look: Look) -> tuple[Image.Image, int, int]:
    """The plate as a transparent picture, and its place in pixels."""
    from PIL import Image

    box, lines, size = subtitle_plate(words, look)
    parts = [f'<rect width="{box.w:g}" height="{box.h:g}" rx="8" fill="{INK}"/>']
    first = (box.h - len(lines) * size * LEAD) / 2
    for n, line in enumerate(lines):
        left = (box.w - measure(line, size, 500)) / 2
        base = first + size * (LEAD * n + LEAD / 2 + 0.38)
        parts.append(text(left, base, line, size, 500, "#fffdf8"))
    drawn = raster.png(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box.w:g} {box.h:g}"'
        f' width="{box.w:g}" height="{box.h:g}">{"".join(parts)}</svg>',
        round(box.w * look.scale),
    )
    plate = Image.open(io.BytesIO(drawn), formats=["PNG"]).convert("RGBA")
    return plate, round(box.x * look.scale), round(box.y * look.scale)


# --- time -----------------------------------------------------------------------------------------


def moments(count: int, frames: int, talk: Talk) -> list[int]:
    """From which frame each of `count` pictures stands: with its sentence if there is one each, else evenly."""
    if len(talk) == count:
        starts = [0, *(min(max(0, start), max(0, frames - 1)) for start, _ in talk[1:])]
        return [max(starts[: n + 1]) for n in range(count)]
    return [n * frames // count for n in range(count)]


def timed(
    images: Sequence[Image.Image], frames: int, talk: Talk = (), fade: int = SOFT
) -> Iterator[Beat]:
    """The pictures one after another, `frames` in all; those without time are left out, never the last."""
    starts = moments(len(images), frames, talk)
    for n, (start, end) in enumerate(pairwise([*starts, frames])):
        if end > start:
            yield Beat(images[n], end - start, min(fade, end - start) if start else 0)


# --- scenes ---------------------------------------------------------------------------------------


def play(scene: Mapping[str, Any], look: Look, frames: int, talk: Talk = ()) -> Iterator[Beat]:
    """The pictures of a scene that lasts `frames`; `talk`: from when to when a sentence is said."""
    beats: Iterator[Beat] = _room(scene).play(scene, look, frames, talk)
    return beats


def poster(scene: Mapping[str, Any], look: Look) -> Image.Image:
    """The scene when all of it is shown."""
    image: Image.Image = _room(scene).poster(scene, look)
    return image


def _room(scene: Mapping[str, Any]) -> Any:
    """The module that draws a scene: a caption by itself is a card."""
    name = next((room for key, room in ROOMS.items() if scene.get(key)), "stage_cards")
    return import_module(f"builder.media.{name}")


def opening(
    title: str, kind: str, course: str, division: str, site: str, look: Look, label: str = ""
) -> Image.Image:
    """The first picture of a film, which is also its poster."""
    from builder.media.stage_cards import opening as drawn

    return drawn(title, kind, course, division, site, look, label)


def closing(
    key: str, lines: Sequence[str], site: str, owner: str, look: Look, label: str = ""
) -> Image.Image:
    """The last picture: the sentence to remember and where to read on."""
    from builder.media.stage_cards import closing as drawn

    return drawn(key, lines, site, owner, look, label)
