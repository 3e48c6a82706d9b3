"""Whether a page still holds: every form of it says so, whatever else it leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from builder.model import Page
from builder.render.wechat.parts_bits import day, notice

if TYPE_CHECKING:
    from builder.render.wechat.parts_ground import Ground
    from builder.render.wechat.press import Press

UNVERIFIED = ("待核", "本文还没有逐条核对出处，只供内部参考。")


def state(page: Page) -> str:
    """In a word why a page is no longer to be followed; nothing where it is."""
    if page.expired:
        return "已过期"
    return "已被替代" if page.data.get("status", "current") == "superseded" else ""


def marked(page: Page) -> str:
    """The title of a page, with that word behind it."""
    word = state(page)
    return f"{page.title}（{word}）" if word else page.title


def states(pages: Iterable[Page]) -> str:
    """The same for several pages together: whether all of them, or some."""
    found = [state(page) for page in pages]
    words = "、".join(dict.fromkeys(filter(None, found)))
    return words if all(found) else f"部分{words}" if words else ""


def holds(page: Page) -> str:
    """For when a page that holds does so: until a day, or from one on."""
    if page.valid.to and not page.expired:
        return f"适用到{day(page.valid.to)}"
    return f"{day(page.valid.start)}起适用" if page.valid.start and not page.valid.to else ""


def ended(page: Page, ground: Ground) -> Iterator[tuple[str, str]]:
    """Why a page is no longer to be followed, and what is: headings and sentences."""
    if page.expired:
        system = ground.site.pages.get(page.valid.system)
        until = f"本文适用到{day(page.valid.to)}，只作查阅。" if page.valid.to else "只作查阅。"
        yield (
            "内容已过期",
            until + (f"现行安排见《{system.title}》。" if system else "以最新通知为准。"),
        )
    if page.data.get("status", "current") == "superseded":
        newer = [
            p
            for p in ground.site.pages.values()
            if p.kind == "standard" and page.id in p.data["supersedes"]
        ]
        now = f"现行版本：{newer[0].title}。" if newer else "办事以现行版本为准。"
        yield "这一版已被替代", now


def banner(page: Page, ground: Ground, press: Press) -> str:
    """Boxes that say so, and that a page was never checked."""
    out = "".join(notice(press, title, text) for title, text in ended(page, ground))
    return out + (notice(press, *UNVERIFIED, "note-warn") if page.unverified else "")


def sentence(page: Page, ground: Ground) -> str:
    """The same in plain words."""
    return "".join(f"{title}：{text}" for title, text in ended(page, ground))


def noted(pages: Iterable[Page]) -> tuple[str, ...]:
    """What an editor should know who sends them out."""
    return tuple(
        f"《{page.title}》{state(page)}，文章和短文里都写明了；确认还要发，或从推送里删去。"
        for page in pages
        if state(page)
    )
