"""小统 as readers meet it: on its page, behind a button on any page, large, in a stranger's page, from a disk."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from builder.robot.package import FORMAT
from tests.browser import axe, chromium, served
from tests.robot_world import Twin, own
from tests.sitefiles import bundles, faq, write, yml

ASK = "报表晚交了要罚多少"
FILES = {
    "faq/mlk/chi.md": faq(title="迟报统计报表会受什么处罚？", ask=["晚交报表罚多少"], answer="最高五万元。"),
    "faq/mlk/ku.md": faq(title="企业什么时候申报入库？", ask=["几月报入库"], answer="年底前。"),
    "content/robot/a.yml": yml(
        talks=[{"kind": "handover", "ask": ["转人工"], "say": "请问县级统计机构。"}],
        elsewhere=[{"topic": "医保", "who": "请问医保部门。", "words": ["医保"], "ask": ["医保怎么报"]}],
    ),
    "content/robot/flows/b.yml": yml(
        title="入库自测",
        ask=["测一测能不能入库"],
        steps=[
            {"id": "a", "say": "哪一行？", "choices": [{"text": "工业", "to": "b"}]},
            {"id": "b", "say": "够了。", "links": ["faq:mlk/ku"]},
        ],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("robot")
    return bundles(write(root / "root", FILES), root / "dist")["internet"].root / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser, site: Path) -> Iterator[Page]:
    with served(site) as base:
        context = browser.new_context(base_url=base, viewport={"width": 375, "height": 800})
        made = context.new_page()
        faults: list[str] = []
        made.on("pageerror", lambda error: faults.append(str(error)))
        made.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        yield made
        context.close()
        assert faults == []


def said(page: Page, text: str) -> str:
    """The last turn, once `text` is in it."""
    turn = page.locator(".tong-tong").last
    expect(turn).to_contain_text(text)
    return turn.inner_text()


def test_by_keyboard_on_its_page(page: Page) -> None:
    page.goto("robot/")
    page.focus("#rq")
    page.keyboard.type(ASK)
    page.keyboard.press("Enter")
    said(page, "最高五万元。")
    assert page.locator(".tong-tong a").first.get_attribute("href") == "../faq/mlk/chi/"
    page.keyboard.type("医保怎么报销")
    page.keyboard.press("Enter")
    said(page, "请问医保部门。")
    page.keyboard.type("测一测能不能入库")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="工业").press("Enter")
    assert "出处：《示例制度》" in said(page, "够了。")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert axe(page) == []


@pytest.mark.parametrize("asked", ["%", "100%", "%E4%B8", "<b>x</b>", "%3Cimg%20src=x%3E"])
def test_odd_addresses(page: Page, asked: str) -> None:
    page.goto(f"robot/?q={asked}")
    page.wait_for_selector(".tong.is-ready")
    page.fill("#rq", ASK)
    page.press("#rq", "Enter")
    said(page, "最高五万元。")
    assert page.locator(".tong-log img, .tong-log b").count() == 0


def test_behind_a_button_on_any_page(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("faq/mlk/chi/")
    assert not [url for url in asked if "robot" in url]  # nothing is loaded before it is wanted
    page.locator(".dock-open").press("Enter")
    page.wait_for_selector(".dock-panel:not([hidden])")
    page.keyboard.type("几月报入库")
    page.keyboard.press("Enter")
    said(page, "年底前。")
    assert (
        page.locator(".dock-panel .tong-tong a").first.get_attribute("href")
        == "../../../faq/mlk/ku/"
    )
    assert axe(page) == []
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.dock-open')")


def test_what_was_not_answered_stays_here_and_only_if_agreed(page: Page) -> None:
    page.goto("robot/")
    page.wait_for_selector(".tong.is-ready")

    def ask(text: str) -> None:
        page.fill("#rq", text)
        page.press("#rq", "Enter")
        said(page, "没有把握")

    def kept() -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(
            page.evaluate("localStorage.getItem('wk-robot-asked') || '[]'")
        )
        return found

    ask("月亮上的石头有多重")
    assert kept() == []
    page.check("[data-keep]")
    page.evaluate("document.querySelector('.tong-log').textContent = ''")
    ask("月亮上的石头有多重，电话13912345678")
    assert [row["text"] for row in kept()] == ["月亮上的石头有多重，电话［号码］"]
    with page.expect_download() as told:
        page.click("[data-export]")
    assert told.value.suggested_filename.endswith(".jsonl")
    page.uncheck("[data-keep]")
    assert kept() == []


def test_in_a_strangers_page(page: Page, site: Path) -> None:
    (site / "bieren.html").write_text(
        '<!doctype html><html lang="zh"><link rel="icon" href="data:,"><title>other</title><body><h1>other</h1>'
        '<script src="robot/embed.js" defer></script></body></html>',
        "utf-8",
    )
    page.goto("bieren.html")
    page.get_by_role("button", name="问小统").click()
    frame = page.frame_locator("iframe")
    frame.locator("#rq").fill(ASK)
    frame.locator("#rq").press("Enter")
    frame.locator(".tong-tong").first.wait_for()
    assert "最高五万元。" in frame.locator(".tong-tong").first.inner_text()
    assert frame.locator(".tong-tong a").first.get_attribute("target") == "_blank"


def test_from_a_disk(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto(f"file://{site}/robot/index.html")
    page.fill("#rq", ASK)
    page.press("#rq", "Enter")
    said(page, "最高五万元。")
    page.close()


def test_the_window_takes_typing_before_anything_has_come(page: Page) -> None:
    held: list[Route] = []
    still = True

    def hold(route: Route) -> None:
        if still:
            held.append(route)
        else:
            route.continue_()

    page.route(re.compile(r"/robot[^/]*\.(js|css)$"), hold)
    page.goto("faq/mlk/chi/")
    page.locator(".dock-open").click()
    assert page.evaluate("document.activeElement.id") == "wk-rq"
    page.keyboard.type(ASK)
    page.keyboard.press("Enter")
    assert page.input_value("#wk-rq") == ASK
    still = False
    for route in held:
        route.continue_()
    said(page, "最高五万元。")


def test_the_page_itself_never_reads_the_package(page: Page) -> None:
    page.goto("robot/")
    page.fill("#rq", ASK)
    page.press("#rq", "Enter")
    said(page, "最高五万元。")
    assert len(page.workers) == 1
    assert page.evaluate("typeof window.wkRobot + typeof window.wkRobotPackage") == "undefined" * 2


@pytest.mark.parametrize("where", ["server", "disk"])
def test_a_package_of_a_newer_make_is_told(
    browser: Browser, site: Path, tmp_path: Path, where: str
) -> None:
    newer = Path(shutil.copytree(site, tmp_path / "site"))
    file = newer / "robot" / "package.js"
    text = file.read_text("utf-8")
    assert FORMAT in text
    file.write_text(text.replace(FORMAT, "weike-robot/99", 1), "utf-8")
    with served(newer) as base:
        page = browser.new_page()
        page.goto(f"{base}robot/" if where == "server" else f"file://{newer}/robot/index.html")
        page.fill("#rq", ASK)
        page.press("#rq", "Enter")
        assert "五万" not in said(page, "请刷新页面")
        page.close()


def test_the_format_is_one_for_both() -> None:
    assert Twin(own()).context.eval("module.exports.FORMAT") == FORMAT


def test_made_a_little_at_a_time_it_answers_the_same() -> None:
    twin = Twin(own())
    twin.context.eval(
        "var now = 0, rests = 0, made = null; Date.now = function () { return now += 5; };"
        "Robot.slowly(JSON.parse(text), function (on) { rests++; waiting = on; }, function (done) { made = done; });"
        "while (!made) waiting();"
    )
    assert twin.context.eval("rests") > 100
    ask = "(function (r) { return JSON.stringify(r.answer('企业晚报一天会罚款吗', '2026-11-22', {})); })"
    assert twin.context.eval(f"{ask}(made)") == twin.context.eval(f"{ask}(robot)")
