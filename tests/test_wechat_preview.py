"""WeChat articles in the preview: a real server, the sample page with every way of writing, a real browser."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from builder.body import Body
from builder.config import load_config
from builder.preview import Preview
from builder.preview.phone import Phone
from builder.render.wechat.lint import lint
from builder.render.wechat.tree import read
from tests.browser import axe, chromium
from tests.sitefiles import CONFIG, NOW, faq, md, picture, site_of, write, yml

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERY = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 900, 375)]
LOOKS = EVERY if os.environ.get("WEIKE_FULL") else [("light", 1280), ("dark", 375)]
SAMPLE = (Path(__file__).parent / "wechat_sample.md").read_text("utf-8")
ACCOUNT = "wechat:\n  accounts:\n    shifan: {name: 示范统计}\n"
PANELS = [
    {
        "scene": "village",
        "cast": [{"who": "小李", "mood": "happy"}],
        "says": [{"who": "小李", "text": f"第{n}格"}],
    }
    for n in range(4)
]
SECRET = "kqzvsecret"
ROOM = "/-/wechat/internet/"
YANG = f"{ROOM}daily/faq/mlk/yangben/"
HEJI = f"{ROOM}campaign/pushes/tui/2/"
COMIC = f"{ROOM}daily/pushes/tie/1/"


def tree(root: Path) -> Path:
    def push(**keys: Any) -> str:
        return yml(**({"account": "shifan"} | keys))

    gathered = {
        "entries": ["faq:mlk/bie", "faq:mlk/yangben"],
        "title": "两问放一起",
        "lead": "开头的话。",
    }
    items = ["faq:mlk/yangben", gathered]
    return write(
        root,
        {
            "site_config.yml": CONFIG + ACCOUNT,
            "faq/mlk/yangben.md": SAMPLE + f"\n::: intranet\n{SECRET}\n:::\n\n<!-- {SECRET} -->\n",
            "faq/mlk/tu.png": picture("PNG", size=(900, 400)),
            "faq/mlk/bie.md": faq("另一问的正文。", title="另一问？"),
            "faq/mlk/nei.md": faq(SECRET, title="内部问？", audience="intranet"),
            "faq/mlk/chang.md": faq("话。", title="题" * 40),
            "courses/k/course.yml": yml(title="一课", summary="课"),
            "courses/k/lessons/01-man.comic.yml": yml(
                title="四格漫画", key="一句话", panels=PANELS
            ),
            "content/terms/shi.md": md("说明。", title="名词", definition="一句定义。"),
            "content/pushes/tui.yml": push(
                title="这周的推送",
                articles=items,
                theme="campaign",
                send="mass",
                after="2026-12-01T09:00:00+08:00",
            ),
            "content/pushes/tie.yml": push(
                title="一组图", articles=["comic:k/man"], send="newspic"
            ),
            "content/pushes/deng.yml": push(title="等着的推送", articles=["term:shi"]),
        },
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree(tmp_path_factory.mktemp("phone"))


@pytest.fixture(scope="module")
def preview(root: Path) -> Iterator[Preview]:
    with Preview(root, "internet", 0, clock=lambda: NOW, say=lambda text: None) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def ask(preview: Preview, path: str) -> tuple[int, bytes, http.client.HTTPMessage]:
    client = http.client.HTTPConnection("127.0.0.1", preview.port, timeout=60)
    try:
        client.request("GET", path)
        answer = client.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        client.close()


def text(preview: Preview, path: str) -> str:
    status, body, _ = ask(preview, path)
    assert status == 200, (path, body[:300])
    return body.decode()


def state(page: str) -> dict[str, Any]:
    found = re.search(r'id="wkp-state"[^>]*>(.*?)</script>', page)
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


# --- what is served -------------------------------------------------------------------------------------


def test_the_list_shows_each_push_as_a_message(preview: Preview) -> None:
    page = text(preview, ROOM)
    for words in ("这周的推送", "示范统计", "群发", "专题样式", "2026-12-01 09:00 以后", "贴图"):
        assert words in page
    assert f'href="{ROOM}campaign/pushes/tui/1/"' in page
    assert "合集，2 篇" in page
    # what could not be compiled is told, with its reason
    assert "没有编成的" in page
    assert "term:shi 不在互联网版里" in page


def test_a_sheet_has_all_that_an_editor_needs(preview: Preview) -> None:
    page = text(preview, YANG)
    for words in (
        "复制整篇",
        "标题",
        "作者",
        "摘要",
        "原文链接",
        "占得多的",
        "2.35∶1",
        "微博",
        "头条",
    ):
        assert words in page
    assert 'src="/-/wechat/internet/daily/faq/mlk/yangben/light.html?v=' in page
    assert 'href="/-/wechat/internet/campaign/faq/mlk/yangben/"' in page
    assert "没有发现问题" in page
    used = re.search(r"<b>([\d,]+)</b> 个字符，上限 20,000", page)
    assert used
    assert 0 < int(used[1].replace(",", "")) < 20_000
    assert state(page)["source"] == "faq/mlk/yangben.md"


def test_what_may_be_refused_is_told_with_the_source(preview: Preview) -> None:
    page = text(preview, f"{ROOM}daily/faq/mlk/chang/")
    assert "40 / 32 字" in page
    (found,) = [p for p in state(page)["problems"] if p["code"] == "WCT003"]
    assert (found["path"], found["own"]) == ("faq/mlk/chang.md", True)


def test_the_frame_holds_what_would_be_sent(preview: Preview) -> None:
    """Nothing of it is changed, but for what keys need to move a table."""
    pasted = json.loads(text(preview, f"{YANG}paste.json"))
    frame = text(preview, f"{YANG}light.html").replace(' tabindex="0" data-ignore', " data-ignore")
    inside = re.sub(r'src="data:[^"]*"', 'src="P"', pasted["html"])
    assert inside in re.sub(r'src="images/[^"]*"', 'src="P"', frame)
    assert "<h1>公众号样章：每一种写法都有</h1>" in frame
    assert "<b>示范统计</b>" in frame
    assert "wkp-state" not in frame
    dark = text(preview, f"{YANG}dark.html")
    assert len(re.findall(r'style="', dark)) == len(re.findall(r'style="', frame))
    assert "#191919" in dark
    assert inside not in re.sub(r'src="images/[^"]*"', 'src="P"', dark)


def test_what_is_pasted_has_its_pictures_inside(preview: Preview) -> None:
    pasted = json.loads(text(preview, f"{YANG}paste.json"))
    assert 'src="images/' not in pasted["html"]
    found = re.findall(r'src="data:image/(?:png|jpeg);base64,([^"]*)"', pasted["html"])
    names = re.findall(r'src="(images/[^"]*)"', text(preview, f"{YANG}light.html"))
    assert len(found) == len(names) >= 2
    for inside, name in zip(found, names, strict=True):
        status, body, headers = ask(preview, YANG + name)
        assert (status, base64.b64decode(inside)) == (200, body)
        assert headers["Content-Type"] in {"image/png", "image/jpeg"}
        assert hashlib.sha256(body).hexdigest().startswith(name[7:19])
    for words in ("先看时期", "甲州市\t2,024.5\t+10.2", "不得外传。"):
        assert words in pasted["text"]


def test_pictures_go_with_their_words(preview: Preview) -> None:
    page = text(preview, COMIC)
    assert "复制文字" in page
    assert "换一种样式" not in page
    frame = text(preview, f"{COMIC}light.html")
    assert frame.count('<img src="images/') >= 4
    pasted = json.loads(text(preview, f"{COMIC}paste.json"))
    assert pasted["html"] == ""
    assert pasted["text"]


def test_a_collection_and_its_neighbours(preview: Preview) -> None:
    page = text(preview, HEJI)
    assert "两问放一起" in page
    assert f'href="{ROOM}campaign/pushes/tui/1/"' in page
    assert "开头的话" in text(preview, f"{HEJI}light.html")


def test_both_themes_can_be_seen(preview: Preview) -> None:
    daily, campaign = (
        text(preview, f"{ROOM}{t}/pushes/tui/1/light.html") for t in ("daily", "campaign")
    )
    assert daily != campaign
    assert read(daily).root.text.split() != []


# --- trust ------------------------------------------------------------------------------------------------


def test_only_the_article_has_inline_styles_and_nothing_has_scripts_inside(
    preview: Preview,
) -> None:
    for path in (ROOM, YANG, HEJI, COMIC):
        _, body, headers = ask(preview, path)
        policy = headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", body.decode())
        assert re.findall(r"<script(?![^>]*(?:src=|application/json))", body.decode()) == []
    _, body, headers = ask(preview, f"{YANG}light.html")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:;")
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert b"<script" not in body


def test_nothing_internal_is_in_the_room(preview: Preview) -> None:
    for path in (ROOM, YANG, HEJI, COMIC):
        assert SECRET not in text(preview, path)
    for name in ("light.html", "dark.html", "paste.json"):
        assert SECRET not in text(preview, YANG + name)
    status, body, _ = ask(preview, f"{ROOM}daily/faq/mlk/nei/")
    assert (status, SECRET.encode() in body) == (404, False)
    assert ask(preview, "/-/wechat/intranet/")[0] == 404
    assert ask(preview, "/-/wechat/intranet/daily/faq/mlk/nei/")[0] == 404
    assert ask(preview, "/@intranet/-/wechat/intranet/")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "gala/faq/mlk/yangben/",
        "daily/faq/mlk/meiyou/",
        "daily/",
        "daily",
        "campaign/pushes/tui/0/",
        "campaign/pushes/tui/3/",
        "campaign/pushes/tui/x/",
        "campaign/pushes/deng/1/",
        "daily/faq/mlk/yangben/other.html",
        "daily/faq/mlk/yangben/images/none.png",
        "daily/faq/mlk/yangben/images/..%2f..%2fsite_config.yml",
        "daily/faq/mlk/yangben/%2e%2e/%2e%2e/site_config.yml",
        "nobody/",
    ],
)
def test_other_addresses_lead_nowhere(path: str, preview: Preview) -> None:
    status, body, _ = ask(preview, ROOM + path)
    assert status in {302, 404}
    assert b"Traceback" not in body
    assert b"owner" not in body


def test_the_bar_leads_to_the_article(preview: Preview) -> None:
    assert state(text(preview, "/faq/mlk/yangben/"))["article"] == YANG
    assert state(text(preview, "/faq/"))["article"] == ROOM
    assert state(text(preview, "/@intranet/faq/mlk/yangben/"))["article"] == YANG
    assert state(text(preview, "/@intranet/faq/mlk/nei/"))["article"] == ""
    told = state(text(preview, YANG))
    assert told["article"] == ""
    assert [e["url"] for e in told["editions"]] == [YANG]


def test_a_page_that_can_not_be_laid_is_told(root: Path) -> None:
    site = site_of(root)
    page = site.pages["faq:mlk/bie"]

    def broken() -> Body:
        raise ValueError("坏了")

    phone = Phone(
        site, load_config(root), broken, lambda: {page.url: page}, {page.id: "faq/mlk/bie.md"}
    )
    style = {"weike.css": "/a.css", "scheme.js": "/a.js"}
    shown = phone.get(f"daily/{page.url}", [], style)
    assert shown
    assert [p.code for p in shown.problems] == ["BUG001"]
    assert "坏了" in shown.body.decode()
    assert phone.get(f"daily/{page.url}light.html", [], style) is None


def test_a_save_changes_the_sheet(tmp_path: Path) -> None:
    root = tree(tmp_path)
    path = f"{ROOM}daily/faq/mlk/bie/"
    with Preview(root, "internet", 0, clock=lambda: NOW, say=lambda text: None) as preview:
        before = state(text(preview, path))["page"]
        (root / "faq/mlk/bie.md").write_text(faq("换了新话。", title="另一问？"), "utf-8")
        end = time.monotonic() + 20
        while "换了新话" not in text(preview, f"{path}light.html") and time.monotonic() < end:
            time.sleep(0.02)
        assert "换了新话" in text(preview, f"{path}light.html")
        assert state(text(preview, path))["page"] != before


# --- the sample, judged and measured ------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["daily", "campaign"])
def test_the_sample_keeps_every_rule(theme: str, preview: Preview) -> None:
    frame = text(preview, f"{ROOM}{theme}/faq/mlk/yangben/light.html")
    html = frame.partition('<main tabindex="0">')[2].partition("</main>")[0]
    html = html.replace(' tabindex="0" data-ignore', " data-ignore")
    assert lint(html) == []
    for words in (
        "同比",
        "往期文章",
        "当月",
        "一至二月合并",
        "属于第二条",
        "☑",
        "☐",
        "统计的范围和算法",
        "1,234,567.89",
        "指数是相对数",
        "提示里的列表",
        "不得外传",
        "折叠里的话",
        "第二页的话",
        "return",
        "图题：每一栏都有单位",
        "引文里的引文",
        "示例原文",
        "名录库",
    ):
        assert words in read(html).root.text, words
    assert 'href="https://mp.weixin.qq.com/s/AbCdEf123456"' in html
    assert "https://www.stats.gov.cn/sj/" in read(html).root.text


MEASURE = """() => {
  const lines = node => { const r = document.createRange(); r.selectNodeContents(node);
    return new Set([...r.getClientRects()].map(b => Math.round(b.top))).size; };
  const left = (word, after = '') => { let on = !after; const walker = document.createTreeWalker(document.querySelector('main'), 4);
    while (walker.nextNode()) { on = on || walker.currentNode.data.includes(after); if (!on) continue; const at = walker.currentNode.data.indexOf(word); if (at >= 0) {
      const r = document.createRange(); r.setStart(walker.currentNode, at);
      r.setEnd(walker.currentNode, at + 1); return r.getBoundingClientRect().left; } } return -1; };
  const cells = [...document.querySelectorAll('main td')].filter(c => /^[+−-]?[\\d,.]+$/.test(c.textContent.trim()));
  const box = document.querySelector('main table').closest('section');
  const parted = []; const texts = document.createTreeWalker(document.querySelector('main'), 4);
  while (texts.nextNode()) for (const m of texts.currentNode.data.matchAll(/[+−-]?\\d[\\d,.]*(?:—\\d[\\d.]*)?(?:%|亿元|万元|个百分点|年\\d+月(?:\\d+日)?)/g)) {
    const r = document.createRange(); r.setStart(texts.currentNode, m.index); r.setEnd(texts.currentNode, m.index + m[0].length);
    if (new Set([...r.getClientRects()].map(b => Math.round(b.top))).size > 1) parted.push(m[0]); }
  const wide = [...document.querySelectorAll('main *')].filter(n => !n.closest('[data-ignore-width]')
    && n.getBoundingClientRect().right > innerWidth + 1).map(n => n.tagName + n.textContent.slice(0, 12));
  return {
    page: document.documentElement.scrollWidth, width: innerWidth, wide,
    parted, numbers: cells.map(lines), scrolls: box.scrollWidth > box.clientWidth,
    overflow: getComputedStyle(box).overflowX,
    lists: ['先看时期', '环比', '当月', '一至二月合并'].map(w => left(w, '列表套列表')),
    code: ['def', 'if', 'return'].map(w => left(w, '代码与公式')),
    images: [...document.images].map(i => [i.complete && i.naturalWidth > 0, i.getBoundingClientRect().width]),
    font: new Set([...document.querySelectorAll('main p, main span')].filter(n => !n.closest('code')).map(n => getComputedStyle(n).fontFamily)).size,
  };
}"""


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("theme", ["daily", "campaign"])
def test_the_sample_is_right_on_a_phone(
    theme: str, mode: str, preview: Preview, browser: Browser
) -> None:
    with browser.new_context(viewport={"width": 375, "height": 800}) as context:
        page = context.new_page()
        path = f"{ROOM}{theme}/faq/mlk/yangben/{mode}.html"
        page.goto(f"http://localhost:{preview.port}{path}", wait_until="load")
        found = page.evaluate(MEASURE)
        assert found["page"] <= found["width"] == 375
        assert found["wide"] == []
        assert len(found["numbers"]) >= 6
        assert set(found["numbers"]) == {1}
        assert found["parted"] == []
        assert (found["overflow"], found["scrolls"]) == ("auto", False), "words wrap first"
        assert found["lists"] == sorted(found["lists"])
        assert len(set(found["lists"])) == 4
        first, second, third = found["code"]
        assert first < second < third or first < second == third
        assert all(good and 0 < width <= 343.5 for good, width in found["images"])
        assert found["font"] == 1
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in axe(page, TAGS)] == []


# --- the sheet, used ----------------------------------------------------------------------------------------


@pytest.fixture
def opened(preview: Preview, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a sheet; at the end nothing may have gone wrong in it, nor another host been asked."""
    contexts, faults = [], []

    def one(path: str, width: int = 1280, **more: Any) -> Page:
        base = f"http://localhost:{preview.port}"
        context = browser.new_context(viewport={"width": width, "height": 900}, **more)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda m: faults.append(m.text) if m.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda r: None if r.url.startswith((base, "data:", "blob:")) else faults.append(r.url),
        )
        page.goto(base + path, wait_until="load")
        return page

    yield one
    for context in contexts:
        context.close()
    assert faults == []


