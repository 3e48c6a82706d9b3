"""What people do by hand in the back end is seen, told and kept; nothing is sent over it or twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import wechat_drafts
from tests.wechat_desk import CHANGED, DRAFT, ONE, Desk, desk


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
