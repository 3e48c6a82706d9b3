"""The HTML of an article as a tree: every tag and style as it stands there, nothing mended on the way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser


def names(text: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(text.split())


VOID = names("br hr img col wbr input link meta source embed")
DECLARATION = re.compile(r"((?:[^;\"'(]|\"[^\"]*\"|'[^']*'|\([^)]*\))*)(?:;|$)")
ROOT = ""


@dataclass(slots=True, eq=False)
class Node:
    """One element. `start` is its start tag as it stands in the text; `children` are elements and texts."""

    tag: str
    attrs: Mapping[str, str]
    style: Mapping[str, str]
    start: str = ""
    parent: Node | None = None
    children: list[Node | str] = field(default_factory=list)
    closed: bool = False
    twice: tuple[str, ...] = ()  # attributes and properties that it has more than once

    @property
    def elements(self) -> list[Node]:
        """The children that are elements."""
        return [c for c in self.children if isinstance(c, Node)]

    @property
    def own(self) -> str:
        """The words directly inside."""
        return "".join(c for c in self.children if isinstance(c, str))

    @property
    def text(self) -> str:
        """All words inside."""
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def walk(self) -> Iterator[Node]:
        """This element and all inside, as they stand in the text."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def above(self) -> Iterator[Node]:
        """The elements around, innermost first."""
        around = self.parent
        while around is not None and around.tag != ROOT:
            yield around
            around = around.parent


def declarations(style: str) -> dict[str, str]:
    """Properties and values of a style; names in small letters, the last of a name counts."""
    return dict(_declared(style))


def _declared(style: str) -> Iterator[tuple[str, str]]:
    for piece in DECLARATION.findall(style):
        name, colon, value = piece.partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _repeated(named: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(named).items() if count > 1]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node(ROOT, {}, {})
        self.here = self.root
        self.loose: list[str] = []  # end tags without a start
        self.asides: list[str] = []  # comments, doctypes and the like

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = self._open(tag, attrs)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open(tag, attrs).closed = True

    def _open(self, tag: str, attrs: list[tuple[str, str | None]]) -> Node:
        given = {name: value or "" for name, value in reversed(attrs)}  # browsers take the first
        declared = list(_declared(given.get("style", "")))
        node = Node(tag, given, dict(declared), self.get_starttag_text() or "", self.here)
        node.closed = tag in VOID
        again = (*_repeated(name for name, _ in attrs), *_repeated(name for name, _ in declared))
        node.twice = again
        self.here.children.append(node)
        return node

    def handle_endtag(self, tag: str) -> None:
        node: Node | None = self.here
        while node is not None and node.tag != tag:
            node = node.parent
        if node is None or node.tag == ROOT:
            self.loose.append(tag)
            return
        node.closed = True
        self.here = node.parent or self.root

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)

    def handle_comment(self, data: str) -> None:
        self.asides.append(data)

    def handle_decl(self, decl: str) -> None:
        self.asides.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.asides.append(data)

    def handle_pi(self, data: str) -> None:
        self.asides.append(data)


@dataclass(frozen=True, slots=True)
class Tree:
    """An article's HTML. `loose`: end tags without a start. `asides`: comments and the like."""

    root: Node
    loose: tuple[str, ...]
    asides: tuple[str, ...]

    def nodes(self) -> Iterator[Node]:
        """Every element."""
        for child in self.root.elements:
            yield from child.walk()


def read(html: str) -> Tree:
    """Take the HTML of an article apart."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Tree(reader.root, tuple(reader.loose), tuple(reader.asides))