READ = """async () => {
  const items = await navigator.clipboard.read(), found = {};
  for (const item of items) for (const type of item.types) found[type] = type.startsWith('text/')
    ? await (await item.getType(type)).text() : (await item.getType(type)).size;
  return found;
}"""


def test_the_whole_article_is_copied_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened(YANG)
    button = page.get_by_role("button", name="复制整篇")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("已复制，到公众号编辑器里粘贴").wait_for()
    page.evaluate("document.body.focus()")
    found = page.evaluate(READ)
    assert {"text/html", "text/plain"} <= {*found}
    assert "先看时期" in found["text/plain"]
    editor = page.context.new_page()  # without our policy, as the official one
    editor.set_content('<div id="editor" contenteditable="true"></div>')
    editor.focus("#editor")
    editor.keyboard.press("ControlOrMeta+v")
    editor.wait_for_function("document.querySelectorAll('#editor img').length > 1")
    pasted = editor.inner_html("#editor")
    assert pasted.count("<table") == 1
    assert 'src="data:image/' in pasted
    assert "white-space" in pasted
    assert "padding-left" in pasted


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("复制标题", "公众号样章：每一种写法都有"),
        ("复制原文链接", "https://tjj.example.gov.cn/weike/faq/mlk/yangben/"),
    ],
)
def test_each_field_is_copied(name: str, words: str, opened: Callable[..., Page]) -> None:
    page = opened(YANG)
    page.get_by_role("button", name=name).click()
    page.get_by_text("已复制", exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == words


def test_short_forms_and_pictures_are_copied(opened: Callable[..., Page]) -> None:
    page = opened(YANG)
    shown = page.inner_text("#ph-weibo")
    page.get_by_role("button", name="复制微博短文").click()
    page.get_by_text("已复制", exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    page.get_by_role("button", name="复制第 1 张图片").click()
    page.get_by_role("button", name="复制第 1 张图片").get_by_text("已复制").wait_for()
    found = page.evaluate(READ)
    assert found["image/png"] > 1000


def test_themes_are_switched_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened(YANG)
    page.get_by_role("link", name="专题").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{ROOM}campaign/faq/mlk/yangben/")
    assert (
        page.get_attribute(".ph-themes [aria-current]", "href")
        == f"{ROOM}campaign/faq/mlk/yangben/"
    )


def test_the_bar_leads_there_and_back(opened: Callable[..., Page]) -> None:
    page = opened("/faq/mlk/yangben/")
    page.get_by_role("link", name="公众号", exact=True).click()
    page.wait_for_url(f"**{YANG}")
    page.get_by_role("link", name="看网页").click()
    page.wait_for_url("**/faq/mlk/yangben/")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing_and_nothing_runs_over(
    scheme: str, width: int, opened: Callable[..., Page]
) -> None:
    for path in (YANG, COMIC, ROOM):
        page = opened(path, width, color_scheme=scheme)
        page.wait_for_selector(".wkp-bar")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in axe(page, TAGS)] == []
