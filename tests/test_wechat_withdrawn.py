"""What is withdrawn while WeChat still works on it, or where it left no number, is taken back all the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from publish.ledger import Ledger
from publish.wechat.records import Records
from tests.wechat_bundles import Sample, Sending, eight
from tests.wechat_desk import DRAFT, ONE, Clock, Desk, desk

PUBLISH, MASS = replace(DRAFT, kind="publish"), replace(DRAFT, kind="mass")
FILM = Sending("pian", (Sample("lesson:a/b", "一段视频", film="片"),), kind="video")
OTHER = Sending("dec", (Sample("faq:gyc/x", "另一篇"),))
GONE = "faq:gyc/tb"


@pytest.fixture(name="k")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as found:
        yield found


def deleted(k: Desk) -> list[list[bool]]:
    """Of each message that is out, which articles are deleted."""
    out = k.wechat.state()["published"].values()
    return [[bool(a["is_deleted"]) for a in p["articles"]] for p in out]


def did(plan: dict[str, Any]) -> list[str]:
    return [f"{s['do']} {s['api']}" for s in plan["steps"]]


def under_way(k: Desk, push: Sending = PUBLISH, **settings: Any) -> None:
    """A push that WeChat has not ended yet."""
    k.make(push)
    k.wechat.set(**(settings or {"polls": 50}))
    words = ["--finish"] if push.kind == "video" else []
    assert k.push(push.id, plan=words) == 3, k.text


def of_ledger(k: Desk, what: str) -> list[str]:
    """The states of publications or sends."""
    with Ledger.view(k.state, k.clock.now) as ledger:
        return [kept.state for kept in getattr(Records(ledger, "tjj"), what)()]


def test_more_than_a_day_allows_is_taken_back_in_two_days(k: Desk) -> None:
    pushes = [replace(PUBLISH, id=f"p{n}", articles=eight(0)[:6]) for n in range(2)]
    k.make(*pushes)
    assert [k.push(p.id) for p in pushes] == [0, 0]
    k.make(OTHER, withdrawn=[a.id for a in eight(0)[:6]])
    for push in ("withdrawn", "dec"):
        assert k.plan(push)["refusals"] == []
        assert k.run("push", push) == 3
        assert "明天再运行" in k.text
        assert k.did("freepublish/delete") == 10
    k.clock.sleep(86_400)
    assert k.run("push", "dec") == 0, k.text
    assert (k.did("freepublish/delete"), k.wechat.state()["published"]) == (12, {})
    assert k.did("draft/add") == 3


# --- publications that run ----------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["poll", "event"])
def test_a_publication_that_ran_is_waited_for_and_taken_back(k: Desk, told: str) -> None:
    from tests.test_wechat_push import tell

    under_way(k)
    k.wechat.finish()
    if told == "event":
        tell(k)
    k.make(withdrawn=[GONE])
    plan = k.plan("withdrawn")
    assert did(plan) == [
        "outcome freepublish/get",
        "erase freepublish/delete",
        "erase draft/delete",
    ]
    before = len(k.wechat.requests("freepublish/get"))
    assert k.run("push", "withdrawn") == 0, k.text
    assert deleted(k) == [[False, True]]
    assert len(k.wechat.requests("freepublish/get")) - before == (told == "poll")
    assert k.did("draft/delete") == 0
    assert k.receipts()[-2:] == ["published", "deleted-article"]
    assert k.plan("withdrawn")["steps"] == []


@pytest.mark.parametrize("rest", [[], [ONE]])
def test_the_push_itself_may_be_watched_and_taken_back(k: Desk, rest: list[Sample]) -> None:
    under_way(k)
    k.wechat.finish()
    articles = tuple(rest) or PUBLISH.articles
    k.make(replace(PUBLISH, articles=articles), withdrawn=[GONE])
    assert k.push("nov") == 0, k.text
    assert deleted(k) == [[False, True]]
    assert (k.did("freepublish/submit"), k.did("draft/add")) == (1, 1), "nothing else goes out"


def test_any_push_of_the_account_takes_it_back_first(k: Desk) -> None:
    under_way(k)
    k.wechat.finish()
    k.make(OTHER, withdrawn=[GONE])
    assert k.push("dec") == 0, k.text
    assert deleted(k) == [[False, True]]
    assert k.did("draft/add") == 2


@pytest.mark.parametrize("status", [2, 3, 4])
def test_a_publication_that_failed_leaves_a_draft_to_delete(k: Desk, status: int) -> None:
    under_way(k, polls=50, results=[status])
    k.wechat.finish()
    k.make(withdrawn=[GONE])
    assert k.push("withdrawn") == 0, k.text
    assert (deleted(k), k.did("draft/delete"), k.did("freepublish/delete")) == ([], 1, 0)
    assert k.plan("withdrawn")["steps"] == []


def test_one_that_still_runs_is_waited_for_and_nothing_is_called_done(k: Desk) -> None:
    under_way(k, polls=1000)
    k.make(withdrawn=[GONE])
    assert k.push("withdrawn") == 3
    assert "微信还在发布" in k.text
    assert "做完了" not in k.text
    k.wechat.finish()
    assert k.run("push", "withdrawn") == 0, k.text
    assert deleted(k) == [[False, True]]


def test_what_can_be_taken_back_at_once_is_not_kept_waiting(k: Desk) -> None:
    k.make(replace(PUBLISH, id="old"))
    assert k.push("old") == 0
    under_way(k, polls=1000)
    k.make(withdrawn=[GONE])
    assert k.push("withdrawn") == 3
    assert deleted(k) == [[False, True]]


@pytest.mark.parametrize("found", [True, False])
def test_a_publication_whose_number_wechat_forgot(k: Desk, found: bool) -> None:
    under_way(k)
    if found:
        k.wechat.finish()
    else:
        k.wechat.remove(k.draft()[0])
    k.wechat.fault("freepublish/get", "code", code=53502, times=-1)
    k.make(withdrawn=[GONE])
    if found:
        assert k.push("withdrawn") == 0, k.text
        assert deleted(k) == [[False, True]]
        return
    assert k.push("withdrawn") == 1
    assert "发布号" in k.text
    assert "--gone" in k.text
    assert k.run("push", "withdrawn", "--gone") == 0, k.text
    assert k.plan("withdrawn")["steps"] == []


def test_a_push_withdrawn_as_such_stays_as_it_went_out(k: Desk) -> None:
    articles = tuple(replace(a, entries=(a.id, "push:nov")) for a in DRAFT.articles)
    under_way(k, replace(PUBLISH, articles=articles))
    k.wechat.finish()
    k.make(withdrawn=["push:nov"])
    assert k.push("withdrawn") == 0, k.text
    assert (deleted(k), of_ledger(k, "publications")) == ([[False, False]], ["published"])
    assert k.plan("withdrawn")["steps"] == []


def test_a_withdrawal_killed_between_the_answer_and_the_deletion_goes_on(k: Desk) -> None:
    under_way(k)
    k.wechat.finish()
    k.make(PUBLISH, withdrawn=[GONE])
    k.wechat.fault("freepublish/delete", "code", code=45009)
    assert k.push("nov") == 3
    assert of_ledger(k, "publications") == ["published"]
    assert k.run("push", "nov") == 0, k.text
    assert deleted(k) == [[False, True]]


def test_rollback_waits_for_what_runs(k: Desk) -> None:
    under_way(k)
    k.wechat.finish()
    assert k.run("rollback", "nov") == 0
    assert "发布成功的话，删已发布的文章" in k.text
    assert k.run("rollback", "nov", "--yes") == 0, k.text
    assert (deleted(k), of_ledger(k, "publications")) == ([], ["deleted"])
    assert k.run("rollback", "nov") == 0
    assert "没有可以收回的" in k.text


# --- mass sends that wait -----------------------------------------------------------------------------


@pytest.mark.parametrize("push", [MASS, FILM])
def test_a_mass_send_that_waited_is_taken_back(k: Desk, push: Sending) -> None:
    under_way(k, push, protected=True)
    k.wechat.confirm()
    k.wechat.finish()
    k.make(withdrawn=[push.articles[-1].id])
    plan = k.plan("withdrawn")
    assert did(plan)[:2] == ["outcome message/mass/get", "erase message/mass/delete"]
    assert "管理员在手机上点拒绝" in plan["steps"][0]["words"]
    assert k.run("push", "withdrawn") == 0, k.text
    assert k.wechat.effects("message/mass/delete")[0][2] == str(len(push.articles))
    assert (k.did("freepublish/delete"), k.did("draft/delete")) == (0, 0)
    assert k.receipts()[-2:] == ["mass-sent", "deleted-send"]
    assert k.plan("withdrawn")["steps"] == []


@pytest.mark.parametrize("push", [MASS, FILM])
def test_a_mass_send_that_nobody_confirmed_is_not_called_gone(k: Desk, push: Sending) -> None:
    k.clock.sleep = k.clock.slept.append  # the administrator has time left
    under_way(k, push, protected=True)
    k.make(withdrawn=[push.articles[-1].id])
    assert k.push("withdrawn", "--gone") == 3
    assert "点拒绝" in k.text
    assert "做完了" not in k.text
    assert of_ledger(k, "sends") == ["waiting"]
    k.run("status")
    assert "等管理员确认" in k.text
    k.wechat.confirm()
    k.wechat.finish()
    assert k.run("push", "withdrawn") == 0, k.text
    assert k.did("message/mass/delete") == 1


def test_a_mass_send_that_was_refused_leaves_its_draft_to_a_person(k: Desk) -> None:
    under_way(k, MASS, protected=True)
    k.clock.sleep(1800)
    k.make(withdrawn=[GONE])
    assert k.push("withdrawn") == 1
    assert of_ledger(k, "sends") == ["failed"]
    assert "--gone" in k.text
    k.run("status", "nov")
    assert "没有发成" in k.text
    assert "发布成功" not in k.text
    assert k.run("push", "withdrawn", "--gone") == 0, k.text
    assert k.plan("withdrawn")["steps"] == []


def test_a_film_that_was_refused_leaves_nothing(k: Desk) -> None:
    under_way(k, FILM, protected=True)
    k.clock.sleep(1800)
    k.make(withdrawn=["lesson:a/b"])
    assert k.push("withdrawn") == 0, k.text
    assert (of_ledger(k, "sends"), k.did("message/mass/delete")) == (["failed"], 0)


def test_a_mass_send_whose_number_wechat_forgot_is_for_a_person(k: Desk) -> None:
    under_way(k, FILM, protected=True)
    k.wechat.fault("message/mass/get", "code", code=40059, times=-1)
    k.make(withdrawn=["lesson:a/b"])
    assert k.push("withdrawn") == 1
    assert of_ledger(k, "sends") == ["waiting"]
    assert k.run("push", "withdrawn", "--gone") == 0, k.text
    assert of_ledger(k, "sends") == ["deleted"]


def test_rollback_waits_for_a_mass_send(k: Desk) -> None:
    under_way(k, FILM, protected=True)
    assert k.run("rollback", "pian") == 0
    assert "管理员在手机上点拒绝" in k.text
    k.wechat.confirm()
    assert k.run("rollback", "pian", "--yes") == 0, k.text
    assert (k.did("message/mass/delete"), of_ledger(k, "sends")) == (1, ["deleted"])


# --- calls of which nobody knows ------------------------------------------------------------------------


def lost_send(k: Desk, push: Sending = MASS) -> None:
    """A mass send that came to WeChat and was never answered."""
    k.make(push)
    k.wechat.fault("message/mass/sendall", "late")
    k.wechat.fault("message/mass/sendall", "cut_before", times=2)
    assert k.push(push.id, plan=["--finish"] if push is FILM else []) == 3
    k.wechat.calm()


@pytest.mark.parametrize("word", ["--sent", "--not-sent"])
def test_a_send_of_which_nobody_knows_is_asked_about_before_its_draft_is_called_gone(
    k: Desk, word: str
) -> None:
    lost_send(k)
    k.make(withdrawn=[GONE])
    assert k.push("withdrawn", "--gone") == 1
    assert "--not-sent" in k.text
    assert of_ledger(k, "drafts")[0] != "deleted"
    assert k.run("push", "withdrawn", word, "--gone") == 0, k.text
    assert of_ledger(k, "sends") == (["sent"] if word == "--sent" else [])
    assert k.receipts()[-1] == ("deleted-send" if word == "--sent" else "deleted-draft")
    assert k.plan("withdrawn")["steps"] == []


@pytest.mark.parametrize("verb", ["push", "rollback"])
@pytest.mark.parametrize("word", ["--sent", "--not-sent"])
def test_a_lost_send_of_a_film_is_not_forgotten(k: Desk, verb: str, word: str) -> None:
    lost_send(k, FILM)
    k.make(OTHER, withdrawn=["lesson:a/b"])
    plan = k.plan("withdrawn")
    assert [(s["do"], s["calls"]) for s in plan["steps"]] == [("settle", 1), ("erase", 0)]
    assert k.push("dec") == 0, k.text
    assert "查清推送 pian 没有等到答复的群发" in k.text
    assert k.run("plan", "withdrawn") == 0
    words = ["withdrawn"] if verb == "push" else ["pian", "--yes"]
    assert k.run(verb, *words) == 1
    assert "--not-sent" in k.text
    assert k.run(verb, *words, word) == (3 if word == "--sent" else 0), k.text
    if word == "--sent":
        assert "手工删除" in k.text
        assert k.run(verb, *words, "--gone") == 0, k.text
        assert of_ledger(k, "sends") == ["deleted"]
    assert k.plan("withdrawn")["steps"] == []


def test_rollback_can_be_told_of_a_lost_send(k: Desk) -> None:
    lost_send(k)
    assert k.run("rollback", "nov", "--yes") == 1
    assert "--not-sent" in k.text
    assert k.run("rollback", "nov", "--yes", "--not-sent", "--gone") == 0, k.text


def test_a_lost_submission_is_found_before_its_draft_is_deleted(k: Desk) -> None:
    k.make(PUBLISH)
    k.wechat.fault("freepublish/submit", "late")
    k.wechat.fault("freepublish/batchget", "code", code=-1, times=-1)
    assert k.push("nov") == 3
    k.wechat.calm()
    k.wechat.finish()
    k.make(withdrawn=[GONE])
    assert k.push("withdrawn") == 0, k.text
    assert deleted(k) == [[False, True]]
    assert k.receipts()[-2:] == ["published", "deleted-article"]


# --- a mass send without a number -----------------------------------------------------------------------


@pytest.fixture(name="unnumbered")
def _unnumbered(k: Desk) -> Desk:
    lost_send(k)
    k.clock.sleep(25 * 3600)
    assert k.run("push", "nov") == 1
    assert k.run("push", "nov", "--sent") == 0, k.text
    assert k.receipts().count("mass-accepted") == 1, "three tries were one send"
    return k


def test_a_send_without_a_number_is_for_a_person_and_blocks_nobody(unnumbered: Desk) -> None:
    k = unnumbered
    k.make(OTHER, withdrawn=[GONE])
    plan = k.plan("dec")
    assert [s["do"] for s in plan["steps"]][-2:] == ["add", "check"]
    assert "没有消息号" in "".join(plan["by_hand"])
    assert k.run("push", "dec") == 0, k.text
    assert "没有消息号" in k.text
    plan = k.plan("withdrawn")
    assert [(s["do"], s["calls"]) for s in plan["steps"]] == [("erase", 0)]
    assert plan["quota"] == []
    assert k.run("push", "withdrawn") == 3
    assert "手工删除" in k.text
    assert k.wechat.requests("message/mass/delete") == []
    assert k.run("push", "withdrawn", "--gone") == 0, k.text
    assert (k.receipts()[-1], of_ledger(k, "sends")) == ("deleted-send", ["sent"])
    assert k.plan("withdrawn")["steps"] == []
    assert "没有消息号" not in "".join(k.plan("dec")["by_hand"])


def test_rollback_of_a_send_without_a_number_can_be_told_that_it_is_done(unnumbered: Desk) -> None:
    k = unnumbered
    assert k.run("rollback", "nov", "--yes") == 3
    assert "手工删除" in k.text
    assert "收回了" not in k.text
    assert k.run("rollback", "nov", "--yes", "--gone") == 0, k.text
    assert of_ledger(k, "sends") == ["deleted"]
    assert k.run("rollback", "nov") == 0
    assert "没有可以收回的" in k.text


def test_a_call_that_an_older_version_left_open_is_settled(unnumbered: Desk) -> None:
    from publish.ledger import Call

    k = unnumbered
    about = {"msg_id": "", "place": 2, "push": "nov", "entry": GONE, "why": "撤回"}
    with Ledger.open(k.state, k.clock.now) as ledger:
        ledger.intend(Call("wechat", "tjj", "old", "erase", "message/mass/delete", about))
    k.make(OTHER, withdrawn=[GONE])
    assert k.push("dec") == 0, k.text
    assert k.plan("dec")["open"] == []


# --- cut off anywhere -------------------------------------------------------------------------------------


def cut(k: Desk, moments: int) -> Callable[[], datetime]:
    """A clock that stops the program after it was looked at so often: the ledger looks at every write."""
    left = iter(range(moments))

    def now() -> datetime:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return Clock.now(k.clock)

    return now


@pytest.mark.parametrize("moments", range(1, 30) if os.environ.get("WEIKE_FULL") else (7, 10, 13))
@pytest.mark.parametrize(("push", "verb"), [(PUBLISH, "push"), (MASS, "push"), (FILM, "rollback")])
def test_taking_back_that_is_cut_off_anywhere_goes_on(
    k: Desk, push: Sending, verb: str, moments: int
) -> None:
    under_way(k, push, polls=50)
    k.wechat.finish()
    k.make(withdrawn=[push.articles[-1].id])
    words = [push.id, "--yes"] if verb == "rollback" else ["withdrawn"]
    if verb == "push":
        assert k.run("plan", "withdrawn") == 0
    for number in (moments, moments // 2 + 3):
        k.clock.now = cut(k, number)  # type: ignore[method-assign]  # a clock that stops
        k.run(verb, *words)
    del k.clock.now
    assert k.run(verb, *words) == 0, k.text
    assert of_ledger(k, "drafts") == []
    states = of_ledger(k, "publications") + of_ledger(k, "sends")
    assert states == (["deleted"] if push is FILM else ["published" if push is PUBLISH else "sent"])
    if push is PUBLISH:
        assert (deleted(k), k.did("freepublish/delete")) == ([[False, True]], 1)
    else:
        assert k.did("message/mass/delete") >= 1
    assert k.receipts().count("deleted-article") + k.receipts().count("deleted-send") == 1
