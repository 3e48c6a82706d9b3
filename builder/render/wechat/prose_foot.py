"""The foot of an article: what it leans on, its notes, who wrote it and when, the way to the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from builder.render.wechat import parts_sources
from builder.render.wechat.parts_bits import day
from builder.render.wechat.parts_state import holds

if TYPE_CHECKING:
    from builder.model import Page
    from builder.render.wechat.parts_ground import Ground
    from builder.render.wechat.press import Press

MODEL = "文中有人工智能生成的内容，已在原处标明。"
ONWARD = "点文末“阅读原文”，看网页版全文和后续更新。"


def lay(press: Press, ground: Ground, pages: Iterable[Page], ai: bool, cited: bool = False) -> None:
    """Lay the foot of an article about `pages`; `cited`: its sources are laid already."""
    shown = list(pages)
    press.block("本页的数", parts_sources.numbers(shown, press))
    if not cited:
        found = [source for page in shown for source in page.sources]
        press.block("依据", parts_sources.sources(found, press, "依据"))
    for html in press.close():
        press.block("注释与链接", html)
    lines = [_signed(ground, shown), *_dated(shown), *([MODEL] if ai else []), ONWARD]
    inside = "<br>".join(map(press.theme.words, lines))
    press.block("落款", press.theme.put("p", "foot", inside))


def _signed(ground: Ground, pages: list[Page]) -> str:
    """Division, bureau, site."""
    names = list(dict.fromkeys(filter(None, map(ground.division, pages))))
    site = ground.config.site
    by = f"编写：{'、'.join(names)}　" if names else ""
    return f"{by}来源：{site.owner}　{site.name}"


def _dated(pages: list[Page]) -> list[str]:
    """When it came out, when its facts were checked last, and for when it holds."""
    days = [d for d in (page.updated[:10] or page.day for page in pages) if d]
    seen = [s.seen for page in pages for s in page.sources if s.seen]
    said = (
        [f"{day(max(days))}{'更新' if any(p.updated for p in pages) else '发布'}"] if days else []
    )
    said += [f"{day(max(seen))}核对"] if seen else []
    said += filter(None, [holds(pages[0])] if len(pages) == 1 else [])
    return ["，".join(said)] if said else []
