"""依据: the documents that what was said leans on, each once, with the words quoted of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING

from builder.model import Source
from builder.render.wechat.parts_bits import day, para, put

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

Document = tuple[str, str, str]


def sources(found: Iterable[Source], press: Press, title: str = "依据") -> str:
    """A heading and a list; nothing for no sources."""
    by = documents(found)
    if not by:
        return ""
    checked = [max((s.seen for s in quotes), default="") for quotes in by.values()]
    differ = len(set(checked)) > 1  # one day for all stands at the foot of the article
    out = [press.heading(title)]
    for number, ((name, doc_no, url), quotes) in enumerate(by.items(), 1):
        where = f"（{doc_no}）" if doc_no else ""
        link = f'<a href="{escape(url)}">{escape(name)}</a>' if url else escape(name)
        out.append(press.prose(f"<p>{number}. <strong>{link}</strong>{escape(where)}</p>", "tight"))
        for source in quotes:
            words = f"{source.locator}　{source.quote}".strip("　")
            out.append(put("p", "cite", escape(words, quote=False)) if words else "")
        seen = checked[number - 1] if differ else ""
        out.append(para(press, f"{day(seen)}核对" if seen else "", "quiet"))
    return "".join(out)


def documents(found: Iterable[Source]) -> Mapping[Document, list[Source]]:
    """Sources by document, in order of first mention; the same words are quoted once."""
    by: dict[Document, list[Source]] = {}
    for source in found:
        quotes = by.setdefault((source.title, source.doc_no, source.url), [])
        if not any((s.locator, s.quote) == (source.locator, source.quote) for s in quotes):
            quotes.append(source)
    return by
