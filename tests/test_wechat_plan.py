"""The plan of a push: exact, offline, and not carried out once its inputs have changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder.bundle import MANIFEST, WITHDRAWN, load
from publish.ledger import Call, Ledger, canonical
from publish.wechat import limits
from publish.wechat.plan import manifest_digest, place
from publish.wechat.pushes import PUSHES
from tests.wechat_bundles import Sample, Sending, eight, picture
from tests.wechat_desk import Desk, desk

ONE = Sample("faq:gyc/zjz", "什么是增加值")
TWO = Sample(
    "faq:gyc/tb", "什么是同比", ("同比是与上年同期比。", "例子一。"), ("甲", "乙"), "封面乙"
)
DRAFT = Sending("nov", (ONE, TWO))


@pytest.fixture(name="k")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as found:
        yield found


def apis(plan: dict[str, Any]) -> list[str]:
    return [s["api"] for s in plan["steps"]]


def asked(k: Desk) -> list[str]:
    """What WeChat was asked for, tokens aside."""
    return [r["path"] for r in k.wechat.requests() if "token" not in r["path"]]


@pytest.mark.parametrize("kind", ["draft", "publish", "mass"])
def test_the_plan_is_what_is_done_call_by_call(k: Desk, kind: str) -> None:
    k.make(replace(DRAFT, kind=kind))
    plan = k.plan("nov")
    assert k.wechat.requests() == [], "a plan asks nobody"
    assert k.run("push", "nov") == 0, k.text
    done = asked(k)
    while done[-1] == done[-2]:  # polls: as many as it takes
        done.pop()
    assert done == apis(plan)


def test_every_upload_is_named_with_its_hash_and_size_and_only_once(k: Desk) -> None:
    k.make(DRAFT)
    plan = k.plan("nov")
    uploads = {s["about"]["sha256"]: s["about"] for s in plan["steps"] if s["do"] == "upload"}
    assert apis(plan).count("media/uploadimg") == 2, "甲 stands in both articles"
    assert apis(plan).count("material/add_material") == 2
    sizes = {len(picture(s)) for s in ("甲", "乙", "封面", "封面乙")}
    assert {u["bytes"] for u in uploads.values()} == sizes
    assert all(len(sha) == 64 for sha in uploads)
    k.run("plan", "nov")
    assert "74 字节，校验值" in k.text
    assert "第 1、2 篇用" in k.text


def test_a_draft_that_is_there_is_only_looked_at(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    assert apis(k.plan("nov")) == ["draft/get"]
    k.make(DRAFT, header={"pages": 2})
    assert apis(k.plan("nov")) == ["draft/get"], "another bundle with the same articles"


def test_a_changed_article_is_one_update_and_the_change_is_shown(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    k.make(
        replace(DRAFT, articles=(ONE, replace(TWO, words=("同比是与上年同期比较。", "例子一。"))))
    )
    plan = k.plan("nov")
    assert apis(plan) == ["draft/get", "draft/update", "draft/get"]
    assert plan["steps"][1]["about"]["index"] == 1
    assert plan["diff"] == [
        "第 2 篇《什么是同比》：",
        "  － 同比是与上年同期比。",
        "  ＋ 同比是与上年同期比较。",
    ]


def test_a_new_picture_is_the_only_upload(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    k.make(replace(DRAFT, articles=(ONE, replace(TWO, images=("甲", "丙")))))
    plan = k.plan("nov")
    assert apis(plan) == ["media/uploadimg", "draft/get", "draft/update", "draft/get"]
    assert plan["there"] == ["正文图片 1 个", "永久素材 2 个"]
    assert "第 2 篇《什么是同比》：文字没变，图片、摘要、封面或排版变了" in plan["diff"]


def test_another_number_of_articles_is_a_new_draft_and_then_the_end_of_the_old(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    k.make(replace(DRAFT, articles=(TWO,)))
    plan = k.plan("nov")
    assert [s["do"] for s in plan["steps"]] == ["look", "add", "check", "drop"]
    assert "《什么是增加值》：去掉了" in plan["diff"]


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"public": False, "edition": "intranet"}, "公众号只能推互联网版"),
        ({"approvals": None}, "这不是发布版"),
        ({"approvals": "0" * 64}, "批准清单与成品包对不上"),
        ({"media": "draft"}, "短视频是草稿"),
        ({"now": "2026-11-21T10:00:01+08:00"}, "在此刻之后"),
        ({"now": "2027-01-01T00:00:00+08:00"}, "在此刻之后"),
    ],
)
def test_what_may_not_go_out_is_refused_by_plan_and_push(
    k: Desk, header: dict[str, Any], why: str
) -> None:
    k.make(DRAFT, header=header)
    assert k.run("plan", "nov") == 1
    assert why in k.text
    assert k.run("push", "nov") == 1
    assert k.wechat.requests() == []


@pytest.mark.parametrize("name", ["article.html", "article.json", "*.png", "pushes.json"])
def test_a_changed_file_in_the_bundle_is_refused(k: Desk, name: str) -> None:
    k.make(DRAFT)
    k.run("plan", "nov")
    [page, *_] = k.bundle.rglob(name)
    page.write_bytes(page.read_bytes() + b" ")
    for verb in ("plan", "push"):
        assert k.run(verb, "nov") == 1
        assert "与清单不符" in k.text
    assert k.wechat.requests() == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"title": "长" * 33}, "题目 33 个字，微信最多 32 个"),
        ({"author": "长" * 17}, "作者 17 个字，微信最多 16 个"),
        ({"digest": "长" * 129}, "摘要 129 个字，微信最多 128 个"),
        ({"words": ("长" * 20_000,)}, "要少于 20,000"),
        ({"fields": (("source_url", ""),)}, "没有“阅读原文”的网址"),
        ({"fields": (("source_url", "https://a.cn/" + "长" * 400),)}, "超过 1024 字节"),
        ({"fields": (("cover", None),)}, "没有封面图"),
        ({"title": ""}, "没有题目"),
    ],
)
def test_wechats_limits_are_judged_before_anything_is_sent(
    k: Desk, change: dict[str, Any], why: str
) -> None:
    k.make(replace(DRAFT, articles=(replace(ONE, **change),)))
    assert k.run("plan", "nov") == 1
    assert why in k.text
    assert k.run("push", "nov") == 1
    assert "计划里写明了不能推" in k.text
    assert k.wechat.requests() == []


def test_what_just_fits_is_taken(k: Desk) -> None:
    k.make(
        replace(
            DRAFT, articles=(replace(ONE, title="长" * 32, author="长" * 16, digest="长" * 128),)
        )
    )
    assert k.push("nov") == 0


@pytest.mark.parametrize(("kind", "count"), [("draft", 9), ("draft", 0)])
def test_one_to_eight_articles(k: Desk, kind: str, count: int) -> None:
    articles = (*eight(1), replace(ONE, id="faq:gyc/nine"))[:count]
    k.make(replace(DRAFT, kind=kind, articles=articles))
    assert k.run("plan", "nov") == 1
    assert f"要有 1 到 8 篇，这里有 {count} 篇" in k.text


def test_newspic_takes_twenty_pictures(k: Desk) -> None:
    pictures = tuple(f"格{n}" for n in range(20))
    comic = replace(ONE, id="comic:tj/1", images=(), pictures=pictures)
    k.make(Sending("tietu", (comic,), kind="newspic"))
    plan = k.plan("tietu")
    assert apis(plan) == ["material/add_material"] * 20 + ["draft/add", "draft/get"]
    k.make(Sending("tietu", (replace(comic, pictures=(*pictures, "多")),), kind="newspic"))
    assert "贴图要有 1 到 20 张图，这里有 21 张" in str(k.plan("tietu")["refusals"])


def test_a_film_that_is_too_big_is_refused(k: Desk, tmp_path: Path) -> None:
    k.make(Sending("shipin", (replace(ONE, film="片"),), kind="video"))
    assert apis(k.plan("shipin")) == ["material/add_material"]
    assert "到公众号后台选它发出" in str(k.plan("shipin")["by_hand"])
    assert apis(k.plan("shipin", "--finish")) == [
        "material/add_material",
        "media/uploadvideo",
        "message/mass/sendall",
        "message/mass/get",
    ]


def test_an_account_that_is_not_verified_gets_drafts_only(k: Desk) -> None:
    k.make(
        replace(DRAFT, account="geren"),
        replace(DRAFT, id="fa", account="geren", kind="publish"),
        replace(DRAFT, id="qun", account="geren", kind="mass"),
    )
    assert k.run("plan", "nov") == 0
    for push in ("fa", "qun"):
        assert "没有认证" in str(k.plan(push)["refusals"])


def test_what_only_a_person_can_do_is_said(k: Desk) -> None:
    k.make(replace(DRAFT, kind="mass", articles=(ONE, replace(TWO, ai=True))))
    said = str(k.plan("nov")["by_hand"])
    assert "第 2 篇有机器生成的内容" in said
    assert "30 分钟内在手机上确认" in said
    assert "看封面" in said


def test_quota_is_counted_against_what_was_used_today(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    with Ledger.open(k.state, k.clock.now) as ledger:
        for _ in range(limits.DAILY["freepublish/submit"] - 1):
            ledger.settle(
                ledger.intend(Call("wechat", "tjj", "r", "s", "freepublish/submit", {})), "done"
            )
    plan = k.plan("nov")
    found = {n["api"]: n for n in plan["quota"]}
    assert (found["freepublish/submit"]["needed"], found["freepublish/submit"]["left"]) == (1, 1)
    with Ledger.open(k.state, k.clock.now) as ledger:
        ledger.settle(
            ledger.intend(Call("wechat", "tjj", "r", "s", "freepublish/submit", {})), "done"
        )
    assert "今天的额度不够。提交发布（freepublish/submit）：要用 1 次，今天还剩 0 次" in str(
        k.plan("nov")
    )
    k.clock.sleep(14 * 3600)
    assert k.plan("nov")["refusals"] == [], "tomorrow there is a new hundred"


def test_a_subscription_account_sends_once_a_day(k: Desk) -> None:
    other = replace(DRAFT, id="er", articles=(replace(ONE, title="又一篇"),), kind="mass")
    k.make(replace(DRAFT, kind="mass"), other)
    assert k.push("nov") == 0, k.text
    assert "每天只能群发 1 次" in str(k.plan("er")["refusals"])
    later = replace(other, after="2026-11-22T09:00:00+08:00")
    k.make(replace(DRAFT, kind="mass"), later)
    assert k.plan("er")["refusals"] == [], "it is for tomorrow"
    k.clock.sleep(86_400)
    assert k.run("push", "er") == 0, k.text


def test_a_service_account_sends_four_times_a_month(tmp_path: Path) -> None:
    with desk(tmp_path, account="service") as k:
        pushes = [
            replace(
                DRAFT,
                id=f"p{n}",
                kind="mass",
                account="fuwu",
                articles=(replace(ONE, title=f"第{n}次"),),
            )
            for n in range(5)
        ]
        k.make(*pushes)
        for n in range(4):
            k.clock.sleep(86_400)
            assert k.push(f"p{n}") == 0, k.text
        k.clock.sleep(86_400)
        assert "每月只能群发 4 次" in str(k.plan("p4")["refusals"])
        k.clock.sleep(6 * 86_400)
        assert k.push("p4") == 0, "December has begun"


def test_the_embargo_holds_for_every_way_of_sending(k: Desk) -> None:
    k.make(
        *(
            replace(DRAFT, id=i, kind=i, after="2026-11-21T10:30:00+08:00")
            for i in ("draft", "publish", "mass")
        )
    )
    for push in ("draft", "publish", "mass"):
        assert k.run("plan", push) == 0
        assert "最早 2026-11-21 10:30 才能推" in k.text
        assert k.run("push", push) == 3
        assert "没到时间：2026年11月21日 10:30 以前不能推" in k.text
    assert k.wechat.requests() == []
    assert k.run("push", "draft", "--wait") == 0
    assert k.clock.at.isoformat() > "2026-11-21T10:30"
    assert k.did("draft/add") == 1


def test_withdrawn_entries_are_taken_back_first(k: Desk) -> None:
    other = replace(
        DRAFT, id="old", articles=(ONE, replace(TWO, entries=("faq:gyc/tb", "faq:gyc/gone")))
    )
    out = replace(other, id="out", kind="publish")
    k.make(other, out)
    assert (k.push("old"), k.push("out")) == (0, 0)
    k.make(DRAFT, withdrawn=["faq:gyc/gone"])
    plan = k.plan("nov")
    assert apis(plan)[:2] == ["draft/delete", "freepublish/delete"]
    assert plan["steps"][1]["about"]["place"] == 2
    assert k.run("push", "nov") == 0, k.text
    assert (k.did("draft/delete"), k.did("freepublish/delete")) == (1, 1)
    assert [s["do"] for s in k.plan("nov")["steps"]] == ["look"], "and only once"


def test_what_is_withdrawn_can_be_taken_back_without_a_push(k: Desk) -> None:
    k.make(DRAFT, withdrawn=["faq:gyc/tb"])
    assert k.run("plan", "withdrawn") == 2
    assert "什么也没有推过" in k.text
    k.make(DRAFT, replace(DRAFT, id="fa", kind="publish"))
    assert (k.push("nov"), k.push("fa")) == (0, 0)
    k.make(withdrawn=["faq:gyc/tb"])
    assert apis(k.plan("withdrawn")) == ["draft/delete", "freepublish/delete"]
    assert k.run("push", "withdrawn") == 0, k.text
    [published] = k.wechat.state()["published"].values()
    assert [bool(a.get("is_deleted")) for a in published["articles"]] == [False, True]
    assert k.plan("withdrawn")["steps"] == []
    assert k.run("push", "withdrawn", "--account", "nobody") == 2


def test_a_push_with_a_withdrawn_entry_is_refused(k: Desk) -> None:
    k.make(DRAFT, withdrawn=["faq:gyc/tb"])
    assert k.run("plan", "nov") == 1
    assert "faq:gyc/tb 已经撤回" in k.text


# --- stored plans -------------------------------------------------------------------------------------


def test_without_a_plan_nothing_is_pushed(k: Desk) -> None:
    k.make(DRAFT)
    assert k.run("push", "nov") == 1
    assert "先运行 weike plan wechat nov" in k.text
    assert k.wechat.requests() == []


def test_a_plan_of_another_bundle_is_not_carried_out(k: Desk) -> None:
    k.make(DRAFT)
    k.run("plan", "nov")
    k.make(replace(DRAFT, articles=(TWO,)))
    assert k.run("push", "nov") == 1
    assert "成品包换过了" in k.text
    assert k.wechat.requests() == []


def test_a_bundle_swapped_while_it_is_planned_is_another_bundle(k: Desk) -> None:
    k.make(DRAFT)
    loaded = load(k.bundle)
    before = hashlib.sha256((k.bundle / MANIFEST).read_bytes()).hexdigest()
    k.make(replace(DRAFT, articles=(ONE,)))
    assert manifest_digest(loaded) == before
    assert manifest_digest(load(k.bundle)) != before


def test_a_plan_is_stale_once_the_ledger_has_moved(k: Desk) -> None:
    k.make(DRAFT)
    k.run("plan", "nov")
    path = place(k.state, "nov")
    first = path.read_bytes()
    k.clock.sleep(1)
    k.push("nov")
    path.write_bytes(first)
    k.wechat.remove(k.draft()[0])
    k.clock.sleep(1)
    assert k.run("push", "nov") == 0, "nothing is left to write"
    k.make(replace(DRAFT, articles=(ONE, replace(TWO, title="改过的题目"))))
    assert k.run("push", "nov") == 1
    assert "不能照原来的计划推" in k.text


def test_a_plan_that_was_changed_by_hand_is_not_carried_out(k: Desk) -> None:
    k.make(DRAFT)
    k.run("plan", "nov")
    path = place(k.state, "nov")
    data = json.loads(path.read_bytes())
    data["steps"] = data["steps"][-2:]
    path.write_text(json.dumps(data), "utf-8")
    assert k.run("push", "nov") == 1
    assert "被改过，不能照办" in k.text
    path.write_text("{", "utf-8")
    assert k.run("push", "nov") == 1
    assert "读不懂" in k.text


def forge(k: Desk, name: str, source: str = "", **fields: Any) -> None:
    """Put other things into the stored plan of a push, with a digest that fits."""
    plan = json.loads(place(k.state, source or name).read_text("utf-8")) | fields
    plan.pop("digest")
    plan["digest"] = hashlib.sha256(canonical(plan)).hexdigest()
    place(k.state, name).write_text(json.dumps(plan, ensure_ascii=False), "utf-8")


def test_plans_of_different_pushes_lie_in_different_files(tmp_path: Path) -> None:
    names = ["a/b", "a-b", "a%2Fb", "a\\b", "a%b"]
    assert len({place(tmp_path, n) for n in names}) == len(names)
    assert {place(tmp_path, n).parent for n in names} == {tmp_path / "plans"}


@pytest.mark.parametrize("renamed", [False, True])
def test_a_plan_of_another_push_is_not_carried_out(k: Desk, renamed: bool) -> None:
    k.make(DRAFT, replace(DRAFT, id="out", kind="publish"))
    k.plan("out")
    forge(k, "nov", "out", **({"push": "nov"} if renamed else {}))
    assert k.run("push", "nov") == 1
    assert "不能照" in k.text
    assert not k.wechat.effects()


def test_a_plan_with_other_steps_is_not_carried_out(k: Desk) -> None:
    k.make(DRAFT)
    steps = [*k.plan("nov")["steps"], {"do": "submit", "api": "freepublish/submit"}]
    forge(k, "nov", steps=[{"words": "发布", "about": {}, "calls": 1, **s} for s in steps])
    assert k.run("push", "nov") == 1
    assert "步骤" in k.text
    assert not k.wechat.effects()


@pytest.mark.parametrize(
    ("sending", "more", "word"),
    [
        (DRAFT, {"header": {"public": False}}, "不是面向社会公开"),
        (replace(DRAFT, articles=(replace(ONE, title="长" * 33),)), {}, "最多 32"),
        (replace(DRAFT, kind="publish", account="geren"), {}, "没有认证"),
        (DRAFT, {"withdrawn": ["faq:gyc/tb"]}, "已经撤回"),
    ],
)
def test_refusals_struck_from_a_plan_hold_all_the_same(
    k: Desk, sending: Sending, more: dict[str, Any], word: str
) -> None:
    k.make(sending, **more)
    assert k.plan("nov")["refusals"]
    forge(k, "nov", refusals=[])
    assert k.run("push", "nov") == 1
    assert word in k.text
    assert not k.wechat.effects()


def retell(k: Desk, path: str, change: Callable[[Any], None]) -> None:
    """Change a JSON file of the bundle, and the manifest with it."""
    data = json.loads((k.bundle / path).read_bytes())
    change(data)
    refit(k, path, json.dumps(data).encode())


def refit(k: Desk, path: str, body: bytes, size: int | None = None) -> None:
    """Put other bytes into the bundle; the manifest names them, with a size that may be a lie."""
    (k.bundle / path).write_bytes(body)
    manifest = json.loads((k.bundle / MANIFEST).read_bytes())
    for line in manifest["files"]:
        if line["path"] == path:
            line["sha256"] = hashlib.sha256(body).hexdigest()
            line["size"] = len(body) if size is None else size
    (k.bundle / MANIFEST).write_text(json.dumps(manifest), "utf-8")


ODD = [
    ("after", "2026-12-01T10:00:00", "带时区"),
    ("after", 5, "带时区"),
    ("to", 5, "tag"),
    ("to", "everyone", "tag"),
    ("to", "tag:-1", "tag"),
    ("title", 5, "title"),
    ("title", "\ud800", "title"),
    ("id", 5, "id"),
    ("id", "withdrawn", "id"),
    ("kind", ["draft"], "kind"),
    ("account", "../x", "account"),
    ("account", "nobody", "nobody"),
    ("articles", "x", "articles"),
    ("articles", [["a"]], "articles"),
]
ODD_ACCOUNTS = [("type", "Service"), ("type", None), ("verified", "false"), ("name", 5)]
ODD_ARTICLES = [
    ("title", 5),
    ("id", ["a"]),
    ("digest", None),
    ("cover", "x"),
    ("cover", {"file": 5}),
    ("said", [5]),
    ("ai", "no"),
    ("pictures", {"a": 1}),
    ("images", [5]),
    ("video", []),
]


def is_unreadable(k: Desk, word: str) -> None:
    """Plan and push both say what is wrong, in Chinese, and send nothing."""
    for verb in ("plan", "push"):
        assert k.run(verb, "nov") == 1
        assert word in k.text
        assert "重新生成" in k.text
        assert "程序自身" not in k.text
    assert not k.wechat.requests()


@pytest.mark.parametrize(("name", "value", "word"), ODD)
def test_a_push_is_read_strictly(k: Desk, name: str, value: object, word: str) -> None:
    k.make(replace(DRAFT, kind="mass"))
    retell(k, PUSHES, lambda data: data["pushes"][0].update({name: value}))
    is_unreadable(k, word)


@pytest.mark.parametrize(("name", "value"), ODD_ACCOUNTS)
def test_an_account_is_read_strictly(k: Desk, name: str, value: object) -> None:
    k.make(replace(DRAFT, kind="mass"))
    retell(k, PUSHES, lambda data: data["accounts"]["tjj"].update({name: value}))
    is_unreadable(k, name)


@pytest.mark.parametrize(("name", "value"), ODD_ARTICLES)
def test_an_article_is_read_strictly(k: Desk, name: str, value: object) -> None:
    k.make(DRAFT)
    path = next(p.relative_to(k.bundle).as_posix() for p in k.bundle.rglob("article.json"))
    retell(k, path, lambda data: data.update({name: value}))
    is_unreadable(k, name)


@pytest.mark.parametrize("path", [PUSHES, WITHDRAWN])
@pytest.mark.parametrize("body", ["[]", "5", '{"pushes": 1, "entries": 1}', "{", "[" * 100_000])
def test_files_that_are_something_else_are_said_plainly(k: Desk, path: str, body: str) -> None:
    k.make(DRAFT)
    refit(k, path, body.encode())
    is_unreadable(k, path)


def test_the_size_of_a_file_is_counted_and_not_believed(k: Desk) -> None:
    k.make(DRAFT)
    cover = json.loads(next(k.bundle.rglob("article.json")).read_bytes())["cover"]["file"]
    for path in k.bundle.rglob(cover):
        name = path.relative_to(k.bundle).as_posix()
        body = path.read_bytes() + bytes(limits.MATERIAL_IMAGE_BYTES)
        refit(k, name, body, size=100)
        for article in path.parent.parent.glob("article.json"):
            whose = article.relative_to(k.bundle).as_posix()
            retell(k, whose, lambda data: data.update(images=[]))
    assert k.run("plan", "nov") == 1
    assert f"{len(body):,} 字节" in k.text
    assert k.run("push", "nov") == 1
    assert not k.wechat.requests()


def test_the_same_inputs_give_the_same_plan(k: Desk) -> None:
    k.make(DRAFT)
    first, second = k.plan("nov"), k.plan("nov")
    assert first == second
    assert k.plan("nov", "--again")["digest"] != first["digest"]


def test_an_unknown_push_is_answered_with_those_there_are(k: Desk) -> None:
    k.make(DRAFT)
    assert k.run("plan", "nox") == 2
    assert "没有叫 `nox` 的推送" in k.text
    assert "nov" in k.text
    assert k.run("plan", "push:nov") == 0
    assert k.run("plan", "../nov") == 2


def test_no_bundle_is_said_plainly(k: Desk) -> None:
    assert k.run("plan", "nov") == 1
    assert "先 weike build --release" in k.text
