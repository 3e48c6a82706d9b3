"""The page of the reviews as a director reads it, and the report as a clerk types it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from python_calamine import CalamineWorkbook

from builder.approvals import Refused
from builder.build import build
from builder.release import approved
from builder.review.office import Office
from builder.review.report import run_report
from tests.browser import axe, chromium, served
from tests.reviewers import Bureau, bureau
from tests.sitefiles import NOW, faq, yml
from tests.test_browser import TAGS, Reader

EVERY = [(scheme, width) for scheme in ("default", "slate", "contrast") for width in (1280, 375)]
LOOKS = EVERY if os.environ.get("WEIKE_FULL") else [("default", 1280), ("slate", 375)]
FILES = {
    "faq/mlk/a.md": faq("甲。", title="甲问", valid={"to": "2026-11-01"}),
    "faq/mlk/b.md": faq("乙。", title="乙问", valid={"to": "2026-12-01"}),
    "faq/mlk/c.md": faq("[外](https://out.example.com/)", title="丙问"),
    "faq/nbc/d.md": faq("丁。", title="丁问题目", division="nbc"),
    "content/columns/kong.yml": yml(title="空专栏", gather={"tags": ["没有"]}),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """A released site with something of everything."""
    it = bureau(tmp_path_factory.mktemp("reports"), FILES)
    it.approve("site:orgs", "site:config", "faq:mlk/a", "faq:mlk/b", "faq:mlk/c", "column:kong")
    it.sign("faq:nbc/d", "first", "sun")
    (it.root / "faq/mlk/c.md").write_text(faq("改了。", title="丙问"), "utf-8")
    build(it.root, it.root / "dist", [], NOW, 1, release=approved(it.root, NOW))
    return it


@pytest.fixture(scope="module")
def address(site: Bureau) -> Iterator[str]:
    with served(site.root / "dist/intranet/site", "/a/b/") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing_and_nothing_runs_over(
    scheme: str, width: int, browser: Browser, address: str
) -> None:
    with Reader(browser, width) as reader:
        reader.keep(scheme=scheme)
        reader.page.goto(address + "reports/")
        assert [f"{v['id']} {v['nodes'][0]['html'][:200]}" for v in axe(reader.page, TAGS)] == []
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= width


def test_from_the_foot_of_a_page_to_a_division_by_keyboard(browser: Browser, address: str) -> None:
    with Reader(browser, java_script_enabled=False) as reader:
        page = reader.page
        page.goto(address + "faq/")
        page.get_by_role("link", name="审核与更新情况").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/reports/")
        page.get_by_role("navigation", name="按处室看").get_by_role("link").nth(1).focus()
        page.keyboard.press("Enter")
        assert page.url.endswith("#todo-nbc")
        fold = page.locator("#todo-nbc")
        assert fold.get_by_text("faq:nbc/d").is_visible()
        assert "丁问题目" not in page.content()
        fold.locator("summary").focus()
        page.keyboard.press("Enter")
        assert not fold.get_by_text("faq:nbc/d").is_visible()


def test_what_is_out_is_linked_and_what_waits_says_for_whom(browser: Browser, address: str) -> None:
    with Reader(browser) as reader:
        page = reader.page
        page.goto(address + "reports/")
        row = page.locator("#todo-mlk tr", has_text="faq:mlk/c").first
        assert "初审：李初、孙初；保密审查：陈密、周密" in row.inner_text()
        row.get_by_role("link", name="丙问").click()
        page.wait_for_url("**/faq/mlk/c/")


def test_paper_has_tables_whatever_its_width(browser: Browser, address: str) -> None:
    with Reader(browser, 375) as reader:
        page = reader.page
        page.goto(address + "reports/")
        page.locator("#todo-nbc summary").click()
        cell = page.locator(".rp-check tbody td").nth(1)
        assert cell.evaluate("e => getComputedStyle(e).display") == "block"
        page.emulate_media(media="print")
        assert cell.evaluate("e => getComputedStyle(e).display") == "table-cell"
        assert not page.locator(".md-header").is_visible()
        assert page.locator(".rp-sign").is_visible()
        assert page.locator(".rp-sheet").evaluate("e => getComputedStyle(e).breakBefore") == "page"


# --- the command line -----------------------------------------------------------------------------


def typed(out: str = "", quarter: str = "") -> argparse.Namespace:
    return argparse.Namespace(out=out, quarter=quarter)


def office(site: Bureau, moment: datetime = NOW) -> Office:
    return Office(site.root, lambda: moment)


def test_the_report_as_text_and_as_a_file(
    site: Bureau, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "审核情况.xlsx"
    assert run_report(office(site), typed(str(target))) == 0
    said = capsys.readouterr().out
    assert "在审  faq:nbc/d  丁问题目" in said  # whoever types this has the files
    assert "已过期19天  faq:mlk/a  甲问" in said
    assert "严重表述错误：通过（0处" in said
    assert [p.name for p in tmp_path.iterdir()] == [target.name]
    table = CalamineWorkbook.from_path(target).get_sheet_by_name("待审").to_python()
    assert sorted(str(r[1]) for r in table[3:]) == ["faq:mlk/c", "faq:nbc/d"]
    assert "丁问题目" in {r[3] for r in table[3:]}


def test_an_earlier_quarter_and_none_to_come(
    site: Bureau, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_report(office(site), typed(quarter="2026Q3")) == 0
    assert "2026年第三季度，截至 2026-09-30" in capsys.readouterr().out
    for wrong, why in (("2027Q1", "还没有到"), ("去年", "写成 2026Q4 这样")):
        with pytest.raises(Refused, match=why):
            run_report(office(site), typed(quarter=wrong))


def test_only_a_spreadsheet_is_written(site: Bureau, tmp_path: Path) -> None:
    target = tmp_path / "orgs.yml"
    target.write_text("原来的", "utf-8")
    with pytest.raises(Refused, match="xlsx"):
        run_report(office(site), typed(str(target)))
    assert target.read_text("utf-8") == "原来的"


def test_grave_words_that_came_through_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    it = bureau(tmp_path, {"faq/mlk/a.md": faq("市攻府通知。", title="甲问")})
    it.approve("site:orgs", "site:config")
    with pytest.raises(Refused, match="错误"):
        it.sign("faq:mlk/a", "first", "sun")
    allowed = it.root / "content/wording.yml"
    text = "allow:\n  - {text: 攻府, code: WRD001, reason: 试验}\n"
    allowed.write_text(text, "utf-8")
    it.approve("faq:mlk/a")
    allowed.unlink()
    run_report(office(Bureau(tmp_path, it.clock, it.signers)), typed())
    assert "严重表述错误：不合格（1处" in capsys.readouterr().out
