"""小统 on a machine in a hall: nothing leads away from it, and nothing of one visitor is left for the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import axe, chromium, served
from tests.sitefiles import bundles, write
from tests.test_robot_face import ASK, FILES

BODY = (
    "---\n正文第一段，见[入库](faq:mlk/ku)，"
    "也见[别处](https://www.example.com/)。\n\n[材料](https://www.example.com/a.pdf)\n"
)
MORE = {"faq/mlk/chi.md": FILES["faq/mlk/chi.md"].replace("---\n正文。", BODY)}
KEPT = "Object.keys(localStorage).filter(function (key) { return key.indexOf('wk-robot') === 0 && localStorage.getItem(key); })"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kiosk")
    return bundles(write(root / "root", FILES | MORE), root / "dist")["internet"].root / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser, site: Path) -> Iterator[Page]:
    with served(site) as base:
        context = browser.new_context(base_url=base, viewport={"width": 1280, "height": 900})
        made = context.new_page()
        faults: list[str] = []
        made.on("pageerror", lambda error: faults.append(str(error)))
        yield made
        context.close()
        assert faults == []


def ask(page: Page, text: str, said: str) -> None:
    page.fill("#rq", text)
    page.press("#rq", "Enter")
    expect(page.locator(".tong-tong").last).to_contain_text(said)


def ways_out(page: Page) -> list[str]:
    """Addresses that somebody could follow from what is to be seen."""
    links = page.locator("a[href]").all()
    return [str(link.get_attribute("href")) for link in links if link.is_visible()]


def test_a_page_is_read_in_place(page: Page) -> None:
    page.goto("robot/kiosk/")
    page.wait_for_selector("html.bare-kiosk")
    here = page.url
    assert not page.is_visible(".md-header")
    ask(page, ASK, "最高五万元。")
    assert ways_out(page) == []
    assert axe(page) == []
    page.get_by_role("button", name="看全文").press("Enter")
    expect(page.locator(".kiosk-page h1")).to_have_text("迟报统计报表会受什么处罚？")
    assert ways_out(page) == []
    assert page.locator(".kiosk-page [role=link]", has_text="别处").count() == 0
    assert page.locator(".kiosk-page", has_text="材料").count() == 1
    assert axe(page) == []
    page.locator(".kiosk-page [role=link]", has_text="入库").first.press("Enter")
    expect(page.locator(".kiosk-page h1")).to_have_text("企业什么时候申报入库？")
    page.get_by_role("button", name="上一页").click()
    expect(page.locator(".kiosk-page h1")).to_have_text("迟报统计报表会受什么处罚？")
    page.get_by_role("button", name="回到问答").click()
    expect(page.locator(".tong-tong").last).to_be_visible()
    assert page.evaluate("document.activeElement.textContent") == "看全文"
    assert page.url == here


def test_a_list_is_read_whole_and_leads_on_inside(page: Page) -> None:
    page.goto("robot/kiosk/")
    page.evaluate("document.querySelector('[data-robot]').wkTalk.open('../../faq/', '百问百答')")
    expect(page.locator(".kiosk-page h1")).to_have_count(1)
    assert page.locator(".kiosk-page [role=link]").count() >= 2
    assert ways_out(page) == []
    page.locator(".kiosk-page [role=link]", has_text="迟报").first.click()
    expect(page.locator(".kiosk-page h1")).to_have_text("迟报统计报表会受什么处罚？")


def test_keys_of_the_theme_lead_nowhere(page: Page) -> None:
    page.goto("robot/kiosk/")
    ask(page, ASK, "最高五万元。")
    here = page.url
    page.locator(".tong-tong .more").first.focus()
    for key in ("/", "s", "f", "n", "p", "."):
        page.keyboard.press(key)
    assert not page.evaluate("document.querySelector('#__search').checked")
    assert page.url == here


def agree_elsewhere(page: Page) -> None:
    """As if somebody had agreed on the site's own page, on the same machine."""
    page.goto("robot/")
    page.check("[data-keep]")
    ask(page, "月亮上的石头有多重", "没有把握")
    assert page.evaluate(KEPT) == ["wk-robot-keep", "wk-robot-asked"] or page.evaluate(KEPT)


@pytest.mark.parametrize("how", ["end", "idle", "idle while reading"])
def test_nothing_is_left_for_the_next(page: Page, how: str) -> None:
    page.clock.install()
    agree_elsewhere(page)
    page.goto("robot/kiosk/")
    assert page.evaluate(KEPT) == []
    ask(page, ASK, "最高五万元。")
    page.evaluate("localStorage.setItem('wk-robot-keep', '1')")
    ask(page, "月亮上的石头有多重", "没有把握")
    assert page.evaluate("localStorage.getItem('wk-robot-asked')") is None
    page.fill("#rq", "写了一半")
    if how == "idle while reading":
        page.get_by_role("button", name="看全文").first.click()
        expect(page.locator(".kiosk-page h1")).to_be_visible()
    if how == "end":
        page.get_by_role("button", name="结束").click()
    else:
        page.clock.run_for(101_000)
        expect(page.locator(".kiosk-still")).to_contain_text("还在吗")
        assert page.locator(".tong-turn").count() > 0
        page.clock.run_for(21_000)
    assert page.locator(".tong-turn").count() == 0
    assert page.locator(".kiosk-page > *").count() == 0
    assert page.input_value("#rq") == ""
    assert page.evaluate(KEPT) == []
    assert page.is_visible("#rq")
    ask(page, "那呢", "没有把握")  # nothing is gone on from


def test_somebody_who_is_still_there_goes_on(page: Page) -> None:
    page.clock.install()
    page.goto("robot/kiosk/")
    ask(page, ASK, "最高五万元。")
    page.clock.run_for(101_000)
    page.get_by_role("button", name="我还在").click()
    expect(page.locator(".kiosk-still")).to_be_hidden()
    page.clock.run_for(90_000)
    assert page.locator(".tong-turn").count() == 2


def test_from_a_disk_what_the_robot_knows_is_shown(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto(f"file://{site}/robot/kiosk/index.html")
    ask(page, ASK, "最高五万元。")
    page.get_by_role("button", name="看全文").click()
    expect(page.locator(".kiosk-page")).to_contain_text("正文第一段")
    expect(page.locator(".kiosk-page")).to_contain_text("出处：《示例制度》")
    page.close()
