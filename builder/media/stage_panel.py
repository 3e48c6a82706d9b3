"""A panel of a comic as a scene of a film: whoever speaks moves their lips, everybody blinks.

The frame is drawn once; of a figure that changes only the face is drawn again and pasted in its place.
The same faces are the same picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from builder.media import cast, raster, stage
from builder.media.cast import Box
from builder.media.comic_draw import (
    Ink,
    draw_actor,
    draw_backdrop,
    draw_board,
    draw_thing,
)
from builder.media.comic_place import HUNG, SIGNS, Actor, Layout
from builder.media.stage import Beat, Look, Talk
from builder.media.stage_place import SLAB, Scenery, place
from builder.memo import digest

if TYPE_CHECKING:
    from PIL import Image

SKY = 48.0  # of a backdrop above all its signs
LIPS = ("", "talk-a", "talk-b")  # "": the mood's own, closed or nearly so
SYLLABLES = (3, 4, 3, 4, 4, 3, 5, 3)  # frames that lips keep a shape: about seven changes a second
BLINK = 3  # frames
PAUSE = (78, 98)  # frames between two blinks of a figure, and a few more when others blink
APART = 6  # frames between the blinks of two
Face = tuple[str, str]  # eyes and lips
Faces = tuple[Face, ...]


def play(scene: Mapping[str, Any], look: Look, frames: int, talk: Talk) -> Iterator[Beat]:
    """The scene for `frames`; each change of a face is a beat of its own."""
    drawn = _Drawn(place(scene["panel"], look, scene["caption"]), look, scene["caption"])
    moments = zip(*_lives(scene["panel"], frames, talk), strict=True)
    states: Iterator[Faces] = moments if scene["panel"]["cast"] else iter([()] * frames)
    for faces, run in groupby(states):
        yield Beat(drawn.image(faces), sum(1 for _ in run))


def poster(scene: Mapping[str, Any], look: Look) -> Image.Image:
    """The panel while nobody speaks."""
    return _Drawn(place(scene["panel"], look, scene["caption"]), look, scene["caption"]).image(())


# --- pictures -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Drawn:
    """A placed panel and the pictures made of it so far."""

    scenery: Scenery
    look: Look
    caption: str
    pictures: dict[Faces, Image.Image] = field(default_factory=dict)
    patches: dict[tuple[int, Face], Image.Image] = field(default_factory=dict)

    def image(self, faces: Faces) -> Image.Image:
        """The frame with these faces; all as their moods have it without any."""
        calm = tuple(("", "") for _ in self.scenery.actors)
        faces = faces or calm
        if faces not in self.pictures:
            if faces == calm:
                whole = stage.canvas(self.look, markup(self.scenery), self.caption)
            else:
                whole = self.image(calm).copy()
                for n, face in enumerate(faces):
                    if face != ("", ""):
                        patch, at = self.patch(n, face)
                        whole.paste(patch, at)
            self.pictures[faces] = whole
        return self.pictures[faces]

    def patch(self, number: int, face: Face) -> tuple[Image.Image, tuple[int, int]]:
        """One figure's changed face with all that is around it, and where it goes, in pixels."""
        x, y, w, h = _pixels(self.scenery.actors[number].face, self.look)
        if (number, face) not in self.patches:
            actors = list(self.scenery.actors)
            actors[number] = replace(actors[number], eyes=face[0], lips=face[1])
            s = self.look.scale
            svg = (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}"'
                f' viewBox="{x / s:.6g} {y / s:.6g} {w / s:.6g} {h / s:.6g}">'
                f"{markup(replace(self.scenery, actors=tuple(actors)))}</svg>"
            )
            self.patches[number, face] = raster.image(svg, w)
        return self.patches[number, face], (x, y)


def _pixels(box: Box, look: Look) -> tuple[int, int, int, int]:
    """A box in whole pixels of the frame."""
    s = look.scale
    x, y = max(0, floor(box.x * s)), max(0, floor(box.y * s))
    return (
        x,
        y,
        min(look.width, ceil(box.right * s)) - x,
        min(look.height, ceil(box.bottom * s)) - y,
    )


