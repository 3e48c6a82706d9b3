"""An article as phones in dark mode show it: WeChat turns the colours of its inline styles."""

from __future__ import annotations

import re

from builder.render.wechat import colour
from builder.render.wechat.seen import Look, background, looks
from builder.render.wechat.tree import Node, read

STYLE = re.compile(r"(\sstyle\s*=\s*)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
EDGES = re.compile(r"border|outline|box-shadow|column-rule")


def darkened(html: str) -> str:
    """The HTML of an article with its colours turned by WeChat's rule."""
    made, done = [], 0
    for node, look, _ in looks(read(html)):
        at = html.find(node.start, done)
        made += [html[done:at], _turned(node, look)]
        done = at + len(node.start)
    return "".join([*made, html[done:]])


def _turned(node: Node, look: Look) -> str:
    """The start tag of an element with another style."""
    if look.drawn or "style" not in node.attrs or "data-no-dark" in node.attrs:
        return node.start
    style = "".join(f"{k}:{v};" for k, v in turned(node, look).items()).rstrip(";")
    quoted = style.replace("&", "&amp;").replace('"', "&quot;")
    return STYLE.sub(lambda found: f'{found[1]}"{quoted}"', node.start, count=1)


def turned(node: Node, look: Look) -> dict[str, str]:
    """The style of an element by night."""
    style = dict(node.style)
    ground = background(style)
    if ground is not None:
        name = "background-color" if "background-color" in style else "background"
        style[name] = colour.each(style[name], colour.dark_background)
        if "color" not in style and ground.a >= colour.UNSEEN:
            style["color"] = look.dark_ink.css
    if colour.parse(style.get("color", "")) is not None:
        style["color"] = look.dark_ink.css
    for name, value in style.items():
        if EDGES.match(name):
            style[name] = colour.each(value, colour.dark_ink)
    return style
