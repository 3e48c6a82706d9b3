"""What people do by hand in the back end is seen, told and kept; nothing is sent over it or twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import wechat_drafts
from tests.wechat_desk import CHANGED, DRAFT, ONE, TWO, Desk, desk


@pytest.fixture(name="k")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as found:
        yield found


# --- what people do by hand -----------------------------------------------------------------------------


@pytest.fixture(name="touched")
def _touched(k: Desk) -> Desk:
    k.make(DRAFT)
    k.push("nov")
    media_id, articles = k.draft()
    k.wechat.edit(
        media_id, 1, content=articles[1]["content"].replace("例子一。", "例子二，后台写的。")
    )
    k.make(CHANGED)
    return k


def test_hand_edits_are_shown_and_not_overwritten(touched: Desk) -> None:
    assert touched.push("nov") == 1
    assert "后台改过：第 2 篇《什么是同比》" in touched.text
    assert "＋ 例子二，后台写的。" in touched.text
    assert touched.did("draft/update") == 0
    assert "例子二" in touched.draft()[1][1]["content"]


def test_hand_edits_can_be_kept(touched: Desk) -> None:
    assert touched.push("nov", "--take-theirs") == 0, touched.text
    assert "例子二" in touched.draft()[1][1]["content"]
    assert touched.did("draft/update") == 0
    assert touched.receipts()[-1] == "took-theirs"
    assert touched.push("nov") == 0
    assert touched.did("draft/update") == 0
    touched.run("status")
    assert "后台改过，与批准的不同" in touched.text


def test_what_was_edited_by_hand_was_not_approved_and_is_not_published(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    assert k.push("nov", "--preview-to", "zhang_san") == 0
    media_id, articles = k.draft()
    k.wechat.edit(media_id, 0, title="后台的题目")
    k.make(replace(DRAFT, kind="publish"))
    assert k.push("nov") == 1
    assert k.run("push", "nov", "--take-theirs") == 1
    assert "没有走过审批，程序不发" in k.text
    assert k.did("freepublish/submit") == 0
    assert articles[0]["title"] == ONE.title


def test_hand_edits_can_be_overwritten(touched: Desk) -> None:
    assert touched.push("nov", "--overwrite") == 0, touched.text
    assert "同期比较" in touched.draft()[1][1]["content"]
    assert touched.push("nov") == 0


def test_hand_edits_of_an_article_that_did_not_change_here_are_overwritten_too(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    media_id, before = k.draft()
    k.wechat.edit(media_id, 0, title="后台的题目")
    assert k.push("nov") == 1
    assert "题目：什么是增加值 → 后台的题目" in k.text
    assert k.run("push", "nov", "--overwrite") == 0, k.text
    assert k.draft()[1][0]["title"] == before[0]["title"]


def test_only_the_layout_was_touched(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    media_id, articles = k.draft()
    k.wechat.edit(
        media_id, 0, content=articles[0]["content"].replace("<p>", '<p style="color:red">')
    )
    assert k.push("nov") == 1
    assert "文字和图片没变，排版改过" in k.text


def test_a_draft_deleted_by_hand_is_made_again_and_said(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    k.wechat.remove(k.draft()[0])
    assert k.push("nov") == 0, k.text
    assert "草稿被人在后台删掉了，重新存一份" in k.text
    assert len(k.draft()[1]) == 2
    assert k.did("media/uploadimg") == 2


def test_a_draft_published_by_hand_is_not_made_again(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    wechat_drafts.submit(k.wechat.world, {"media_id": k.draft()[0]})
    k.wechat.finish()
    assert k.push("nov") == 0, k.text
    assert "已经有人在后台发表了" in k.text
    assert k.did("draft/add") == 1
    assert k.plan("nov")["steps"] == []


def published_by_hand(k: Desk, others: int = 0) -> None:
    """Somebody publishes the draft in the back end; and then so many other things."""
    wechat_drafts.submit(k.wechat.world, {"media_id": k.draft()[0]})
    k.wechat.finish()
    for number in range(others):
        article = {
            "title": f"别的{number}",
            "content_source_url": f"https://example.gov.cn/{number}",
        }
        wechat_drafts.publish(k.wechat.world, {}, {"articles": [article]})


def deleted(k: Desk) -> list[list[bool]]:
    """Of each message that is out, which articles are deleted."""
    out = k.wechat.state()["published"].values()
    return [[bool(a["is_deleted"]) for a in p["articles"]] for p in out]


@pytest.mark.parametrize("others", [0, 30])
def test_what_was_published_by_hand_is_found_when_it_is_withdrawn(k: Desk, others: int) -> None:
    k.make(DRAFT)
    k.push("nov")
    published_by_hand(k, others)
    k.make(withdrawn=["faq:gyc/tb"])
    assert k.push("withdrawn") == 0, k.text
    assert "已经有人在后台发表了" in k.text
    assert [False, True] in deleted(k)
    assert sum(map(sum, deleted(k))) == 1, "nothing else is touched"
    assert k.receipts()[-2:] == ["published", "deleted-article"]
    assert k.plan("withdrawn")["steps"] == []


@pytest.mark.parametrize("loss", ["before", "after"])
def test_a_withdrawal_that_is_cut_off_goes_on(k: Desk, loss: str) -> None:
    k.make(DRAFT)
    k.push("nov")
    published_by_hand(k)
    k.make(withdrawn=["faq:gyc/zjz", "faq:gyc/tb"])
    k.wechat.fault("draft/delete", loss)
    k.wechat.fault("freepublish/delete", "code", code=45009)
    assert k.push("withdrawn") == 3, k.text
    assert k.run("push", "withdrawn") == 0, k.text
    assert not k.wechat.state()["published"]
    assert k.did("freepublish/delete") == 2


def test_a_withdrawn_draft_that_is_nowhere_is_for_a_person_to_tell(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    k.wechat.remove(k.draft()[0])
    k.make(withdrawn=["faq:gyc/tb"])
    assert k.push("withdrawn") == 1
    assert "手工群发" in k.text
    assert "做完了" not in k.text
    assert k.run("rollback", "nov", "--yes") == 1
    assert "收回了" not in k.text
    assert k.run("push", "withdrawn", "--gone") == 0, k.text
    assert k.receipts()[-1] == "deleted-draft"
    assert k.plan("withdrawn")["steps"] == []


def test_rollback_asks_again_when_readers_see_it(k: Desk) -> None:
    k.make(DRAFT)
    k.push("nov")
    published_by_hand(k)
    assert k.run("rollback", "nov", "--yes") == 1
    assert "读者看得到" in k.text
    assert deleted(k) == [[False, False]]
    assert k.run("rollback", "nov", "--yes") == 0, k.text
    assert "删了不能恢复" in k.text
    assert deleted(k) == []


def test_a_draft_that_went_before_a_mass_send_is_not_sent_again_unasked(k: Desk) -> None:
    k.make(replace(DRAFT, kind="mass"))
    k.wechat.fault("message/mass/sendall", "code", code=45009)
    assert k.push("nov") == 3
    k.wechat.remove(k.draft()[0])
    k.clock.sleep(86_400)
    assert k.run("push", "nov") == 1
    assert "可能已经在后台手工群发" in k.text
    assert k.run("push", "nov", "--recreate") == 0, k.text
    assert (k.did("draft/add"), k.did("message/mass/sendall")) == (2, 1)


# --- read once more before others see it ------------------------------------------------------------------


def out(k: Desk) -> list[str]:
    """The titles of all that is out."""
    return [a["title"] for p in k.wechat.state()["published"].values() for a in p["articles"]]


def reads(k: Desk) -> int:
    return len(k.wechat.requests("draft/get"))


CALLS = {"publish": "freepublish/submit", "mass": "message/mass/sendall"}


@pytest.mark.parametrize("kind", ["publish", "mass"])
def test_a_draft_edited_after_its_preview_is_not_sent(k: Desk, kind: str) -> None:
    k.make(replace(DRAFT, kind=kind))
    assert k.push("nov", "--preview-to", "zhang_san") == 0, k.text
    k.wechat.edit(k.draft()[0], 0, title="后台的题目", content="<p>没有审批过的数：99.9%</p>")
    assert k.run("push", "nov") == 1
    assert "＋ 没有审批过的数：99.9%" in k.text
    assert "--overwrite" in k.text
    assert (k.did(CALLS[kind]), out(k)) == (0, [])
    assert k.run("push", "nov", "--overwrite") == 0, k.text
    assert out(k) == [ONE.title, TWO.title]


@pytest.mark.parametrize("kind", ["publish", "mass"])
def test_a_draft_edited_while_it_is_declared_is_not_sent(k: Desk, kind: str) -> None:
    k.make(replace(DRAFT, kind=kind, articles=(replace(ONE, ai=True),)))
    assert k.push("nov") == 3
    k.wechat.edit(k.draft()[0], 0, title="后台的题目")
    assert k.run("push", "nov", "--declared") == 1
    assert "题目：什么是增加值 → 后台的题目" in k.text
    assert out(k) == []


@pytest.mark.parametrize("fault", [{"code": 45011}, {"code": 42010}])
@pytest.mark.parametrize("kind", ["publish", "mass"])
def test_a_draft_edited_between_two_tries_is_not_sent(
    k: Desk, kind: str, fault: dict[str, int]
) -> None:
    k.make(replace(DRAFT, kind=kind))
    k.wechat.fault(CALLS[kind], "code", **fault)
    slept = k.clock.sleep

    def sleep(seconds: float) -> None:
        slept(seconds)
        if seconds == 60.0:
            k.wechat.edit(k.draft()[0], 1, title="后台的题目")

    k.clock.sleep = sleep
    assert k.push("nov") == 1
    assert "后台的题目" in k.text
    assert (k.did(CALLS[kind]), out(k)) == (0, [])


@pytest.mark.parametrize("loss", ["cut_before", "late"])
def test_a_draft_edited_after_a_lost_send_is_not_sent(k: Desk, loss: str) -> None:
    k.make(replace(DRAFT, kind="mass"))
    k.wechat.fault(CALLS["mass"], loss, times=3)
    k.push("nov")
    k.wechat.calm()
    k.clock.sleep(120)
    if loss == "late":  # it had come to WeChat: what is lost is the answer only
        assert k.run("push", "nov") == 0, k.text
        assert k.did(CALLS["mass"]) == 1
        return
    k.wechat.edit(k.draft()[0], 0, title="后台的题目")
    assert k.run("push", "nov") == 1
    assert out(k) == []


def test_a_preview_shows_what_would_be_sent(k: Desk) -> None:
    k.make(DRAFT)
    assert k.push("nov", "--preview-to", "zhang_san") == 0
    k.wechat.edit(k.draft()[0], 0, title="后台的题目")
    k.make(replace(DRAFT, kind="publish"))
    for words in ([], ["--preview-to", "zhang_san"]):
        assert k.push("nov", *words) == 1
        assert "后台的题目" in k.text
    assert len(k.wechat.state()["previews"]) == 1


def test_a_draft_is_read_once_more_by_the_plan_and_by_the_push(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    plan = k.plan("nov")
    assert [s["do"] for s in plan["steps"]][-4:] == ["check", "reread", "submit", "watch"]
    assert k.run("push", "nov") == 0, k.text
    assert reads(k) == sum(s["calls"] for s in plan["steps"] if s["api"] == "draft/get") == 2


def test_layout_that_wechat_wrote_anew_is_no_edit(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    k.wechat.set(rewrite=True)
    assert k.push("nov") == 0, k.text


def test_a_draft_that_went_before_it_was_submitted_is_made_again(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    assert k.push("nov", "--preview-to", "zhang_san") == 0
    k.wechat.remove(k.draft()[0])
    assert k.run("push", "nov") == 0, k.text
    assert "重新存一份" in k.text
    assert (k.did("draft/add"), k.did("freepublish/submit")) == (2, 1)


def test_a_draft_published_by_hand_before_it_was_submitted_is_not_sent_again(k: Desk) -> None:
    k.make(replace(DRAFT, kind="publish"))
    assert k.push("nov", "--preview-to", "zhang_san") == 0
    published_by_hand(k)
    assert k.run("push", "nov") == 0, k.text
    assert "已经有人在后台发表了" in k.text
    assert k.wechat.requests("freepublish/submit") == []
    assert (k.did("draft/add"), len(out(k))) == (1, 2)


# --- what was kept can be written over ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["draft", "publish"])
def test_what_was_kept_can_be_written_over_later(k: Desk, kind: str) -> None:
    k.make(DRAFT)
    k.push("nov")
    k.wechat.edit(k.draft()[0], 0, title="后台的题目")
    assert k.push("nov", "--take-theirs") == 0, k.text
    k.make(replace(DRAFT, kind=kind))
    if kind == "publish":
        assert "留用了后台改过的样子" in "".join(k.plan("nov")["by_hand"])
        assert k.push("nov") == 1
        assert "--overwrite" in k.text
    assert k.push("nov", "--overwrite") == 0, k.text
    assert "盖掉以前留用的：第 1 篇《什么是增加值》" in k.text
    titles = out(k) if kind == "publish" else [a["title"] for a in k.draft()[1]]
    assert titles == [ONE.title, TWO.title]
    k.run("status")
    assert "与批准的不同" not in k.text
    before = k.did("draft/update")
    assert k.push("nov") == 0
    assert k.did("draft/update") == before == 1


@pytest.mark.parametrize("words", [[], ["--overwrite"]])
def test_writing_over_that_is_cut_off_is_finished(k: Desk, words: list[str]) -> None:
    k.make(DRAFT)
    k.push("nov")
    k.wechat.edit(k.draft()[0], 0, title="后台的题目")
    k.wechat.fault("draft/update", "code", code=45009)
    assert k.push("nov", "--overwrite") == 3
    assert k.run("push", "nov", *words) == 0, k.text
    assert [a["title"] for a in k.draft()[1]] == [ONE.title, TWO.title]
