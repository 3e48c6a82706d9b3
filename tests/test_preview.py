"""`weike preview`: a real server on a free port, real files, real saves."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import socket
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from builder.check import check
from builder.model import BEIJING
from builder.preview import Preview, serve
from builder.preview.shelf import Change, Shelf
from builder.preview.sieve import Sieve
from builder.problems import Problem, Where
from builder.read import read
from builder.select import select

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=BEIJING)
CONFIG = """\
site:
  name: 小站
  owner: 示范省统计局
  editor: 编辑组
  domain: tjj.example.gov.cn
  id_code: 9900000001
  description: 试验用的小站。
  keywords: [统计]
  footer: {host: 示范省统计局}
audiences:
  public: {label: 社会公众, public: true}
  intranet: {label: 统计系统内部}
editions:
  internet: {label: 互联网版, audiences: [public], base_url: "https://tjj.example.gov.cn/weike/"}
  intranet: {label: 统计业务网版, audiences: [public, intranet], base_url: "http://weike.tjj.example/"}
"""
ORGS = """\
province: 示范省
bureau: 示范省统计局
divisions:
  - {id: mlk, name: 名录库管理处, short: 名录处}
"""


def entry(title: str, text: str, audience: str = "public", more: str = "") -> str:
    return (
        f"---\ntitle: {title}\naudience: {audience}\ndivision: mlk\ndate: 2026-01-02\ntags: [名录]\n"
        f"answer: 答案。\nsources:\n  - {{title: 制度, quote: 原文}}\n{more}---\n{text}\n"
    )


def put(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    put(tmp_path, "site_config.yml", CONFIG)
    put(tmp_path, "content/orgs.yml", ORGS)
    put(tmp_path, "faq/mlk/yi.md", entry("第一问？", "第一篇正文，见[二](faq:mlk/er)。"))
    put(tmp_path, "faq/mlk/er.md", entry("第二问？", "第二篇正文。"))
    put(tmp_path, "faq/mlk/nei.md", entry("内部问？", "金丝雀。", "intranet"))
    return tmp_path


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def preview(site: Path, said: list[str]) -> Iterator[Preview]:
    with Preview(site, "internet", 0, clock=lambda: NOW, say=said.append) as running:
        yield running


def ask(
    preview: Preview, path: str, method: str = "GET", **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    client = http.client.HTTPConnection("127.0.0.1", preview.port, timeout=20)
    try:
        client.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            client.putheader(name, value)
        client.endheaders()
        answer = client.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        client.close()


def raw(preview: Preview, head: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", preview.port), 20) as line:
        line.sendall(head)
        line.shutdown(socket.SHUT_WR)
        got = b""
        while piece := line.recv(65536):
            got += piece
        return got


def state(text: str) -> dict[str, Any]:
    found = re.search(r'id="wkp-state"[^>]*>(.*?)</script>', text)
    assert found
    told: dict[str, Any] = json.loads(found.group(1))
    return told


def until(preview: Preview, path: str, want: str, *, gone: bool = False) -> str:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        text = ask(preview, path)[1]
        if (want in text) != gone:
            return text
        time.sleep(0.01)
    pytest.fail(f"{want} {'still there' if gone else 'never came'} at {path}")


# --- saving -------------------------------------------------------------------------------------


def test_a_save_changes_the_page(preview: Preview, site: Path) -> None:
    assert "第一篇正文" in ask(preview, "/faq/mlk/yi/")[1]
    put(site, "faq/mlk/yi.md", entry("第一问？", "换了新话。"))
    text = until(preview, "/faq/mlk/yi/", "换了新话")
    assert state(text)["source"] == "faq/mlk/yi.md"


def test_a_save_aside_and_renamed_changes_the_page(preview: Preview, site: Path) -> None:
    aside = site / "faq/mlk/.yi.md.swp"
    aside.write_text(entry("第一问？", "换了新话。"), "utf-8")
    aside.replace(site / "faq/mlk/yi.md")
    text = until(preview, "/faq/mlk/yi/", "换了新话")
    assert not any("swp" in p["path"] for p in state(text)["problems"])


def test_a_file_emptied_and_filled_again_is_one_save(
    preview: Preview, site: Path, said: list[str]
) -> None:
    path = site / "faq/mlk/yi.md"
    with path.open("w", encoding="utf-8") as out:
        out.flush()
        time.sleep(0.04)
        out.write(entry("第一问？", "换了新话。"))
    until(preview, "/faq/mlk/yi/", "换了新话")
    assert not any("错误" in text for text in said)


def test_the_hub_and_the_home_page_follow(preview: Preview, site: Path) -> None:
    assert "第一问" in ask(preview, "/faq/")[1]
    put(site, "faq/mlk/san.md", entry("第三问？", "第三篇。"))
    until(preview, "/faq/", "第三问")
    until(preview, "/", "第三问")
    (site / "faq/mlk/san.md").unlink()
    until(preview, "/faq/", "第三问", gone=True)
    assert ask(preview, "/faq/mlk/san/")[0] == 404


def test_a_folder_that_comes_later_is_watched(preview: Preview, site: Path) -> None:
    put(site, "content/terms/sishang.md", TERM)
    until(preview, "/terms/sishang/", "四上单位")
    (site / "faq/mlk").rename(site / "faq/lao")
    until(preview, "/faq/lao/er/", "第二篇正文")
    assert ask(preview, "/faq/mlk/er/")[0] == 404


TERM = """\
---
title: 四上单位
audience: public
division: mlk
date: 2026-01-02
definition: 四类达到规模的单位。
sources:
  - {title: 制度, quote: 原文}
