"""Numbers that the gate put into a text: `[5.2%](num:cpi "5.2 what must be told of it")` as HTML.

A `<data class="num">` with its bare value, linked to the card of its indicator; within another link
and in a heading there is no second link.
"""

from __future__ import annotations

import re
from collections.abc import Container
from xml.etree import ElementTree as Xml

SCHEME = "num:"
MARK = f"]({SCHEME}"
NESTED = re.compile(r"\[([^\[\]]*)\]\(num:([a-z0-9-]+) \"([^\"]*)\"\)")
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def place(root: Xml.Element, links: Container[str]) -> None:
    """Make every number of a text what it is to be. `links` has the ids that have an address."""
    quiet = {id(a) for h in root.iter() if h.tag in HEADINGS for a in h.iter("a")}
    quiet |= {id(a) for outer in root.iter("a") for a in outer.iter("a") if a is not outer}
    for element in list(root.iter("a")):
        href = element.get("href", "")
        if href.startswith(SCHEME):
            card = f"indicator:{href.removeprefix(SCHEME)}"
            _number(element, card if card in links and id(element) not in quiet else "")
        else:
            for holder in list(element.iter()):
                _nested(holder)


def bare(heading: Xml.Element) -> str:
    """The words of a heading without its numbers, so that its id lasts when they change."""
    gone = {id(part) for data in heading.iter("data") for part in data.iter()}
    told = [heading.text or ""]
    for part in heading.iter():
        if part is not heading:
            told += ["" if id(part) in gone else part.text or ""]
            told += [part.tail or "" if id(part) not in gone or part.tag == "data" else ""]
    return "".join(told)


def _number(element: Xml.Element, href: str) -> None:
    value, _, told = element.get("title", "").partition(" ")
    children, words = list(element), element.text
    tail = element.tail
    element.clear()
    inner = element
    if href:
        element.set("class", "num-link")
        element.set("href", href)
        inner = Xml.SubElement(element, "data")
    element.tag = "a" if href else "data"
    element.tail = tail
    element.set("title", told)
    inner.set("class", "num")
    inner.set("value", value)
    inner.text = words
    inner.extend(children)


def _nested(holder: Xml.Element) -> None:
    """Numbers within the words of a link: Markdown knows no link within a link."""
    if holder.text and MARK in holder.text:
        holder.text, made = _split(holder.text)
        holder[:0] = made
    for index, child in reversed(list(enumerate(holder))):
        if child.tail and MARK in child.tail:
            child.tail, made = _split(child.tail)
            holder[index + 1 : index + 1] = made


def _split(text: str) -> tuple[str, list[Xml.Element]]:
    """The words before the first number, and the numbers, each with the words after it."""
    pieces = NESTED.split(text)
    made = list[Xml.Element]()
    for words, _, title, after in zip(
        pieces[1::4], pieces[2::4], pieces[3::4], pieces[4::4], strict=True
    ):
        value, _, told = title.partition(" ")
        element = Xml.Element("data", {"class": "num", "value": value, "title": told})
        element.text, element.tail = words, after
        made.append(element)
    return pieces[0], made