def markup(found: Scenery) -> str:
    """The panel as SVG in units of the frame."""
    ink = Ink("f")
    parts = [_backdrop(found, ink)]
    if found.board:
        parts.append(draw_board(found.board, ink))
    hung = [t for t in found.things if found.plates or t.name in SIGNS]
    parts += [_plate(p, ink) for p in found.plates]
    parts += [draw_thing(t, ink) for t in hung]
    parts += [draw_actor(a, ink) for a in _behind_first(found.actors)]
    if found.table:
        parts.append(_table(found, ink))
    parts += [draw_thing(t, ink) for t in found.things if t not in hung]
    return ink.definitions() + "".join(parts)


def _backdrop(found: Scenery, ink: Ink) -> str:
    """The backdrop, low enough that the headline hides none of its signs; the table hides its floor."""
    bare = Layout(found.width, found.height, (), 0.0, "", 0, (), (), None, ())
    if not found.scene:
        return draw_backdrop(bare, ink)
    if found.board and found.scene in HUNG:
        return draw_backdrop(replace(bare, scene=found.scene, board=found.board), ink)
    w, h = cast.CAST["backdrops"][found.scene]["size"]
    end = found.table + SLAB if found.table else found.height
    scale = max(found.width / w, (end - found.band) / (h - SKY))
    x, y = (found.width - w * scale) / 2, max(end - h * scale, found.band - SKY * scale)
    drawing = cast.backdrop(found.scene, ink=round(4.2 / scale, 1))
    return draw_backdrop(bare, ink) + ink.use(f"b-{found.scene}", drawing, x, y, scale)


def _behind_first(actors: Sequence[Actor]) -> list[Actor]:
    """Those whose arms reach far stand behind, so that no hand is before a neighbour's face."""
    return sorted(actors, key=lambda a: a.gesture not in {"point", "explain", "stop"})


def _plate(box: Box, ink: Ink) -> str:
    return (
        f'<rect {ink.paint("white")} x="{box.x:.1f}" y="{box.y:.1f}" width="{box.w:.1f}"'
        f' height="{box.h:.1f}" rx="{box.h * 0.14:.1f}"/>'
    )


def _table(found: Scenery, ink: Ink) -> str:
    """A table across the frame: its top seen a little from above, its front below."""
    y, edge, w = found.table, found.table + SLAB, found.width + 20
    return (
        f'<rect {ink.paint("wash")} x="-10" y="{edge:.1f}" width="{w:g}" height="{found.height - edge + 20:.1f}"/>'
        f'<rect {ink.paint("wood")} x="-10" y="{y:.1f}" width="{w:g}" height="{SLAB:g}"/>'
    )


# --- life ---------------------------------------------------------------------------------------------


def _lives(panel: Mapping[str, Any], frames: int, talk: Talk) -> list[list[Face]]:
    """Eyes and lips of every figure in every frame."""
    names = [figure["who"] for figure in panel["cast"]]
    closed = blinks(names, frames)
    out = []
    for n, who in enumerate(names):
        # Two of one name would speak as one.
        speaks = who == panel["speaker"] and names.index(who) == n
        lips = spoken(frames, talk) if speaks else [""] * frames
        out.append([("blink" if at in closed[n] else "", lips[at]) for at in range(frames)])
    return out


def spoken(frames: int, talk: Talk) -> list[str]:
    """The shape of a speaker's lips in every frame: moving while a sentence lasts, closed in pauses."""
    lips = [""] * frames
    for begin, end in talk:
        at, turn, shape = max(0, begin), 0, 0
        while at < min(end, frames):
            chance = int(digest("lips", str(begin), str(turn))[:8], 16)
            shape = (shape + 1 + chance % 2) % len(LIPS)  # never the same twice
            keep = SYLLABLES[chance // 2 % len(SYLLABLES)]
            for n in range(at, min(at + keep, end, frames)):
                lips[n] = LIPS[shape]
            at, turn = at + keep, turn + 1
    return lips


def blinks(names: Sequence[str], frames: int) -> list[set[int]]:
    """The frames in which each figure's eyes are closed: every three to five seconds, never two at once."""
    taken: list[int] = []
    out = []
    for n, who in enumerate(names):
        closed: set[int] = set()
        at, turn = 20 + int(digest("first", who, str(n))[:8], 16) % 60, 0
        while at < frames:
            start = at
            while any(abs(start - other) < BLINK + APART for other in taken):
                start += 1
            taken.append(start)
            closed.update(range(start, min(start + BLINK, frames)))
            low, high = PAUSE
            at = start + low + int(digest("blink", who, str(n), str(turn))[:8], 16) % (high - low)
            turn += 1
        out.append(closed)
    return out
