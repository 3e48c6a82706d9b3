"""The digest of a live coverage: its beginning, its end, what matters between, and what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from builder.render.wechat.parts_live import NEWEST, WHOLE, chosen
from tests.sitefiles import yml
from tests.test_wechat_parts import small
from tests.wechat_sample import unkept


def posts(count: int, **keys: range) -> list[Mapping[str, Any]]:
    """So many posts; `key` and `titled` say which of them are marked and which have a title."""
    key, titled = (keys.get(name, range(0)) for name in ("key", "titled"))
    return [
        {
            "time": f"2026-11-10T{8 + n // 60:02d}:{n % 60:02d}:00+08:00",
            "text": f"正文{n}号。",
            "title": f"第{n}条" if n in titled else "",
            "key": n in key,
        }
        for n in range(count)
    ]


def kept(found: list[Mapping[str, Any]]) -> list[int]:
    return [found.index(post) for post in chosen(found)]


@pytest.mark.parametrize(
    ("count", "keys"),
    [
        (500, {}),
        (40, {"key": range(40)}),
        (40, {"titled": range(20, 40)}),
        (300, {"key": range(0, 300, 9), "titled": range(300)}),
    ],
)
def test_a_choice_is_spread_over_the_time(count: int, keys: dict[str, range]) -> None:
    shown = kept(posts(count, **keys))
    assert len(shown) == WHOLE
    assert shown == sorted(set(shown))
    assert shown[0] == 0
    assert shown[-NEWEST:] == list(range(count - NEWEST, count))
    middle = shown[1:-NEWEST]
    wanted = next((r for r in (keys.get("key"), keys.get("titled")) if r), range(count))
    assert set(middle) <= set(wanted)
    steps = [b - a for a, b in pairwise(middle)]
    assert max(steps) <= 2 * min(steps), "evenly"


def test_few_marked_posts_are_all_there() -> None:
    assert kept(posts(90, key=range(30, 33))) == [0, 30, 31, 32, 87, 88, 89]
    assert kept(posts(WHOLE)) == list(range(WHOLE))
    assert kept([]) == []


@pytest.mark.parametrize(
    ("count", "end", "said"),
    [
        (3, "19T18", "直播已经结束，以下是全程要点。"),
        (40, "19T18", "直播已经结束，以下是部分内容。"),
        (3, "29T18", "直播正在进行，以下截至2026年11月10日08:02。"),
        (40, "29T18", "直播正在进行，以下是部分内容，截至2026年11月10日08:39。"),
    ],
)
def test_a_digest_says_what_it_is(count: int, end: str, said: str, tmp_path: Path) -> None:
    span = {"start": "2026-11-10T08:00:00+08:00", "end": f"2026-11-{end}:00:00+08:00"}
    files = {"content/events/zhibo.live.yml": yml(title="直播", **span, posts=posts(count))}
    wechat, site = small(tmp_path, files)
    article = wechat.article(site.pages["live:zhibo"])
    text = unkept(article.html)
    assert said in text
    assert bool(article.said) == (count > WHOLE)
    assert ("看全程" in text) == (count > WHOLE)
