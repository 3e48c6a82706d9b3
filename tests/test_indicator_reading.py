"""How pages of numbers read: what stands first, what says when and whence, that nothing is hidden at an edge."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from builder.bundle import Bundle
from builder.indicators.snapshots import sources_line
from builder.render.web.indicators import plots
from builder.render.web.indicators.order import THEMES, board_place, ranks, theme_place
from builder.render.web.indicators.words import with_unit
from tests import numbered
from tests.browser import axe, chromium, served
from tests.sitefiles import bundles, head, write, yml

HERE = "content/indicators/"
MONTHS = ("2026-07", "2026-08", "2026-09")
AREAS = ("990000", "990100", "990200", "990300")
DUE = {"lag": 1, "day": 18, "time": "10:00"}
EXTRA = ("jia", "yi", "bing", "ding")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """A site of one theme with more indicators than an overview shows, one of them of four regions."""
    whole = {"code": "990000", "name": "示范省", "level": "省"}
    below = [
        {"code": code, "name": f"{name}州市", "level": "市", "parent": "990000"}
        for code, name in zip(AREAS[1:], "甲乙丙", strict=True)
    ]
    regions = head(title="地区表", regions=[whole, *below])
    many = [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0], [3.0, 4.0, 5.0], [4.0, 5.0, 6.0]]
    areas = numbered.block(many, MONTHS, AREAS, indicator="quan")
    blocks = [
        numbered.block([[1.0, 2.0, 3.0]], MONTHS, indicator=name, **keys)
        for name in EXTRA
        for keys in ({}, {"measure": "ytd"})
    ]
    titles = [{"title": "国家统计局"}, {"title": "财政部"}, {"title": "国家统计局"}]
    made = numbered.snapshot("of", "2026-10-18T10:00:00+08:00", areas, *blocks, sources=titles)
    gone = numbered.block([[9.0]], MONTHS[:1], indicator="jia", action="correct", reason="基层改正")
    later = numbered.snapshot("later", "2026-10-20T10:00:00+08:00", gone)
    one = {"indicator": "quan", "measure": "yoy"}
    blocks_of = [
        {"numbers": [one], "title": "数"},
        {"chart": {"type": "bar", "from": {**one, "region": "市"}, "title": "各市"}},
        {"table": {"from": {**one, "region": "市", "periods": "last 2"}}},
    ]
    board = yml(blocks=blocks_of, sources=numbered.SOURCES)
    plain = {"yoy": {"unit": "%", "decimals": 1}}
    summed = plain | {"ytd": {"unit": "亿元", "decimals": 1}}
    root = tmp_path_factory.mktemp("reading") / "root"
    write(
        root,
        numbered.SITE
        | {f"{HERE}regions.yml": regions, f"{HERE}snapshots/of.json": made}
        | {f"{HERE}snapshots/later.json": later, f"{HERE}dashboards/ban.yml": board}
        | {
            f"{HERE}{n}.yml": numbered.indicator(
                title=f"分项{n}",
                measures=summed,
                sample=True,
                related=["quan"],
                region_levels=["省"],
                releases=DUE,
            )
            for n in EXTRA
        }
        | {f"{HERE}quan.yml": numbered.indicator(title="总计", measures=plain, parts=[*EXTRA])},
    )
    return bundles(root, root.parent / "out")


def page(bundle: Bundle, path: str) -> HTMLParser:
    return HTMLParser((bundle.root / "site/indicators" / path / "index.html").read_text("utf-8"))


def texts(tree: HTMLParser, selector: str) -> list[str]:
    return [node.text(strip=True) for node in tree.css(selector)]


def test_what_counts_most_stands_first(both: dict[str, Bundle]) -> None:
    names = texts(page(both["internet"], ""), "table.t-cards th[scope=row] a")
    assert names[:2] == ["总计", "工业增加值"]  # of two levels of regions, no parts of others
    assert len(names) == 4


def test_the_region_of_the_site_sends_on_to_its_themes(both: dict[str, Bundle]) -> None:
    own = page(both["internet"], "regions/990000")
    assert len(own.css("table.t-cards tbody tr")) == 4
    more = own.css_first(".fig-note a")
    assert more is not None
    assert more.text() == "工业全部6项"
    found = both["internet"].root / "site/indicators/regions/990000" / str(more.attributes["href"])
    assert (found / "index.html").is_file()


def test_comparisons_begin_with_the_newest_and_name_source_and_day(
    both: dict[str, Bundle],
) -> None:
    shown = page(both["internet"], "compare/quan")
    assert texts(shown, "th.n") == ["2026.09", "2026.08", "2026.07"]
    assert texts(shown, "tr.is-latest td.n") == ["+3.0", "+2.0", "+1.0"]
    assert "国家统计局；财政部。2026年10月18日 10:00发布。" in texts(shown, ".fig-note")[0]
    link = page(both["internet"], "quan").css_first("section.sheet .fig-note a")
    assert link is not None
    assert str(link.attributes["href"]).endswith("compare/quan/")


@pytest.mark.parametrize("place", ["", "calendar", "compare", "regions", "checks", "data"])
def test_every_page_that_gathers_made_up_numbers_says_so(
    both: dict[str, Bundle], place: str
) -> None:
    assert "示例数据" in texts(page(both["intranet"], place), ".stamp")


def test_sums_of_the_year_are_bars_and_growth_a_curve(both: dict[str, Bundle]) -> None:
    first, second = page(both["internet"], "jia").css("figure .plot-svg")
    assert (len(first.css(".g-curve")), len(first.css("rect"))) == (2, 0)
    assert not second.css(".g-curve")
    assert second.css("rect")


@pytest.mark.parametrize("count", [2, 3, 5, 9])
def test_words_of_few_periods_stand_below_their_points(count: int) -> None:
    labels = [f"2026.{n:02d}" for n in range(1, count + 1)]
    wide = HTMLParser(plots.line(labels, [1.0 + n for n in range(count)], "图", "末")).css("svg")[0]
    step = (880 - plots.LEFT - plots.RIGHT) / count
    places = {t.text(): float(str(t.attributes["x"])) for t in wide.css("text.x")}
    assert places[labels[0]] == pytest.approx(plots.LEFT + step / 2, abs=0.1)
    assert places[labels[-1]] == pytest.approx(880 - plots.RIGHT - step / 2, abs=0.1)


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([249310.0, 1015986.0], ["0", "50万", "100万", "150万"]),
        ([12e8, 21e8], ["0", "10亿", "20亿", "30亿"]),
        ([59999.0, 40000.0], ["0", "20,000", "40,000", "60,000"]),
    ],
)
def test_ticks_have_room_beside_the_picture(values: list[float], marks: list[str]) -> None:
    drawn = HTMLParser(plots.bars(["a", "b"], values, "图", "末")).css("svg")[0]
    assert [t.text() for t in drawn.css("text.y")] == marks
    assert all(8.5 * len(m) <= plots.LEFT + 4 for m in marks)


def test_themes_and_dashboards_keep_the_order_of_bureaus() -> None:
    assert sorted(["天气", "价格", "工业"], key=theme_place) == ["工业", "价格", "天气"]
    boards = ["财政", "工业", "综合：总量", "经济运行概览"]
    assert sorted(boards, key=board_place) == ["经济运行概览", "综合：总量", "工业", "财政"]
    assert len(set(THEMES)) == len(THEMES)
    assert ranks({}) == {}


def test_a_unit_that_names_a_base_stands_apart() -> None:
    assert with_unit("2.20", "农村=1") == "2.20（农村=1）"
    assert with_unit("5.2", "%") == "5.2%"
    assert with_unit("", "%") == ""


def test_a_source_that_is_quoted_often_is_named_once() -> None:
    titles = [{"title": t} for t in ("国家统计局", "财政部", "国家统计局")]
    assert sources_line(titles) == "国家统计局；财政部"


PLACES = ("", "quan", "compare", "compare/quan", "regions/990000", "revisions", "kanban/ban")


@pytest.mark.parametrize(
    ("edition", "scheme", "width"), [("internet", "slate", 375), ("intranet", "default", 1280)]
)
def test_axe_finds_nothing_and_pages_keep_their_width(
    both: dict[str, Bundle], edition: str, scheme: str, width: int
) -> None:
    found = []
    with chromium() as browser, served(both[edition].root / "site") as address:
        context = browser.new_context(viewport={"width": width, "height": 800})
        context.add_init_script(f"localStorage.setItem('wk-scheme', '{scheme}')")
        shown = context.new_page()
        for place in PLACES:
            answer = shown.goto(
                f"{address}indicators/{place}/" if place else f"{address}indicators/"
            )
            found += [] if answer and answer.ok else [f"{place}: is not there"]
            wide = shown.evaluate("document.documentElement.scrollWidth")
            found += [f"{place}: {wide} wide"] if wide > width else []
            tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
            for fault in axe(shown, tags):
                found += [f"{place}: {fault['id']} {n['html'][:160]}" for n in fault["nodes"]]
        context.close()
    assert not found, "\n".join(found)
