"""The drawn cast: figures, props and backdrops as SVG markup, put together from named parts.

In come names from `art/cast.json`; out come `<g>` elements without ids, so that a caller may put any
number of them on one page. Every shape keeps the class of its role (`c-skin`, `s-far`): a style sheet
may recolour it. `theme` sets the colours that are written into the markup itself.

Colour is printed a little off its line: each outlined shape becomes a paper ground, a shifted flat
colour and an ink line.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from builder.media.svg_text import escape, quoted
from builder.memo import code_version

ART = Path(__file__).with_name("art")
CAST: Mapping[str, Any] = json.loads((ART / "cast.json").read_text(encoding="utf-8"))
SVG = "{http://www.w3.org/2000/svg}"
SHORT = {"店主小马": "小马"}  # what stories call a character
PEOPLE: Mapping[str, str] = {
    SHORT.get(c["name"], c["name"]): i for i, c in CAST["characters"].items()
}
MOODS: Mapping[str, str] = {k: v["name"] for k, v in CAST["expressions"].items()}
GESTURES: Mapping[str, str] = CAST["gestures"]
PROPS: Mapping[str, str] = {k: v["name"] for k, v in CAST["props"].items()}
SCENES: Mapping[str, str] = {k: v["name"] for k, v in CAST["backdrops"].items()}
THEMES = ("light", "dark", "contrast")
CALLED = {"persimmon": "coral", "bamboo": "leaf", "plate": "blue"}  # by style sheets of pages
PALETTES: Mapping[str, Mapping[str, str]] = CAST["palette"] | {
    "page": {role: f"var(--art-{CALLED.get(role, role)})" for role in CAST["palette"]["light"]}
}
INK: float = CAST["ink_width"]
WIDTH, HEIGHT = CAST["canvas"]
DROPPED = frozenset({"id", "display", "data-join"})
FINE = 0.35  # a shape with a fine line shifts less


SHARED = (
    "cast.py",
    "svg_text.py",
    "fonts.py",
    "palette.py",
    "raster.py",
    "text_layout.py",
    "units.py",
)


@lru_cache(maxsize=8)
def version(rooms: str) -> str:
    """A hash of all that pictures are drawn with: the rooms whose names match, what they share, the art."""
    art = (path for path in ART.rglob("*") if path.is_file())
    files = {*ART.parent.glob(rooms), *(ART.parent / name for name in SHARED), *art}
    return code_version(*map(str, sorted(files)))


class Point(NamedTuple):
    """A place on a canvas."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.h

    def meets(self, other: Box, gap: float = 0.0) -> bool:
        """Whether the two overlap or stand closer than `gap`."""
        return (
            self.x < other.right + gap
            and other.x < self.right + gap
            and self.y < other.bottom + gap
            and other.y < self.bottom + gap
        )


class Anchors(NamedTuple):
    """Where things are on a figure's canvas."""

    face: Box
    mouth: Point
    hand: Point


@dataclass(frozen=True, slots=True)
class Print:
    """How shapes are printed: line weight against the drawn one, shift of the colour, palette."""

    weight: float
    shift: tuple[float, float]
    theme: str


def anchors(who: str, gesture: str, facing: str) -> Anchors:
    """Face, mouth and hand of a pose; `who` is a name such as 小李."""
    view = CAST["characters"][PEOPLE[who]]["anchors"][facing]
    return Anchors(Box(*view["face"]), Point(*view["mouth"]), Point(*view["hand"][gesture]))