---
说明。
"""


def test_a_change_of_the_configuration_is_taken_in(preview: Preview, site: Path) -> None:
    put(site, "site_config.yml", CONFIG.replace("小站", "大站"))
    until(preview, "/", "大站")
    put(site, "site_config.yml", CONFIG.replace("owner", "owners"))
    text = until(preview, "/", '"path":"site_config.yml"')
    assert "大站" in text
    put(site, "site_config.yml", CONFIG)
    until(preview, "/", "大站", gone=True)


# --- problems -----------------------------------------------------------------------------------


def test_a_broken_file_keeps_its_last_good_page(preview: Preview, site: Path) -> None:
    good = entry("第一问？", "第一篇正文。")
    put(site, "faq/mlk/yi.md", good.replace("audience: public", "audience: [public"))
    text = until(preview, "/faq/mlk/yi/", '"severity":"error"')
    told = state(text)
    assert "第一篇正文" in text
    first = told["problems"][0]
    assert first["severity"] == "error"
    assert (first["path"], first["own"]) == ("faq/mlk/yi.md", True)
    assert first["line"] in {3, 4}
    assert first["message"]
    assert state(ask(preview, "/")[1])["counts"]["error"] >= 1
    put(site, "faq/mlk/yi.md", good.replace("第一篇正文", "改好了"))
    text = until(preview, "/faq/mlk/yi/", "改好了")
    assert state(text)["counts"]["error"] == 0


def test_a_wrong_link_keeps_the_last_good_page(preview: Preview, site: Path) -> None:
    ask(preview, "/faq/mlk/yi/")
    put(site, "faq/mlk/yi.md", entry("第一问？", "新话。\n\n见[无](faq:mlk/wu)。"))
    text = until(preview, "/faq/mlk/yi/", "REF003")
    told = state(text)
    assert told["kept"]
    assert "第一篇正文" in text
    assert "新话" not in text
    assert [p["line"] for p in told["problems"] if p["code"] == "REF003"] == [13]
    put(site, "faq/mlk/wu.md", entry("有了？", "有了。"))
    text = until(preview, "/faq/mlk/yi/", "新话")
    assert not state(text)["kept"]


def test_a_misspelt_audience_takes_no_page_away(preview: Preview, site: Path) -> None:
    put(site, "faq/mlk/yi.md", entry("第一问？", "第一篇正文。", "pubilc"))
    text = until(preview, "/faq/mlk/yi/", "FMT005")
    assert "第一篇正文" in text
    assert state(text)["kept"]
    put(site, "faq/mlk/yi.md", entry("第一问？", "第一篇正文。", "intranet"))
    until(preview, "/faq/mlk/yi/", "第一篇正文", gone=True)


def test_a_wrong_formula_is_told(preview: Preview, site: Path) -> None:
    put(site, "faq/mlk/yi.md", entry("第一问？", "公式 $\\frac{1$ 坏了。"))
    until(preview, "/faq/mlk/yi/", "MRK002")


def test_an_entry_without_a_quoted_source_is_held_back(preview: Preview, site: Path) -> None:
    text = entry("无出处？", "待核的话。").replace("quote: 原文", "locator: 一")
    put(site, "faq/mlk/wu.md", text)
    shown = until(preview, "/faq/mlk/wu/", "还不能发")
    assert "待核的话" not in shown
    assert any(p["own"] and p["code"] == "SRC001" for p in state(shown)["problems"])
    assert "待核的话" in ask(preview, "/@intranet/faq/mlk/wu/")[1]


def test_errors_in_one_entry_do_not_hold_back_another(preview: Preview, site: Path) -> None:
    put(site, "faq/mlk/er.md", "坏了")
    until(preview, "/faq/mlk/yi/", "FMT001")
    put(site, "faq/mlk/yi.md", entry("第一问？", "换了新话。"))
    until(preview, "/faq/mlk/yi/", "换了新话")


def test_an_entry_that_never_was_good_says_so(preview: Preview, site: Path) -> None:
    put(site, "faq/mlk/huai.md", "没有文件头")
    text = until(preview, "/faq/mlk/huai/", "这一篇现在有错误")
    assert ask(preview, "/faq/mlk/huai/")[0] == 500
    assert state(text)["problems"][0]["path"] == "faq/mlk/huai.md"
    put(site, "faq/mlk/huai.md", entry("好了？", "好了。"))
    until(preview, "/faq/mlk/huai/", "好了。")


def test_errors_come_first(preview: Preview, site: Path) -> None:
    put(site, "faq/mlk/aa.md", entry("无出处？", "话。").replace("quote: 原文", "locator: 一"))
    put(site, "faq/mlk/zz.md", "坏了")
    told = state(until(preview, "/", "FMT001"))
    kinds = [p["severity"] for p in told["problems"]]
    assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
    assert "warning" in kinds


# --- editions -----------------------------------------------------------------------------------


def test_an_internal_entry_is_not_in_the_internet_edition(preview: Preview) -> None:
    status, text, _ = ask(preview, "/faq/mlk/nei/")
    assert status == 404
    assert "金丝雀" not in text
    assert "内部问" not in text
    for path in ("/", "/faq/", "/search/index.json", "/sitemap.xml"):
        status, text, _ = ask(preview, path)
        assert status == 200
        assert "金丝雀" not in text
        assert "内部问" not in text


def test_the_other_edition_is_a_link_away(preview: Preview) -> None:
    told = state(ask(preview, "/faq/mlk/nei/")[1])
    urls = {e["name"]: e["url"] for e in told["editions"]}
    assert urls == {"internet": "/faq/mlk/nei/", "intranet": "/@intranet/faq/mlk/nei/"}
    status, text, _ = ask(preview, urls["intranet"])
    assert (status, state(text)["edition"]) == (200, "intranet")
    assert "金丝雀" in text
    assert ask(preview, "/@nobody/faq/mlk/yi/")[0] == 404


def test_an_entry_that_becomes_internal_leaves(preview: Preview, site: Path) -> None:
    assert ask(preview, "/faq/mlk/er/")[0] == 200
    put(site, "faq/mlk/er.md", entry("第二问？", "第二篇正文。", "intranet"))
    until(preview, "/faq/mlk/er/", "第二篇正文", gone=True)
    assert "第二篇正文" in ask(preview, "/@intranet/faq/mlk/er/")[1]
    until(preview, "/faq/mlk/yi/", "REF004")


# --- trust --------------------------------------------------------------------------------------

ATTACKS = (
    "/../site_config.yml",
    "/faq/../../site_config.yml",
    "/%2e%2e/site_config.yml",
    "/%2e%2e%2fsite_config.yml",
    "/faq/%2e%2e/%2e%2e/site_config.yml",
    "/%252e%252e/site_config.yml",
    "//etc/passwd",
    "//faq/mlk/yi/",
    "/faq//mlk/yi/",
    "/..\\site_config.yml",
    "/%5c..%5csite_config.yml",
    "/C:/Windows/win.ini",
    "/etc/passwd",
    "/site_config.yml",
    "/faq/mlk/yi.md",
    "/content/orgs.yml",
    "/.git/config",
    "/-/../site_config.yml",
    "/-/said.html",
    "/-/desk.py",
    "/@intranet/../site_config.yml",
    "/%00",
    "/%ff",
    "http://127.0.0.1/faq/mlk/yi/",
    "site_config.yml",
)


@pytest.mark.parametrize("path", ATTACKS)
def test_nothing_outside_the_site_is_served(preview: Preview, path: str) -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: localhost:{preview.port}\r\nConnection: close\r\n\r\n"
    got = raw(preview, head.encode())
    assert b" 404 " in got.partition(b"\r\n")[0]
    assert b"tjj.example.gov.cn" not in got


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost:1", "", "127.0.0.2:{port}"],
)
def test_another_host_name_is_refused(preview: Preview, host: str) -> None:
    assert ask(preview, "/", Host=host.format(port=preview.port))[0] == 403


def test_our_own_host_names_are_taken(preview: Preview) -> None:
    for host in ("localhost", "127.0.0.1", "[::1]", "LOCALHOST"):
        assert ask(preview, "/", Host=f"{host}:{preview.port}")[0] == 200
    assert b" 403 " in raw(preview, b"GET / HTTP/1.0\r\n\r\n").partition(b"\r\n")[0]


def test_another_origin_is_refused(preview: Preview) -> None:
    assert ask(preview, "/", Origin="http://evil.example")[0] == 403
    assert ask(preview, "/", Origin=f"http://localhost:{preview.port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
def test_other_methods_are_refused(preview: Preview, method: str) -> None:
    status, _, headers = ask(preview, "/", method)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_head_is_get_without_its_body(preview: Preview) -> None:
    status, text, headers = ask(preview, "/", "HEAD")
    assert (status, text) == (200, "")
    assert int(headers["Content-Length"]) > 1000


def test_pages_are_strict_and_never_kept(preview: Preview) -> None:
    for path in ("/", "/nothing/", "/-/preview.js", "/-/preview.css", "/favicon.ico"):
        _, text, headers = ask(preview, path)
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(r"<script(?![^>]*(src=|application/(ld\+)?json))", text)


def test_both_loopback_addresses_and_no_other(preview: Preview) -> None:
    names = {server.server_address[0] for server in preview.servers}
    assert names <= {"127.0.0.1", "::1"}


def test_a_connection_is_used_again(preview: Preview) -> None:
    client = http.client.HTTPConnection("127.0.0.1", preview.port, timeout=20)
    for _ in range(3):
        client.request("GET", "/")
        client.getresponse().read()
        assert client.sock is not None
    client.close()


# --- files and addresses ------------------------------------------------------------------------


def test_all_that_a_page_loads_is_there(preview: Preview) -> None:
    text = ask(preview, "/faq/mlk/yi/")[1]
    loaded = re.findall(r'(?:<script[^>]* src|<link rel="stylesheet" href)="([^"]+)"', text)
    assert len(loaded) >= 5
    for url in loaded:
        path = url if url.startswith("/") else "/faq/mlk/yi/" + url
        assert ask(preview, os.path.normpath(path))[0] == 200


def test_an_address_without_its_slash_leads_on(preview: Preview) -> None:
    status, _, headers = ask(preview, "/faq/mlk/yi")
    assert (status, headers["Location"]) == (302, "/faq/mlk/yi/")
    assert ask(preview, "/faq/mlk/yi/index.html")[0] == 200


def test_a_taken_port_gives_way_to_the_next(site: Path, said: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Preview(site, "", port, clock=lambda: NOW, say=said.append) as other:
            assert other.port > port
            assert f"端口 {port} 已被占用，改用 {other.port}。" in said
            assert ask(other, "/")[0] == 200


def test_an_unknown_edition_is_named(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve(site, "moon", 0, NOW) == 1
    assert "没有叫 `moon` 的版本" in capsys.readouterr().out


# --- events -------------------------------------------------------------------------------------


def events(preview: Preview, path: str) -> Iterator[tuple[str, str]]:
    text = ask(preview, path)[1]
    mark = re.search(r'data-mark="(\w+)"', text)
    assert mark
    client = http.client.HTTPConnection("127.0.0.1", preview.port, timeout=20)
    client.request("GET", f"/-/events?at={path}&page={state(text)['page']}&mark={mark.group(1)}")
    answer = client.getresponse()
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    kind = ""
    yield "open", ""
    try:
        while line := answer.readline().decode().rstrip("\n"):
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                yield kind, line[6:]
                answer.readline()
            elif line.startswith("retry"):
                answer.readline()
    finally:
        answer.close()
        client.close()


def test_an_event_tells_that_the_page_is_new(preview: Preview, site: Path) -> None:
    stream = events(preview, "/faq/mlk/yi/")
    next(stream)
    put(site, "faq/mlk/yi.md", entry("第一问？", "换了新话。"))
    assert next(stream)[0] == "page"
    assert "换了新话" in ask(preview, "/faq/mlk/yi/")[1]


def test_no_event_for_what_does_not_show(preview: Preview, site: Path) -> None:
    stream = events(preview, "/faq/mlk/yi/")
    next(stream)
    put(site, "faq/mlk/nei.md", entry("内部问？", "另一只金丝雀。", "intranet"))
    until(preview, "/@intranet/faq/mlk/nei/", "另一只")
    put(site, "faq/mlk/yi.md", "坏了")
    kind, told = next(stream)
    assert kind == "state"
    assert json.loads(told)["kept"] is False or json.loads(told)["problems"]


def test_events_end_with_the_preview(site: Path) -> None:
    with Preview(site, "", 0, clock=lambda: NOW, say=lambda text: None) as running:
        stream = events(running, "/")
        next(stream)
    assert list(stream) == []


# --- the watch ----------------------------------------------------------------------------------


def refuse() -> BaseObserver:
    return _Refusing()


class _Refusing(PollingObserver):
    def start(self) -> None:
        raise OSError(28, "inotify watch limit reached")


def test_without_notices_of_the_system_files_are_looked_at(site: Path, said: list[str]) -> None:
    with Preview(site, "", 0, clock=lambda: NOW, observer=refuse, say=said.append) as running:
        running.greet()
        assert any("每半秒" in text for text in said)
        put(site, "faq/mlk/yi.md", entry("第一问？", "换了新话。"))
        until(running, "/faq/mlk/yi/", "换了新话")


# --- the same as from scratch -------------------------------------------------------------------

NAMES = ("faq/mlk/yi.md", "faq/mlk/er.md", "faq/mlk/nei.md", "faq/mlk/san.md")
PIECES = (
    "平常话。",
    "见[二](faq:mlk/er)。",
    "见[三](faq:mlk/san)。",
    "见[词](term:sishang)。",
    "::: intranet\n内话，见[内](faq:mlk/nei)。\n:::",
    "::: intranet\n没有收尾",
    '--8<-- "snippet:tiao"',
    "[附件](fu.csv)",
    "<!-- 没有收尾",
    "见[制度](system:jiu)。",
    "见[课](lesson:ke/shu)。",
    "公式 $\\frac{1$ 坏了。",
)
SYSTEM = """\
---
title: {title}
audience: public
division: mlk
date: 2026-01-02
supersedes: [{old}]
sources:
  - {{title: 制度, quote: 原文}}
