"""Lists of any depth as lines with markers of their own: WeChat puts stray bullets into nested lists.

Every item is a paragraph, however deep it lies: how far it is set in says where it belongs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.render.wechat.prose_inline import BOXES, INLINE_TAGS
from builder.render.wechat.prose_tree import Element

if TYPE_CHECKING:
    from builder.render.wechat.prose import Prose

BULLETS = ("•", "◦", "▪")
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
STEP = 1.5  # em that each level is set in
DEEPEST = 6  # levels that are set in further: a phone has room for no more
Children = Sequence[Element | str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the words of an item stand: em from the left, of which `marker` em are the marker's."""

    left: float
    marker: float


def listed(prose: Prose, element: Element) -> str:
    """A list and all lists in it."""
    rows = _rows(prose, element, 1)
    return prose.theme.put("section", "list", rows) if rows else ""


def defined(prose: Prose, element: Element) -> str:
    """Terms, and set in below each what it means."""
    out: list[str] = []
    for child in element.elements:
        if child.tag == "dt":
            out.append(prose.theme.put("p", "dt", prose.inline.run(child.children)))
        elif any(c.tag not in INLINE_TAGS for c in child.elements):
            inside = prose.blocks(child.children, "tight")
            out.append(prose.theme.put("section", "dd", inside))
        else:
            out.append(prose.theme.put("p", "dd", prose.inline.run(child.children)))
    return prose.theme.put("section", "list", "".join(out)) if out else ""


def _rows(prose: Prose, element: Element, depth: int) -> str:
    start = element.attrs.get("start", "1")
    first = int(start) if start.lstrip("-").isdigit() else 1
    items = [e for e in element.elements if e.tag == "li"]
    markers = [_marker(element.tag, first + n, depth) for n in range(len(items))]
    wide = max([STEP, *(0.6 * len(m) + 0.3 for m in markers)])
    place = Place(STEP * (min(depth, DEEPEST) - 1) + wide, wide)
    pairs = zip(items, markers, strict=True)
    return "".join(_item(prose, item, marker, place, depth) for item, marker in pairs)


def _marker(tag: str, number: int, depth: int) -> str:
    """What stands before an item: numbers go 1. (1) ① as in official papers."""
    if tag == "ul":
        return BULLETS[(depth - 1) % len(BULLETS)]
    if depth % 3 == 2:
        return f"({number})"
    if depth % 3 == 0 and 1 <= number <= len(CIRCLED):
        return CIRCLED[number - 1]
    return f"{number}."


def _item(prose: Prose, item: Element, marker: str, place: Place, depth: int) -> str:
    """The first words of an item behind its marker, then what else it holds."""
    lead, rest = _led(item.children)
    words = prose.inline.run(lead)
    for box in BOXES if marker in BULLETS else ():
        if words.startswith(box):
            marker, words = box, words[len(box) :].lstrip(" ")
    out = [_line(prose, f"{_marked(prose, marker, place)}{words}", place)]
    for child in rest:
        if isinstance(child, Element) and child.tag in {"ul", "ol"}:
            out.append(_rows(prose, child, depth + 1))
        else:
            out.append(_within(prose, child, place))
    return "".join(out)


def _led(children: Children) -> tuple[Children, Children]:
    """The words with which an item begins, and the rest of it without blanks."""
    kept = [c for c in children if not isinstance(c, str) or c.strip()]
    if kept and isinstance(kept[0], Element) and kept[0].tag == "p":
        return kept[0].children, kept[1:]
    at = 0
    while at < len(children):
        child = children[at]
        if isinstance(child, Element) and child.tag not in INLINE_TAGS:
            break
        at += 1
    return children[:at], [c for c in children[at:] if not isinstance(c, str) or c.strip()]


def _line(prose: Prose, inside: str, place: Place) -> str:
    geometry = f"padding-left:{place.left:g}em;text-indent:-{place.marker:g}em"
    return f'<p style="{prose.theme.style("item")};{geometry}">{inside}</p>'


def _marked(prose: Prose, marker: str, place: Place) -> str:
    style = f"{prose.theme.style('marker')};width:{place.marker:g}em"
    return f'<span style="{style}">{marker}</span>'


def _within(prose: Prose, child: Element | str, place: Place) -> str:
    """A further block of an item, set in as its words are."""
    inside = prose.blocks([child], "tight")
    return f'<section style="padding-left:{place.left:g}em">{inside}</section>' if inside else ""
