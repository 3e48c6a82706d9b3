"""A chart answers the reader who touches it: in its place, in the page's colours, from this site alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from builder.render.web import live_charts
from tests.browser import axe, chromium, served
from tests.chart_specs import BY_TYPE
from tests.sitefiles import SOURCES, bundles, contents, head, md, site_of, write
from tests.test_browser import TAGS, Reader

PAGE, PLAIN = "courses/ke/tu/", "courses/ke/wen/"
SCHEMES = ["default", "slate", "contrast"]
LOOKS = SCHEMES if os.environ.get("WEIKE_FULL") else ["slate"]
COURSE = {"courses/ke/course.yml": head(objectives=["会填"])}
# Where a pointer meets something, in parts of the picture; and what it is told there.
POINT = {"pie": (0.625, 0.5), "rose": (0.5, 0.68), "regions": (0.55, 0.45)}
TOLD = {
    "line": ["5月", "增速", "5.6%"],
    "bar": ["前三季度", "总量", "719688.4亿元"],
    "stacked": ["2024年", "第一产业", "13亿元", "第二产业", "54亿元", "第三产业", "65亿元"],
    "combined": ["8月", "零售额", "36258亿元", "同比", "5.4%"],
    "pie": ["批发零售", "3200个", "占", "47.8%"],
    "rose": ["批发零售", "380家", "占", "29.5%"],
    "heatmap": ["3月", "乙县", "88%"],
    "regions": ["甲州市", "增速", "5.1%"],
    "sparkline": ["4月", "增速", "6.1%"],
    "multiples": ["2023年", "建筑业", "3.2%"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built site: a page with a chart of every type, and one without."""
    out = tmp_path_factory.mktemp("charts")
    text = "\n\n".join(f"## {kind}\n\n```chart\n{body}\n```" for kind, body in BY_TYPE.items())
    files = {
        "courses/ke/lessons/01-tu.md": md(text, sources=SOURCES),
        "courses/ke/lessons/02-wen.md": md("没有图。", sources=SOURCES, title="另一篇"),
    }
    root = write(out / "root", files | COURSE)
    return bundles(root, out / "dist")["internet"].root / "site"


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The site under a path that it was not built for."""
    with served(folder, "/a/b/") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def figure(page: Page, kind: str) -> Locator:
    return page.locator("figure.chart").nth(list(BY_TYPE).index(kind))


def touched(page: Page, kind: str) -> Locator:
    """The figure of a type with a pointer over it, live."""
    found = figure(page, kind)
    found.scroll_into_view_if_needed()
    box = found.locator(".chart-box").bounding_box()
    assert box
    across, down = POINT.get(kind, (0.55, 0.55))
    x, y = box["x"] + box["width"] * across, box["y"] + box["height"] * down
    page.mouse.move(x, y)
    expect(found).to_have_class(re.compile("is-live"))
    page.mouse.move(x + 4, y + 3)
    return found


def words(tip: Locator) -> list[str]:
    return [line for line in tip.inner_text().split("\n") if line]


# --- what is in the site ------------------------------------------------------------------------


def test_only_pages_with_charts_name_the_script_and_nothing_is_missing(folder: Path) -> None:
    page = (folder / PAGE / "index.html").read_text(encoding="utf-8")
    ours, library = (re.search(rf'{name}="([^"]+)"', page[page.index("/charts.") - 60 :]) for name in ("src", "data-engine"))  # fmt: skip
    assert ours
    assert library
    for address in (ours[1], library[1]):
        assert (folder / PAGE / address).resolve().is_file()
    plain = (folder / PLAIN / "index.html").read_text(encoding="utf-8")
    assert "echarts" not in plain
    assert "/charts." not in plain
    script = (folder / PAGE / ours[1]).resolve().read_text(encoding="utf-8")
    assert "@look@" not in script
    # What the Chromium 86 of old offices can't read.
    assert not re.search(r"\?\?=|\|\|=|&&=|\?\.[a-z]|=>|\.at\(|replaceAll|`", script)


def test_a_site_without_charts_has_no_file_of_them(tmp_path: Path) -> None:
    files = {"courses/ke/lessons/02-wen.md": md("没有图，说的是 chart。", sources=SOURCES)}
    root = write(tmp_path / "root", files | COURSE)
    built = contents(bundles(root, tmp_path / "dist")["internet"].root / "site")
    assert not [path for path in built if "echarts" in path or ("/charts." in path and path.endswith("js"))]  # fmt: skip
    assert not live_charts.wanted(site_of(root))


# --- what readers meet --------------------------------------------------------------------------


def test_nothing_is_fetched_before_a_chart_is_touched(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        reader.page.goto(address + PAGE, wait_until="networkidle")
        assert not [url for url in reader.asked if "echarts" in url]
        touched(reader.page, "line")
        assert len([url for url in reader.asked if "echarts" in url]) == 1
        assert [url for url in reader.asked if not url.startswith((address, "data:"))] == []


@pytest.mark.parametrize("width", [1280, 375])
def test_every_type_tells_its_numbers_as_they_were_written(
    width: int, browser: Browser, address: str
) -> None:
    with Reader(browser, width) as reader:
        page = reader.page
        page.goto(address + PAGE)
        before = page.evaluate("document.documentElement.scrollHeight")
        for kind in BY_TYPE:
            found = touched(page, kind)
            if kind in TOLD and width == 1280:
                expect(found.locator(".chart-tip")).to_be_visible()
                assert words(found.locator(".chart-tip")) == TOLD[kind]
            assert found.locator(".chart-live svg path").count() > 1
            page.keyboard.press("Escape")
        assert page.evaluate("document.documentElement.scrollHeight") == before
        assert reader.faults == []  # the policy of the page is one that speaks up


def test_the_live_chart_stands_where_the_picture_stood(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        reader.page.goto(address + PAGE)
        for kind in ("line", "combined", "regions"):
            found = touched(reader.page, kind)
            picture = found.locator(".chart-box > svg").first.bounding_box()
            live = found.locator(".chart-live").bounding_box()
            assert picture
            assert live
            for side in ("x", "y", "width", "height"):
                assert live[side] == pytest.approx(picture[side], abs=1)


def test_colours_follow_the_scheme(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        page = reader.page
        page.goto(address + PAGE)
        found = touched(page, "stacked")
        light = found.locator(".chart-live").inner_html()
        assert "#1b4a80" in light
        page.evaluate("document.documentElement.setAttribute('data-md-color-scheme', 'slate')")
        expect(found.locator(".chart-live path[fill='#5f9bd6']").first).to_be_visible()
        dark = found.locator(".chart-live").inner_html()
        assert "#1b4a80" not in dark
        assert "#0d0e" not in light + dark


def test_the_legend_hides_a_series_and_a_new_scheme_keeps_it_hidden(
    browser: Browser, address: str
) -> None:
    with Reader(browser) as reader:
        page = reader.page
        page.goto(address + PAGE)
        found = touched(page, "stacked")
        box = found.locator(".chart-live text", has_text="第三产业").bounding_box()
        assert box
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for scheme in ("default", "slate"):
            page.evaluate(
                f"document.documentElement.setAttribute('data-md-color-scheme', '{scheme}')"
            )
            page.wait_for_timeout(400)
            touched(page, "stacked")
            assert words(found.locator(".chart-tip")) == TOLD["stacked"][:5]


def test_the_keyboard_gets_it_and_gives_it_back(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        page = reader.page
        page.goto(address + PAGE)
        found = figure(page, "line")
        button = found.get_by_role("button", name="互动查看")
        button.focus()
        page.keyboard.press("Enter")
        expect(found).to_have_class(re.compile("is-live"))
        expect(page.locator("#wk-say")).to_contain_text("互动")
        assert found.locator(".chart-live").get_attribute("aria-hidden") == "true"
        picture = found.get_by_role("img", name=re.compile("工业增加值增速"))
        assert picture.count() == 1, "the words of the picture stay"
        page.keyboard.press("Escape")
        expect(found).not_to_have_class(re.compile("is-live"))
        assert found.locator(".chart-live").count() == 0
        assert button.evaluate("e => e === document.activeElement")
        button.click()
        expect(found).to_have_class(re.compile("is-live"))
        found.get_by_role("button", name="看静态图").click()
        expect(found).not_to_have_class(re.compile("is-live"))
        assert reader.faults == []


def test_who_sent_it_away_is_not_asked_again_by_the_pointer(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        found = touched(reader.page, "line") if reader.page.goto(address + PAGE) else None
        assert found
        reader.page.keyboard.press("Escape")
        reader.page.mouse.move(2, 2)
        found.locator(".chart-box").hover()
        reader.page.wait_for_timeout(400)
        assert "is-live" not in (found.get_attribute("class") or "")


def test_a_finger_taps_it_and_scrolls_past_it(browser: Browser, address: str) -> None:
    with Reader(browser, 375, 700, has_touch=True, is_mobile=True) as reader:
        page = reader.page
        page.goto(address + PAGE)
        found = figure(page, "stacked")
        found.scroll_into_view_if_needed()
        found.locator(".chart-box").tap()
        expect(found).to_have_class(re.compile("is-live"))
        expect(found.locator(".chart-tip")).to_be_visible()
        assert words(found.locator(".chart-tip")) == TOLD["stacked"]
        assert reader.faults == []


def test_still_where_the_reader_wants_no_motion(browser: Browser, address: str) -> None:
    for motion in ("reduce", "no-preference"):
        with Reader(browser, reduced_motion=motion) as reader:
            reader.page.goto(address + PAGE)
            found = touched(reader.page, "bar")
            moving = found.locator(".chart-live").evaluate(
                "e => window.echarts.getInstanceByDom(e).getOption().animation"
            )
            assert moving is (motion != "reduce")


def test_without_the_library_the_picture_stays(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        page = reader.page
        page.route(re.compile("/echarts"), lambda route: route.abort())
        page.goto(address + PAGE)
        found = figure(page, "line")
        found.get_by_role("button", name="互动查看").click()
        expect(page.locator("#wk-say")).to_contain_text("静态图")
        assert found.get_by_role("button", name="互动查看").is_visible()
        page.unroute_all()
        found.get_by_role("button", name="互动查看").click()
        expect(found).to_have_class(re.compile("is-live"))


def test_paper_and_readers_without_scripts_have_the_picture(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        reader.page.goto(address + PAGE)
        found = touched(reader.page, "line")
        reader.page.emulate_media(media="print")
        assert not found.locator(".chart-live").is_visible()
        assert not found.locator(".chart-do").is_visible()
        assert found.locator(".chart-wide").evaluate("e => getComputedStyle(e).opacity") == "1"
    with Reader(browser, java_script_enabled=False) as reader:
        reader.page.goto(address + PAGE)
        assert figure(reader.page, "line").locator(".chart-wide").is_visible()
        assert not figure(reader.page, "line").locator(".chart-do").is_visible()


@pytest.mark.parametrize("scheme", LOOKS)
def test_axe_finds_nothing_before_and_after(scheme: str, browser: Browser, address: str) -> None:
    with Reader(browser, 1280 if scheme == "default" else 375) as reader:
        reader.keep(scheme=scheme)
        reader.page.goto(address + PAGE)
        for _ in range(2):
            found = [f"{v['id']} {n['html'][:200]}" for v in axe(reader.page, TAGS) for n in v["nodes"]]  # fmt: skip
            assert found == []
            touched(reader.page, "stacked")
