"""Pushing to WeChat: once and only once, whatever gets lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from publish.ledger import Ledger, broken
from publish.wechat.watch import EVENTS
from tests import wechat_drafts
from tests.wechat_bundles import Sending, eight
from tests.wechat_desk import CHANGED, DRAFT, LOSSES, ONE, TWO, Desk, desk, writes


@pytest.fixture(name="k")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as found:
        yield found


# --- once ---------------------------------------------------------------------------------------------


def test_eight_articles_with_forty_pictures_and_then_nothing_more(k: Desk) -> None:
    k.make(Sending("nov", eight()))
    assert k.push("nov") == 0, k.text
    assert (k.did("media/uploadimg"), k.did("material/add_material"), k.did("draft/add")) == (
        40,
        8,
        1,
    )
    _, articles = k.draft()
    assert [a["title"] for a in articles] == [a.title for a in eight()]
    before = writes(k)
    assert k.push("nov") == 0
    assert k.run("push", "nov") == 0
    assert "内容没有变" in k.text
    assert writes(k) == before, "second push of unchanged content: 0 uploads, 0 writes"
    assert k.receipts() == ["draft"]


@pytest.mark.parametrize("kind", ["publish", "mass"])
def test_what_is_out_is_not_sent_again(k: Desk, kind: str) -> None:
    k.make(replace(DRAFT, kind=kind))
    assert k.push("nov") == 0, k.text
    before = len(k.wechat.requests())
    assert k.push("nov") == 0
    assert "没有上传，没有改动" in k.text
    assert len(k.wechat.requests()) == before
    k.make(replace(CHANGED, kind=kind))
    assert k.run("plan", "nov") == 1
    assert "再推就是另外一篇：确实要再发，加 --again" in k.text
    k.clock.sleep(86_400)
    assert k.push("nov", plan=["--again"]) == 0, k.text
    assert k.did("freepublish/submit" if kind == "publish" else "message/mass/sendall") == 2


def test_a_changed_article_changes_the_same_draft(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    media_id, before = k.draft()
    k.make(CHANGED)
    assert k.push("nov") == 0, k.text
    again, after = k.draft()
    assert again == media_id
    assert "同期比较" in after[1]["content"]
    assert after[0] == before[0]
    assert (k.did("draft/add"), k.did("draft/update")) == (1, 1)
    assert k.receipts() == ["draft", "draft-updated"]


def test_another_number_of_articles_leaves_one_draft(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    k.make(replace(DRAFT, articles=(TWO,)))
    assert k.push("nov") == 0, k.text
    assert [a["title"] for a in k.draft()[1]] == [TWO.title]
    assert [s["do"] for s in k.plan("nov")["steps"]] == ["look"]


def test_pictures_go_up_once_for_all_pushes_of_an_account(k: Desk) -> None:
    other = replace(DRAFT, id="dec", articles=(replace(TWO, title="另一篇"),))
    k.make(DRAFT, other)
    k.push("nov")
    before = k.did("media/uploadimg")
    assert k.push("dec") == 0
    assert k.did("media/uploadimg") == before
    assert k.did("draft/add") == 2


def test_newspic_and_films(k: Desk) -> None:
    comic = replace(ONE, id="comic:tj/1", images=(), pictures=("格1", "格2"))
    k.make(
        Sending("tietu", (comic,), kind="newspic"),
        Sending("pian", (replace(ONE, film="片"),), kind="video"),
    )
    assert k.push("tietu") == 0, k.text
    [article] = k.draft()[1]
    assert article["article_type"] == "newspic"
    assert len(article["image_info"]["image_list"]) == 2
    assert k.push("tietu") == 0
    assert k.did("draft/add") == 1
    assert k.push("tietu", plan=["--finish"]) == 0, k.text
    assert k.did("freepublish/submit") == 1
    assert k.push("pian") == 0, k.text
    assert k.did("message/mass/sendall") == 0
    assert k.push("pian", plan=["--finish"]) == 0, k.text
    assert k.did("message/mass/sendall") == 1
    kinds = [m["type"] for m in k.wechat.state()["materials"].values()]
    assert sorted(kinds) == ["image", "image", "video"]


@pytest.mark.parametrize("kind", ["draft", "publish", "mass", "fewer", "by hand"])
def test_a_run_cut_off_at_its_very_end_does_nothing_more(k: Desk, kind: str) -> None:
    push = replace(DRAFT, kind=kind if kind in {"publish", "mass"} else "draft")
    k.make(push)
    assert k.push("nov") == 0, k.text
    if kind == "fewer":
        k.make(replace(push, articles=(TWO,)))
        assert k.push("nov") == 0, k.text
    if kind == "by hand":
        wechat_drafts.submit(k.wechat.world, {"media_id": k.draft()[0]})
        k.wechat.finish()
        k.make(replace(push, articles=(TWO,)))
        assert k.push("nov") == 0, k.text
    with Ledger.open(k.state, k.clock.now) as ledger:
        ledger.base.execute("UPDATE runs SET finished = NULL")
    before, receipts = writes(k), k.receipts()
    assert k.run("push", "nov") == 0, k.text
    assert (writes(k), k.receipts()) == (before, receipts)


def test_a_submission_lost_by_an_earlier_plan_is_not_followed_by_another(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    k.wechat.fault("freepublish/submit", "late")
    k.wechat.fault("freepublish/batchget", "code", code=-1, times=-1)
    assert k.push("nov") == 3
    k.wechat.calm()
    k.wechat.finish()
    k.make(replace(DRAFT, kind="publish", articles=(TWO,)))
    assert k.push("nov") == 1
    assert "上次其实已经发出" in k.text
    assert (k.did("draft/add"), k.did("freepublish/submit")) == (1, 1)
    assert k.run("plan", "nov") == 1
    assert "再推就是另外一篇" in k.text


# --- what gets lost -----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("path", ["draft/add", "media/uploadimg", "material/add_material"])
def test_a_lost_answer_makes_no_second_draft(k: Desk, path: str, loss: str) -> None:
    k.make(DRAFT)
    k.wechat.fault(path, loss)
    assert k.push("nov") == 0, k.text
    assert k.did("draft/add") == 1
    assert k.did("material/add_material") == 2, "found again by its name"
    assert k.did("media/uploadimg") <= 3, "WeChat can't be asked for these: one more at most"
    assert len(k.draft()[1]) == 2
    assert k.receipts() == ["draft"]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_update_is_looked_for(k: Desk, loss: str) -> None:
    k.make(DRAFT)
    k.push("nov")
    k.make(CHANGED)
    k.wechat.fault("draft/update", loss)
    assert k.push("nov") == 0, k.text
    assert k.did("draft/update") == 1
    assert "同期比较" in k.draft()[1][1]["content"]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_deletion_is_looked_for(k: Desk, loss: str) -> None:
    k.make(DRAFT)
    k.push("nov")
    k.make(replace(DRAFT, articles=(TWO,)))
    k.wechat.fault("draft/delete", loss)
    assert k.push("nov") == 0, k.text
    assert k.did("draft/delete") == 1
    assert len(k.draft()[1]) == 1


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_submission_publishes_once(k: Desk, loss: str) -> None:
    k.make(replace(DRAFT, kind="publish"))
    k.wechat.fault("freepublish/submit", loss)
    k.wechat.set(polls=0)
    while (code := k.push("nov") if not k.wechat.requests() else k.run("push", "nov")) == 3:
        k.wechat.finish()
    assert code == 0, k.text
    assert k.did("freepublish/submit") == 1
    assert len(k.wechat.state()["published"]) == 1
    assert "published" in k.receipts()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_mass_send_is_sent_once(k: Desk, loss: str) -> None:
    k.make(replace(DRAFT, kind="mass"))
    k.wechat.fault("message/mass/sendall", loss)
    assert k.push("nov") == 0, k.text
    assert k.did("message/mass/sendall") == 1
    ids = {r["body"]["clientmsgid"] for r in k.wechat.requests("message/mass/sendall") if r["body"]}
    assert len(ids) == 1
    assert k.receipts() == ["draft", "mass-accepted", "mass-sent"]


def test_answers_lost_for_good_end_in_a_push_that_can_be_taken_up(k: Desk) -> None:
    k.make(DRAFT)
    k.wechat.fault("draft/add", "cut_before", times=-1)
    assert k.push("nov") == 3
    assert "先查清再接着做" in k.text
    assert k.did("draft/add") == 0
    k.wechat.calm()
    assert k.run("push", "nov") == 0, k.text
    assert k.did("draft/add") == 1


def test_no_answers_at_all_to_the_questions_either(k: Desk) -> None:
    k.make(DRAFT)
    k.wechat.fault("draft/add", "late")
    k.wechat.fault("draft/batchget", "code", code=-1, times=-1)
    assert k.push("nov") == 3
    assert (k.did("draft/add"), k.receipts()) == (1, [])
    k.run("status")
    assert "结果不明：新建草稿" in k.text
    k.wechat.calm()
    k.clock.sleep(7 * 86_400)
    assert k.run("push", "nov") == 0, k.text
    assert k.did("draft/add") == 1
    assert k.receipts() == ["draft"]


def test_a_new_plan_after_a_lost_draft_finds_it_and_updates_it(k: Desk) -> None:
    k.make(DRAFT)
    k.wechat.fault("draft/add", "late")
    k.wechat.fault("draft/batchget", "code", code=-1, times=-1)
    assert k.push("nov") == 3
    k.wechat.calm()
    k.make(CHANGED)
    assert k.run("push", "nov") == 1
    assert "成品包换过了" in k.text
    plan = k.plan("nov")
    assert plan["open"], "the plan says that WeChat will be asked first"
    assert k.run("push", "nov") == 0, k.text
    [(_, articles)] = [k.draft()]
    assert "同期比较" in articles[1]["content"]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
@pytest.mark.parametrize("path", ["media/uploadimg", "draft/add", "material/add_material"])
def test_a_token_that_runs_out_in_the_middle(k: Desk, path: str, code: int) -> None:
    k.make(DRAFT)
    k.wechat.fault(path, "code", code=code)
    assert k.push("nov") == 0, k.text
    assert (k.did("draft/add"), k.did("media/uploadimg"), k.did("material/add_material")) == (
        1,
        2,
        2,
    )


def test_busy_is_asked_about_like_a_lost_answer(k: Desk) -> None:
    k.make(DRAFT)
    k.wechat.fault("draft/add", "code", code=-1)
    assert k.push("nov") == 0, k.text
    assert k.did("draft/add") == 1
    assert len(k.wechat.requests("draft/batchget")) >= 1


def test_used_up_quota_stops_and_tomorrow_goes_on(k: Desk) -> None:
    k.make(Sending("nov", eight(1)))
    k.wechat.fault("media/uploadimg", "code", code=45009, skip=3)
    assert k.push("nov") == 3
    assert "次数用完了" in k.text
    k.clock.sleep(86_400)
    assert k.run("push", "nov") == 0, k.text
    assert k.did("media/uploadimg") == 8


def test_too_fast_waits_a_minute(k: Desk) -> None:
    k.make(DRAFT)
    k.wechat.fault("draft/add", "code", code=45011)
    assert k.push("nov") == 0, k.text
    assert 60.0 in k.clock.slept


def test_a_person_must_act_in_the_back_end(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    k.wechat.fault("freepublish/submit", "code", code=53503)
    assert k.push("nov") == 1
    assert "草稿没有通过发布检查" in k.text
    assert k.run("push", "nov") == 0, k.text
    assert k.did("freepublish/submit") == 1


# --- publishing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "why"), [(2, "原创校验没有通过"), (3, "常规失败"), (4, "平台审核没有通过")]
)
def test_a_publication_that_fails_says_why_and_is_not_repeated_unasked(
    k: Desk, status: int, why: str
) -> None:
    k.make(replace(DRAFT, kind="publish"))
    k.wechat.set(results=[status])
    assert k.push("nov") == 1
    assert why in k.text
    assert k.run("plan", "nov") == 1
    assert "原样再发，加 --again" in k.text
    assert k.push("nov", plan=["--again"]) == 0, k.text
    assert k.did("draft/add") == 1, "the draft is still there"


def test_polls_grow_slower_and_stay_within_the_day(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    k.wechat.set(polls=1000)
    assert k.push("nov") == 3
    assert "过一会儿再运行同一条命令看结果，不会重发" in k.text
    pauses = k.clock.slept[-7:]
    assert pauses[0] == 15.0
    assert pauses[-1] == 600.0
    assert pauses == sorted(pauses)
    assert len(k.wechat.requests("freepublish/get")) <= 8
    k.wechat.finish()
    assert k.run("push", "nov") == 0, k.text
    assert k.did("freepublish/submit") == 1


def tell(k: Desk, account: str = "tjj") -> None:
    """The service writes down what WeChat told it."""
    path = k.state / EVENTS
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        for xml in k.wechat.events():
            file.write(json.dumps({"account": account, "xml": xml}, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("events", ["once", "twice", "lost", "as a mass send"])
def test_events_are_taken_before_polls(k: Desk, events: str) -> None:
    k.make(replace(DRAFT, kind="publish"))
    other = events == "as a mass send"  # seen in the wild; it says too little
    k.wechat.set(polls=1000, events="once" if other else events, as_mass=other)
    assert k.push("nov") == 3
    asked = len(k.wechat.requests("freepublish/get"))
    k.wechat.finish()
    tell(k)
    assert k.run("push", "nov") == 0, k.text
    assert len(k.wechat.requests("freepublish/get")) - asked == (events == "lost" or other)
    assert k.receipts().count("published") == 1


def test_events_of_others_and_rubbish_say_nothing(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    k.wechat.set(polls=1000)
    assert k.push("nov") == 3
    k.wechat.finish()
    tell(k, account="fuwu")
    with (k.state / EVENTS).open("a", encoding="utf-8") as file:
        file.write('rubbish\n{"account": "tjj"}\n[]\n{"account": "tjj", "xml": "<xml></xml>"}\n\n')
    asked = len(k.wechat.requests("freepublish/get"))
    assert k.run("push", "nov") == 0, k.text
    assert len(k.wechat.requests("freepublish/get")) == asked + 1


# --- mass sends ---------------------------------------------------------------------------------------


def test_an_administrator_confirms_later(k: Desk) -> None:
    k.make(replace(DRAFT, kind="mass"))
    k.wechat.set(protected=True)
    assert k.push("nov") == 3
    assert "管理员确认以后" in k.text
    [send] = k.wechat.state()["sends"].values()
    assert send["status"] in {"SENDING", "SEND_FAIL"}


def test_confirmed_in_time_and_not_sent_twice(k: Desk) -> None:
    k.make(replace(DRAFT, kind="mass"))
    k.wechat.set(protected=True, polls=2)
    slept = k.clock.sleep

    def confirm(seconds: float) -> None:
        slept(seconds)
        if seconds >= 60:
            k.wechat.confirm()

    k.clock.sleep = confirm
    assert k.push("nov") == 0, k.text
    assert k.did("message/mass/sendall") == 1


def test_nobody_confirmed(k: Desk) -> None:
    k.make(replace(DRAFT, kind="mass"))
    k.wechat.set(protected=True)
    assert k.push("nov") == 3
    k.clock.sleep(1800)
    assert k.run("push", "nov") == 1
    assert "管理员没有在 30 分钟内确认" in k.text
    assert k.did("message/mass/sendall") == 1


def test_a_send_lost_for_a_day_is_for_a_person_to_tell(k: Desk) -> None:
    k.make(replace(DRAFT, kind="mass"))
    k.wechat.fault("message/mass/sendall", "late", times=1)
    k.wechat.fault("message/mass/sendall", "cut_before", times=2, skip=0)
    assert k.push("nov") == 3
    k.wechat.calm()
    k.clock.sleep(25 * 3600)
    assert k.run("push", "nov") == 1
    assert "加 --sent 再运行" in k.text
    assert k.did("message/mass/sendall") == 1
    assert k.run("push", "nov", "--sent") == 0, k.text
    assert k.did("message/mass/sendall") == 1
    assert k.plan("nov")["steps"] == []


def test_to_a_tag(k: Desk) -> None:
    k.make(replace(DRAFT, kind="mass", to="tag:100"))
    assert k.push("nov") == 0, k.text
    [send] = k.wechat.state()["sends"].values()
    assert (send["to_all"], send["tag"]) == (False, 100)


# --- before others see it -------------------------------------------------------------------------------


def test_a_preview_first(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    assert k.push("nov", "--preview-to", "zhang_san") == 0, k.text
    assert len(k.wechat.state()["previews"]) == 1
    assert k.did("freepublish/submit") == 0
    assert k.run("push", "nov", "--preview-to", "nobody") == 1
    assert "微信号不对" in k.text
    assert k.run("push", "nov") == 0, k.text
    assert k.did("freepublish/submit") == 1


def test_what_wechat_does_not_keep_is_shown_and_holds_up_publishing(k: Desk) -> None:
    extra = '<p>外面的图<img src="https://example.com/x.png"></p>'
    k.make(replace(DRAFT, kind="publish", articles=(replace(ONE, extra=extra),)))
    assert k.push("nov") == 1
    assert "图片发去 2 张，留下 1 张" in k.text
    assert k.did("freepublish/submit") == 0
    assert k.run("push", "nov", "--accept-stripped") == 0, k.text
    assert k.did("freepublish/submit") == 1


@pytest.mark.parametrize("kind", ["publish", "mass"])
def test_machine_made_content_waits_for_its_declaration(k: Desk, kind: str) -> None:
    k.make(replace(DRAFT, kind=kind, articles=(replace(ONE, ai=True),)))
    assert k.push("nov") == 3
    assert "内容由 AI 生成" in k.text
    assert k.did("draft/add") == 1
    assert k.run("push", "nov", "--declared") == 0, k.text


# --- the rest -------------------------------------------------------------------------------------------


def test_status_and_rollback_say_honestly_what_can_be_undone(k: Desk) -> None:
    k.make(DRAFT, replace(DRAFT, id="fa", kind="publish"), replace(DRAFT, id="qun", kind="mass"))
    for push in ("nov", "fa", "qun"):
        assert k.push(push) == 0, k.text
    assert k.run("status", "--format", "json") == 0
    found = json.loads(k.text)
    assert [p["push"] for p in found["accounts"][0]["pushes"]] == ["nov", "fa", "qun"]
    words: dict[str, str] = {"nov": "关注者没有看到过", "fa": "截过图的收不回", "qun": "卡片还在"}
    for push, word in words.items():
        before = len(k.wechat.requests())
        assert k.run("rollback", push) == 0
        assert word in k.text
        assert "以上还没有做" in k.text
        assert len(k.wechat.requests()) == before
        assert k.run("rollback", push, "--yes") == 0, k.text
        assert k.run("rollback", push) == 0
        assert "没有可以收回的" in k.text
    for path in ("draft/delete", "freepublish/delete", "message/mass/delete"):
        assert k.did(path) == 1
    assert k.run("rollback", "nox") == 2
    with Ledger.view(k.state, k.clock.now) as ledger:
        assert broken(ledger.receipts()) is None


def test_a_ledger_is_of_one_appid_at_one_address(k: Desk) -> None:
    k.make(DRAFT, replace(DRAFT, id="dec"))
    k.push("nov")
    k.environ["WEIKE_WECHAT_TJJ_APPID"] = "wx0000000000000002"
    assert k.push("dec") == 1
    assert "草稿和图片的编号不通用" in k.text


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        (lambda k: k.environ.pop("WEIKE_WECHAT_TJJ_SECRET"), "SECRET"),
        (lambda k: k.wechat.set(ip_allowed=False), "203.0.113.7"),
        (lambda k: k.wechat.set(secret="x" * 32), "AppSecret"),
    ],
)
def test_what_an_administrator_must_mend_is_said_plainly(
    k: Desk, break_it: Callable[[Desk], Any], why: str
) -> None:
    k.make(DRAFT)
    break_it(k)
    assert k.push("nov") == 1
    assert why in k.text
    assert "s" * 32 not in k.text
    assert not list(k.state.rglob("error.log"))


def test_a_ledger_that_can_not_be_written_stops_before_the_call(k: Desk) -> None:
    k.make(DRAFT)
    k.run("plan", "nov")
    with Ledger.open(k.state, k.clock.now) as ledger:
        ledger.base.execute(
            "CREATE TRIGGER full BEFORE INSERT ON calls WHEN NEW.api = 'draft/add'"
            " BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    assert k.run("push", "nov") == 1
    assert "账本写不进去（disk is full）" in k.text
    assert k.wechat.requests("draft/add") == []
    with Ledger.open(k.state, k.clock.now) as ledger:
        ledger.base.execute("DROP TRIGGER full")
    assert k.run("push", "nov") == 0, k.text


def test_no_secret_reaches_ledger_plan_or_receipts(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    k.wechat.fault("draft/add", "late")
    assert k.push("nov") == 0, k.text
    with Ledger.view(k.state, k.clock.now) as ledger:
        dump = "\n".join(ledger.base.iterdump()) + ledger.export().decode()
    texts = [dump, k.text, *(p.read_text("utf-8") for p in (k.state / "plans").iterdir())]
    for text in texts:
        assert "s" * 32 not in text
        assert "access_token" not in text
