"""A live coverage as a digest: where it stands, what matters, who said what, and how it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from builder.kinds.live import status
from builder.model import Page
from builder.render.wechat.parts_bits import day, para, put
from builder.render.wechat.parts_ground import Ground

if TYPE_CHECKING:
    from builder.render.wechat.press import Press

Post = Mapping[str, Any]
WHOLE = (
    12  # posts: so many are shown, all of them; of more, the first, those that matter, the newest
)
NEWEST = 3
# What is said where all posts stand below, and where some do.
STATES = {
    "未开始": ("直播还没有开始。",) * 2,
    "正在直播": ("直播正在进行，以下截至{when}。", "直播正在进行，以下是部分内容，截至{when}。"),
    "已结束": ("直播已经结束，以下是全程要点。", "直播已经结束，以下是部分内容。"),
}


def lay(page: Page, data: Mapping[str, Any], press: Press, ground: Ground) -> list[str]:
    """The state, the posts in the order in which they came, and how many stand on the site only."""
    posts: Sequence[Post] = sorted(data["posts"], key=lambda p: str(p["time"]))
    state = status(page, ground.site.now)
    when = f"{day(posts[-1]['time'])}{posts[-1]['time'][11:16]}" if posts else ""
    shown = chosen(posts)
    said = STATES[state][len(shown) < len(posts)]
    press.block("直播状态", para(press, said.format(when=when), "quiet"))
    many = len({post["time"][:10] for post in shown}) > 1
    today = ""
    for post in shown:
        date = post["time"][:10]
        if many and date != today:
            today = date
            press.block("直播日期", press.heading(day(date)))
        press.block(f"直播 {post['time'][11:16]}", _post(post, page, press, ground))
    left = len(posts) - len(shown)
    if not left:
        return []
    press.block("直播其余", para(press, f"还有{left}条，点文末“阅读原文”看全程。", "quiet"))
    return [f"直播共 {len(posts)} 条，文章里是其中第一条、要紧的和最新的，共 {len(shown)} 条"]


def chosen(posts: Sequence[Post]) -> list[Post]:
    """All of a few posts; of many the first, the newest, and some of those between, over the whole time.

    Those between are marked as key; where none is, they have a title; where none has, they are any.
    """
    if len(posts) <= WHOLE:
        return list(posts)
    between = posts[1:-NEWEST]
    marked = [p for p in between if p["key"]] or [p for p in between if p["title"]] or between
    return [posts[0], *_spread(marked, WHOLE - NEWEST - 1), *posts[-NEWEST:]]


def _spread(posts: Sequence[Post], most: int) -> Sequence[Post]:
    """At most so many, as far apart from one another as may be."""
    if len(posts) <= most:
        return posts
    return [posts[round(n * (len(posts) - 1) / (most - 1))] for n in range(most)]


def _post(post: Post, page: Page, press: Press, ground: Ground) -> str:
    theme, time = press.theme, put("span", "time", post["time"][11:16])
    head = theme.put("p", "tight", f"{time}　{theme.strong(post['title'])}".strip("　"))
    text = press.prose(post["text"]) if post["text"] else ""
    out = head + text + _picture(post, page, press, ground)
    out += "".join(
        put("p", "talk", theme.strong(f"{said['who']}：") + theme.words(said["text"]))
        for said in post["talk"]
    )
    return put("section", "post-key" if post["key"] else "post", out)


def _picture(post: Post, page: Page, press: Press, ground: Ground) -> str:
    picture = page.pictures.get(post["image"]) if post["image"] else None
    if picture is None:
        return ""
    note = "　".join(
        filter(
            None,
            (
                f"图：{picture.credit}" if picture.credit else "",
                "AI生成" if picture.ai_generated else "",
            ),
        )
    )
    images = ground.photo(picture.url, picture.alt)
    if not images:
        return para(press, picture.alt, "quiet")
    first = "".join(press.picture(image) for image in images[:-1])
    return first + press.picture(images[-1], picture.alt, note)
