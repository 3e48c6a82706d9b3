"""推送: which entries go out together as one WeChat message, in which order, how, and not before when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from builder.kinds.front import (
    FrontMatter,
    Kind,
    Line,
    Md,
    Moment,
    Ref,
    Slug,
    Strict,
    folder_pattern,
)
from builder.model import Entry
from builder.problems import Problem, Where

MOST = 8  # articles of one message
TAG = re.compile(r"all|tag:\d{1,9}")
SHORT = ("faq", "term")  # what can be gathered: their words stand in a few lines
NEEDS = {"newspic": ("comic", "infographic"), "video": ("video",)}  # what can be sent so, alone
SENDS = {
    "draft": "存草稿",
    "publish": "发布",
    "mass": "群发",
    "newspic": "贴图",
    "video": "视频消息",
}


def _item(value: object) -> object:
    return {"entry": value} if isinstance(value, str) else value


class Item(Strict):
    """One article: an entry, or several short ones (百问百答, 名词) gathered under a title of their own."""

    entry: Ref | Literal[""] = ""
    entries: Annotated[tuple[Ref, ...], Field(max_length=30)] = ()
    title: Line | Literal[""] = ""
    author: Annotated[str, Field(max_length=16)] = ""
    digest: Annotated[str, Field(max_length=120)] = ""
    lead: Md = ""


class Push(FrontMatter):
    """One message to subscribers. `after`: not before then; `to`: everybody, or one of the account's tags."""

    account: Slug
    send: Literal["draft", "publish", "mass", "newspic", "video"] = "draft"
    to: str = "all"
    after: Moment | Literal[""] = ""
    theme: Literal["daily", "campaign"] = "daily"
    articles: Annotated[
        tuple[Annotated[Item, BeforeValidator(_item)], ...], Field(min_length=1, max_length=MOST)
    ]


def refs(entry: Entry) -> Iterator[str]:
    """Ids of all entries that a push names."""
    for item in entry.data.get("articles", ()):
        yield from filter(None, (item["entry"], *item["entries"]))


def check(entry: Entry) -> Iterator[Problem]:
    """Each article is one entry or a titled collection; the way of sending suits what is sent."""
    where, items, send = entry.where("articles"), entry.data["articles"], entry.data["send"]
    for number, item in enumerate(items, 1):
        if bool(item["entry"]) == bool(item["entries"]):
            yield _wrong(
                where, f"第 {number} 篇要么写 entry（一篇），要么写 entries（几篇合成一篇）。"
            )
        if item["entries"] and not item["title"]:
            yield _wrong(where, f"第 {number} 篇由几篇合成，要有自己的 title。")
        if len({*item["entries"]}) < len(item["entries"]):
            yield _wrong(where, f"第 {number} 篇里同一个编号重复了。")
        if long := [i for i in item["entries"] if i.partition(":")[0] not in SHORT]:
            yield _wrong(
                where,
                f"第 {number} 篇的 entries 里有 `{'`、`'.join(long)}`，只有百问百答、名词能几篇合成一篇，别的用 entry 单独成篇。",
            )
    alone = [item["entry"] for item in items if item["entry"]]
    if len({*alone}) < len(alone):
        yield _wrong(where, "同一篇在这个推送里重复了。")
    if not TAG.fullmatch(entry.data["to"]):
        yield _wrong(entry.where("to"), "to 只能写 all，或 tag: 加公众号后台的标签编号。")
    kinds = NEEDS.get(send)
    fit = kinds is None or (len(items) == 1 and items[0]["entry"].partition(":")[0] in kinds)
    if not fit:
        what = "一篇漫画或图解" if send == "newspic" else "一篇短视频"
        yield _wrong(where, f"{SENDS[send]}只能是{what}。")


def _wrong(where: Where, message: str) -> Problem:
    return Problem("PSH001", where, message, "对照作者手册“推送”一章改正。")


KIND = Kind(
    "push",
    "推送",
    "bo",
    Push,
    folder_pattern("content/pushes", ".yml"),
    "",
    "pushes",
    page=False,
    check=check,
)
