"""A number is never parted from its unit by the end of a line: in no text, heading, row or cell."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from builder.render.wechat.lint import lint
from builder.render.wechat.seen import looks
from builder.render.wechat.themes import THEMES, plain
from builder.render.wechat.tree import read
from builder.typography import LONGEST, NUMBER
from tests.own_articles import World
from tests.test_wechat_prose import shown
from tests.wechat_sample import article, press

ADDRESS = re.compile(r"https?://[!-~]+")
PERCENT = re.compile(r"[+\-−±]?[0-9,.]+[%‰％℃]")  # one run for every browser, see `test_browser.py`


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory)


def parted(html: str) -> Iterator[str]:
    """Numbers with units that may end up on two lines."""
    for node, look, _ in looks(read(html)):
        if look.one_line or look.drawn or node.tag == "code":
            continue
        for text in (c for c in node.children if isinstance(c, str)):
            for number in NUMBER.findall(ADDRESS.sub("", text)):
                if len(number) <= LONGEST and not PERCENT.fullmatch(number):
                    yield f"{text[:20]}…{number}"


def test_no_number_of_the_own_pages_is_parted(world: World) -> None:
    lost = {p.id: found for p in world.sample if (found := [*parted(world.articles[p.id].html)])}
    assert lost == {}
    for push in world.site.pushes.values():
        for number in range(1, len(push.data["articles"]) + 1):
            assert [*parted(world.wechat.of(push, number).html)] == []


def test_plain_words_are_set_as_texts_are() -> None:
    theme = THEMES["daily"]
    keep = '<span style="white-space:nowrap">'
    assert theme.words("下降0.7个百分点<") == f"下降{keep}0.7个百分点</span>&lt;"
    assert theme.strong("40271亿元") == f"<strong>{keep}40271亿元</span></strong>"
    assert theme.words("下降0.5%，-3.4%") == "下降0.5%，-3.4%"
    assert theme.words("增长5.2—5.8%") == f"增长{keep}5.2—5.8%</span>"
    assert theme.strong("") == ""
    assert plain(theme).words("下降0.7个百分点") == "下降0.7个百分点"
    made = press()
    assert keep in made.heading("2026年11月")


@pytest.mark.parametrize("sparing", [False, True])
def test_numbers_in_a_cell_that_wraps_stay_whole(sparing: bool) -> None:
    theme = plain(THEMES["daily"]) if sparing else THEMES["daily"]
    words = "全年完成1,234.5亿元，同比增长5.2—5.8%，截至2026年11月20日，下降3.4个百分点"
    made = article(f"| 项目 | 说明 |\n|---|---|\n| 一 | {words} |\n", theme)
    assert "white-space:normal" in made.html
    assert [*parted(made.html)] == []
    assert lint(made.html) == []
    assert words in shown(made.html)


def test_the_linter_sees_numbers_in_cells_that_wrap() -> None:
    cell = '<td style="white-space:normal">增长1,234.5亿元</td>'
    made = (
        '<section style="text-align:left"><section style="overflow-x:auto" data-ignore-width>'
        f'<table style="white-space:nowrap"><tbody><tr>{cell}</tr></tbody></table></section></section>'
    )
    assert [fault.rule for fault in lint(made)] == ["number"]


def test_an_address_is_not_taken_for_numbers() -> None:
    made = article("<https://www.example.com/%E5%90%8C%E6/2026年>\n")
    assert made.html.count("nowrap") == 0
