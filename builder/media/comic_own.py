"""Figures of a comic that its author drew: pictures by mood, in the place of the house cast.

Before a comic is drawn its panels are dressed: every figure whose name the author gave pictures to gets
the picture of its mood. Pages name pictures by address, files carry them inside.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from builder.media import cast
from builder.media.cast import Box, Point
from builder.media.images import renditions
from builder.model import Picture

TOP, BROAD = 24.0, 360.0  # free above a picture, and its greatest width, on a figure's canvas
FACE = Box(0.12, 0.0, 0.76, 0.46)  # where a face is looked for, as shares of the picture
MOUTH = Point(0.5, 0.32)
SHOWN = 640  # px: enough for the largest figure on a sharp screen


class Own(NamedTuple):
    """A picture that stands for a figure: its address or its data, its size in px."""

    href: str
    width: int
    height: int

    def box(self, x: float, y: float, scale: float, kept: float) -> Box:
        """Where it stands, whole, when a canvas at (x, y) shows `kept` of its height."""
        tall, wide = (kept - TOP) * scale, BROAD * scale
        fit = min(tall / self.height, wide / self.width)
        w, h = self.width * fit, self.height * fit
        middle, foot = x + cast.WIDTH / 2 * scale, y + kept * scale
        return Box(middle - w / 2, foot - h, w, h)


def face(box: Box) -> Box:
    """The part of a picture that bubbles keep off: its upper middle."""
    return Box(
        box.x + box.w * FACE.x, box.y + box.h * FACE.y, box.w * FACE.w, box.h * FACE.h
    )  # fmt: skip


def mouth(box: Box) -> Point:
    """Where tails point."""
    return Point(box.x + box.w * MOUTH.x, box.y + box.h * MOUTH.y)


def figures(
    own: Mapping[str, Mapping[str, str]], pictures: Mapping[str, Picture]
) -> dict[str, dict[str, Picture]]:
    """Name → mood → picture, of those pictures that may be shown."""
    found = {
        name: {mood: pictures[file] for mood, file in moods.items() if file in pictures}
        for name, moods in own.items()
    }
    return {name: moods for name, moods in found.items() if "neutral" in moods}


def on_page(found: Mapping[str, Mapping[str, Picture]], base: str) -> dict[str, dict[str, Own]]:
    """The same as a page loads them; `base` leads from the page to the root of the site."""
    return {n: {m: _offered(p, base) for m, p in moods.items()} for n, moods in found.items()}


def _offered(picture: Picture, base: str) -> Own:
    fit = [r for r in renditions(picture) if r.suffix == "webp" and r.width >= SHOWN]
    url = fit[0].url if fit else picture.url
    return Own(base + url, picture.width, picture.height)


def in_file(
    found: Mapping[str, Mapping[str, Picture]], assets: Mapping[str, bytes]
) -> dict[str, dict[str, Own]]:
    """The same with their pixels inside, for pictures that stand alone."""
    return {
        n: {m: Own(_packed(assets[p.url]), p.width, p.height) for m, p in moods.items()}
        for n, moods in found.items()
    }


def _packed(data: bytes) -> str:
    from PIL import Image  # only for a comic that is drawn anew

    image = Image.open(io.BytesIO(data)).convert("RGBA")
    image.thumbnail((SHOWN, SHOWN), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def dressed(
    panels: Sequence[Mapping[str, Any]], own: Mapping[str, Mapping[str, Own]]
) -> tuple[Mapping[str, Any], ...]:
    """The panels, each figure with its picture if it has one; a mood without a picture takes neutral."""
    if not own:
        return tuple(panels)
    return tuple(
        {**p, "cast": tuple(_wearing(f, own) for f in p["cast"] or _speakers(p, own))}
        for p in panels
    )


def _wearing(figure: Mapping[str, Any], own: Mapping[str, Mapping[str, Own]]) -> Mapping[str, Any]:
    moods = own.get(figure["who"])
    return (
        figure if moods is None else {**figure, "own": moods.get(figure["mood"], moods["neutral"])}
    )


def _speakers(
    panel: Mapping[str, Any], own: Mapping[str, Mapping[str, Own]]
) -> list[Mapping[str, Any]]:
    """Those who speak, of a panel that names no figures."""
    known = {*cast.PEOPLE, *own}
    names = dict.fromkeys(s["who"] for s in panel["says"] if s["who"] in known)
    moods = {s["who"]: s["mood"] or "neutral" for s in reversed(panel["says"])}
    return [{"who": name, "mood": moods[name]} for name in list(names)[:4]]


def signatures(found: Mapping[str, Mapping[str, Picture]]) -> tuple[str, ...]:
    """Who made the pictures of each figure, and whether a model did, a line each."""
    lines = []
    for name, moods in found.items():
        credit = "、".join(dict.fromkeys(p.credit for p in moods.values() if p.credit))
        made = "AI生成" if any(p.ai_generated for p in moods.values()) else ""
        if credit or made:
            lines.append(f"{name}的图：{'　'.join(filter(None, (credit, made)))}")
    return tuple(lines)
