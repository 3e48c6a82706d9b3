"""依据 and 落款: short, each document once, rows of figures as the series and months they are of."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.model import Source
from builder.render.wechat.parts_sources import sources
from tests.sitefiles import SOURCES
from tests.test_wechat_article import one
from tests.test_wechat_prose import shown
from tests.wechat_sample import press

TABLE = "国家统计局公布的月度数据"


def row(series: str, period: str, measure: str = "同比") -> Source:
    return Source(
        title=TABLE, locator=f"{series}，{period}", quote=f"{series},{period},{measure},-0.5,%"
    )


def lines(*found: Source) -> list[str]:
    """The lines of the list, without its heading."""
    made = sources(found, press()).partition("</h2>")[2]
    return [
        shown(line)
        for paragraph in made.split("</p>")
        for line in paragraph.split("<br>")
        if shown(line)
    ]


@pytest.mark.parametrize(
    ("periods", "said"),
    [
        (["2022-10"], "零售总额，2022年10月"),
        (["2022-06", "2022-07", "2022-08"], "零售总额，2022年6—8月各月数"),
        (["2022-10", "2022-06", "2022-08", "2022-07"], "零售总额，2022年6—8、10月各月数"),
        (["2021-12", "2022-01"], "零售总额，2021年12月、2022年1月"),
        (["2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4"], "零售总额，2020年第1—4季度各季数"),
        (["2019", "2020", "2022"], "零售总额，2019—2020、2022年各年数"),
    ],
)
def test_rows_of_figures_are_one_line(periods: list[str], said: str) -> None:
    found = [row("零售总额", p, m) for p in periods for m in ("当月", "同比")]
    assert lines(*found) == [f"1. {TABLE}", f"{said}。每个数在网页版上。"]


def test_series_stand_beside_one_another_and_other_quotes_as_they_are() -> None:
    note = Source(title=TABLE, locator="附注", quote="1,2,3,4,5 都不算一行数")
    found = [row("价格指数(全国)", "2022-10"), note, row("零售总额", "2022-10")]
    assert lines(*found) == [
        f"1. {TABLE}",
        "附注　1,2,3,4,5 都不算一行数",
        "价格指数（全国），2022年10月；零售总额，2022年10月。每个数在网页版上。",
    ]


def test_quotes_of_one_place_stand_together() -> None:
    law = [
        Source(title="统计法", doc_no="主席令", locator=f"第{n}条", quote=q)
        for n, q in (("二", "甲。"), ("三", "乙。"), ("二", "丙。"), ("四", ""))
    ]
    assert lines(*law) == ["1. 统计法（主席令）", "第二条　甲。……丙。", "第三条　乙。", "第四条"]


def test_only_an_older_check_is_told_beside_its_document() -> None:
    old = Source(title="旧文件", quote="甲", seen="2026-11-01")
    new = Source(title="新文件", quote="乙", seen="2026-11-20")
    assert lines(old, new) == ["1. 旧文件", "甲", "2026年11月1日核对", "2. 新文件", "乙"]


def test_an_address_stands_below_its_document_once() -> None:
    made = press()
    made.prose('<p><a href="https://b.example.com/y">乙</a></p>')
    first = Source(title="甲文件", url="https://a.example.com/x?a=1&b=2", quote="甲")
    second = Source(title="乙文件", url="https://b.example.com/y")
    third = Source(title="公众号文章", url="https://mp.weixin.qq.com/s/AbC")
    html = sources([first, second, third], made)
    assert shown(html) == "依据1. 甲文件甲https://a.example.com/x?a=1&b=22. 乙文件[1]3. 公众号文章"
    assert [note.html for note in made.notes.lines] == ["乙：https://b.example.com/y"]
    assert '<a href="https://mp.weixin.qq.com/s/AbC"' in html
    assert made.notes.wechat == {"https://mp.weixin.qq.com/s/AbC": "公众号文章"}


def test_the_foot_is_a_few_lines(tmp_path: Path) -> None:
    html = one(tmp_path, "正文。", sources=SOURCES, valid={"to": "2027-12-31"}).html
    foot = html[html.rindex("<p") :].split("<br>")
    assert [shown(line) for line in foot] == [
        "编写：名录库　来源：示范省统计局　示例微课",
        "2026年11月1日发布，2026年11月1日核对，适用到2027年12月31日",
        "点文末“阅读原文”，看网页版全文和后续更新。",
    ]
