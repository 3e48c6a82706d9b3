"""Covers of pages: for WeChat (900 × 383 and a square) and for links that are shared (1200 × 630).

Made from the title, the division and a figure of the cast; nothing in them is only in them.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from builder.media import cast, fonts, raster
from builder.media.clean import clean_asset
from builder.media.palette import AMBER, BLUE, INK, INK_2, PAPER
from builder.media.svg_text import escape
from builder.media.text_layout import measure, wrap
from builder.memo import digest

DOORS = ("#b9d6e2", "#f2c14e", "#bcd49d", "#f3d9c4")  # what stands behind the figure
POSES = (("smile", "explain"), ("happy", "point"), ("smile", "hold"), ("thinking", "think"))
PHRASE = re.compile(r"[^，；：！？。]+[，；：！？。”）》]*|.")
PEOPLE = tuple(cast.PEOPLE)


@dataclass(frozen=True, slots=True)
class Shape:
    """A format: size in px, and where the words may stand (x, y, width, height)."""

    width: int
    height: int
    words: tuple[int, int, int, int]
    largest: int


SHAPES = {
    "wechat": Shape(900, 383, (44, 36, 520, 311), 56),
    "square": Shape(600, 600, (40, 36, 520, 264), 56),
    "share": Shape(1200, 630, (64, 64, 640, 502), 80),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The title as it is set: lines, size in px, line height in px."""

    lines: tuple[str, ...]
    size: int
    leading: float


def set_title(title: str, width: float, height: float, largest: int) -> Words:
    """The largest size at which the title stands whole in `width` × `height`, at most four lines.

    A title too long for the smallest size ends in an ellipsis.
    """
    for smallest, phrased in ((int(largest * 0.7), True), (26, False)):
        for size in range(largest, smallest - 1, -2):
            lines = _phrased(title, width, size) if phrased else wrap(title, width, size, 700)
            leading = size * 1.32
            if 1 <= len(lines) <= 4 and len(lines) * leading <= height:
                return Words(tuple(lines), size, leading)
    size, leading = 26, 26 * 1.32
    most = max(1, min(4, int(height // leading)))
    lines = wrap(title, width, size, 700, balance=False)[:most]
    while measure(lines[-1] + "…", size, 700) > width:
        lines[-1] = lines[-1][:-1]
    return Words((*lines[:-1], lines[-1] + "…"), size, leading)


def _phrased(title: str, width: float, size: float) -> list[str]:
    """Lines that break after punctuation only; nothing when a phrase is wider than a line."""
    lines = [""]
    for phrase in PHRASE.findall(title):
        if measure(lines[-1] + phrase, size, 700) > width:
            lines.append("")
        lines[-1] += phrase
    return lines if all(measure(line, size, 700) <= width for line in lines) else []


def cover(title: str, division: str, label: str, shape: str = "share") -> str:
    """One cover as SVG. `label` names the kind, such as 课程; `shape` is a key of `SHAPES`."""
    form = SHAPES[shape]
    turn = int(digest("cover", title)[:8], 16)
    x, y, width, height = form.words
    plate = form.largest * 0.5
    below = plate * 1.9
    words = set_title(title, width, height - 2 * below, form.largest)
    top = (
        y
        + below
        + (0 if shape != "share" else (height - 2 * below - len(words.lines) * words.leading) / 2)
    )
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {form.width} {form.height}" '
        f'width="{form.width}" height="{form.height}"><rect width="100%" height="100%" fill="{PAPER}"/>',
        _figure(form, shape, turn),
        _plate(x, y, plate, label),
    ]
    for number, line in enumerate(words.lines):
        out.append(_text(x, top + number * words.leading + words.size, words.size, line, INK, 700))
    foot = (
        y + height
        if shape != "square"
        else y + below + len(words.lines) * words.leading + plate * 1.2
    )
    out += [
        f'<rect x="{x}" y="{foot - plate * 1.25:g}" width="{plate * 1.6:g}" height="5" fill="{AMBER}"/>',
        _text(x, foot, round(plate * 0.72), division, INK_2, 400),
        f'<rect x="3" y="3" width="{form.width - 6}" height="{form.height - 6}" fill="none" stroke="{INK}" stroke-width="6"/></svg>',
    ]
    return "".join(out)


def picture(title: str, division: str, label: str, shape: str = "share") -> bytes:
    """One cover as JPEG, which every reader of links takes."""
    out = io.BytesIO()
    raster.image(cover(title, division, label, shape), SHAPES[shape].width).save(
        out, "JPEG", quality=88, optimize=True
    )
    return out.getvalue()


def cropped(data: bytes, made_by_ai: bool, shape: str = "share") -> bytes:
    """An author's picture as a cover: filled from its middle, a little above it where it is tall; as JPEG.

    One that a model made keeps the mark and the label that say so.
    """
    from PIL import Image, ImageOps

    form = SHAPES[shape]
    with Image.open(io.BytesIO(data)) as found:
        paper = Image.new("RGBA", found.size, PAPER)
        paper.alpha_composite(found.convert("RGBA"))
    image = ImageOps.fit(
        paper.convert("RGB"), (form.width, form.height), Image.Resampling.LANCZOS, 0, (0.5, 0.4)
    )
    if made_by_ai:
        tall = form.height * 0.06
        wide = measure("AI生成", tall, 700) + tall
        plate = _plate(0, 0, tall, "AI生成")
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {tall * 1.5:g}" width="{wide:g}" height="{tall * 1.5:g}">{plate}</svg>'
        mark = raster.image(svg, round(wide), INK)
        image.paste(mark, (form.width - mark.width - 24, form.height - mark.height - 24))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, optimize=True)
    return clean_asset("cover.jpg", out.getvalue(), keep_ai_label=made_by_ai).data


def version() -> str:
    """A hash of the code and drawings that covers are made with."""
    return cast.version("covers.py")


def _figure(form: Shape, shape: str, turn: int) -> str:
    """A figure of the cast before a patch of colour, cut off at the lower edge."""
    door = DOORS[turn % len(DOORS)]
    mood, gesture = POSES[turn // 4 % len(POSES)]
    who = PEOPLE[turn // 16 % len(PEOPLE)]
    drawn = 0.92 if shape == "wechat" else 0.62 if shape == "square" else 1.04
    scale = drawn * 383 / cast.HEIGHT if shape == "wechat" else drawn
    wide = cast.WIDTH * scale
    left = (form.width - wide) / 2 if shape == "square" else form.width - wide - form.width * 0.03
    top = form.height - cast.HEIGHT * scale
    held = "report" if gesture == "hold" else ""
    person = cast.figure(who, mood, gesture, "left", held, ink=4.5 / scale)
    return (
        f'<circle cx="{left + wide / 2:g}" cy="{form.height - wide * 0.42:g}" r="{wide * 0.56:g}" fill="{door}"/>'
        f'<g transform="translate({left:g} {top:g}) scale({scale:g})">{person}</g>'
    )


def _plate(x: float, y: float, size: float, label: str) -> str:
    width = measure(label, size * 0.8, 700) + size * 1.1
    return (
        f'<rect x="{x}" y="{y}" width="{width:g}" height="{size * 1.5:g}" rx="5" fill="{BLUE}"/>'
        + _text(x + size * 0.55, y + size * 1.05, round(size * 0.8), label, "#ffffff", 700)
    )


def _text(x: float, y: float, size: float, words: str, fill: str, weight: int) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="{fill}" '
        f'font-family="{fonts.FAMILIES}">{escape(words)}</text>'
    )
