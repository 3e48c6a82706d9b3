"""Search: the two tokenizers are twins, every word is found, nothing of others is in the index."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from builder.config import load_config
from builder.read import read
from builder.render.search import page_fields
from builder.tokens import fold, tokens
from tests import site
from tests.browser import chromium
from tests.corpus import ROOT
from tests.site import Edition
from tests.sitefiles import site_of, write, yml

WORKER = ROOT / "builder/theme/assets/search-worker.js"
VECTORS = {
    "四上单位": ["四上", "上单", "单位"],
    "国内生产总值（GDP）": ["国内", "内生", "生产", "产总", "总值", "gdp"],
    "ＧＤＰ　２０２６年": ["gdp", "2026", "年"],
    "GB/T 4754-2017": ["gb/t", "gb", "t", "4754-2017", "4754", "2017"],
    "R&D 经费": ["r", "d", "经费"],
    "3.5%": ["3.5", "3", "5"],
    "人": ["人"],
    "": [],
    "！，。…—": [],
    "①表": ["1", "表"],
    "同比 环比": ["同比", "环比"],
    "101-1表": ["101-1", "101", "1", "表"],
    "ﬁle ㎡": ["file", "m2"],
    "豈更": ["豈更"],
    "😀统計": ["统計"],
    "\U00020000一": ["一"],
    "ab--cd..ef": ["ab", "cd", "ef"],
}


@lru_cache(maxsize=1)
def _engine() -> str:
    return shutil.which("node") or ""


def run_js(expression: str, data: Any) -> Any:
    """Evaluate an expression over the worker's functions: `T` is its module, `data` what was given."""
    if _engine():
        script = f"const T = require({json.dumps(str(WORKER))});"
        script += "let s = ''; process.stdin.on('data', d => s += d).on('end', () => {"
        script += f"const data = JSON.parse(s); console.log(JSON.stringify({expression}));}});"
        done = subprocess.run(
            [_engine(), "-e", script],
            input=json.dumps(data),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        return json.loads(done.stdout)
    with chromium() as browser:
        page = browser.new_page()
        page.evaluate("window.module = {}")
        page.evaluate(WORKER.read_text("utf-8") + "\nwindow.T = module.exports")
        return page.evaluate(f"data => {expression}", data)


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Edition]:
    return site.build_once(tmp_path_factory)


def index(edition: Edition) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(edition.bytes("search/index.json"))
    return found


def ask(edition: Edition, words: Sequence[str]) -> list[list[str]]:
    """The addresses that a reader sees for each of `words`, best first; forty at most."""
    found: list[list[str]] = run_js(
        "data.words.map(w => T.search(data.index, w).map(h => data.index.docs[h.doc][0]))",
        {"index": index(edition), "words": list(words)},
    )
    return found


def test_shared_vectors() -> None:
    assert {text: tokens(text) for text in VECTORS} == VECTORS
    assert run_js("data.map(T.tokens)", list(VECTORS)) == list(VECTORS.values())


def test_twins_agree_on_everything_written(editions: Mapping[str, Edition]) -> None:
    docs = index(editions["intranet"])["docs"]
    texts = [str(field)[:400] for row in docs for field in row[1:]]
    assert run_js("data.map(T.tokens)", texts) == [tokens(text) for text in texts]
    assert run_js("data.map(T.fold)", texts) == [fold(text) for text in texts]


WORDS = {
    "四上": "faq/mlk/sishang-shi-shenme/", "期末人数": "terms/qimo-renshu/", "平均人数": "terms/pingjun-renshu/", "同比": "terms/tongbi/",
    "环比": "terms/huanbi/", "百分点": "terms/baifendian/", "增加值": "terms/zengjiazhi/", "可比价": "terms/xianjia-kebijia/",
    "常住人口": "terms/changzhu-renkou/", "失业率": "terms/diaocha-shiyelv/", "法人单位": "terms/faren-danwei/", "累计": "terms/leiji/",
}  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]{2,}")


