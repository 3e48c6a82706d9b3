"""Boxes in a text: alerts, what a reader could fold out on the site, and tabs, all of it open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from builder.render.wechat.prose_tree import Element

if TYPE_CHECKING:
    from builder.render.wechat.prose import Prose

GROUND = re.compile(r";?background:[^;]*")
# What an alert is called where its author gave no title, and which box it has.
LABELS = {
    "note": "说明",
    "info": "说明",
    "abstract": "摘要",
    "summary": "摘要",
    "important": "重要",
    "todo": "待办",
    "tip": "窍门",
    "hint": "窍门",
    "success": "完成",
    "check": "完成",
    "done": "完成",
    "question": "问题",
    "help": "问题",
    "faq": "问题",
    "warning": "注意",
    "caution": "注意",
    "attention": "注意",
    "failure": "不对",
    "fail": "不对",
    "missing": "不对",
    "danger": "严禁",
    "error": "错误",
    "bug": "差错",
    "example": "举例",
    "quote": "引文",
    "cite": "引文",
}
BOXES = {
    "note-good": frozenset({"tip", "hint", "success", "check", "done"}),
    "note-warn": frozenset({"warning", "caution", "attention", "important", "todo"}),
    "note-stop": frozenset({"danger", "error", "failure", "fail", "missing", "bug"}),
}


def alert(prose: Prose, element: Element) -> str:
    """An alert: its title in Chinese, then its text."""
    return _box(prose, element, element.children)


def fold(prose: Prose, element: Element) -> str:
    """What folds out on the site stands open: nothing in an article answers to a finger."""
    return _box(prose, element, element.children)


def tabs(prose: Prose, element: Element) -> str:
    """Tabs one after another, each under its name."""
    out = []
    for name, page in tab_pages(element):
        title = prose.theme.put("p", "note-title", prose.inline.run(name.children))
        out.append(prose.theme.put("section", "fold", title + prose.blocks(page.children, "tight")))
    return "".join(out)


def tab_pages(element: Element) -> Iterable[tuple[Element, Element]]:
    """The names and pages of a set of tabs."""
    names = [e for e in _own(element, "tabbed-labels") if e.tag == "label"]
    pages = [e for e in _own(element, "tabbed-content") if "tabbed-block" in e.classes]
    return zip(names, pages, strict=False)


def named(element: Element, title: str) -> str:
    """The title of a box: in Chinese, where its author wrote none and it has its kind's."""
    kind = _kind(element)
    return LABELS.get(kind, title) if title.lower() == kind else title


def _kind(element: Element) -> str:
    return next((c for c in element.classes if c != "admonition"), "")


def _own(element: Element, holder: str) -> Iterable[Element]:
    """What a set of tabs holds itself: a page of it may be a set of its own."""
    return (e for held in element.elements if holder in held.classes for e in held.elements)


def _box(prose: Prose, element: Element, children: Iterable[Element | str]) -> str:
    prose.boxes += 1
    title, rest = "", []
    for child in children:
        if isinstance(child, Element) and _names(child):
            title = prose.inline.run(child.children)
        else:
            rest.append(child)
    kind, title = _kind(element), named(element, title)
    head = prose.theme.put("p", "note-title", title) if title else ""
    role = next((r for r, known in BOXES.items() if kind in known), "note" if kind else "fold")
    inside = head + prose.blocks(rest, "tight")
    prose.boxes -= 1
    if not inside:
        return ""
    style = prose.theme.style(role)
    if prose.boxes:  # one ground upon another is too bright on a dark screen
        style = GROUND.sub("", style)
    return f'<section style="{style}">{inside}</section>'


def _names(child: Element) -> bool:
    return child.tag == "summary" or "admonition-title" in child.classes
