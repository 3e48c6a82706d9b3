"""Covers of articles: 900 × 383, with the square that WeChat cuts out for lists and shared links.

The title stands in the middle square, whole: so it is seen in both crops, and where WeChat cuts by
itself. Figures of the cast stand at either side.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from builder.kinds import BY_NAME
from builder.media import cast, covers, fonts, raster
from builder.media.covers import DOORS, POSES, Words, set_title
from builder.media.palette import AMBER, BLUE, INK, INK_2, PAPER
from builder.media.svg_text import escape
from builder.media.text_layout import measure
from builder.memo import code_version, digest
from builder.model import Page
from builder.render.wechat import pictures
from builder.render.wechat.article import Cover, Image
from builder.render.wechat.parts_ground import Ground

if TYPE_CHECKING:
    from PIL import Image as Pil

WIDTH, HEIGHT = 900, 383
SIDE = (WIDTH - HEIGHT) / 2  # what lies left and right of the square
SAFE = (SIDE + 22, 26.0, HEIGHT - 44.0, HEIGHT - 52.0)  # x, y, width, height for the words
LARGEST, PLATE = 52, 24.0
WHOLE = "0.000000_0.000000_1.000000_1.000000"
SQUARE = f"{SIDE / WIDTH:.6f}_0.000000_{(WIDTH - SIDE) / WIDTH:.6f}_1.000000"
PEOPLE = tuple(cast.PEOPLE)


def cover(page: Page, title: str, ground: Ground) -> Cover:
    """The cover of a page's article: its author's picture, or one that we draw."""
    if page.cover:
        return Cover(_own(page, title, ground), WHOLE, SQUARE)
    by = ground.division(page) or ground.config.site.owner
    return collected(title, BY_NAME[page.kind].label, by, ground)


def collected(title: str, label: str, division: str, ground: Ground) -> Cover:
    """A drawn cover; `label` names the kind."""
    key = digest("wechat cover", _version(), title, label, division)

    def made() -> Iterable[Pil.Image]:
        yield raster.image(drawing(title, label, division), WIDTH)

    image = pictures.composed(key, [f"封面：{title}"], ground.memo, made)[0]
    return Cover(image, WHOLE, SQUARE)


def _own(page: Page, title: str, ground: Ground) -> Image:
    name = page.footage[page.cover]
    key = digest("own wechat cover", covers.version(), name, repr(page.cover_by_ai))
    data = ground.memo.blob(
        key, lambda: covers.cropped(ground.site.footage[name], page.cover_by_ai, "wechat")
    )
    return pictures.fitted(data, f"封面：{title}", ground.memo, ai=page.cover_by_ai)


def drawing(title: str, label: str, division: str) -> str:
    """A cover as SVG."""
    words = place(title)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" font-family="{fonts.FAMILIES}"><rect width="100%" height="100%" fill="{PAPER}"/>',
        *_pair(title),
        _plate(label),
    ]
    for number, line in enumerate(words.lines):
        out.append(
            _text(top(words) + number * words.leading + words.size, words.size, line, INK, 700)
        )
    foot = SAFE[1] + SAFE[3]
    out += [
        f'<rect x="{WIDTH / 2 - 26:g}" y="{foot - 34:g}" width="52" height="5" fill="{AMBER}"/>',
        _text(foot - 4, 18, _short(division), INK_2, 400),
        f'<rect x="3" y="3" width="{WIDTH - 6}" height="{HEIGHT - 6}" fill="none" stroke="{INK}" stroke-width="6"/></svg>',
    ]
    return "".join(out)


def place(title: str) -> Words:
    """The title as it is set: all of it within the safe area."""
    return set_title(title, SAFE[2], _room(), LARGEST)


def top(words: Words) -> float:
    """Where the first line begins."""
    return SAFE[1] + PLATE * 1.5 + 12 + (_room() - len(words.lines) * words.leading) / 2


def _room() -> float:
    return SAFE[3] - PLATE * 1.5 - 12 - 44


def _pair(title: str) -> Iterable[str]:
    """Two of the cast, each looking at the title, before a patch of colour."""
    turn = int(digest("cover", title)[:8], 16)
    one = turn % len(PEOPLE)
    other = (one + 1 + turn // 16 % (len(PEOPLE) - 1)) % len(PEOPLE)
    for number, who in enumerate((one, other)):
        mood, gesture = POSES[(turn // 64 + number) % len(POSES)]
        yield _figure(PEOPLE[who], mood, gesture, number, DOORS[(turn // 4 + number) % len(DOORS)])


def _figure(who: str, mood: str, gesture: str, number: int, door: str) -> str:
    scale = 0.66
    middle = SIDE / 2 + 4 if number == 0 else WIDTH - SIDE / 2 - 4
    left, up = middle - cast.WIDTH * scale / 2, HEIGHT - cast.HEIGHT * scale
    held = "report" if gesture == "hold" else ""
    person = cast.figure(
        who, mood, gesture, "right" if number == 0 else "left", held, ink=4.5 / scale
    )
    return (
        f'<circle cx="{middle:g}" cy="{HEIGHT - 108}" r="118" fill="{door}"/>'
        f'<g transform="translate({left:g} {up:g}) scale({scale})">{person}</g>'
    )


def _plate(label: str) -> str:
    wide = measure(label, PLATE * 0.8, 700) + PLATE * 1.1
    return (
        f'<rect x="{(WIDTH - wide) / 2:g}" y="{SAFE[1]:g}" width="{wide:g}" height="{PLATE * 1.5:g}" rx="5" fill="{BLUE}"/>'
        + _text(SAFE[1] + PLATE * 1.05, round(PLATE * 0.8), label, "#ffffff", 700)
    )


def _short(division: str) -> str:
    """A name that is wider than the square ends earlier."""
    while measure(division, 18, 400) > SAFE[2]:
        division = f"{division.removesuffix('…')[:-1]}…"
    return division


def _text(y: float, size: float, words: str, fill: str, weight: int) -> str:
    return (
        f'<text x="{WIDTH / 2:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="{fill}"'
        f' text-anchor="middle">{escape(words)}</text>'
    )


@lru_cache(maxsize=1)
def _version() -> str:
    return digest(covers.version(), code_version(__file__))