def pieces(edition: Edition, count: int) -> list[tuple[str, str]]:
    """(word, address): runs of 2 to 6 characters out of titles and texts, not cut at word borders."""
    found: list[tuple[str, str]] = []
    for number, row in enumerate(index(edition)["docs"]):
        runs = CHINESE.findall(row[1]) + CHINESE.findall(row[3]) + CHINESE.findall(row[4])[::7]
        for place, run in enumerate(runs):
            size = 2 + (number + place) % 5
            start = (number * 3 + place) % max(1, len(run) - size + 1)
            word = run[start : start + size]
            found.append((word, row[0]))
    step = max(1, len(found) // count)
    return found[::step]


def test_words_of_every_page_find_it(editions: Mapping[str, Edition]) -> None:
    asked = [*WORDS.items(), *pieces(editions["internet"], 200)]
    assert len(asked) >= 200
    answers = ask(editions["internet"], [word for word, _ in asked])
    # Forty results are shown: a word that more pages hold may leave its page out.
    lost = [
        (word, url)
        for (word, url), shown in zip(asked, answers, strict=True)
        if url not in shown and len(shown) < 40
    ]
    assert not lost
    first = [word for word, shown in zip(WORDS, answers, strict=False) if WORDS[word] in shown[:5]]
    assert len(first) >= len(WORDS) - 1, f"titles come late: {set(WORDS) - set(first)}"


def test_part_of_a_compound_is_found(editions: Mapping[str, Edition]) -> None:
    data = index(editions["internet"])
    pairs = {"国内生产总值": "总值", "国民经济行业分类": "行业分类", "统计调查对象": "调查对象"}
    answers = ask(editions["internet"], [*pairs.values()])
    for (whole, part), shown in zip(pairs.items(), answers, strict=True):
        holders = {row[0] for row in data["docs"] if whole in f"{row[1]}{row[3]}{row[4]}"}
        assert holders, whole
        assert holders <= set(shown) or len(shown) == 40, part


def test_what_nobody_wrote_is_not_found(editions: Mapping[str, Edition]) -> None:
    assert ask(editions["internet"], ["饕餮", "zzzzqq", "，。", ""]) == [[], [], [], []]


def test_nothing_of_another_audience(editions: Mapping[str, Edition]) -> None:
    config = load_config(ROOT)
    public = {name for name, audience in config.audiences.items() if audience.public}
    library, _ = read(ROOT)
    hidden = [e for e in library.entries.values() if e.audience not in public]
    text = editions["internet"].bytes("search/index.json").decode()
    assert not [e.id for e in hidden if e.title in text or e.url in text]
    urls = {row[0] for row in index(editions["intranet"])["docs"]}
    assert [e for e in hidden if e.url in urls]
    # A token that only insiders' pages hold would give them away.
    shown = " ".join(page.html or "" for name, page in editions["internet"].pages.items())
    known = {t for gap in ("", " ") for t in tokens(unescape(re.sub(r"<[^>]+>", gap, shown)))}
    pairs = [t for t in index(editions["internet"])["grams"] if CHINESE.fullmatch(t)]
    assert len(pairs) > 5_000
    assert not [t for t in pairs if t not in known][:5]


def test_expired_pages_are_out(editions: Mapping[str, Edition]) -> None:
    for edition in editions.values():
        urls = {row[0] for row in index(edition)["docs"]}
        expired = {
            name.removesuffix("index.html")
            for name, page in edition.pages.items()
            if page.css("main .is-expired, main [data-valid-to]")
            and (page.css("main [data-valid-to]")[0].attributes.get("data-valid-to") or "9")
            < "2026-11-21"
            and name.startswith("systems/")
            and name != "systems/index.html"
        }
        assert "systems/yitaobiao-2017/" not in urls
        assert not expired & urls


def test_every_row_leads_to_a_page(edition_rows: list[tuple[Edition, str]]) -> None:
    for edition, url in edition_rows:
        assert f"{url}index.html" in edition.pages


@pytest.fixture
def edition_rows(editions: Mapping[str, Edition]) -> list[tuple[Edition, str]]:
    return [(e, row[0]) for e in editions.values() for row in index(e)["docs"]]


def test_names_and_values_of_facts_are_found(tmp_path: Path) -> None:
    blocks = [{"title": "法人单位", "facts": {"填哪张表": "法人单位调查表"}}]
    given = yml(title="对照", layout="compare", blocks=[*blocks, {"title": "个体户"}])
    files = {"courses/ke/course.yml": yml(), "courses/ke/lessons/01-tu.infographic.yml": given}
    root = write(tmp_path, files)
    page = site_of(root).pages["infographic:ke/tu"]
    said = page_fields(page, site_of(root))["text"]
    assert "填哪张表" in said
    assert "法人单位调查表" in said
    assert "facts" not in said
