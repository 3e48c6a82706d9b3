"""Small pieces that the kinds of pages share: a sentence to remember, facts, dates, rows, a note."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from builder.media.palette import AMBER, BLUE, HAIR, INK_2

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

Blocks = Iterator[tuple[str, str]]  # labels for the budget, and HTML
Data = Mapping[str, Any]

# Styles that only these pieces have; the themes know all others.
STYLES = {
    "label": f"margin:0 0 2px;font-size:14px;line-height:1.6;color:{INK_2}",
    "row": f"margin:0;padding:9px 0;border-bottom:1px solid {HAIR}",
    "rows": f"margin:0 0 18px;border-top:2px solid {BLUE}",
    "post": f"margin:0 0 20px;padding:0 0 0 14px;border-left:3px solid {HAIR}",
    "post-key": f"margin:0 0 20px;padding:0 0 0 14px;border-left:4px solid {AMBER}",
    "time": f"font-weight:700;color:{BLUE}",
    "talk": "margin:0 0 6px",
    "told": f"margin:0 0 10px;font-size:15px;line-height:1.7;color:{INK_2}",
    "option": "margin:0 0 6px;padding-left:1.5em;text-indent:-1.5em",
    "panel": "margin:0 0 8px;text-align:center",
    "seam": "margin:0 0 18px;text-align:center",
    "code": "margin:22px 0 18px;text-align:center",
    "small": "width:38%;vertical-align:top",
    "big": f"font-size:20px;line-height:1.5;font-weight:700;color:{BLUE}",
}


def put(tag: str, style: str, inside: str) -> str:
    """An element in a style of these pieces."""
    return f'<{tag} style="{STYLES[style]}">{inside}</{tag}>'


def para(press: Press, text: str, role: str = "p") -> str:
    """Plain words as a paragraph; nothing for no words."""
    return press.theme.put("p", role, press.theme.words(text)) if text else ""


def keypoint(press: Press, text: str, label: str = "一句话记住") -> str:
    """The sentence to remember, with `==words==` under the marker."""
    if not text:
        return ""
    words = "".join(
        press.theme.put("span", "mark", press.theme.words(piece))
        if n % 2
        else press.theme.words(piece)
        for n, piece in enumerate(re.split(r"==(.+?)==", text))
    )
    inside = press.theme.put("p", "last", f"<strong>{words}</strong>")
    return press.theme.put("section", "key", para(press, label, "key-label") + inside)


def facts(press: Press, pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values, a line each: when, where, by whom."""
    lines = [
        press.theme.put("p", "tight", f"{press.theme.strong(name)}　{press.theme.words(value)}")
        for name, value in pairs
        if value
    ]
    return press.theme.put("section", "fold", "".join(lines)) if lines else ""


def rows(blocks: Iterable[str]) -> str:
    """Blocks one below another with hairlines between."""
    inside = "".join(put("section", "row", block) for block in blocks)
    return put("section", "rows", inside) if inside else ""


def notice(press: Press, title: str, text: str, role: str = "note-stop") -> str:
    """A box that nobody should miss."""
    inside = press.theme.put("p", "note-title", press.theme.words(title)) + para(
        press, text, "last"
    )
    return press.theme.put("section", role, inside)


def table(head: Iterable[str], body: Iterable[Iterable[str]], numbers: Iterable[int] = ()) -> str:
    """A table as the site writes it, to be handed to `Press.prose`; `numbers`: columns of figures."""
    right = set(numbers)

    def cells(tag: str, texts: Iterable[str]) -> str:
        kinds = (' class="n"' if n in right else "" for n in range(1000))
        pairs = zip(texts, kinds, strict=False)
        return "".join(f"<{tag}{k}>{escape(t)}</{tag}>" for t, k in pairs)

    top = f"<thead><tr>{cells('th', head)}</tr></thead>"
    lines = "".join(f"<tr>{cells('td', line)}</tr>" for line in body)
    return f'<div class="table-box"><table>{top}<tbody>{lines}</tbody></table></div>'


def bullets(texts: Iterable[str], tag: str = "ul") -> str:
    """A list of plain texts as the site writes it."""
    return f"<{tag}>{''.join(f'<li>{escape(t)}</li>' for t in texts)}</{tag}>"


def day(iso: str) -> str:
    """2026-11-20 → 2026年11月20日; anything else stays."""
    found = re.match(r"(\d{4})-(\d{2})(?:-(\d{2}))?", iso)
    if not found:
        return iso
    rest = f"{int(found[3])}日" if found[3] else ""
    return f"{found[1]}年{int(found[2])}月{rest}"


def span(start: str, end: str) -> str:
    """From when to when, as short as it is clear."""
    if not start:
        return ""
    clock = f" {start[11:16]}" if len(start) > 15 else ""
    if end and end[:10] != start[:10]:
        return f"{day(start)}{clock}至{day(end)}"
    until = f"—{end[11:16]}" if len(end) > 15 else ""
    return f"{day(start)}{clock}{until}"


def clock(seconds: int) -> str:
    """83 → 1:23."""
    return f"{seconds // 60}:{seconds % 60:02d}"


NUMERALS = "零一二三四五六七八九十"


def numeral(number: int) -> str:
    """1 → 一, 12 → 十二, 30 → 三十."""
    tens, ones = divmod(number, 10)
    if number <= 10:
        return NUMERALS[number]
    return f"{NUMERALS[tens] if tens > 1 else ''}十{NUMERALS[ones] if ones else ''}"