@lru_cache(maxsize=512)
def figure(
    who: str,
    mood: str = "neutral",
    gesture: str = "rest",
    facing: str = "front",
    prop: str = "",
    *,
    ink: float = INK,
    theme: str = "light",
    eyes: str = "",
    mouth: str = "",
) -> str:
    """One character on the 400 × 520 canvas, a prop in the hand if one is named.

    `eyes` and `mouth` take the place of the mood's own ("blink", "talk-a"), for moving pictures.
    """
    parts = _parts(CAST["characters"][PEOPLE[who]]["file"])
    mirrored = facing == "right"
    style = _print(ink, theme, mirrored=mirrored)
    view = "front" if facing == "front" else "tq"
    words = {"view": view, "facing": facing, "gesture": gesture}
    out = []
    for layer in CAST["layers"][view]:
        name = layer.format(**words)
        if name == "head":
            out.append(_head(parts, mood, words, style, {"eyes": eyes, "mouth": mouth}))
        elif name == "prop":
            out.append(_held(who, prop, gesture, facing, ink, theme) if prop else "")
        else:
            out.append(_part(parts, name, style))
    turn = f' transform="translate({WIDTH} 0) scale(-1 1)"' if mirrored else ""
    return f"{_open(parts['art'], style)}<g{turn}>{''.join(out)}</g></g>"


@lru_cache(maxsize=256)
def prop(name: str, *, ink: float = INK, theme: str = "light") -> str:
    """A prop in its own coordinates."""
    art = _parts(CAST["props"][name]["file"])["art"]
    return _element(art, _print(ink, theme))


@lru_cache(maxsize=32)
def backdrop(name: str, *, ink: float = 4.0, theme: str = "light") -> str:
    """A backdrop, 1200 × 700, printed without shift."""
    art = _parts(CAST["backdrops"][name]["file"])["art"]
    return _element(art, replace(_print(ink, theme), shift=(0.0, 0.0)))


def _print(ink: float, theme: str, *, mirrored: bool = False) -> Print:
    if theme == "contrast":
        return Print(ink / INK, (0.0, 0.0), theme)
    dx, dy = (v * ink / INK for v in CAST["print_shift"])
    return Print(ink / INK, (-dx if mirrored else dx, dy), theme)


@lru_cache(maxsize=64)
def _parts(file: str) -> Mapping[str, ET.Element]:
    """The named groups of a drawing; "art" is the whole of it."""
    root = ET.parse(ART / file).getroot()  # noqa: S314  our own files, shipped with the package
    art = root.find(f"{SVG}g")
    assert art is not None
    return {e.get("id", ""): e for e in art.iter() if e.get("id")} | {"art": art}


def _head(
    parts: Mapping[str, ET.Element],
    mood: str,
    words: Mapping[str, str],
    style: Print,
    own: Mapping[str, str],
) -> str:
    rule = CAST["expressions"][mood]
    features = []
    for kind in CAST["features"]:
        turn = f' transform="{CAST["turn"][kind]}"' if words["view"] == "tq" else ""
        features.append(
            f"<g{turn}>{_part(parts, f'{kind}-{own.get(kind) or mood}', style, bare=True)}</g>"
        )
    layers = [layer.format(**words) for layer in CAST["head_layers"]]
    drawn = [
        "".join(features) if layer == "features" else _part(parts, layer, style, bare=True)
        for layer in layers
    ]
    drawn.append(_part(parts, f"fx-{mood}", style, bare=True))
    px, py = CAST["pivot"]
    move = f"translate(0 {rule['lift']}) rotate({rule['tilt']} {px} {py})"
    return f'<g transform="{move}">{"".join(drawn)}</g>'


def _held(who: str, name: str, gesture: str, facing: str, ink: float, theme: str) -> str:
    """A prop in the hand. The figure may be mirrored, what it holds never is."""
    entry = CAST["props"][name]
    # The group around is mirrored, so the hand is asked for as it was drawn.
    hand = anchors(who, gesture, "left" if facing == "right" else facing).hand
    scale, (gx, gy) = entry["hand_scale"], entry["grip"]
    flip = -scale if facing == "right" else scale
    move = f"translate({hand.x:g} {hand.y:g}) scale({flip:g} {scale:g}) translate({-gx:g} {-gy:g})"
    return f'<g transform="{move}">{prop(name, ink=round(ink / scale, 2), theme=theme)}</g>'