---
说明。
"""


def _random_change(root: Path, rng: random.Random) -> set[str]:
    pick = rng.random()
    text = "\n\n".join(rng.sample(PIECES, rng.randint(1, 4)))
    audience = rng.choice(["public", "public", "intranet", "pubilc"])
    if pick < 0.12:
        name = "content/snippets/tiao.md"
        put(
            root,
            name,
            f"---\ntitle: 条\naudience: {audience}\ndivision: mlk\ndate: 2026-01-02\n---\n{text}\n",
        )
    elif pick < 0.2:
        name = "content/terms/sishang.md"
        put(root, name, TERM.replace("public", audience))
    elif pick < 0.28:
        name = rng.choice(["content/systems/jiu.md", "content/systems/xin.md"])
        old = "system:jiu" if name.endswith("xin.md") and rng.random() < 0.6 else ""
        put(root, name, SYSTEM.format(title="制度", old=old))
    elif pick < 0.36:
        name = rng.choice(["courses/ke/course.yml", "courses/ke/lessons/01-shu.md"])
        date = rng.choice(["2026-01-02", "2026-01-02", "2027-01-02"])
        head = f"title: 课\naudience: {audience}\ndivision: mlk\ndate: {date}\n"
        put(root, name, head if name.endswith(".yml") else f"---\n{head}---\n{text}\n")
    elif pick < 0.42:
        name = "faq/mlk/fu.csv"
        put(root, name, f"甲,乙\n{rng.random()},2\n")
    elif pick < 0.52:
        name = rng.choice(NAMES)
        (root / name).unlink(missing_ok=True)
    else:
        name = rng.choice(NAMES)
        date = rng.choice(["", "aliases: [faq/jiu/]\n", "# 空\n", "valid: {to: 2026-01-01}\n"])
        title = rng.choice(["第一问？", "改名？"])
        put(root, name, entry(title, text, audience, date))
    return {name}


def _known(problems: Iterable[Problem]) -> set[tuple[str, Where, str]]:
    """Hints aside: they name what is near among all ids."""
    return {(p.code, p.where, p.message) for p in problems}


@pytest.mark.parametrize("seed", range(12))
def test_after_any_changes_all_is_as_from_scratch(site: Path, seed: int) -> None:
    rng = random.Random(seed)
    shelf = Shelf(site)
    sieve = Sieve(shelf)
    sieve.run(Change({}, everything=True), NOW)
    for _ in range(25):
        sieve.run(shelf.refresh(_random_change(site, rng)), NOW)
        sieve.settle()
        library, problems = read(site)
        problems += check(library, shelf.config)
        for name, selection in sieve.selections.items():
            wanted, said = select(
                library, shelf.config.edition(name), frozenset(shelf.config.audiences), NOW
            )
            assert _known(selection.problems) == _known([*problems, *said])
            assert list(selection.pages) == list(wanted.pages)
            assert selection.pages == wanted.pages
            assert selection.site.terms == wanted.terms
            assert set(wanted.assets) <= set(selection.site.assets)
            assert [p.text.line for p in selection.pages.values()] == [
                p.text.line for p in wanted.pages.values()
            ]
