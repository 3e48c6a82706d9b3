"""The template designer in a real browser: with its script and without, by keyboard, on a phone, axe, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from service.roles import EDITOR
from service.store import designs
from tests.browser import axe, chromium
from tests.designing_world import rebuilt
from tests.intake_world import TEMPLATES
from tests.service_asked import asked
from tests.service_world import World
from tests.test_service_browser import SHOTS, TAGS, enter


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[World, str]]:
    with asked(tmp_path / "data", bundle=rebuilt(tmp_path, dict(TEMPLATES))) as found:
        yield found


def editor(context: BrowserContext, live: tuple[World, str]) -> Page:
    enter(context, live, live[0].user(EDITOR, org="gyc"))
    return context.new_page()


def opened(page: Page, address: str) -> None:
    """The design of a template that is there."""
    page.goto(f"{address}/designs")
    page.click("text=改这张")
    page.wait_for_url("**/designs/1")


def named(page: Page) -> list[str]:
    return [found.strip() for found in page.locator(".sv-line legend").all_text_contents()]


def test_without_script_rows_move_and_are_saved(browser: Browser, live: tuple[World, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = editor(context, live)
    opened(page, live[1])
    page.fill("#r-0 [name=label]", "用电量")
    page.click("[aria-label='第 3 行上移']")
    assert page.input_value("#r-0 [name=label]") == "用电量"
    page.fill("#f-search", "用煤")
    page.click("button[value=find]")
    page.click("[aria-label='加规上工业用煤量']")
    assert page.url.endswith("#add")  # one is not thrown back to the top
    assert page.locator("#add").is_visible()
    assert page.evaluate("document.documentElement.scrollTop") > 300
    page.click("#design button[value=save]")
    page.wait_for_url("**/designs/1")
    with live[0].desk.store.read() as connection:
        row = designs.find(connection, 1)
    assert row is not None
    assert row.version == 2
    assert page.locator(".sv-line").count() == 4
    assert "用电量" in page.inner_text("#preview")
    context.close()


def test_the_preview_follows_what_is_typed_and_keys_move_rows(
    browser: Browser, live: tuple[World, str]
) -> None:
    context = browser.new_context()
    page = editor(context, live)
    opened(page, live[1])
    page.fill("#r-1 [name=label]", "边打边看")
    page.wait_for_selector("#preview:has-text('边打边看')")
    page.fill("#f-title", "")
    page.wait_for_selector("#found:has-text('还有 1 处要改')")
    page.fill("#f-title", "工业月报")
    page.focus("#r-0 [name=label]")
    page.keyboard.press("Alt+ArrowDown")
    assert page.evaluate("document.activeElement.closest('.sv-line').id") == "r-1"
    assert page.input_value("#r-0 [name=label]") == "边打边看"
    assert named(page)[1].startswith("第 2 行 全社会用电量")
    page.focus("[aria-label='去掉第 3 行']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#preview tbody tr >> nth=2", state="detached")
    assert page.evaluate("document.activeElement.value") == "out:1"
    page.click("#design button[value=save]")
    page.wait_for_url("**/designs/1")
    assert named(page) == ["第 1 行 全社会用电量", "第 2 行 全社会用电量"]
    assert page.input_value("#r-0 [name=label]") == "边打边看"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_its_page(
    browser: Browser, live: tuple[World, str], scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(color_scheme=scheme)
    page, address = editor(context, live), live[1]
    wrong = []
    opened(page, address)

    def look(name: str) -> None:
        for detail in page.query_selector_all("details"):
            detail.evaluate("d => d.open = true")
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                wrong.append((name, width, f"{wide} px wide"))
            small = page.eval_on_selector_all(
                "main button, main select", "all => all.filter(x => x.offsetParent && x.getBoundingClientRect().height < 44).map(x => x.outerHTML.slice(0, 90))"
            )  # fmt: skip
            wrong.extend((name, width, s) for s in small)
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/design-{name}-{width}-{scheme}.png", full_page=True)
        found = axe(page, TAGS)
        wrong.extend((name, v["id"], v["nodes"][0]["html"][:160]) for v in found)

    page.fill("#f-title", "")
    page.fill("#f-day", "45")
    page.fill("#r-1 [name=of]", "#其中")
    page.fill("#r-1 [name=label]", "规模以上工业企业全社会用电量累计同比" * 3)
    page.select_option("#r-1 [name=indent]", "1")
    page.click("button[value=look]")
    look("wrong")
    page.fill("#f-title", "工业月报（改）")
    page.fill("#f-day", "15")
    page.check("[name=layout][value=regions_down]")
    page.click("#design button[value=save]")
    page.wait_for_selector("h1:has-text('改')")
    look("draft")
    page.click("form[action$=send] button")
    page.wait_for_selector(".rv-title:has-text('等审核')")
    look("waiting")
    page.goto(f"{address}/designs")
    look("list")
    other = browser.new_context(color_scheme=scheme)
    page = editor(other, live)
    page.goto(f"{address}/designs/1")
    page.click("form[action$=approve] button")
    page.wait_for_selector(".rv-title:has-text('已通过')")
    look("approved")
    page.goto(f"{address}/designs")
    page.click("text=改这张")
    page.wait_for_url("**/designs/2")
    mine = context.new_page()
    mine.goto(f"{address}/designs/2")
    mine.fill("#f-title", "先存的")
    mine.click("#design button[value=save]")
    mine.wait_for_selector("h1:has-text('先存的')")
    page.fill("#f-title", "后存的")
    page.click("#design button[value=save]")
    page.wait_for_selector("[role=alert]")
    look("conflict")
    other.close()
    context.close()
    assert wrong == []