def _part(parts: Mapping[str, ET.Element], name: str, style: Print, *, bare: bool = False) -> str:
    """The shapes of a named group, with (unless `bare`) the attributes of the group."""
    group = parts.get(name)
    if group is None or not len(group):
        return ""
    return "".join(_shapes(group, style)) if bare else _element(group, style)


def _shapes(group: ET.Element, style: Print) -> Iterator[str]:
    for shape in group:
        yield from _printed(shape, style) if _outlined(shape, style) else [_element(shape, style)]


def _outlined(shape: ET.Element, style: Print) -> bool:
    """Whether a shape has both a colour and an ink line, to be printed apart."""
    plain = shape.tag.endswith(("}g", "}text")) or len(shape)
    filled = shape.get("fill", "none") != "none" and shape.get("stroke") != "none"
    return bool(filled and not plain and style.shift != (0.0, 0.0))


def _printed(shape: ET.Element, style: Print) -> list[str]:
    """Paper, colour and line of one shape."""
    kinds = (shape.get("class") or "").split()
    share = FINE if shape.get("stroke-width") else 1.0
    if "c-hair" in kinds:
        share = 0.0  # black is printed with the line
    dx, dy = (round(v * share, 2) for v in style.shift)
    same = {k: v for k, v in shape.attrib.items() if k not in {"class", "fill"}}
    # A sleeve must not show paper at its seam.
    ground = "c-paper" if not shape.get("data-join") else shape.get("class", "")
    line = same | {"class": "c-line", "fill": "none"}
    flat = {k: v for k, v in same.items() if k != "stroke-width"} | {"stroke": "none"}
    colour = flat | {"class": shape.get("class", ""), "fill": shape.get("fill", "")}
    out = []
    if share:
        out.append(_tag(shape, flat | {"class": ground, "fill": shape.get("fill", "")}, style))
        colour["transform"] = f"translate({dx:g} {dy:g})"
    return [*out, _tag(shape, colour, style), _tag(shape, line, style)]


def _element(element: ET.Element, style: Print) -> str:
    """An element and what is in it."""
    if not len(element):
        return _tag(element, element.attrib, style)
    return f"{_open(element, style)}{''.join(_shapes(element, style))}</g>"


def _open(group: ET.Element, style: Print) -> str:
    return f"<g{_attributes(group, group.attrib, style)}>"


def _tag(element: ET.Element, attributes: Mapping[str, str], style: Print) -> str:
    name = element.tag.removeprefix(SVG)
    head = f"<{name}{_attributes(element, attributes, style)}"
    return (
        f"{head}>{escape(element.text)}</{name}>"
        if element.text and name == "text"
        else f"{head}/>"
    )


def _attributes(element: ET.Element, attributes: Mapping[str, str], style: Print) -> str:
    """Attributes as text: colours of the theme by class, line weights as printed."""
    found = {k: v for k, v in attributes.items() if k not in DROPPED}
    if "stroke-width" in found:
        found["stroke-width"] = f"{float(found['stroke-width']) * style.weight:.3g}"
    if found.get("stroke") == "none" and "opacity" in found:  # the same, without a layer of its own
        found["fill-opacity"] = found.pop("opacity")
    if "c-line" in found.get("class", "").split() and not len(element) and "opacity" in found:
        found["stroke-opacity"] = found.pop("opacity")
    colours = PALETTES[style.theme]
    for tag in found.get("class", "").split():
        kind, _, role = tag.partition("-")
        if tag == "c-ink":  # on groups it is the outline, on dots the fill
            found["stroke" if element.tag == f"{SVG}g" else "fill"] = colours["ink"]
        elif role in colours:
            found["fill" if kind == "c" else "stroke"] = colours[role]
    return "".join(f" {k}={quoted(v)}" for k, v in found.items())
