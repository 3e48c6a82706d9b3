"""Colours as WeChat sees them: read from CSS, measured, and turned for dark mode.

The conversion follows the rules that WeChat publishes for its dark mode (mp-darkmode 1.2.1, "Dark Mode
处理原则"): colours stay as they are unless they would glare or could not be read.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple


class Colour(NamedTuple):
    """Red, green and blue 0–255, and how much of what lies behind is covered, 0–1."""

    r: float
    g: float
    b: float
    a: float = 1.0

    @property
    def css(self) -> str:
        """As it stands in a style."""
        red, green, blue = (round(min(255.0, max(0.0, v))) for v in self[:3])
        if self.a < 1:
            return f"rgba({red},{green},{blue},{self.a:.3g})"
        return f"#{red:02x}{green:02x}{blue:02x}"


WHITE, PAPER, INK = Colour(255, 255, 255), Colour(255, 255, 255), Colour(25, 25, 25)
DARK_PAPER, DARK_INK = Colour(25, 25, 25), Colour(163, 163, 163)
LINK, DARK_LINK = Colour(87, 107, 149), Colour(125, 144, 169)
CLEAR = Colour(255, 255, 255, 0.0)

HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
CALL = re.compile(r"(rgb|hsl)a?\(([^()]*)\)")
FOUND = re.compile(r"#[0-9a-f]{3,8}\b|(?:rgb|hsl)a?\([^()]*\)|\b[a-z]{3,20}\b", re.IGNORECASE)


@lru_cache(1024)
def parse(text: str) -> Colour | None:
    """The colour that a CSS value names; None for what is none (or one that WeChat's turning can't read)."""
    text = text.strip().lower()
    if matched := HEX.fullmatch(text):
        digits = matched[1] if len(matched[1]) > 4 else "".join(2 * c for c in matched[1])
        values = [int(digits[i : i + 2], 16) for i in range(0, len(digits), 2)]
        red, green, blue, *rest = values
        return Colour(red, green, blue, rest[0] / 255 if rest else 1.0)
    if matched := CALL.fullmatch(text):
        return _called(matched[1], re.split(r"[\s,/]+", matched[2].strip()))
    if text == "transparent":
        return CLEAR
    from PIL.ImageColor import colormap, getrgb  # the 148 names of CSS

    return Colour(*getrgb(text)[:3], 1.0) if text in colormap else None


def _called(kind: str, parts: list[str]) -> Colour | None:
    try:
        alpha = _share(parts[3]) if len(parts) == 4 else 1.0
        if len(parts) not in {3, 4}:
            return None
        if kind == "rgb":
            red, green, blue = (_share(p) * 255 if p[-1] == "%" else float(p) for p in parts[:3])
            return Colour(red, green, blue, alpha)
        hue = float(parts[0].removesuffix("deg")) / 360
        return from_hsl(hue % 1, _share(parts[1]), _share(parts[2]), alpha)
    except (ValueError, IndexError):
        return None


def _share(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def first(value: str) -> Colour | None:
    """The first colour in a longer value, such as that of `border`."""
    return next((c for m in FOUND.finditer(value) if (c := parse(m[0])) is not None), None)


def each(value: str, change: Callable[[Colour], Colour]) -> str:
    """A value with every colour in it changed."""

    def one(found: re.Match[str]) -> str:
        given = parse(found[0])
        return found[0] if given is None else change(given).css

    return FOUND.sub(one, value)


def hsl(colour: Colour) -> tuple[float, float, float]:
    """Hue, saturation and lightness, each 0–1."""
    hue, light, saturation = colorsys.rgb_to_hls(*(v / 255 for v in colour[:3]))
    return hue, saturation, light


def from_hsl(hue: float, saturation: float, light: float, alpha: float = 1.0) -> Colour:
    """The colour of a hue, saturation and lightness, each 0–1."""
    red, green, blue = (v * 255 for v in colorsys.hls_to_rgb(hue, light, saturation))
    return Colour(red, green, blue, alpha)


def over(top: Colour, below: Colour) -> Colour:
    """What is seen where `top` lies on `below`, which covers all."""
    mixed = (t * top.a + b * (1 - top.a) for t, b in zip(top[:3], below[:3], strict=True))
    return Colour(*mixed)


def contrast(one: Colour, other: Colour) -> float:
    """The ratio of WCAG 2, 1 to 21."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: Colour) -> float:
    def linear(value: float) -> float:
        share = min(1.0, max(0.0, value / 255))
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = map(linear, colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def brightness(colour: Colour) -> float:
    """How bright a colour looks, 0–255 (W3C AERT)."""
    return (colour.r * 299 + colour.g * 587 + colour.b * 114) / 1000


# --- dark mode --------------------------------------------------------------------------------------

NEARLY_WHITE = 250  # such a text stays; such a background is turned over
BRIGHTEST = 190  # of backgrounds
CLOSEST = 65  # between a text and what lies behind it
BRIGHT = 100  # a background from which on texts are made darker instead of brighter
MIDDLE, DIM = 0.40, 0.22  # lightness of greys that are turned over; of backgrounds, at least
UNSEEN = 0.05  # what covers less is left alone
PAPER_BRIGHTNESS = brightness(DARK_PAPER)
FARTHEST = brightness(DARK_INK) - PAPER_BRIGHTNESS


def _lit(target: float, colour: Colour) -> Colour:
    """The same hue, as bright as `target`."""
    ratio = target / (brightness(colour) or 1.0)
    red, green, blue = (min(255.0, v * ratio) for v in colour[:3])
    if green == 0 or 255 in (red, blue):
        green = (target * 1000 - red * 299 - blue * 114) / 587
    elif red == 0:
        red = (target * 1000 - green * 587 - blue * 114) / 299
    elif blue == 0 or green == 255:
        blue = (target * 1000 - red * 299 - green * 587) / 114
    red, green, blue = (min(255.0, max(0.0, v)) for v in (red, green, blue))
    return Colour(red, green, blue, colour.a)


@lru_cache(1024)
def dark_background(colour: Colour) -> Colour:
    """What WeChat makes of a background in dark mode."""
    if colour.a < UNSEEN:
        return colour
    hue, saturation, light = hsl(colour)
    seen = brightness(colour)
    if (saturation == 0 and light > MIDDLE) or seen > NEARLY_WHITE:
        return from_hsl(0, 0, min(1.0, 1 + hsl(DARK_PAPER)[2] - light), colour.a)
    if seen > BRIGHTEST:
        return _lit(BRIGHTEST, colour)
    if light < DIM:
        return from_hsl(hue, saturation, DIM, colour.a)
    return colour


@lru_cache(1024)
def dark_ink(colour: Colour, behind: Colour = DARK_PAPER) -> Colour:
    """What WeChat makes of a text or a line in dark mode, before the converted background `behind`."""
    if colour.a < UNSEEN:
        return colour
    ground = brightness(behind) * behind.a + PAPER_BRIGHTNESS * (1 - behind.a)
    seen = brightness(colour)
    apart = abs(ground - seen)
    if seen >= NEARLY_WHITE:
        return colour
    if apart > FARTHEST and ground <= PAPER_BRIGHTNESS + 2:
        return _lit(FARTHEST + ground, colour)
    if apart >= CLOSEST:
        return colour
    hue, saturation, light = hsl(colour)
    turned = from_hsl(hue, saturation, max(0.0, 0.9 - light), colour.a)
    if ground >= BRIGHT:
        if light > 0.9 - MIDDLE:
            return dark_ink(turned, behind)
        return _lit(min(FARTHEST, ground - CLOSEST), colour)
    if light <= MIDDLE:
        return dark_ink(turned, behind)
    return _lit(min(FARTHEST, ground + CLOSEST), colour)
