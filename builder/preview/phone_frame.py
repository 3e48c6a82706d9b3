"""A WeChat article alone, as WeChat's own page shows it by day or by night; and its bare words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from builder.render.wechat.article import Article, Image
    from builder.render.wechat.tree import Node

FOLDER = Path(__file__).parents[1] / "theme" / "preview"
LIGHT = {
    "scheme": "light",
    "paper": "#fff",
    "ink": "rgba(0,0,0,.9)",
    "strong": "rgba(0,0,0,.9)",
    "quiet": "#6b6b6b",
    "link": "#576b95",
    "shade": "#f2f2f2",
}
DARK = {
    "scheme": "dark",
    "paper": "#191919",
    "ink": "#a3a3a3",
    "strong": "#d3d3d3",
    "quiet": "#8c8c8c",
    "link": "#7d90a9",
    "shade": "#0f0f0f",
}
APART = frozenset(
    {"p", "section", "h1", "h2", "h3", "h4", "li", "tr", "blockquote", "figure", "br"}
)


@dataclass(frozen=True, slots=True)
class Head:
    """What WeChat shows above an article: whose account, which day."""

    account: str
    day: str


def frame(article: Article, head: Head, *, dark: bool) -> bytes:
    """The article as WeChat's page shows it, by day or by night."""
    from builder.render.wechat.dark import darkened

    html = darkened(article.html) if dark else article.html
    # What can be moved sideways must be reachable by keyboard, here and not in WeChat.
    html = html.replace(" data-ignore-width", ' tabindex="0" data-ignore-width')
    author = f"{escape(article.author)} " if article.author else ""
    top = (
        f"<header><h1>{escape(article.title)}</h1><p>{author}<b>{escape(head.account)}</b> "
        f"{escape(head.day)}</p></header>"
    )
    if article.pictures:
        shown = [_named(article, name) for name in article.pictures]
        reel = "".join(f'<img src="{i.name}" alt="{escape(i.alt)}">' for i in shown)
        html = f'<p class="said">{escape(article.text)}</p>'
        top = f'<div class="reel" tabindex="0" role="group" aria-label="图片，可横移">{reel}</div>{top}'
    foot = "<footer><b>阅读原文</b></footer>" if article.url and not article.pictures else ""
    page = Template((FOLDER / "frame.html").read_text("utf-8"))
    colours = DARK if dark else LIGHT
    body = f'{top}<main tabindex="0">{html}</main>{foot}'
    return page.substitute(colours, title=escape(article.title), body=body).encode()


def _named(article: Article, name: str) -> Image:
    return next(i for i in article.images if i.name == name)


def words(node: Node) -> str:
    """The words of an article, a line for each block."""
    lines = "".join(_words(node)).replace("\xa0", " ").split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def _words(node: Node) -> Iterable[str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        elif child.tag != "svg":
            yield from _words(child)
            yield "\n" if child.tag in APART else "\t" if child.tag in {"td", "th"} else ""
