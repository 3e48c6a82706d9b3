"""Addresses that no browser can read: refused where they are written, and never the end of a build."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.kinds.front import readable
from builder.render.wechat import judged
from builder.render.wechat.lint import lint
from tests.sitefiles import SOURCES, codes, faq, problems, write
from tests.test_wechat_article import one
from tests.test_wechat_prose import shown
from tests.wechat_sample import article

BROKEN = [
    "http://user[@host.cn/",
    "http://us：er@host.cn/",
    "https://www.stats.gov.cn：8080/a",
    "https://www.stats.gov.cn:八十/a",
    "https://www.stats。gov.cn/a",
    "https://h[x]/",
    "https:///a",
]
SOUND = [
    "https://www.stats.gov.cn:8080/a?b=[1]#c",
    "http://中国政府网.政务/",
    "http://[2001:db8::1]:80/",
    "mailto:a@b.cn",
    "tel:12345",
]


@pytest.mark.parametrize("url", BROKEN)
def test_a_broken_address_is_told_at_its_line(url: str, tmp_path: Path) -> None:
    assert not readable(url)
    for body, keys in (
        (f"[甲]({url})", {}),
        ("正文。", {"sources": [SOURCES[0] | {"url": url}]}),
    ):
        found = problems(write(tmp_path, {"faq/mlk/a.md": faq(body, **keys)}))
        assert codes(found) == ["FMT004" if keys else "REF007"]
        assert found[0].where.line == (7 if keys else 9)


@pytest.mark.parametrize("url", SOUND)
def test_a_sound_address_is_taken(url: str, tmp_path: Path) -> None:
    assert readable(url)
    assert problems(write(tmp_path, {"faq/mlk/a.md": faq(f"[甲]({url})")})) == []


@pytest.mark.parametrize("text", [*(f"[甲]({url})" for url in BROKEN[:2]), f"<{BROKEN[1]}>"])
def test_a_link_with_a_broken_address_is_its_words(text: str, tmp_path: Path) -> None:
    made = article(f"见{text}。\n")
    assert lint(made.html) == []
    assert "[1]" not in shown(made.html)
    told = [p.message for p in judged(one(tmp_path, f"见{text}。"), "push:yi")]
    assert len(told) == 1
    assert "网址写错了" in told[0]
