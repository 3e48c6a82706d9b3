"""Pages as readers meet them: seen, heard, typed at, without scripts, on a phone, under any path."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests import site
from tests.browser import axe, chromium, served
from tests.site import Edition

FULL = bool(os.environ.get("WEIKE_FULL"))
DEEP = "/a/b/weike-2026/"
SCHEMES = ("default", "slate", "contrast")
WIDTHS = (1280, 375)
TABS = 6  # windows that wait together until nothing more is asked for
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = {
    "home": "",
    "courses": "courses/",
    "course": "courses/sishang-ruku/",
    "faq-hub": "faq/",
    "faq": "faq/mlk/sishang-shi-shenme/",
    "systems": "systems/",
    "system": "systems/yitaobiao-2026/",
    "expired": "systems/yitaobiao-2017/",
    "standard": "standards/gb4754-2017/",
    "norm": "norms/taizhang/",
    "terms": "terms/",
    "term": "terms/sishang/",
    "columns": "columns/",
    "search": "search/",
    "404": "404.html",
    "divisions": "divisions/",
    "division": "divisions/mlk/",
}
KINDS = (
    "lesson",
    "comic",
    "infographic",
    "video",
    "quiz",
    "live",
    "article",
    "column",
    "event",
    "case",
)


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Edition]:
    return site.build_once(tmp_path_factory)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(editions: Mapping[str, Edition]) -> Iterator[str]:
    """The internet edition, served under a deep path that it was not built for."""
    with served(editions["internet"].root, DEEP) as found:
        yield found


@pytest.fixture(scope="module")
def home(editions: Mapping[str, Edition]) -> Iterator[str]:
    """The internet edition where it belongs."""
    with served(editions["internet"].root, "/weike/") as found:
        yield found


@pytest.fixture(scope="module")
def places(editions: Mapping[str, Edition]) -> dict[str, str]:
    """One page of every type."""
    found = dict(PAGES)
    for line in editions["internet"].bundle.files.values():
        kind = line.sources[0].partition(":")[0] if len(line.sources) == 1 else ""
        path = line.path.removeprefix("site/")
        if (
            kind in KINDS
            and path.endswith("/index.html")
            and not path.startswith(("tags", "divis"))
        ):
            found.setdefault(kind, path.removesuffix("index.html"))
        elif path.startswith("tags/"):
            found.setdefault("tag", path.removesuffix("index.html"))
    assert set(KINDS) <= set(found)
    return found


class Reader:
    """A browser window that notes what goes wrong in it."""

    def __init__(self, browser: Browser, width: int = 1280, height: int = 800, **more: Any) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, **more)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.asked: list[str] = []
        self.context.on(
            "console",
            lambda m: self.faults.append(m.text) if m.type in {"error", "warning"} else None,
        )
        self.context.on("weberror", lambda found: self.faults.append(str(found.error)))
        self.context.on("request", lambda request: self.asked.append(request.url))

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.context.close()

    def keep(self, **values: str) -> None:
        """Set what the reader chose before: colour scheme, text size."""
        for name, value in values.items():
            self.context.add_init_script(f"localStorage.setItem('wk-{name}', '{value}')")


def spread(places: Mapping[str, str]) -> list[tuple[str, str, int]]:
    """(type, scheme, width) to look at: all when asked for, else each type once."""
    every = [(name, scheme, width) for name in places for scheme in SCHEMES for width in WIDTHS]
    if FULL:
        return every
    rng = random.Random(7)
    return [rng.choice([e for e in every if e[0] == name]) for name in places]


def test_axe_finds_nothing(browser: Browser, home: str, places: dict[str, str]) -> None:
    found: list[str] = []
    checked = spread(places)
    for scheme in SCHEMES:
        for width in WIDTHS:
            with Reader(browser, width) as reader:
                reader.keep(scheme=scheme)
                for name in [n for n, s, w in checked if (s, w) == (scheme, width)]:
                    reader.page.goto(home + places[name])
                    assert (
                        reader.page.locator("html").get_attribute("data-md-color-scheme") == scheme
                    )
                    found += [
                        f"{name} {scheme} {width}: {v['impact']} {v['id']} {n['target']} {n['html'][:160]} {n.get('failureSummary', '')[:200]}"
                        for v in axe(reader.page, TAGS)
                        for n in v["nodes"]
                    ]
    print(f"\n{len(checked)} looks, {len(found)} findings")
    assert not found, "\n".join(found)


def test_no_faults_and_no_other_host(
    browser: Browser, address: str, places: dict[str, str]
) -> None:
    """Also under a path that the site was not built for: all but 404, which is bound to its place."""
    names = [name for name in places if name != "404"]
    with Reader(browser) as reader:
        for some in (names[at : at + TABS] for at in range(0, len(names), TABS)):
            tabs = [reader.context.new_page() for _ in some]
            for tab, name in zip(tabs, some, strict=True):
                tab.goto(address + places[name], wait_until="commit")
            for tab in tabs:
                tab.wait_for_load_state("networkidle")
            assert not reader.faults, (some, reader.faults)
            for tab in tabs:
                tab.close()
        outside = [url for url in reader.asked if not url.startswith(address)]
        assert [url for url in outside if not url.startswith("data:")] == []


def test_not_found_page_at_any_depth(browser: Browser, home: str) -> None:
    with Reader(browser) as reader:
        response = reader.page.goto(f"{home}courses/no/such/page.html", wait_until="networkidle")
        assert response is not None
        assert response.status == 404
        assert reader.page.locator("h1").is_visible()
        assert [f for f in reader.faults if "404 (Not Found)" not in f] == []
        assert len([f for f in reader.faults if "404 (Not Found)" in f]) <= 1
        reader.page.get_by_role("link", name="回到首页").click()
        assert reader.page.url == home


def test_readable_without_scripts(browser: Browser, address: str, places: dict[str, str]) -> None:
    with Reader(browser, java_script_enabled=False) as reader:
        for name, place in places.items():
            reader.page.goto(address + place)
            assert reader.page.locator("h1").first.is_visible(), name
            text = reader.page.locator("main").inner_text()
            assert len(text) > 40, (name, text)
        reader.page.goto(address + places["faq"])
        assert "四上" in reader.page.locator("main").inner_text()
        reader.page.goto(address + places["quiz"])
        assert reader.page.locator("main").inner_text().count("\n") > 10


def overflow(page: Page) -> list[str]:
    """What sticks out to the right of the window, boxes that scroll by themselves left out."""
    found: list[str] = page.evaluate(
        """() => {
            const wide = document.documentElement.clientWidth, root = document.scrollingElement;
            if (root.scrollWidth <= wide + 1) return [];
            return [...document.querySelectorAll('main *')]
                .filter(e => e.getBoundingClientRect().right > wide + 1)
                .slice(0, 3).map(e => e.outerHTML.slice(0, 120)).concat([`${root.scrollWidth} > ${wide}`]);
        }"""
    )
    return found


@pytest.mark.parametrize("size", ["", "large", "larger"])
def test_nothing_sticks_out_on_a_narrow_phone(
    size: str, browser: Browser, address: str, places: dict[str, str]
) -> None:
    looked = list(places.items()) if FULL or size == "larger" else list(places.items())[::3]
    with Reader(browser, 320, 640) as reader:
        reader.keep(text=size)
        wide = {}
        for name, place in looked:
            if name != "404":
                reader.page.goto(address + place)
                wide[name] = overflow(reader.page)
        assert {name: what for name, what in wide.items() if what} == {}


def results(page: Page) -> list[str]:
    page.locator(".md-search-result__list > li a").first.wait_for(timeout=15_000)
    return page.locator(".md-search-result__list > li a").all_inner_texts()


def test_search_by_click_and_typing(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        page = reader.page
        page.goto(address, wait_until="networkidle")
        assert not [url for url in reader.asked if "search/" in url], "a first visit loads no index"
        page.locator("header [data-search]").first.click()
        dialog = page.get_by_role("dialog", name="站内查找")
        query = dialog.get_by_role("searchbox")
        assert query.evaluate("e => e === document.activeElement")
        query.press_sequentially("四上")
        assert any("四上" in text for text in results(page)[:3])
        page.keyboard.press("Escape")
        assert not page.locator("#__search").is_checked()
        page.keyboard.press("/")
        assert page.locator("#__search").is_checked()
        query.fill("四上单位")
        first = re.compile(r"四上")
        assert first.search(results(page)[0])
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/(faq|terms|courses)/"))
        assert (
            "四上" in page.locator("h1").inner_text() or "四上" in page.locator("main").inner_text()
        )
        assert reader.faults == []


def test_search_from_the_home_page_box(browser: Browser, address: str) -> None:
    with Reader(browser, 375, 700) as reader:
        page = reader.page
        page.goto(address)
        box = page.locator("main form[data-search] input[type=search]").first
        box.fill("期末人数")
        box.press("Enter")
        assert any("期末" in text for text in results(page))
        assert reader.faults == []


def focused(page: Page) -> str:
    text: str = page.evaluate(
        "() => { const e = document.activeElement; return (e.getAttribute('aria-label') || e.innerText || e.id || e.tagName).trim(); }"
    )
    return text


def test_keyboard_reaches_the_skip_link_search_and_tabs(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        page = reader.page
        page.goto(f"{address}faq/", wait_until="networkidle")
        stops = []
        for _ in range(16):
            page.keyboard.press("Tab")
            stops.append(focused(page))
            shown = page.evaluate(
                "() => { const s = getComputedStyle(document.activeElement), r = document.activeElement.getBoundingClientRect();"
                " return r.width > 0 && r.height > 0 && s.visibility !== 'hidden' && +s.opacity > 0; }"
            )
            assert shown, f"the focus went to what can't be seen: {stops[-1]}"
        assert stops[0] == "跳到正文"
        assert any("查找" in s or "搜" in s for s in stops), stops
        assert "百问百答" in stops, stops
        page.goto(f"{address}faq/")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.id") == "main"


def test_readers_choices_last(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        page = reader.page
        page.goto(address)
        before = page.locator("html").get_attribute("data-md-color-scheme")
        page.locator("[data-do=scheme]").first.click()
        page.locator("[data-do=size]").first.click()
        page.goto(f"{address}terms/")
        assert page.locator("html").get_attribute("data-md-color-scheme") != before
        assert page.locator("html").get_attribute("data-text") == "large"


def test_expired_by_the_readers_clock(browser: Browser, address: str) -> None:
    """A page that was valid when it was built says so itself once its time has passed."""
    with Reader(browser) as reader:
        reader.page.clock.set_fixed_time("2099-01-01T00:00:00+08:00")
        reader.page.goto(f"{address}systems/yitaobiao-2017/")
        assert reader.page.locator(".is-expired").count() > 0
