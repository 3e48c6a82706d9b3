"""Numbers within texts: what Markdown becomes, for pages, articles and search; code stays as written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.body import Body
from builder.config import load_config
from builder.memo import Memo
from builder.plain import plain
from builder.problems import Severity
from builder.render.web.indicators.dashboards import table as shown_table
from builder.render.wechat import Wechat
from tests import numbered
from tests.sitefiles import SOURCES, faq, md, page_of, site_of, write, yml

FIVE = "{{ind:gongye.yoy@2026-07}}"
HEAD = "2026年7月，示范省，工业增加值（同比）；示范省统计局，2026-10-18发布"


def html(root: Path, text: str, **more: str) -> str:
    """What a text becomes, without the spans that keep numbers whole."""
    write(root, {**numbered.SITE, "faq/mlk/yi.md": faq(text), **more})
    site = site_of(root)
    made = Body(site, Memo(None, "")).prose(site.pages["faq:mlk/yi"], site.pages["faq:mlk/yi"].text)
    return re.sub(r'<span class="keep">([^<]*)</span>', r"\1", made.html)


def data(text: str = "5.0%", value: str = "5.0", title: str = "") -> str:
    return f'<data class="num"{title} value="{value}">{text}</data>'


TITLE = f' title="{HEAD}"'
LINKED = f'<a class="num-link" href="../../../indicators/gongye/"{TITLE}>{data()}</a>'


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (f"增长{FIVE}。", f"<p>增长{LINKED}。</p>"),
        (f"**{FIVE}** *{FIVE}*", f"<p><strong>{LINKED}</strong> <em>{LINKED}</em></p>"),
        (f"- {FIVE}\n    - {FIVE}", f"<li>{LINKED}<ul>\n<li>{LINKED}</li>\n</ul>\n</li>"),
        (f"> {FIVE}", f"<p>{LINKED}</p>"),
        (f"1. 甲\n\n    {FIVE}", f"<p>{LINKED}</p>"),
        (f"## 增速 {FIVE}", f'<h2 id="增速">增速 {data(title=TITLE)}</h2>'),
        (f"## {FIVE} {{ #shu }}", f'<h2 id="shu">{data(title=TITLE)}</h2>'),
        (f"[看{FIVE}吧](faq:mlk/yi)", f">看{data(title=TITLE)}吧</a>"),
        (f"[**看{FIVE}**](faq:mlk/yi)", f"<strong>看{data(title=TITLE)}</strong></a>"),
        (f"|甲|\n|---|\n|{FIVE}|", f"<td>{LINKED}</td>"),
        (
            f'!!! note "题{FIVE}"\n    {FIVE}',
            f'<p class="admonition-title">题5.0%</p>\n<p>{LINKED}</p>',
        ),
        (f'=== "页{FIVE}"\n\n    {FIVE}', "页5.0%"),
        (f"甲[^1]\n\n[^1]: 注{FIVE}", f"注{LINKED}"),
        (f"`{FIVE}`", f"<code>{FIVE}</code>"),
        (f"``a ` {FIVE}``", FIVE),
        (f"```\n{FIVE}\n```", FIVE),
        (f"~~~text\n{FIVE}\n~~~", FIVE),
        (f"甲\n\n    {FIVE}", FIVE),
    ],
)
def test_a_number_in_a_text(tmp_path: Path, text: str, made: str) -> None:
    assert made in html(tmp_path, text)


def test_a_number_in_an_included_text(tmp_path: Path) -> None:
    snippet = {"content/snippets/pian.md": md(f"引入的{FIVE}")}
    made = html(tmp_path, f'{FIVE}\n\n--8<-- "snippet:pian"\n', **snippet)
    assert made.count(LINKED) == 2
    assert len(page_of(tmp_path, "faq:mlk/yi").cited) == 1


def test_a_number_for_those_inside_stays_inside(tmp_path: Path) -> None:
    inside = numbered.indicator(title="内部", audience="intranet")
    shot = numbered.snapshot(
        "nei", "2026-10-18T10:00:00+08:00", numbered.block([[8.8]], ["2026-09"], indicator="nei")
    )
    files = {"content/indicators/nei.yml": inside, "content/indicators/snapshots/nei.json": shot}
    text = "开头\n\n::: intranet\n{{ind:nei.yoy@latest}}\n:::\n"
    assert "8.8" not in html(tmp_path, text, **files)
    page = page_of(tmp_path, "faq:mlk/yi", "intranet")
    assert "[8.8%](num:nei" in page.text
    assert page_of(tmp_path, "faq:mlk/yi").cited == ()


def test_search_and_articles_are_given_plain_words(tmp_path: Path) -> None:
    write(tmp_path, {**numbered.SITE, "faq/mlk/yi.md": faq(f"同比增长{FIVE}。")})
    page = page_of(tmp_path, "faq:mlk/yi")
    assert plain(page.text).strip() == "同比增长5.0%。"


def test_a_queried_chart_is_drawn_as_one_with_its_numbers_written_out(tmp_path: Path) -> None:
    asked = "```chart\ntype: line\nfrom: {indicator: gongye, measure: yoy, periods: last 3}\n```"
    written = (
        "```chart\ntype: line\ntitle: 工业增加值同比\nsource: 示范省统计局\nunit: '%'\n"
        "note: 2026年10月18日发布。\nx: [2026年7月, 2026年8月, 2026年9月]\n"
        "series:\n  工业: [5.0, -1.3, 0.0]\n```"
    )
    made = html(tmp_path, asked)
    assert made == html(tmp_path, written)
    assert "<svg" in made
    assert page_of(tmp_path, "faq:mlk/yi").cited == ()


def test_a_queried_table_tells_its_source(tmp_path: Path) -> None:
    text = "1. 项\n\n    ```data\n    from: {indicator: gongye, measure: yoy, region: 市}\n    note: 另见。\n    ```\n\n    后{}"
    made = html(tmp_path, text.replace("{}", FIVE))
    assert "<strong>2026年9月工业增加值同比</strong>（单位：%）" in made
    assert '<th class="n">工业</th>' in made
    assert '<td>甲州</td>\n<td class="n">6.3</td>' in made
    assert "来源：示范省统计局。另见。2026年10月18日发布。" in made
    assert made.rstrip().endswith(f"<p>后{LINKED}</p>\n</li>\n</ol>")
    assert [c.name for c in page_of(tmp_path, "faq:mlk/yi").cited] == ["工业增加值"] * 2


def test_words_of_a_table_are_no_markdown(tmp_path: Path) -> None:
    odd = numbered.indicator(title="a|b*c*", short="x_y_|`z`", region_levels=["省"])
    made = html(
        tmp_path,
        "```data\nfrom: {indicator: gongye, measure: yoy}\ntitle: '<b>*题*</b>'\n```",
        **{"content/indicators/gongye.yml": odd},
    )
    assert "&lt;b&gt;*题*&lt;/b&gt;" in made
    assert "x_y_|`z`" in made


def test_a_dashboard_holds_numbers_in_place_of_queries(tmp_path: Path) -> None:
    one = {"indicator": "gongye", "measure": "yoy"}
    blocks = [
        {"numbers": [one]},
        {"chart": {"type": "bar", "from": {**one, "region": ["990000", "市"]}}, "title": "图"},
        {"table": {"from": {**one, "periods": "last 2"}, "title": "表"}},
        {"text": f"话{FIVE}"},
    ]
    file = yml(blocks=blocks, sources=SOURCES)
    write(tmp_path, {**numbered.SITE, "content/indicators/dashboards/ban.yml": file})
    page = page_of(tmp_path, "dashboard:ban")
    number, chart, table, text = page.data["blocks"]
    assert [g.cells[0][0].text for g in number["numbers"]] == ["0.0"]
    assert (chart["title"], chart["chart"].x) == ("图", ("示范省", "甲州"))
    assert (table["title"], [r[0].text for r in table["table"].cells]) == ("表", ["-1.3", "0.0"])
    assert shown_table(table["table"], "表", table["note"])["source"] == "示范省统计局"
    assert "[5.0%](num:gongye" in text["text"]
    assert {c.indicator for c in page.cited} == {"gongye"}


def test_an_article_of_an_account_has_numbers_as_plain_words(tmp_path: Path) -> None:
    text = f"## 增长{FIVE}\n\n同比{FIVE}，见[{FIVE}](faq:mlk/yi)。\n\n| 甲 |\n|---:|\n| {FIVE} |"
    write(tmp_path, {**numbered.SITE, "faq/mlk/yi.md": faq(text)})
    site = site_of(tmp_path)
    press = Wechat(site, Body(site, Memo(None, "")), load_config(tmp_path))
    article = press.article(site.pages["faq:mlk/yi"])
    body, _, told = article.html.partition("本页的数")
    assert body.count("5.0%") == 4
    assert told.count("5.0%") == 1
    assert "发布" in told.partition("依据")[0]
    assert "indicators/gongye" not in article.html
    assert "num:" not in article.html
    assert "<data" not in article.html
    assert [p for p in press.told() if p.severity is Severity.ERROR] == []
