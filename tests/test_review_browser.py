"""The review page as a director meets it: with the keyboard alone, on a phone, in the dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from builder.build import build
from builder.release import approved
from tests.browser import axe, chromium, served
from tests.reviewers import PIN, Bureau
from tests.reviewweb import FENCED, ITEM, PATH, key_file, review_page, waiting, write_a
from tests.reviewweb import Page as Running
from tests.sitefiles import NOW, faq, picture

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERY = [(width, scheme) for width in (1280, 375) for scheme in ("light", "dark")]
LOOKS = EVERY if os.environ.get("WEIKE_FULL") else [(1280, "light"), (375, "dark")]
BEFORE = "年主营业务收入2000万元及以上的工业法人单位。"
AFTER = "年主营业务收入2000万元及以上的工业法人单位和个体经营户。"
MANY = "\n\n".join(f"第{n}段不变的话。" for n in range(20))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    """甲问 was approved, has changed, and waits for its last review."""
    made = waiting(tmp_path / "site")
    write_a(made, f"{BEFORE}\n\n{MANY}")
    made.approve(ITEM)
    (made.root / "faq/mlk/p.png").write_bytes(picture("PNG", size=(320, 200)))
    write_a(made, f"{AFTER}\n\n{MANY}\n\n![示意图](p.png)\n\n{FENCED}")
    (made.root / "faq/mlk/c.md").write_text(faq("见[断](faq:mlk/nichts)。", title="丙问"), "utf-8")
    made.sign(ITEM, "first", "sun", change="补上个体经营户")
    made.sign(ITEM, "second", "wang")
    made.sign(ITEM, "secrecy", "chen", note="没有涉密内容。")
    return made


@pytest.fixture
def running(office: Bureau) -> Iterator[Running]:
    with review_page(office) as found:
        yield found


def focused(page: Page) -> str:
    text: str = page.evaluate(
        "() => { const e = document.activeElement; return (e.innerText || e.id || e.tagName).trim(); }"
    )
    return text


def tab_to(page: Page, words: str, most: int = 60) -> None:
    """Press Tab until what has the focus says these words; the focus must always be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "() => { const r = document.activeElement.getBoundingClientRect(); return r.width > 0 && r.height > 0; }"
        )
        assert seen, focused(page)
        if words in focused(page):
            return
    raise AssertionError(f"{words} was not reached")


def sign_in(page: Page, running: Running, person: str, folder: Path) -> None:
    """With the keyboard."""
    key = folder / f"{person}.key"
    key.write_bytes(key_file(running.bureau, person))
    page.goto(running.origin)
    tab_to(page, "key")
    page.set_input_files("#key", key)  # the window in which a file is chosen is the system's
    tab_to(page, "pin")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{running.origin}/")


def test_a_director_reads_approves_and_sees_it_released(
    browser: Browser, running: Running, office: Bureau, tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(page, running, "zhao", tmp_path)
    assert page.locator("h1").inner_text().startswith("待我审")
    tab_to(page, "甲问")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PATH}")

    tab_to(page, "改了什么")
    page.keyboard.press("Enter")
    changed = page.locator("#changed")
    assert changed.locator("ins", has_text="和个体经营户").is_visible()
    assert changed.get_by_text("只在业务网版").is_visible()
    for _ in changed.locator("summary").all():
        tab_to(page, "行没有改")
        page.keyboard.press("Enter")
    assert changed.get_by_text("第9段不变的话").is_visible()
    tab_to(page, "跳过这些页面")
    frame = page.frame_locator('iframe[title="互联网版，这一次的页面"]')
    frame.get_by_text("和个体经营户").wait_for()
    assert frame.get_by_text("内部金丝雀").count() == 0

    page.keyboard.press("Enter")
    assert page.locator("#checked").get_by_text("保守国家秘密法第三十五条").is_visible()
    tab_to(page, "note")
    page.keyboard.type("同意。")
    tab_to(page, "通过")
    page.keyboard.press("Enter")
    page.wait_for_url("**/signed/**")
    assert page.get_by_text("已批准，下次发布时生效").is_visible()
    assert faults == []
    context.close()

    dist = tmp_path / "dist"
    build(office.root, dist, [], NOW, 1, release=approved(office.root, NOW))
    with served(dist / "internet" / "site") as site:
        reader = browser.new_page()
        reader.goto(f"{site}faq/mlk/a/")
        text = reader.locator("main").text_content() or ""
        assert "工业法人单位和个体经营户" in text
        assert "补上个体经营户" in text, "what changed is told to readers"
        assert "内部金丝雀" not in text
        reader.close()


def test_sending_back_with_the_keyboard(browser: Browser, running: Running, tmp_path: Path) -> None:
    with browser.new_context(viewport={"width": 375, "height": 700}) as context:
        page = context.new_page()
        sign_in(page, running, "zhao", tmp_path)
        page.goto(f"{running.origin}{PATH}")
        tab_to(page, "写意见、签终审")
        page.keyboard.press("Enter")
        tab_to(page, "退回")
        page.keyboard.press("Enter")
        page.get_by_text("退回要写理由").wait_for()
        tab_to(page, "回到下面的表单")
        page.keyboard.press("Enter")
        tab_to(page, "note")
        page.keyboard.type("第二段与制度不符。")
        tab_to(page, "退回")
        page.keyboard.press("Enter")
        page.get_by_text("终审退回，已经记下").wait_for()


def looks(browser: Browser, running: Running, folder: Path) -> Iterator[tuple[str, BrowserContext]]:
    for width, scheme in LOOKS:
        with browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
        ) as context:
            sign_in(context.new_page(), running, "zhao", folder)
            yield f"{width} {scheme}", context


def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, running: Running, office: Bureau, tmp_path: Path
) -> None:
    pages = [
        "/",
        "/?view=all",
        "/?view=all&q=nichts",
        PATH,
        "/item/faq/mlk/b",
        "/item/faq/mlk/c",
        "/item/site/orgs",
        "/withdraw/faq/mlk/b",
        "/nichts",
        "/in",
    ]
    record = office.office.item("faq:mlk/b").log[-1].record.digest
    pages.append(f"/signed/faq/mlk/b?did={record}")
    found = []
    for name, context in looks(browser, running, tmp_path):
        page = context.pages[0]
        for path in pages:
            page.goto(running.origin + path)  # no script: what is loaded is all there will be
            found += [
                f"{name} {path}: {v['id']} {n['html'][:140]} {n.get('failureSummary', '')[:200]}"
                for v in axe(page, TAGS)
                for n in v["nodes"]
            ]
            wide = page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth")
            if wide > 0:
                found.append(f"{name} {path}: sticks out by {wide}")
            assert page.locator("script").count() == 0
    assert not found, "\n".join(found)


def test_large_letters_on_a_narrow_phone(
    browser: Browser, running: Running, tmp_path: Path
) -> None:
    with browser.new_context(viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        sign_in(page, running, "zhao", tmp_path)
        for path in ("/", PATH, "/withdraw/faq/mlk/b"):
            page.goto(running.origin + path)
            assert page.evaluate("() => document.scrollingElement.scrollWidth") <= 320, path


def test_dark_follows_the_system(browser: Browser, running: Running) -> None:
    colours = []
    for scheme in ("light", "dark"):
        with browser.new_context(color_scheme="dark" if scheme == "dark" else "light") as context:
            page = context.new_page()
            page.goto(f"{running.origin}/in")
            colours.append(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(247, 242, 230)", "rgb(29, 27, 24)"]
