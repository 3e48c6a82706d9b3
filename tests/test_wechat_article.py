"""Whole articles: words around them, foot, fallbacks and refusal, and what stands in the bundle."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from builder.body import VERSION, Body
from builder.bundle import Artefact, Bundle
from builder.config import load_config
from builder.media.clean import AI_LABEL
from builder.memo import Memo
from builder.problems import BuildFailed, Severity
from builder.render.wechat import Wechat, bundled, words
from builder.render.wechat.article import Article
from builder.render.wechat.budget import MOST
from tests.sitefiles import CONFIG, SOURCES, bundles, fact, faq, head, picture, site_of, write, yml
from tests.wechat_sample import SAMPLE, unkept

ACCOUNTS = "wechat:\n  accounts:\n    shifan: {name: 示范统计, type: subscription}\n"
TABLE = "| 地区 | 总量（亿元） | 增速（%） |\n|---|---:|---:|\n"
FAQ = "faq/mlk/wen.md"


def push(*articles: object, **keys: object) -> str:
    return head(**({"title": "一次推送", "account": "shifan", "articles": list(articles)} | keys))


def tree(root: Path, **files: str) -> Path:
    """A site with one question and one push; `files` by name, slashes as two lines."""
    named = {name.replace("__", "/"): body for name, body in files.items()}
    return write(
        root,
        {
            "site_config.yml": CONFIG + ACCOUNTS,
            "content/pushes/yi.yml": push("faq:mlk/wen"),
            FAQ: faq(),
        }
        | {(path if "." in path else f"{path}.md"): body for path, body in named.items()},
    )


def wechat(root: Path) -> Wechat:
    site = site_of(root)
    return Wechat(site, Body(site, Memo(None, VERSION)), load_config(root))


def one(root: Path, body: str = "正文。", **keys: object) -> Article:
    """The article of one question."""
    made = wechat(tree(root, faq__mlk__wen=faq(body, **keys)))
    return made.article(made.site.pages["faq:mlk/wen"])


def files(made: Wechat) -> dict[str, Artefact]:
    return {artefact.path: artefact for artefact in made.rest()}


def told(found: dict[str, Artefact], path: str) -> Any:
    return json.loads(found[path].body)


def shown(html: str) -> str:
    body = LexborHTMLParser(unkept(html)).body
    return body.text(separator="\n") if body is not None else ""


# --- the foot ---------------------------------------------------------------------------------------


def test_an_article_ends_with_its_sources_its_division_and_the_way_to_the_page(
    tmp_path: Path,
) -> None:
    text = shown(one(tmp_path, "正文。", valid={"to": "2027-12-31"}).html)
    order = [
        "正文。",
        "依据",
        "示例制度",
        "示例原文",
        "编写：名录库",
        "来源：示范省统计局　示例微课",
        "2026年11月1日发布",
    ]
    places = [text.index(line) for line in order]
    assert places == sorted(places)
    assert "2026年11月1日核对" in text
    assert "适用到2027年12月31日" in text
    assert "阅读原文" in text
    assert "人工智能" not in text


def test_what_expired_says_so_first_and_names_no_day_at_the_foot(tmp_path: Path) -> None:
    text = shown(one(tmp_path, "正文。", valid={"to": "2026-10-31"}).html)
    assert text.index("内容已过期") < text.index("正文。")
    assert "适用到2026年10月31日\n" not in text


def test_notes_come_after_sources_and_are_one_list(tmp_path: Path) -> None:
    sources = [dict(SOURCES[0], url="https://www.stats.gov.cn/a")]
    text = shown(one(tmp_path, "见[甲](https://a.example.com/)。", sources=sources).html)
    assert text.index("依据") < text.index("注释与链接") < text.index("编写：")
    assert "https://www.stats.gov.cn/a" in text


# --- too long ---------------------------------------------------------------------------------------


def rows(count: int) -> str:
    return TABLE + "| 甲市 | 1,234.56 | 10.2 |\n" * count


def test_what_fits_gives_nothing_up(tmp_path: Path) -> None:
    made = one(tmp_path, SAMPLE)
    assert made.budget.fallbacks == ()
    assert "<svg" in made.html


def test_formulas_give_way_first_then_styles(tmp_path: Path) -> None:
    first = one(tmp_path / "a", f"{SAMPLE}\n\n{rows(55)}")
    assert first.budget.fallbacks == ("公式改成了图片",)
    assert "padding:7px" in first.html
    then = one(tmp_path / "b", f"{SAMPLE}\n\n{rows(80)}")
    assert then.budget.fallbacks == ("公式改成了图片", "省去了可有可无的样式")
    for made in (first, then):
        assert made.budget.characters < MOST
        assert made.html.count("1,234.56</td>") >= 55


def test_what_stays_too_long_is_refused_and_told_where(tmp_path: Path) -> None:
    root = tree(tmp_path, faq__mlk__wen=faq(f"## 各市各月\n\n{rows(500)}"))
    made = wechat(root)
    files(made)
    said = [p for p in made.told() if p.code == "WCT001"]
    assert len(said) == 1
    assert said[0].severity is Severity.ERROR
    assert said[0].where.path == "faq:mlk/wen"
    over = re.search(
        r"有 ([\d,]+) 个字符，超出 ([\d,]+) 个。占得最多的是：表格（“各市各月”下） ([\d,]+)",
        said[0].message,
    )
    assert over is not None
    whole, more, table = (int(n.replace(",", "")) for n in over.groups())
    assert more == whole - MOST + 1
    assert table > whole * 0.8
    with pytest.raises(BuildFailed) as failed:
        bundles(root, tmp_path / "dist")
    assert "faq/mlk/wen.md" in {p.where.path for p in failed.value.problems if p.code == "WCT001"}
    assert not (tmp_path / "dist" / "internet").exists()


# --- words around it --------------------------------------------------------------------------------


def test_the_push_has_the_word_then_the_author_then_the_page(tmp_path: Path) -> None:
    made = wechat(
        tree(
            tmp_path,
            faq__mlk__wen=faq("正文。", wechat={"author": "名录库处", "digest": "作者写的摘要。"}),
        )
    )
    page = made.site.pages["faq:mlk/wen"]
    item = {"title": "推送的题目", "author": "推送署名", "digest": "推送的摘要。", "lead": ""}
    by_push, by_author = made.article(page, "daily", item), made.article(page)
    assert (by_push.title, by_push.author, by_push.digest) == (
        "推送的题目",
        "推送署名",
        "推送的摘要。",
    )
    assert (by_author.title, by_author.author, by_author.digest) == (
        "示例题目",
        "名录库处",
        "作者写的摘要。",
    )
    bare = replace(page, wechat={})
    assert made.article(bare).author == "示范省统计局"
    assert made.article(bare).digest == "一句话答案。"
    assert made.article(replace(bare, summary="概要。")).digest == "概要。"


def test_a_page_that_says_nothing_short_begins_for_itself(tmp_path: Path) -> None:
    files_ = {
        "content__articles__2026__wen": fact(
            "第一句，有**粗体**。第二句。\n\n第二段。\n", type="news"
        )
    }
    made = wechat(tree(tmp_path, **files_))
    page = made.site.pages["article:2026/wen"]
    assert made.article(page).digest == "第一句，有粗体。第二句。"


@given(st.text(alphabet="甲乙，。、！ab \n", max_size=400), st.integers(10, 150))
def test_a_digest_never_grows_and_ends_where_it_may(text: str, most: int) -> None:
    made = words.shortened(text, most)
    flat = " ".join(text.split())
    assert len(made) <= most
    assert made == flat or flat.startswith(made.removesuffix("…"))
    assert made == flat or made.endswith(("。", "！", "…"))


def test_too_long_a_title_is_told(tmp_path: Path) -> None:
    made = wechat(tree(tmp_path, faq__mlk__wen=faq("正文。", title="题" * 33)))
    files(made)
    said = [p for p in made.told() if p.code == "WCT003"]
    assert [p.where.path for p in said] == ["faq:mlk/wen"]
    assert "标题有 33 字，公众号最多 32 字" in said[0].message
    assert words.too_long("题" * 32, "者" * 16, "摘" * 120) == []
    assert len(words.too_long("题" * 33, "者" * 17, "摘" * 121)) == 3


# --- in the bundle ----------------------------------------------------------------------------------


def test_files_of_a_push_are_those_of_the_contract(tmp_path: Path) -> None:
    several = {"entries": ["faq:mlk/wen", "faq:mlk/ta"], "title": "两问", "lead": "先看这两问。"}
    root = tree(
        tmp_path,
        faq__mlk__ta=faq("另一篇。", title="另一问"),
    )
    (root / "content/pushes/yi.yml").write_text(
        push(
            "faq:mlk/wen",
            several,
            send="mass",
            to="tag:7",
            after="2026-12-01T09:00:00+08:00",
            theme="campaign",
        ),
        encoding="utf-8",
    )
    made = wechat(root)
    found = files(made)
    assert told(found, "data/pushes.json") == {
        "format": 1,
        "accounts": {"shifan": {"name": "示范统计", "type": "subscription", "verified": True}},
        "pushes": [
            {
                "id": "push:yi",
                "title": "一次推送",
                "division": "mlk",
                "account": "shifan",
                "kind": "mass",
                "to": "tag:7",
                "after": "2026-12-01T09:00:00+08:00",
                "theme": "campaign",
                "articles": ["wechat/yi/01-mlk-wen/article.json", "wechat/yi/02-heji/article.json"],
            }
        ],
    }
    first = told(found, "wechat/yi/01-mlk-wen/article.json")
    assert first["id"] == "faq:mlk/wen"
    assert first["push"] == "push:yi"
    assert first["kind"] == "faq"
    assert first["theme"] == "campaign"
    assert re.fullmatch(
        r"https://tjj\.example\.gov\.cn/weike/faq/mlk/wen/\?v=[0-9a-f]{12}", first["source_url"]
    )
    assert first["budget"]["characters"] == len(
        found["wechat/yi/01-mlk-wen/article.html"].body.decode()
    )
    second = told(found, "wechat/yi/02-heji/article.json")
    assert second["id"] == "collection:yi/2"
    assert second["source_url"].startswith("https://tjj.example.gov.cn/weike/faq/?v=")
    html = found["wechat/yi/02-heji/article.html"].body.decode()
    text = shown(html)
    assert text.index("先看这两问。") < text.index("示例题目") < text.index("另一问")
    assert found["wechat/yi/02-heji/article.json"].sources == (
        "push:yi",
        "faq:mlk/wen",
        "faq:mlk/ta",
    )


def test_pictures_of_an_article_are_told_as_they_are(tmp_path: Path) -> None:
    found = files(wechat(tree(tmp_path)))
    one_told = told(found, "wechat/yi/01-mlk-wen/article.json")
    assert one_told["cover"]["file"] in {i["file"] for i in one_told["images"]}
    for image in one_told["images"]:
        data = found[f"wechat/yi/01-mlk-wen/{image['file']}"].body
        assert image["sha256"] == hashlib.sha256(data).hexdigest()
        assert image["bytes"] == len(data) < 1_000_000
    for crop in ("crop_235", "crop_11"):
        x1, y1, x2, y2 = map(float, one_told["cover"][crop].split("_"))
        assert 0 <= x1 < x2 <= 1
        assert 0 <= y1 < y2 <= 1


def test_the_mark_names_what_is_sent_and_nothing_else(tmp_path: Path) -> None:
    made = one(tmp_path)
    mark = bundled.mark(made)
    assert mark == bundled.mark(replace(made, said=("甲",), short={"weibo": "乙"}, url="丙"))
    for other in (
        replace(made, title="另一题"),
        replace(made, author="另一人"),
        replace(made, digest="另一摘要"),
        replace(made, html=made.html + " "),
        replace(made, images=()),
        replace(made, cover=None),
        replace(made, text="字"),
        replace(made, film="片"),
        replace(made, pictures=("图",)),
    ):
        assert bundled.mark(other) != mark


def test_the_same_site_makes_the_same_bytes(tmp_path: Path) -> None:
    root = tree(tmp_path, faq__mlk__wen=faq(SAMPLE))
    first, second = files(wechat(root)), files(wechat(root))
    assert {p: a.body for p, a in first.items()} == {p: a.body for p, a in second.items()}


def test_only_the_edition_for_the_public_has_articles(tmp_path: Path) -> None:
    made: dict[str, Bundle] = bundles(tree(tmp_path / "root"), tmp_path / "dist")
    inside = [
        p for p in made["intranet"].files if p.startswith("wechat/") or p == "data/pushes.json"
    ]
    assert inside == []
    outside = [p for p in made["internet"].files if p.startswith("wechat/yi/01-mlk-wen/")]
    assert {p.rpartition("/")[2] for p in outside} >= {"article.html", "article.json"}
    assert made["internet"].files["wechat/yi/01-mlk-wen/article.html"].sources == (
        "push:yi",
        "faq:mlk/wen",
    )


def test_a_site_without_pushes_has_no_file_of_them(tmp_path: Path) -> None:
    root = write(tmp_path / "root", {FAQ: faq()})
    made = bundles(root, tmp_path / "dist")["internet"]
    assert not [p for p in made.files if p.startswith("wechat/") or "pushes" in p]


def test_an_editor_is_told_of_a_picture_that_moves(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (400, 300), "#ff0000"), Image.new("RGB", (400, 300), "#0000ff")
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=[second], duration=90)
    root = tree(tmp_path, faq__mlk__wen=faq("![会动的图](dong.gif)"))
    (root / "faq/mlk/dong.gif").write_bytes(out.getvalue())
    made = wechat(root)
    article = made.article(made.site.pages["faq:mlk/wen"])
    assert [said for said in article.said if "动图" in said and "会动的图" in said]
    assert len(article.images) == 2  # the picture, still, and the cover


# --- words of a push's own ---------------------------------------------------------------------------


def test_a_models_picture_in_the_words_of_a_push_is_declared(tmp_path: Path) -> None:
    lead = "引言 ![模型画的街景](tu.png)"
    items = [
        {"entry": "faq:mlk/wen", "lead": lead},
        {"entries": ["faq:mlk/wen"], "title": "合集", "lead": lead},
        {"entry": "article:2026/a", "title": "没有这张图"},
    ]
    assets = {"tu.png": {"alt": "模型画的街景", "ai_generated": True}}
    root = tree(
        tmp_path,
        content__articles__2026__a=fact("正文。", type="news"),
        **{"content__pushes__yi.yml": push(*items, assets=assets)},
    )
    write(root, {"content/pushes/tu.png": picture("PNG", size=(200, 100))})
    made = wechat(root)
    (one_push,) = made.site.pushes.values()
    *shows, other = (made.of(one_push, n) for n in (1, 2, 3))
    for article in shows:
        assert article.ai
        assert "人工智能生成" in shown(article.html)
        (image,) = (i for i in article.images if i.alt == "模型画的街景")
        assert AI_LABEL in image.data
    assert not other.ai
    assert "人工智能" not in shown(other.html)


def test_a_column_marks_what_expired(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        faq__mlk__wen=faq(title="还适用？", tags=["甲"]),
        faq__mlk__jiu=faq(title="过期的？", tags=["甲"], valid={"to": "2026-10-31"}),
        **{
            "content__columns__lan.yml": head(title="专栏", summary="概要", gather={"tags": ["甲"]})
        },
    )
    made = wechat(root)
    text = shown(made.article(made.site.pages["column:lan"]).html)
    assert text.count("已过期") == 1
    assert text.index("还适用？") < text.index("过期的？") < text.index("已过期")


PANEL = {
    "scene": "village",
    "cast": [{"who": "小李", "mood": "happy"}],
    "says": [{"who": "小李", "text": "你好"}],
}


def comic(tmp_path: Path, lead: str, **keys: object) -> tuple[Article, str]:
    """A comic as pictures with words, and how the push begins them."""
    root = tree(
        tmp_path,
        **{
            "courses__k__course.yml": yml(title="课程", objectives=["会"]),
            "courses__k__lessons__01-m.comic.yml": yml(
                title="漫画", summary="漫画概要", key="记住这一句", panels=[PANEL] * 4, **keys
            ),
            "content__pushes__yi.yml": push({"entry": "comic:k/m", "lead": lead}, send="newspic"),
        },
    )
    made = wechat(root)
    (one_push,) = made.site.pushes.values()
    article = made.of(one_push, 1)
    return article, article.text


def test_pictures_with_words_have_those_of_the_push(tmp_path: Path) -> None:
    lead = "第一段 $x_1$，见[甲](https://a.example.com/)[^1]。\n\n- 一项\n- 又一项\n\n[^1]: 脚注"
    article, text = comic(tmp_path, lead)
    assert text.splitlines()[:4] == [
        "第一段 x_1，见甲（https://a.example.com/）。",
        "一项",
        "又一项",
        "脚注",
    ]
    assert "漫画概要" in text
    assert not article.said


def test_too_long_words_of_a_push_leave_room_and_are_told(tmp_path: Path) -> None:
    article, text = comic(tmp_path, "很长的引言，" * 200, valid={"to": "2026-10-31"})
    assert len(text) <= 900
    assert text.startswith("内容已过期：本文适用到2026年10月31日")
    assert "很长的引言" in text
    assert article.url in text
    assert any("引言超过" in said for said in article.said)


def test_every_form_of_what_expired_says_so(tmp_path: Path) -> None:
    old, text = comic(tmp_path / "a", "", valid={"to": "2026-10-31"})
    assert text.startswith("内容已过期：")
    plain_one = one(tmp_path / "b", valid={"to": "2026-10-31"})
    for article in (old, plain_one):
        assert f"【已过期：{article.title}】" in article.short["weibo"]
        assert f"标题：已过期：{article.title}" in article.short["toutiao"]
        assert "正文：内容已过期：本文适用到2026年10月31日" in article.short["toutiao"]
        assert any("已过期" in said for said in article.said)
    for article in (one(tmp_path / "c"), comic(tmp_path / "d", "")[0]):
        assert "过期" not in "".join([article.text, *article.short.values(), *article.said])


def test_short_forms_of_a_collection_name_what_expired(tmp_path: Path) -> None:
    items = [{"entries": ["faq:mlk/wen", "faq:mlk/jiu"], "title": "合集"}]
    root = tree(
        tmp_path,
        faq__mlk__jiu=faq(title="过期的？", valid={"to": "2026-10-31"}),
        **{"content__pushes__yi.yml": push(*items)},
    )
    made = wechat(root)
    (one_push,) = made.site.pushes.values()
    article = made.of(one_push, 1)
    assert "【部分已过期：合集】" in article.short["weibo"]
    assert "2. 过期的？（已过期）" in article.short["toutiao"]
    assert "过期的？（已过期）" in article.digest
    assert [said for said in article.said if "已过期" in said]
