"""A text as plain lines, for places that take no HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from builder.render.wechat.prose_boxes import named, tab_pages
from builder.render.wechat.prose_inline import DONE, OPEN
from builder.render.wechat.prose_tree import Element, tree

LINES = frozenset(
    {"p", "li", "tr", "h2", "h3", "h4", "h5", "h6", "blockquote", "dt", "dd", "br", "figcaption"}
)
SILENT = frozenset({"script", "style", "button", "img", "picture"})
BLANKS = re.compile(r"[ \t\r\f]+")
DESCRIBED = re.compile(r"<desc\b[^>]*>(.*?)</desc>", re.DOTALL)
NO_BREAK = "\u00a0"  # keeps the blanks of code
Lines = Iterator[str]


def lines(html: str) -> str:
    """Paragraphs and items one a line, formulas as they were written, addresses behind their words."""
    rows = "".join(_pieces(tree(html))).split("\n")
    kept = (BLANKS.sub(" ", row).lstrip(" ").rstrip(f" {NO_BREAK}") for row in rows)
    return "\n".join(filter(None, kept))


def _pieces(element: Element) -> Lines:
    for child in element.children:
        if isinstance(child, str):
            yield child.replace("\n", " ")
        elif child.tag not in SILENT and not _note(child):
            yield from OWN.get(_sort(child), _framed)(child)


def _note(element: Element) -> bool:
    """Whether it is the way to a note or back: the note itself comes at the end."""
    return bool({"footnote-ref", "footnote-backref"} & {*element.classes})


def _sort(element: Element) -> str:
    """What it is: some are known by their class."""
    found = {"chart", "tabbed-set", "admonition", "footnote"} & {*element.classes}
    return found.pop() if found else element.tag


def _inside(element: Element) -> str:
    return "".join(_pieces(element)).strip("\n ")


def _framed(element: Element) -> Lines:
    end = "\n" if element.tag in LINES else ""
    yield end
    yield from _pieces(element)
    href = element.attrs.get("href", "")
    if "//" in href and href not in element.text:
        yield f"（{href}）"
    yield " " if element.tag in {"td", "th"} else end


def _drawn(element: Element) -> Lines:
    yield element.attrs.get("aria-label", "").removeprefix("公式 ")


def _task(element: Element) -> Lines:
    if element.attrs.get("type") == "checkbox":
        yield (DONE if "checked" in element.attrs else OPEN)[0]


def _numbered(element: Element) -> Lines:
    start = element.attrs.get("start", "1")
    items = [e for e in element.elements if e.tag == "li"]
    for number, item in enumerate(items, int(start) if start.isdigit() else 1):
        yield f"\n{number}. {_inside(item)}\n"


def _notes(element: Element) -> Lines:
    """Footnotes, one a line: nothing in such a text refers to their numbers."""
    yield from (f"\n{_inside(item)}\n" for item in element.walk() if item.tag == "li")


def _code(element: Element) -> Lines:
    yield "\n" + element.text.replace("\t", "    ").replace(" ", NO_BREAK) + "\n"


def _alert(element: Element) -> Lines:
    for child in element.elements:
        if child.tag == "summary" or "admonition-title" in child.classes:
            yield f"\n{named(element, _inside(child))}\n"
        else:
            yield f"\n{_inside(child)}\n" if child.tag == "p" else "".join(_pieces_of(child))


def _pieces_of(element: Element) -> Lines:
    """An element with all that belongs to it."""
    return _pieces(Element("", {}, [element]))


def _tabs(element: Element) -> Lines:
    for name, page in tab_pages(element):
        yield f"\n{_inside(name)}\n{_inside(page)}\n"


def _chart(element: Element) -> Lines:
    """Its title, what it says in words, what must be said of its numbers."""
    parts = list(element.walk())
    title = next((e for e in parts if "fig-title" in e.classes), None)
    note = next((e for e in parts if "fig-note" in e.classes), None)
    if title is not None:
        unit = "".join(f"（{e.text.strip()}）" for e in title.elements if e.tag == "small")
        yield "\n" + "".join(c for c in title.children if isinstance(c, str)) + unit
    drawing = element.first("svg")
    said = DESCRIBED.search(drawing.source) if drawing is not None else None
    yield f"\n{tree(said[1]).text}\n" if said else "\n"
    if note is not None:
        yield " ".join(c if isinstance(c, str) else c.text for c in note.children) + "\n"


OWN: dict[str, Callable[[Element], Lines]] = {
    "svg": _drawn,
    "input": _task,
    "ol": _numbered,
    "footnote": _notes,
    "pre": _code,
    "admonition": _alert,
    "details": _alert,
    "tabbed-set": _tabs,
    "chart": _chart,
}
