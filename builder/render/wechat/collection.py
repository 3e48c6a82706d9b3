"""Several short pages as one article: numbered questions or names, answers first, sources merged at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from builder.model import Page, Source
from builder.render.wechat.budget import MOST
from builder.render.wechat.parts import Laid, lay_part
from builder.render.wechat.parts_bits import bullets, para, put, strong
from builder.render.wechat.parts_ground import Ground, model_made
from builder.render.wechat.parts_kinds import answer, term
from builder.render.wechat.parts_sources import documents, sources

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

EACH, STYLED = (
    700,
    1.9,
)  # characters that each page takes besides its text; how styles lengthen a text
SHORT = "合起来太长，文章里只放了一句话答案，解释在网页上"


def lay(pages: Sequence[Page], press: Press, ground: Ground) -> Laid:
    """Lay what there is in it, each page, and what they lean on. Too much: answers and addresses alone."""
    whole = _length(pages, ground) < MOST
    press.block("目录", _listed(pages, press))
    for number, page in enumerate(pages, 1):
        _one(number, page, press, ground, whole)
    press.page("")
    press.block("依据", _cited(pages, press, whole))
    return Laid(any(map(model_made, pages)), () if whole else (SHORT,))


def _length(pages: Iterable[Page], ground: Ground) -> float:
    """About how many characters all of it would take."""
    return sum(
        EACH
        + STYLED * sum(len(getattr(part, "html", "")) for part in ground.body.parts(page))
        + 1.2 * sum(len(s.quote) + 60 for s in page.sources)
        for page in pages
    )


def _listed(pages: Sequence[Page], press: Press) -> str:
    """What questions there are, before the first answer."""
    return press.prose(bullets([page.title for page in pages], "ol")) if len(pages) > 3 else ""


def _one(number: int, page: Page, press: Press, ground: Ground, whole: bool) -> None:
    press.page(page.url)
    press.block(f"第 {number} 篇标题", press.heading(f"{number}. {page.title}"))
    if page.kind == "faq":
        press.block(f"第 {number} 篇答案", answer(press, page.data["answer"]))
    elif page.kind == "term":
        for label, html in term(page, ground.body.data(page), press, ground):
            press.block(f"第 {number} 篇{label}", html)
    elif page.summary:
        press.block(f"第 {number} 篇导语", para(press, page.summary))
    if whole:
        parts, data = ground.body.made(page)
        for part in parts:
            lay_part(part, page, press, ground, data)
        return
    where = press.theme.put("span", "address", escape(ground.address(page)))
    press.block(f"第 {number} 篇地址", press.theme.put("p", "quiet", f"解释和依据：{where}"))


def _cited(pages: Sequence[Page], press: Press, whole: bool) -> str:
    """The documents of all pages, each once; in a short collection only which places of them."""
    found: list[Source] = [source for page in pages for source in page.sources]
    if whole:
        return sources(found, press, "依据")
    lines = []
    for number, ((name, doc_no, _), quotes) in enumerate(documents(found).items(), 1):
        places = "、".join(dict.fromkeys(s.locator for s in quotes if s.locator))
        where = f"（{doc_no}）" if doc_no else ""
        told = escape(f"{where}{'　' if places else ''}{places}", quote=False)
        lines.append(press.theme.put("p", "tight", f"{number}. {strong(name)}{told}"))
    return press.heading("依据") + put("section", "rows", "".join(lines)) if lines else ""
