"""图文直播: time-stamped posts; running or ended is judged by the clock."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from builder.kinds.front import File, Kind, Line, Md, Moment, Slug, Strict, TextFrontMatter
from builder.model import Entry, Page
from builder.problems import Problem


class Talk(Strict):
    """One turn of a talk."""

    who: Line
    text: Annotated[str, Field(min_length=1, max_length=400)]


class Post(Strict):
    """One post. `audience` keeps it to one group of readers."""

    id: Slug | Literal[""] = ""
    time: Moment
    title: Line | str = ""
    text: Md = ""
    key: bool = False
    image: File | Literal[""] = ""
    talk: tuple[Talk, ...] = ()
    audience: Slug | Literal[""] = ""


class Live(TextFrontMatter):
    """A live coverage."""

    start: Moment
    end: Moment
    place: Line | str = ""
    recorder: Line | str = ""
    key: Line | str = ""
    posts: Annotated[tuple[Post, ...], Field(max_length=500)] = ()


def check(entry: Entry) -> Iterator[Problem]:
    """The end comes after the start; post ids differ."""
    if entry.data["end"] <= entry.data["start"]:
        yield Problem(
            "LIV001", entry.where("end"), "直播结束时间不晚于开始时间。", "改正 start 或 end。"
        )
    ids = [p["id"] for p in entry.data["posts"] if p["id"]]
    for repeated in sorted({i for i in ids if ids.count(i) > 1}):
        yield Problem(
            "LIV001",
            entry.where("posts"),
            f"直播条目的 id `{repeated}` 重复。",
            "每条用不同的 id。",
        )


def status(page: Page, now: datetime) -> str:
    """未开始, 正在直播 or 已结束, by the build's clock."""
    start, end = (datetime.fromisoformat(page.data[k]) for k in ("start", "end"))
    return "未开始" if now < start else "正在直播" if now < end else "已结束"


KIND = Kind(
    "live",
    "图文直播",
    "bo",
    Live,
    re.compile(
        r"(?:content/events/|courses/(?P<course>[a-z0-9-]+)/lessons/(?P<order>\d\d)-)(?P<slug>[a-z0-9-]+)\.live\.yml"
    ),
    "live",
    "live",
    check=check,
)
