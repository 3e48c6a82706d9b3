"""推送: what an author may write, what the gate lets through, and that nothing internal ever goes with it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from builder.build import build
from builder.problems import BuildFailed, Problem, Severity
from tests.sitefiles import (
    CONFIG,
    NOW,
    bundles,
    codes,
    contents,
    exif,
    fact,
    faq,
    picture,
    problems,
    site_of,
    write,
    yml,
)
from tests.test_leaks import holds

ACCOUNT = """\
wechat:
  accounts:
    shifan: {name: 示范统计}
"""
PANEL = {
    "scene": "village",
    "cast": [{"who": "小李", "mood": "happy"}],
    "says": [{"who": "小李", "text": "你好"}],
}
BASE = {
    "site_config.yml": CONFIG + ACCOUNT,
    "faq/mlk/yi.md": faq("第一篇的正文。", title="第一问？"),
    "faq/mlk/er.md": faq("第二篇的正文。", title="第二问？"),
    "content/articles/2026/san.md": fact("第三篇的正文。", title="一篇文章", type="news"),
}


def push(**keys: Any) -> str:
    """A push of one FAQ that may go out."""
    given = {"title": "推送", "account": "shifan", "articles": ["faq:mlk/yi"]} | keys
    return yml(**{k: v for k, v in given.items() if v is not None})


def tree(root: Path, text: str, **more: str) -> Path:
    files = {path.replace("__", "/"): body for path, body in more.items()}
    return write(root, {**BASE, "content/pushes/tui.yml": text, **files})


def told(root: Path, code: str) -> list[Problem]:
    """What is said of the push under one code."""
    return [
        p for p in problems(root) if p.code == code and p.where.path == "content/pushes/tui.yml"
    ]


# --- what an author may write -------------------------------------------------------------------------


def test_a_push_is_compiled_with_its_articles_in_order(tmp_path: Path) -> None:
    items = [
        "article:2026/san",
        {
            "entries": ["faq:mlk/er", "faq:mlk/yi"],
            "title": "两问",
            "author": "名录",
            "digest": "两句",
        },
    ]
    root = tree(tmp_path, push(articles=items, send="mass", to="tag:12", theme="campaign"))
    assert problems(root) == []
    (found,) = site_of(root).pushes.values()
    assert found.id == "push:tui"
    assert [(i["entry"], i["entries"]) for i in found.data["articles"]] == [
        ("article:2026/san", ()),
        ("", ("faq:mlk/er", "faq:mlk/yi")),
    ]
    assert (found.data["send"], found.data["to"], found.data["theme"]) == (
        "mass",
        "tag:12",
        "campaign",
    )
    assert {*found.links} == {"article:2026/san", "faq:mlk/er", "faq:mlk/yi"}


def test_an_article_names_all_whose_words_may_stand_in_it(tmp_path: Path) -> None:
    """What its page includes, what pages gathered into it do, what the push says before its articles."""
    lead = {"entry": "faq:mlk/yi", "lead": '--8<-- "snippet:zi"'}
    both = {"entries": ["faq:mlk/yi", "faq:mlk/er"], "title": "两问"}
    more = {
        "content__snippets__pian.md": fact("片段。", title="片段"),
        "content__snippets__zi.md": fact("引言。", title="引言"),
        "faq__mlk__er.md": faq('--8<-- "snippet:pian"', title="第二问？"),
    }
    root = tree(tmp_path, push(articles=[lead, both]), **more)
    files = bundles(root, tmp_path / "dist")["internet"].files
    named = {p.split("/")[2]: set(n.sources) for p, n in files.items() if p.startswith("wechat/")}
    push_ids = {"push:tui", "snippet:zi"}
    assert named == {
        "01-mlk-yi": push_ids | {"faq:mlk/yi"},
        "02-heji": push_ids | {"faq:mlk/yi", "faq:mlk/er", "snippet:pian"},
    }


def test_what_is_not_written_has_a_careful_default(tmp_path: Path) -> None:
    (found,) = site_of(tree(tmp_path, push())).pushes.values()
    kept = {k: found.data[k] for k in ("send", "to", "after", "theme")}
    assert kept == {"send": "draft", "to": "all", "after": "", "theme": "daily"}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            {"articles": [{"entry": "faq:mlk/yi", "entries": ["faq:mlk/er"], "title": "题"}]},
            "要么写 entry",
        ),
        ({"articles": [{"title": "空的"}]}, "要么写 entry"),
        ({"articles": [{"entries": ["faq:mlk/yi", "faq:mlk/er"]}]}, "要有自己的 title"),
        ({"to": "everyone"}, "to 只能写"),
        ({"to": "tag:甲"}, "to 只能写"),
        ({"account": "shifa"}, "公众号 `shifa` 没有登记"),
        ({"audience": "intranet"}, "订阅的人是社会公众"),
        ({"send": "newspic"}, "贴图只能是一篇漫画或图解"),
        ({"send": "video"}, "视频消息只能是一篇短视频"),
        ({"articles": ["snippet:pian"]}, "没有自己的页面"),
        ({"articles": ["push:bie"]}, "没有自己的页面"),
        ({"articles": ["dashboard:kan"]}, "不排成公众号文章"),
        ({"articles": ["faq:mlk/yi", "faq:mlk/yi"]}, "重复"),
        ({"articles": [{"entries": ["faq:mlk/yi", "faq:mlk/yi"], "title": "题"}]}, "重复"),
        (
            {"articles": [{"entries": ["faq:mlk/yi", "article:2026/a"], "title": "题"}]},
            "有 `article:2026/a`，只有百问百答、名词能",
        ),
    ],
)
def test_what_can_not_be_sent_is_an_error_in_its_place(
    keys: dict[str, Any], words: str, tmp_path: Path
) -> None:
    more = {
        "content__snippets__pian.md": fact("片段。"),
        "content__pushes__bie.yml": push(),
        "content__articles__2026__a.md": fact("正文。", type="news"),
        "content__indicators__dashboards__kan.yml": yml(title="看板", blocks=[{"text": "字。"}]),
    }
    found = told(tree(tmp_path, push(**keys), **more), "PSH001")
    assert [words in p.message for p in found] == [True], found
    assert found[0].severity is Severity.ERROR
    assert found[0].where.line > 1
    assert found[0].action


@pytest.mark.parametrize(
    "keys",
    [
        {"articles": []},
        {"articles": ["faq:mlk/yi"] * 9},
        {"account": None},
        {"send": "sms"},
        {"after": "明天"},
        {"theme": "gala"},
        {"articles": [{"entry": "faq:mlk/yi", "author": "十" * 17}]},
        {"articles": [{"entry": "faq:mlk/yi", "digest": "句" * 121}]},
        {"articles": [{"entry": "faq:mlk/yi", "titel": "别字"}]},
    ],
)
def test_what_does_not_fit_the_schema_is_refused(keys: dict[str, Any], tmp_path: Path) -> None:
    root = tree(tmp_path, push(**keys))
    found = [p for p in problems(root) if p.where.path == "content/pushes/tui.yml"]
    assert found
    assert all(p.severity is Severity.ERROR for p in found)


def test_eight_articles_are_the_most(tmp_path: Path) -> None:
    eight = [{"entries": ["faq:mlk/yi"], "title": f"第 {n} 篇"} for n in range(8)]
    assert (
        len(site_of(tree(tmp_path, push(articles=eight))).pushes["push:tui"].data["articles"]) == 8
    )


def test_a_misspelt_account_is_suggested(tmp_path: Path) -> None:
    (found,) = told(tree(tmp_path, push(account="shifann")), "PSH001")
    assert "shifan" in found.action


def test_pictures_of_a_comic_and_a_film_may_go_alone(tmp_path: Path) -> None:
    course = yml(title="课", summary="一课")
    comic = {
        "courses__k__course.yml": course,
        "courses__k__lessons__01-man.comic.yml": yml(key="一句话", panels=[PANEL]),
    }
    root = tree(tmp_path, push(send="newspic", articles=["comic:k/man"]), **comic)
    assert told(root, "PSH001") == []
    assert "push:tui" in site_of(root).pushes


def test_an_entry_that_is_not_there_is_told(tmp_path: Path) -> None:
    root = tree(tmp_path, push(articles=["faq:mlk/meiyou"]))
    assert codes(told(root, "REF003")) == ["REF003"]


# --- the gate -------------------------------------------------------------------------------------------


def test_a_push_waits_for_entries_that_are_withheld(tmp_path: Path) -> None:
    later = (NOW + timedelta(days=3)).date().isoformat()
    early = {
        "faq__mlk__wan.md": faq("以后的正文。", title="以后再说？", date=later),
        "faq__mlk__dai.md": faq("没有出处。", title="待核？", sources=[]),
    }
    items = ["faq:mlk/yi", "faq:mlk/wan", "faq:mlk/dai"]
    root = tree(tmp_path, push(articles=items), **early)
    assert site_of(root).pushes == {}
    (found,) = told(root, "PSH002")
    assert found.severity is Severity.WARNING
    assert "faq:mlk/wan、faq:mlk/dai" in found.message
    assert "faq:mlk/yi" not in found.message
    # one entry of a collection is enough
    gathered = push(articles=[{"entries": items, "title": "合集"}])
    assert site_of(tree(tmp_path, gathered, **early)).pushes == {}
    # and with its day come, it goes
    assert (
        "push:tui"
        in site_of(
            tree(tmp_path, push(articles=items[:2]), **early), now=NOW + timedelta(days=4)
        ).pushes
    )


def test_a_push_whose_own_day_has_not_come_is_not_compiled(tmp_path: Path) -> None:
    later = (NOW + timedelta(days=3)).date().isoformat()
    assert site_of(tree(tmp_path, push(date=later))).pushes == {}


def test_an_internal_entry_can_not_be_pushed(tmp_path: Path) -> None:
    inner = {"faq__mlk__nei.md": faq("内部正文。", title="内部问？", audience="intranet")}
    root = tree(tmp_path, push(articles=["faq:mlk/yi", "faq:mlk/nei"]), **inner)
    (found,) = told(root, "REF004")
    assert found.severity is Severity.ERROR
    assert site_of(root).pushes == {}
    with pytest.raises(BuildFailed):
        bundles(root, tmp_path / "dist")
    assert not any((tmp_path / "dist").glob("[!.]*"))


def test_only_editions_for_the_public_have_pushes(tmp_path: Path) -> None:
    root = tree(tmp_path, push())
    assert site_of(root, "intranet").pushes == {}
    assert {*site_of(root, "internet").pushes} == {"push:tui"}
    assert "push:tui" not in site_of(root, "internet").pages


def test_an_internal_edition_can_not_put_out_wechat_articles(tmp_path: Path) -> None:
    text = CONFIG.replace(
        'base_url: "http://weike.example/"',
        'base_url: "http://weike.example/", outputs: [web, wechat]',
    )
    root = write(tmp_path, {**BASE, "site_config.yml": text + ACCOUNT})
    with pytest.raises(BuildFailed) as failed:
        problems(root)
    (found,) = failed.value.problems
    assert found.code == "CFG001"
    assert "不能产出微信文章" in found.message


# --- the bundle -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """The bundles of a tree that hides words wherever a push could take them along."""
    folder = tmp_path_factory.mktemp("pushes")
    fence = "\n\n::: intranet\n{}\n:::\n"
    lead = "开头。" + fence.format("kqzvlead 内部的话") + "<!-- kqzvremark -->\n"
    body = (
        "公开正文 gkzmbody。"
        + fence.format("kqzvfence ![kqzvalt](nei.png) [文](faq:mlk/nei)")
        + "\n<!-- kqzvcomment -->\n\n![公开的图](tu.png)\n"
    )
    items = [
        {"entry": "faq:mlk/yi"},
        {"entries": ["faq:mlk/yi", "faq:mlk/er"], "title": "合集 gkzmtitle", "lead": lead},
    ]
    head = {"title": "第一问？", "editorial": {"notes": "kqzvnotes", "reviewer": "kqzvwho"}}
    head |= {"assets": {"tu.png": {"alt": "公开的图", "credit": "gkzmcredit"}}}
    files: dict[str, str | bytes] = {
        **BASE,
        "faq/mlk/yi.md": faq(body, **head),
        "faq/mlk/nei.md": faq("kqzvinner", title="kqzvinnertitle？", audience="intranet"),
        "faq/mlk/tu.png": picture("PNG", size=(240, 160), exif=exif("kqzvexif")),
        "faq/mlk/nei.png": picture("PNG", size=(241, 161)),
        "content/pushes/tui.yml": push(articles=items, editorial={"notes": "kqzvpush"}),
        "content/pushes/bie.yml": push(title="kqzvheld", articles=["faq:mlk/dai"]),
        "faq/mlk/dai.md": faq("kqzvwithheld", title="kqzvdai？", sources=[]),
    }
    root = write(folder / "root", files)
    dist = folder / "dist"
    bundles(root, dist)
    return {name: contents(dist / name) for name in ("internet", "intranet")}


HIDDEN = [
    "kqzvlead",
    "kqzvremark",
    "kqzvfence",
    "kqzvalt",
    "kqzvcomment",
    "kqzvnotes",
    "kqzvwho",
    "kqzvinner",
    "kqzvexif",
    "kqzvpush",
    "kqzvheld",
    "kqzvwithheld",
    "kqzvdai",
    "nei.png",
]


def of_pushes(files: dict[str, bytes]) -> dict[str, bytes]:
    return {p: d for p, d in files.items() if p.startswith("wechat/") or p == "data/pushes.json"}


def test_the_bundle_for_the_public_holds_the_articles(made: dict[str, dict[str, bytes]]) -> None:
    files = of_pushes(made["internet"])
    listed = json.loads(files["data/pushes.json"])
    assert listed["format"] == 1
    (only,) = listed["pushes"]
    assert (only["id"], only["account"], only["kind"]) == ("push:tui", "shifan", "draft")
    assert len(only["articles"]) == 2
    for path in only["articles"]:
        article = json.loads(files[path])
        html = files[path.replace("article.json", "article.html")].decode()
        assert article["push"] == "push:tui"
        assert "gkzmbody" in html
        for image in article["images"]:
            assert f"{path.rpartition('/')[0]}/{image['file']}" in files


@pytest.mark.parametrize("word", HIDDEN)
def test_nothing_internal_goes_with_a_push(made: dict[str, dict[str, bytes]], word: str) -> None:
    files = of_pushes(made["internet"])
    assert any(holds(data, "gkzmbody") for data in files.values())  # the detector sees
    found = [p for p, data in files.items() if holds(p.encode() + b"\n" + data, word)]
    assert found == []


def test_the_internal_bundle_holds_nothing_of_a_push(made: dict[str, dict[str, bytes]]) -> None:
    assert of_pushes(made["intranet"]) == {}
    assert not any(holds(data, "gkzmtitle") for data in made["intranet"].values())
    assert not any("push:" in path or "pushes" in path for path in made["intranet"])


def test_a_push_is_no_page_and_in_no_search(made: dict[str, dict[str, bytes]]) -> None:
    site = {p: d for p, d in made["internet"].items() if p.startswith("site/")}
    assert not any("push" in path for path in site)
    assert not any(holds(data, "gkzmtitle") for data in site.values())


def test_without_pushes_nothing_of_wechat_is_made(tmp_path: Path) -> None:
    root = write(tmp_path / "root", BASE)
    build(root, tmp_path / "dist", [], NOW, jobs=1)
    assert of_pushes(contents(tmp_path / "dist/internet")) == {}
