"""Safe HTML as a small tree: what the article's makers walk over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode


@dataclass(slots=True, eq=False)
class Element:
    """One element. Its children are elements and texts (characters, not entities)."""

    tag: str
    attrs: dict[str, str]
    children: list[Element | str] = field(default_factory=list)
    source: str = ""  # of drawings alone: as they were written

    @property
    def classes(self) -> list[str]:
        """Names by which the site's style sheet knows it."""
        return self.attrs.get("class", "").split()

    @property
    def elements(self) -> list[Element]:
        """The children that are elements."""
        return [c for c in self.children if isinstance(c, Element)]

    @property
    def text(self) -> str:
        """All words inside."""
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def walk(self) -> Iterator[Element]:
        """All elements inside, in the order of the text."""
        for child in self.elements:
            yield child
            yield from child.walk()

    def first(self, tag: str) -> Element | None:
        """The first element of that name inside."""
        return next((e for e in self.walk() if e.tag == tag), None)


def tree(html: str) -> Element:
    """The tree of a piece of HTML, under an element without a name."""
    from selectolax.lexbor import LexborHTMLParser

    root = Element("", {})
    body = LexborHTMLParser(html).body
    if body is not None:
        _grow(body, root)
    return root


def _grow(node: LexborNode, into: Element) -> None:
    child = node.child
    while child is not None:
        tag = child.tag or ""
        if tag == "-text":
            into.children.append(child.text_content or "")
        elif tag == "svg":
            attrs = _attributes(child)
            into.children.append(Element(tag, attrs, source=child.html or ""))
        elif tag[:1].isalpha():  # no comments
            made = Element(tag, _attributes(child))
            _grow(child, made)
            into.children.append(made)
        child = child.next


def _attributes(node: LexborNode) -> dict[str, str]:
    return {name: value or "" for name, value in node.attributes.items()}
