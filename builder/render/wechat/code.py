"""Blocks of code: every blank and every line as written, in the few colours that read on any ground.

WeChat swallows lone blanks and line ends in code, so blanks are unbreakable ones and lines end in `<br>`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from builder.render.wechat.prose_tree import Element
from builder.render.wechat.themes import written

if TYPE_CHECKING:
    from builder.render.wechat.prose import Prose

# The first letters of what pygments calls a token, and the role that colours it.
COLOURS = (("c", "code-quiet"), ("s", "code-string"), ("k", "code-word"), ("m", "code-number"))
NO_BREAK = "\u00a0"


def block(prose: Prose, element: Element) -> str:
    """A block of code; it scrolls sideways."""
    theme, before = prose.theme, prose.press.purse.noted
    inside = _tokens(prose, element).strip("\n")
    if not inside:
        return ""
    inside = _lines(inside)
    made = theme.open("section", "pre", " data-ignore-width")
    made = f"{made}<code>{inside}</code></section>"
    prose.press.purse.note("代码", made, before)
    return made


def _tokens(prose: Prose, element: Element) -> str:
    out = []
    for child in element.children:
        if isinstance(child, str):
            out.append(written(child.replace("\t", "    ")))
            continue
        inside = _tokens(prose, child)
        role = _role(child) if inside.strip() else ""
        if role == "code-line" and prose.boxes:  # its ground would lie upon another
            role = "code-line-boxed"
        out.append(_coloured(prose, role, inside) if role else inside)
    return "".join(out)


def _coloured(prose: Prose, role: str, inside: str) -> str:
    """Words in their colour, line by line, so that no element reaches over a line's end."""
    if not prose.theme.style(role):
        return inside
    rows = inside.split("\n")
    return "\n".join(prose.theme.put("span", role, row) if row.strip() else row for row in rows)


def _role(element: Element) -> str:
    name = element.attrs.get("class", "")
    if name == "hll":
        return "code-line"
    if element.tag != "span" or not name:
        return ""
    return next((role for letter, role in COLOURS if name.startswith(letter)), "")


def _lines(inside: str) -> str:
    """Blanks outside tags kept; a line's end is a break."""
    parts = re.split(r"(<[^>]*>)", inside)
    kept = "".join(p if n % 2 else p.replace(" ", NO_BREAK) for n, p in enumerate(parts))
    return kept.replace("\n", "<br>")
