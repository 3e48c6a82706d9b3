"""Words within a line: emphasis, marks, links as numbers, formulas, pictures, ruby."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from builder.render.wechat import links
from builder.render.wechat.prose_formula import formula
from builder.render.wechat.prose_media import inline_picture
from builder.render.wechat.prose_tree import Element
from builder.render.wechat.themes import written

if TYPE_CHECKING:
    from builder.render.wechat.prose import Prose

KEPT = {"strong": "strong", "b": "strong", "sub": "sub", "del": "s", "s": "s", "ins": "u"}
CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
NOTED = frozenset({"pic-notes", "pic-note", "pic-ai"})  # whose a picture is, and what made it
BLANKS = re.compile(r"[ \t\r\n\f]+")
DONE, OPEN = BOXES = ("☑\ufe0e", "☐\ufe0e")  # as signs, not as little pictures
PLAIN_LINKS = frozenset({"term-link", "num-link"})
INLINE_TAGS = frozenset(
    {
        "a",
        "abbr",
        "b",
        "br",
        "code",
        "data",
        "del",
        "em",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "mark",
        "picture",
        "rp",
        "rt",
        "ruby",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "svg",
    }
)


class Inline:
    """Makes runs of words for one text."""

    def __init__(self, prose: Prose) -> None:
        """`prose` knows theme, notes and footnotes."""
        self.prose = prose
        self.theme = prose.theme
        self.keep = "keep"  # the role of a number that stays whole; none where nothing wraps

    def run(self, children: Iterable[Element | str]) -> str:
        """Children as words, without blanks at the ends."""
        return self.raw(children).strip(" ")

    def raw(self, children: Iterable[Element | str]) -> str:
        """Children as words, as they stand."""
        return "".join(
            self.theme.words(BLANKS.sub(" ", c), self.keep) if isinstance(c, str) else self.one(c)
            for c in children
        )

    def one(self, element: Element) -> str:
        """One element within a line."""
        made = INLINE.get(element.tag)
        if made is not None:
            return made(self, element)
        if element.tag in KEPT:
            return self._wrapped(KEPT[element.tag], element)
        if element.tag in {"script", "style", "source", "button"}:
            return ""
        return self.raw(element.children)

    def _wrapped(self, tag: str, element: Element) -> str:
        inside = self.raw(element.children)
        return f"<{tag}>{inside}</{tag}>" if inside.strip() else inside

    def span(self, element: Element) -> str:
        """A formula, who drew a picture; else only what is inside: numbers are kept whole anyway."""
        classes = element.classes
        if "math" in classes:
            return formula(self.prose.press, element)
        inside = self.raw(element.children)
        if "pic-notes" in classes or "pic-note" in classes:
            return f"\u3000{inside.strip()}"
        if "pic-ai" in classes:
            return f"\u3000{self.theme.put('span', 'stamp', inside)}"
        if "stamp" in classes:
            return self.theme.put("span", "stamp", inside)
        return inside

    def emphasis(self, element: Element) -> str:
        """Slanted Latin; Chinese characters are not slanted but dotted."""
        inside = self.raw(element.children)
        if not CHINESE.search(element.text):
            return f"<em>{inside}</em>" if inside.strip() else inside
        return self.theme.put("em", "dotted", inside)

    def marked(self, element: Element) -> str:
        """Words under the marker."""
        return self.theme.put("span", "mark", self.raw(element.children))

    def code(self, element: Element) -> str:
        """Code within a line; blanks as they were."""
        words = written(element.text)
        words = re.sub(r" (?= )|^ | $", "\u00a0", words.replace("\n", " "))
        return self.theme.put("code", "code", words) if words else ""

    def raised(self, element: Element) -> str:
        """A footnote's number, or words raised."""
        anchor = element.first("a")
        if anchor is not None and "footnote-ref" in anchor.classes:
            key = anchor.attrs.get("href", "")[1:]
            return self.number(self.prose.foot(key)) if key in self.prose.feet else ""
        return self._wrapped("sup", element)

    def number(self, number: int) -> str:
        """The number of a note within the text."""
        return self.theme.put("sup", "ref", f"[{number}]")

    def link(self, element: Element) -> str:
        """A link: kept when it leads to a WeChat article, else its words and the number of a note.

        A term's link stays plain: its card explains a word, and a note for each word would bury those
        that an author chose to give. So does that of a number.
        """
        href, classes = element.attrs.get("href", ""), element.classes
        if "footnote-backref" in classes:
            return ""
        press, inside = self.prose.press, self.raw(element.children)
        if not href or PLAIN_LINKS & {*classes} or links.same_page(href, press.url):
            return inside
        url = links.target(href, press.url)
        if not url:
            press.said.append(f"链接“{_said(element)}”的网址写错了，文章里只有文字，没有网址")
            return inside
        if links.shows_itself(element.text.strip(), url):
            return self.theme.put("span", "address", written(element.text.strip()))
        return press.linked(url, _said(element), inside)

    def box(self, element: Element) -> str:
        """A task's box as a sign; other controls are not for readers of an article."""
        if element.attrs.get("type") != "checkbox":
            return ""
        return DONE if "checked" in element.attrs else OPEN

    def ruby(self, element: Element) -> str:
        """Characters with their sound above; where that is dropped, it stands in brackets."""
        inside = "".join(
            f"<{c.tag}>{self.raw(c.children)}</{c.tag}>"
            if isinstance(c, Element) and c.tag in {"rt", "rp"}
            else self.raw([c])
            for c in element.children
        )
        return f"<ruby>{inside}</ruby>"

    def picture(self, element: Element) -> str:
        """A picture within a line."""
        return inline_picture(self.prose.press, element)


def _said(element: Element) -> str:
    """The words of a link; of a picture what it shows, not who drew it."""
    pictures = [e for e in element.walk() if e.tag == "img"]
    words = "".join(map(_bare, element.children)).strip()
    return words or "、".join(filter(None, (e.attrs.get("alt", "") for e in pictures)))


def _bare(child: Element | str) -> str:
    if isinstance(child, str):
        return child
    return "" if NOTED & {*child.classes} else "".join(map(_bare, child.children))


INLINE: dict[str, Callable[[Inline, Element], str]] = {
    "a": Inline.link,
    "br": lambda inline, element: "<br>",
    "code": Inline.code,
    "kbd": Inline.code,
    "em": Inline.emphasis,
    "i": Inline.emphasis,
    "img": Inline.picture,
    "picture": Inline.picture,
    "input": Inline.box,
    "mark": Inline.marked,
    "ruby": Inline.ruby,
    "span": Inline.span,
    "sup": Inline.raised,
    "label": lambda inline, element: "",
    "svg": lambda inline, element: "",
}
