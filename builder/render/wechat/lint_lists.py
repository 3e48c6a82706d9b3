"""What may stand in an article at all: styles with their values, and attributes, by list.

What is not named here is refused, so that nothing new slips through: what WeChat takes out, what hides
words, what turns them about. The renderer needs a part of it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from builder.render.wechat import colour
from builder.render.wechat.tree import names

NUMBER = r"-?(?:\d+\.?\d*|\.\d+)"
LENGTH = rf"{NUMBER}(?:px|pt|em|rem|vw|vh|%)?"
SIZE = rf"(?:auto|{LENGTH})"
SIZES = rf"{SIZE}(?:\s+{SIZE}){{0,3}}"
LINES = frozenset(
    {"none", "hidden", "solid", "dashed", "dotted", "double", "thin", "medium", "thick"}
)
INHERITED = frozenset({"inherit", "initial", "unset", "currentcolor"})
GRADIENT = r"(?:-webkit-)?(?:repeating-)?(?:linear|radial)-gradient\([^()]*(?:\([^()]*\)[^()]*)*\)"


def _words(text: str) -> str:
    """One of these words."""
    return "|".join(text.split())


PLACES = "flex-start flex-end center baseline stretch space-between space-around start end"
SIDES = ("top", "right", "bottom", "left")
# The values of each property; colours and lines (COLOUR, EDGE) are judged piece by piece.
COLOUR = names("color background-color caret-color border-color fill stroke") | {
    f"border-{side}-color" for side in SIDES
}
EDGE = {"border", *(f"border-{side}" for side in SIDES)}
VALUES: dict[str, str] = {
    **{f"{box}{side}": SIZE for box in ("margin-", "padding-") for side in SIDES},
    **dict.fromkeys(("margin", "padding"), SIZES),
    **dict.fromkeys(("width", "min-width", "height", "min-height", "flex-basis"), SIZE),
    **dict.fromkeys(("max-width", "max-height"), rf"none|{SIZE}"),
    **{f"border-{side}-width": LENGTH for side in SIDES},
    "background": rf"none|{GRADIENT}",
    "background-image": rf"none|{GRADIENT}",
    "border-width": SIZES,
    "border-style": rf"(?:{'|'.join(sorted(LINES))}|\s)+",
    "border-radius": rf"{SIZES}(?:\s*/\s*{SIZES})?",
    "border-collapse": _words("collapse separate"),
    "border-spacing": SIZES,
    "display": _words("block inline inline-block flex inline-flex table table-row table-cell"),
    "flex": rf"none|auto|{SIZES}",
    "flex-grow": NUMBER,
    "flex-shrink": NUMBER,
    "flex-direction": _words("row column"),
    "flex-wrap": _words("wrap nowrap"),
    "align-items": _words(PLACES),
    "align-self": _words(PLACES),
    "justify-content": _words(PLACES),
    "gap": SIZES,
    "font-size": LENGTH,
    "font-style": _words("normal italic"),
    "font-weight": r"normal|bold|[1-9]00",
    "line-height": rf"normal|{LENGTH}",
    "letter-spacing": r"normal|0|(?:0?\.\d+|1)(?:px|em)",
    "text-align": _words("left center right justify"),
    "text-decoration": rf"(?:{_words('none underline line-through solid dotted dashed')}|\s)+",
    "text-indent": LENGTH,
    "text-overflow": _words("ellipsis clip"),
    "text-emphasis": r"(?:none|dot|filled|open|circle|\s)+",
    "-webkit-text-emphasis": r"(?:none|dot|filled|open|circle|\s)+",
    "text-emphasis-position": r"(?:under|over|right|left|\s)+",
    "vertical-align": rf"{_words('top middle bottom baseline super sub text-top text-bottom')}|{LENGTH}",
    "white-space": _words("normal nowrap pre pre-wrap pre-line"),
    "word-break": _words("normal keep-all break-word"),
    "word-wrap": _words("normal break-word"),
    "overflow-wrap": _words("normal break-word anywhere"),
    "overflow": r"(?:visible|auto|scroll|hidden)(?:\s+(?:visible|auto|scroll|hidden))?",
    "overflow-x": _words("visible auto scroll hidden"),
    "overflow-y": _words("visible auto scroll hidden"),
    "list-style": _words("none disc circle square decimal"),
    "list-style-type": _words("none disc circle square decimal"),
    "opacity": r"1|1\.0|0?\.[5-9]\d*|[5-9]\d%|100%",
    "caret-color": "auto",
}
DRAWN: dict[str, str] = {
    "fill": "none",
    "stroke": "none",
    "stroke-width": LENGTH,
    "transform": rf"(?:(?:translate|scale|rotate)[XY]?\((?:{LENGTH}(?:deg)?[\s,]*)+\)\s*)+|none",
}

SHARED = names(
    "style lang role title leaf nodeleaf textstyle aria-label aria-hidden data-ignore-width data-ignore-dm dir"
)
OWN = {
    "a": names("href"),
    "img": names("src alt data-w data-ratio data-type"),
    "td": names("colspan rowspan"),
    "th": names("colspan rowspan scope"),
    "ol": names("start type"),
    "col": names("span"),
    "colgroup": names("span"),
}
ANIMATED = names("x y cx cy r rx ry width height d points opacity fill stroke transform")
DRAWING = names(
    "viewbox preserveaspectratio xmlns d x y x1 y1 x2 y2 cx cy r rx ry width height points transform fill stroke"
    " fill-rule stroke-width stroke-linecap stroke-linejoin stroke-dasharray text-anchor font-size font-weight"
    " dominant-baseline attributename begin dur values from to by repeatcount restart type additive calcmode"
    " keytimes keysplines"
)


def attribute(tag: str, name: str, drawn: bool) -> bool:
    """Whether an element may have an attribute."""
    if name in SHARED or name in OWN.get(tag, ()):
        return True
    return drawn and name in DRAWING


def known(name: str, drawn: bool) -> bool:
    """Whether a property may be set."""
    return name in VALUES or name in COLOUR or name in EDGE or (drawn and name in DRAWN)


@lru_cache(maxsize=4096)
def sound(name: str, value: str, drawn: bool) -> bool:
    """Whether a property may have a value."""
    value = value.lower()
    if value in INHERITED:
        return True
    if name in EDGE:
        return all(_edge(piece) for piece in pieces(value))
    if (name in COLOUR or name == "background") and all(map(colour.parse, pieces(value))):
        return True
    found = VALUES.get(name) or (DRAWN.get(name) if drawn else None)
    return found is not None and re.fullmatch(found, value) is not None


def pieces(value: str) -> list[str]:
    """A value apart at its blanks, calls whole."""
    return re.split(r"\s+(?![^()]*\))", value.strip())


def _edge(piece: str) -> bool:
    return (
        piece in LINES
        or piece in INHERITED
        or colour.parse(piece) is not None
        or re.fullmatch(LENGTH, piece) is not None
    )
