"""Safe HTML of the site, block by block, as HTML that WeChat keeps.

Every element gets the inline style of its role and nothing else; elements that WeChat drops or mangles
become sections and paragraphs; no visible word is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from builder.render.wechat import code, lists, prose_boxes, prose_formula, prose_media, tables
from builder.render.wechat.prose_inline import INLINE_TAGS, Inline
from builder.render.wechat.prose_tree import Element, tree

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

SILENT = frozenset({"script", "style", "button", "source", "col", "colgroup"})
HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}


class Prose:
    """Makes one text. `press` gives theme, pictures and notes."""

    def __init__(self, press: Press) -> None:
        """One `Prose` a text: footnotes are looked up within it."""
        self.press = press
        self.theme = press.theme
        self.inline = Inline(self)
        self.feet: dict[str, Element] = {}
        self.told: set[str] = set()
        self.boxes = 0  # depth of boxes around what is made

    def whole(self, html: str, role: str = "p") -> str:
        """The text, with its footnotes handed to the notes of the article."""
        root = tree(html)
        self._gather(root)
        made = self.blocks(root.children, role)
        for key in self.feet:  # nobody refers to these, yet they were written
            if key not in self.told:
                self.foot(key)
        return made

    def blocks(self, children: Iterable[Element | str], role: str = "p") -> str:
        """Blocks one after another; words that stand bare among them become paragraphs."""
        out: list[str] = []
        bare: list[Element | str] = []
        for child in children:
            if isinstance(child, str) or child.tag in INLINE_TAGS:
                bare.append(child)
                continue
            out += self._paragraph(bare, role)
            bare = []
            out.append(self.block(child, role))
        return "".join([*out, *self._paragraph(bare, role)])

    def block(self, element: Element, role: str = "p") -> str:
        """One block element."""
        if element.tag in SILENT:
            return ""
        made = BLOCKS.get(element.tag)
        if made is not None:
            return made(self, element)
        if element.tag == "p":
            return self.paragraph(element, role)
        if element.tag in HEADINGS:
            return self._heading(element)
        return self.blocks(element.children, role)

    def paragraph(self, element: Element, role: str = "p") -> str:
        """A paragraph; one that holds a formula alone stands in the middle."""
        shown = (c for c in element.children if isinstance(c, str) or not _way_back(c))
        alone = [c for c in shown if not isinstance(c, str) or c.strip()]
        if len(alone) == 1 and isinstance(alone[0], Element) and _block_formula(alone[0]):
            return prose_formula.alone(self.press, alone[0])
        if "admonition-title" in element.classes:
            return self.theme.put("p", "note-title", self.inline.run(element.children))
        return "".join(self._paragraph(element.children, role))

    def foot(self, key: str) -> int:
        """The number of a footnote, which is set when it is first referred to."""
        notes, name = self.press.notes, f"#{self.press.url}#{key}"
        if name in notes.known:
            return notes.known[name]
        number = notes.add(name)
        self.told.add(key)
        notes.say(number, *self._foot_text(self.feet[key]))
        return number

    def _paragraph(self, children: list[Element | str], role: str) -> list[str]:
        inside = self.inline.run(children)
        return [self.theme.put("p", role, inside)] if inside else []

    def _heading(self, element: Element) -> str:
        role = HEADINGS[element.tag]
        if role == "h2":
            self.press.purse.place = " ".join(element.text.split())[:20]
        inside = self.inline.run(element.children)
        return self.theme.put(role, role, inside) if inside else ""

    def _gather(self, root: Element) -> None:
        """Take the footnotes out of the text."""
        for parent in [root, *root.walk()]:
            for child in list(parent.children):
                if (
                    isinstance(child, Element)
                    and child.tag == "div"
                    and "footnote" in child.classes
                ):
                    parent.children.remove(child)
                    items = (e for e in child.walk() if e.tag == "li" and "id" in e.attrs)
                    self.feet |= {e.attrs["id"]: e for e in items}

    def _foot_text(self, item: Element) -> tuple[str, str]:
        """A footnote's words in one line, paragraphs one after another; from its first block on all below."""
        words = []
        for at, child in enumerate(item.children):
            if isinstance(child, str) or child.tag in INLINE_TAGS:
                words.append(self.inline.run([child]))
            elif child.tag == "p" and not _holds_formula(child):
                words.append(self.inline.run(child.children))
            else:
                return _line(words), self.blocks(item.children[at:], "tight")
        return _line(words), ""


def _line(words: Iterable[str]) -> str:
    return " ".join(filter(None, (w.strip(" \u00a0") for w in words)))


def _holds_formula(element: Element) -> bool:
    return any(map(_block_formula, element.elements))


def _way_back(element: Element) -> bool:
    return "footnote-backref" in element.classes


def _block_formula(element: Element) -> bool:
    return element.tag == "span" and "math-block" in element.classes


def _rule(prose: Prose, element: Element) -> str:
    return prose.theme.open("hr", "hr")


def _quote(prose: Prose, element: Element) -> str:
    inside = prose.blocks(element.children, "tight")
    return prose.theme.put("section", "quote", inside) if inside else ""


def _division(prose: Prose, element: Element) -> str:
    classes = element.classes
    if "admonition" in classes:
        return prose_boxes.alert(prose, element)
    if "tabbed-set" in classes:
        return prose_boxes.tabs(prose, element)
    return prose.blocks(element.children)


def _plain_caption(prose: Prose, element: Element) -> str:
    return prose.theme.put("p", "figcaption", prose.inline.run(element.children))


BLOCKS: dict[str, Callable[[Prose, Element], str]] = {
    "hr": _rule,
    "blockquote": _quote,
    "div": _division,
    "ul": lists.listed,
    "ol": lists.listed,
    "dl": lists.defined,
    "table": tables.table,
    "pre": code.block,
    "details": prose_boxes.fold,
    "figure": prose_media.figure,
    "figcaption": _plain_caption,
}
