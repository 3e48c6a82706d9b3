"""A text as plain lines, for places that take no HTML."""

from __future__ import annotations

from collections.abc import Iterator

from builder.render.wechat.prose_tree import Element, tree

LINES = frozenset(
    {"p", "li", "tr", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "dt", "dd", "br"}
)
SILENT = frozenset({"script", "style", "button", "img", "picture", "figcaption"})


def lines(html: str) -> str:
    """Paragraphs and items one a line, formulas as they were written, addresses behind their words."""
    rows = "".join(_pieces(tree(html))).split("\n")
    return "\n".join(filter(None, (" ".join(row.split()) for row in rows)))


def _pieces(element: Element) -> Iterator[str]:
    for child in element.children:
        if isinstance(child, str):
            yield child.replace("\n", " ")
        elif child.tag == "svg":
            yield child.attrs.get("aria-label", "").removeprefix("公式 ")
        elif child.tag not in SILENT and not _note(child):
            yield from _framed(child)


def _note(element: Element) -> bool:
    """Whether it is the way to a note or back: the note itself comes at the end."""
    return bool({"footnote-ref", "footnote-backref"} & {*element.classes})


def _framed(element: Element) -> Iterator[str]:
    end = "\n" if element.tag in LINES else ""
    yield end
    yield from _pieces(element)
    href = element.attrs.get("href", "")
    if "//" in href and href not in element.text:
        yield f"（{href}）"
    yield " " if element.tag in {"td", "th"} else end
