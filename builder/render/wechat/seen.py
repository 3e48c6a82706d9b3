"""How each element of an article is seen: sizes, colours by day and by night, what is passed down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from builder.render.wechat import colour
from builder.render.wechat.colour import Colour
from builder.render.wechat.tree import Node, Tree

# WeChat's page around an article: 17 px words in 90 % black, on white; 16 px free at either side of a phone of 375 px.
WORDS, LINE = 17.0, 1.6
LIGHT_INK = Colour(0, 0, 0, 0.9)
PHONE, LINE_WIDTH = 375.0, 343.0
SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83, "sub": 0.83}
SIZES |= {"sup": 0.83, "rt": 0.5}
BOLD = frozenset({"b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
UNITS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
LENGTH = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))(px|pt|pc|in|cm|mm|em|rem|vw|vh|%|)")
SCROLLS = frozenset({"auto", "scroll"})


@dataclass(frozen=True, slots=True)
class Look:
    """What an element hands down. `ink`, `paper`: by day; `dark_ink`, `dark_paper`: by night, opaque.

    `given`: the text's own colour by day, if any element around set one; `behind`: the turned background
    that WeChat judges texts by.
    """

    size: float = WORDS
    line: float = LINE * WORDS
    factor: float = LINE  # of the size; 0: `line` is fixed
    bold: bool = False
    ink: Colour = LIGHT_INK
    paper: Colour = colour.PAPER
    dark_ink: Colour = colour.DARK_INK
    dark_paper: Colour = colour.DARK_PAPER
    given: Colour | None = None
    behind: Colour = colour.DARK_PAPER
    one_line: bool = False
    scrolls: bool = False
    free: bool = False  # of the rules on widths
    drawn: bool = False  # inside svg
    cell: bool = False  # inside a cell of a table


def pixels(value: str, size: float, whole: float = LINE_WIDTH) -> float | None:
    """A length in pixels; None when it is none. A bare number other than 0 is no length."""
    matched = LENGTH.fullmatch(value.strip().lower())
    if matched is None:
        return None
    number, unit = float(matched[1]), matched[2]
    if unit in UNITS:
        return number * UNITS[unit]
    if unit == "":
        return 0.0 if number == 0 else None
    per = {"em": size, "rem": 16.0, "vw": PHONE / 100, "vh": 6.67, "%": whole / 100}
    return number * per[unit]


def background(style: dict[str, str]) -> Colour | None:
    """The background that a style sets."""
    value = style.get("background-color") or style.get("background", "")
    if "gradient" in value or "url(" in value:
        return None
    return colour.first(value)


def looks(tree: Tree) -> Iterator[tuple[Node, Look, Look]]:
    """Every element, with how it is seen and how what is around it is seen."""
    stack = [(node, Look()) for node in reversed(tree.root.elements)]
    while stack:
        node, around = stack.pop()
        look = _look(node, around)
        yield node, look, around
        stack += [(child, look) for child in reversed(node.elements)]


def _look(node: Node, around: Look) -> Look:
    style = dict(node.style)
    size = _size(node.tag, style, around)
    line, factor = _line(style, size, around)
    weight = style.get("font-weight", "")
    bold = weight in {"bold", "bolder"} or (weight.isdigit() and int(weight) >= 600)
    space = style.get("white-space", "")
    colours = _colours(node, style, around)
    return Look(
        size,
        line,
        factor,
        bold or (not weight and (around.bold or node.tag in BOLD)),
        *colours,
        one_line=space in {"nowrap", "pre"} if space else around.one_line or node.tag == "pre",
        scrolls=around.scrolls or scroller(style),
        free=around.free or "data-ignore-width" in node.attrs,
        drawn=around.drawn or node.tag == "svg",
        cell=around.cell or node.tag in {"td", "th"},
    )


def scroller(style: dict[str, str]) -> bool:
    """True when what is too wide can be moved into view."""
    both = style.get("overflow", "").split()
    return bool(SCROLLS & {style.get("overflow-x", ""), style.get("overflow-y", ""), *both})


def _size(tag: str, style: dict[str, str], around: Look) -> float:
    given = pixels(style.get("font-size", ""), around.size, around.size)
    return around.size * SIZES.get(tag, 1.0) if given is None else given


def _line(style: dict[str, str], size: float, around: Look) -> tuple[float, float]:
    value = style.get("line-height", "").strip().lower()
    if re.fullmatch(r"\d*\.?\d+", value):
        return float(value) * size, float(value)
    fixed = pixels(value, size, size)
    if fixed is not None:
        return fixed, 0.0
    if value == "normal":
        return 1.4 * size, 1.4
    return (around.factor * size, around.factor) if around.factor else (around.line, 0.0)


def _colours(
    node: Node, style: dict[str, str], around: Look
) -> tuple[Colour, Colour, Colour, Colour, Colour | None, Colour]:
    """Ink and paper by day and by night, as WeChat turns them."""
    paper, dark_paper, behind = around.paper, around.dark_paper, around.behind
    ink, dark_ink, given = around.ink, around.dark_ink, around.given
    if node.tag == "a":
        ink, dark_ink = colour.LINK, colour.DARK_LINK
    ground = background(style)
    own = colour.parse(style.get("color", ""))
    keeps = "data-no-dark" in node.attrs
    if ground is not None:
        turned = ground if keeps else colour.dark_background(ground)
        paper, dark_paper = colour.over(ground, paper), colour.over(turned, dark_paper)
        if ground.a >= colour.UNSEEN and not keeps:
            behind = turned
            if own is None:
                dark_ink = colour.dark_ink(given or colour.INK, turned)
    if own is not None:
        ink, given = own, own
        dark_ink = own if keeps else colour.dark_ink(own, behind)
    return ink, paper, dark_ink, dark_paper, given, behind
