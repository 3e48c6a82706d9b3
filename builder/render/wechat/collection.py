"""Several short pages as one article: numbered questions or names, answers first, sources merged at the end.

What is too long with all of it loses the other words for a question, then the quotes, the explanations, at
last the addresses; never an answer, never the name of a source.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from html import escape
from typing import TYPE_CHECKING

from builder.model import Page, Source
from builder.render.wechat import prose_foot
from builder.render.wechat.parts import Laid, lay_part
from builder.render.wechat.parts_bits import bullets, para
from builder.render.wechat.parts_ground import Ground, model_made
from builder.render.wechat.parts_kinds import answer, term
from builder.render.wechat.parts_sources import documents, sources
from builder.render.wechat.parts_state import banner, holds, marked, sentence

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

LISTED = 4  # from so many on they are listed first


class Depth(Enum):
    """How much of each page is laid."""

    WHOLE = ""
    TEXTS = "合起来较长，依据只列文件和条款，摘录的原文在网页上"
    ANSWERS = "合起来太长，文章里只放了一句话答案，解释在网页上"
    PLAIN = "篇数太多，文章里只放了问题和一句话答案，解释和出处的原文在网页上"


def lay(pages: Sequence[Page], press: Press, ground: Ground) -> Laid:
    """Lay what there is in it, each page, and what they lean on."""
    ways = ((Depth.WHOLE, True), *((d, False) for d in Depth if d is not Depth.PLAIN))
    fits = (way for way in ways if _fits(pages, press, ground, *way))
    depth, ask = next(fits, (Depth.PLAIN, False))
    _lay(pages, press, ground, depth, ask)
    return Laid(any(map(model_made, pages)), (depth.value,) if depth.value else ())


def _fits(pages: Sequence[Page], press: Press, ground: Ground, depth: Depth, ask: bool) -> bool:
    """Whether the whole article fits so: with the words before it, its notes and its foot."""
    trial, notes, modelled = press.twin(), [*ground.notes], ground.modelled
    _lay(pages, trial, ground, depth, ask)
    prose_foot.lay(trial, ground, pages, any(map(model_made, pages)), cited=True)
    ground.notes[:], ground.modelled = notes, modelled
    return trial.fits()


def _lay(pages: Sequence[Page], press: Press, ground: Ground, depth: Depth, ask: bool) -> None:
    if len(pages) >= LISTED and depth is not Depth.PLAIN:
        press.block("目录", press.prose(bullets([marked(page) for page in pages], "ol"), "tight"))
    for number, page in enumerate(pages, 1):
        press.page(page.url)
        if depth is Depth.PLAIN:
            title = press.theme.put("p", "tight", press.theme.strong(f"{number}. {marked(page)}"))
            said = sentence(page, ground) + _said(page)
            press.block(f"第 {number} 篇", title + para(press, said) + _until(page, press))
        else:
            press.block(f"第 {number} 篇标题", press.heading(f"{number}. {page.title}"))
            _one(number, page, press, ground, depth)
            if ask:
                press.block(f"第 {number} 篇别的问法", _asked(page, press))
    press.page("")
    press.block("依据", _cited(pages, press, depth))


def _one(number: int, page: Page, press: Press, ground: Ground, depth: Depth) -> None:
    """Whether it still holds, the answer, then all of the page, or where it stands."""
    press.block(f"第 {number} 篇提示", banner(page, ground, press))
    if page.kind == "faq":
        press.block(f"第 {number} 篇答案", answer(press, page.data["answer"]))
    elif page.kind == "term":
        for label, html in term(page, ground.body.data(page), press, ground, alone=False):
            press.block(f"第 {number} 篇{label}", html)
    else:
        press.block(f"第 {number} 篇导语", para(press, _said(page)))
    press.block(f"第 {number} 篇有效期", _until(page, press))
    if depth in {Depth.WHOLE, Depth.TEXTS}:
        parts, data = ground.body.made(page)
        for part in parts:
            lay_part(part, page, press, ground, data)
        return
    where = press.theme.put("span", "address", escape(ground.address(page)))
    press.block(f"第 {number} 篇地址", press.theme.put("p", "quiet", f"解释和依据：{where}"))


def _until(page: Page, press: Press) -> str:
    """For when one of several holds: the foot speaks of all of them."""
    return para(press, holds(page), "quiet")


def _asked(page: Page, press: Press) -> str:
    """In which other words a question is asked."""
    asked = page.data.get("ask", ())
    title = press.theme.put("h3", "h3", "也有人这样问")
    return title + press.prose(bullets(asked)) if asked else ""


def _said(page: Page) -> str:
    """A page in a sentence."""
    return page.data.get("answer", "") or page.data.get("definition", "") or page.summary


def _cited(pages: Sequence[Page], press: Press, depth: Depth) -> str:
    """The documents of all pages, each once; in a short collection only which places of them."""
    found: list[Source] = [source for page in pages for source in page.sources]
    if depth is Depth.WHOLE or not found:
        return sources(found, press, "依据")
    lines = [
        press.theme.words(_named(number, name, doc_no, quotes, depth))
        for number, ((name, doc_no, _), quotes) in enumerate(documents(found).items(), 1)
    ]
    return press.heading("依据", "end") + press.theme.put("p", "quiet", "<br>".join(lines))


def _named(number: int, name: str, doc_no: str, quotes: Sequence[Source], depth: Depth) -> str:
    where = f"（{doc_no}）" if doc_no else ""
    places = "、".join(dict.fromkeys(s.locator for s in quotes if s.locator))
    shown = f"　{places}" if places and depth is not Depth.PLAIN else ""
    return f"{number}. {name}{where}{shown}"
