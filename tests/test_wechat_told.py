"""What the command line says is never more than is known, and a plan that no longer holds is not carried out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from publish.ledger import Ledger
from publish.wechat.plan import place
from publish.wechat.watch import EVENTS
from tests.wechat_desk import DRAFT, ONE, Desk, desk

PUBLISH = replace(DRAFT, kind="publish")
REBUILT = {"pages": 2}  # another bundle with the same articles


@pytest.fixture(name="k")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as found:
        yield found


# --- after a rollback -----------------------------------------------------------------------------------


def test_a_plan_is_not_carried_out_after_a_rollback(k: Desk) -> None:
    k.make(PUBLISH)
    assert k.push("nov", "--preview-to", "zhang_san") == 0, k.text
    assert k.run("rollback", "nov", "--yes") == 0, k.text
    assert k.run("push", "nov") == 1
    assert "收回过（weike rollback）" in k.text
    assert k.wechat.requests("freepublish/submit") == []
    k.run("status")
    assert "推送 nov：收回过" in k.text
    assert k.push("nov") == 0, "a new plan is somebody's decision"
    assert k.did("freepublish/submit") == 1


def test_a_rollback_that_was_cut_off_ends_the_plan_all_the_same(k: Desk) -> None:
    k.make(PUBLISH)
    assert k.push("nov", "--preview-to", "zhang_san") == 0, k.text
    k.wechat.fault("draft/delete", "code", code=45009)
    assert k.run("rollback", "nov", "--yes") == 3
    k.run("status")
    assert "收回没有做完" in k.text
    assert k.run("push", "nov") == 1
    assert "收回过" in k.text


def test_a_run_killed_at_its_end_and_then_taken_back_is_not_called_published(k: Desk) -> None:
    k.make(PUBLISH)
    assert k.push("nov") == 0, k.text
    with Ledger.open(k.state, k.clock.now) as ledger:
        ledger.base.execute("UPDATE runs SET finished = NULL")
    assert k.run("rollback", "nov", "--yes") == 0, k.text
    assert k.run("push", "nov") == 1
    assert "发布成功" not in k.text
    assert "收回过" in k.text


def test_two_rollbacks_in_one_second_are_two(k: Desk) -> None:
    k.make(PUBLISH)
    for _ in range(2):
        assert k.push("nov", "--preview-to", "zhang_san") == 0, k.text
        assert k.run("rollback", "nov", "--yes") == 0, k.text
        assert k.run("push", "nov") == 1
    with Ledger.view(k.state, k.clock.now) as ledger:
        runs = [r["run"] for r in ledger.rows("SELECT run FROM runs")]
    assert sum(r.startswith("rollback-") for r in runs) == 2


@pytest.mark.parametrize("kind", ["publish", "mass"])
def test_what_was_deleted_in_the_back_end_is_not_called_done(k: Desk, kind: str) -> None:
    k.make(replace(DRAFT, kind=kind))
    k.wechat.set(polls=50)
    assert k.push("nov") == 3
    k.wechat.finish()
    world = k.wechat.world.state
    for job in world["jobs"].values():
        job["status"] = 5
    for send in world["sends"].values():
        send["status"] = "DELETE"
    assert k.run("push", "nov") == 1
    assert "删除" in k.text
    assert "做完了" not in k.text
    assert k.run("push", "nov") == 1, "and not the second time either"
    assert "做完了" not in k.text


# --- done, or not ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", [0, 2])
def test_what_has_no_result_yet_is_not_called_done(k: Desk, result: int) -> None:
    k.make(PUBLISH)
    k.wechat.set(polls=50, results=[result])
    assert k.push("nov") == 3
    k.wechat.finish()
    k.make(PUBLISH, header=REBUILT)
    assert k.run("push", "nov") == 1
    assert "重新运行 weike plan wechat nov" in k.text
    assert k.push("nov") == (1 if result else 0)
    assert ("原创校验没有通过" in k.text) == bool(result)


def test_a_send_that_waits_is_not_called_done(k: Desk) -> None:
    k.make(replace(DRAFT, kind="mass"))
    k.wechat.set(protected=True)
    assert k.push("nov") == 3
    k.make(replace(DRAFT, kind="mass"), header=REBUILT)
    assert k.run("push", "nov") == 1
    assert "没有改动" not in k.text


def test_nothing_to_do_is_said_where_that_is_known(k: Desk) -> None:
    k.make(DRAFT)
    assert k.push("nov") == 0
    assert k.run("push", "nov") == 0
    assert "没有上传，没有改动" in k.text
    assert "已经是这个样子" not in k.text, "nobody looked"
    assert k.run("push", "nov", "--overwrite") == 1
    assert "重新运行 weike plan wechat nov" in k.text
    k.make(PUBLISH)
    assert k.push("nov") == 0
    k.make(PUBLISH, header=REBUILT)
    assert k.run("push", "nov") == 0
    assert "已经是这个样子：没有上传，没有改动" in k.text


# --- times ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", ["2026-12-15T02:00:00+00:00", "2026-12-14T22:00:00-04:00"])
def test_times_are_beijings_whatever_zone_they_were_written_in(k: Desk, after: str) -> None:
    k.make(DRAFT)
    assert k.run("plan", "nov", "--at", after) == 0
    assert "最早 2026-12-15 10:00 才能推" in k.text
    k.make(replace(DRAFT, after=after))
    assert k.run("plan", "nov") == 0
    assert "最早 2026-12-15 10:00 才能推" in k.text
    assert k.run("push", "nov") == 3
    assert "2026年12月15日 10:00" in k.text


# --- what comes from elsewhere ----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["http://relay.example/cgi-bin/", "https://", "https://h:x/"])
def test_an_address_that_is_no_good_is_said_plainly(k: Desk, address: str) -> None:
    k.make(DRAFT)
    k.environ["WEIKE_WECHAT_API"] = address
    assert k.push("nov") == 1
    assert "WEIKE_WECHAT_API" in k.text
    assert "程序自身" not in k.text
    assert not list(k.state.rglob("error.log"))


PLANS = [
    b"[" * 99_999,
    b'{"inputs": ' + b"[" * 900 + b"]" * 900 + b"}",
    b"[1]",
    b"\xff",
    b"{}",
    b"5",
    b'{"inputs": 5}',
    b"9" * 5000,
]


@pytest.mark.parametrize("body", PLANS, ids=range(len(PLANS)))
def test_a_stored_plan_that_is_something_else_is_said_plainly(k: Desk, body: bytes) -> None:
    k.make(DRAFT)
    assert k.run("plan", "nov") == 0
    place(k.state, "nov").write_bytes(body)
    for words in ([], ["--wait"]):
        assert k.run("push", "nov", *words) == 1
        assert "读不懂：重新运行 weike plan wechat nov" in k.text


ODD = [("after", "soon"), ("after", 5), ("after", "2026-12-15T10:00:00"), ("words", "\ud800")]
ODD += [
    ("steps", [["x"]]),
    ("steps", [{"about": 5}]),
    ("quota", [{}]),
    ("said", 5),
    ("there", [[]]),
]


@pytest.mark.parametrize(("name", "value"), ODD)
def test_fields_of_a_stored_plan_are_read_with_care(k: Desk, name: str, value: object) -> None:
    k.make(DRAFT)
    assert k.run("plan", "nov") == 0
    path = place(k.state, "nov")
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {name: value}), "utf-8")
    for words in ([], ["--wait"]):
        assert k.run("push", "nov", *words) == 1
        assert "重新运行 weike plan wechat nov" in k.text
    assert not k.wechat.requests()


def test_odd_lines_of_events_are_passed_over(k: Desk) -> None:
    k.make(PUBLISH)
    k.wechat.set(polls=50)
    assert k.push("nov") == 3
    k.wechat.finish()
    job = "<xml><MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event><PublishEventInfo>{}</PublishEventInfo></xml>"
    [number] = k.wechat.state()["jobs"]
    nameless = job.format(f"<publish_id>{number}</publish_id><publish_status>0</publish_status>")
    lines = [b"\xff", b"[" * 99_999, b'{"account":"tjj","xml":' + b"[" * 99_999, b"9" * 5000, b"[]"]
    odd: list[object] = [5, "", "\ud800", {}, nameless]
    lines += [json.dumps({"account": "tjj", "xml": x}).encode() for x in odd]
    path = k.state / EVENTS
    path.parent.mkdir()
    path.write_bytes(b"\n".join(lines))
    assert k.run("push", "nov") == 0, k.text
    assert k.run("rollback", "nov", "--yes") == 0, "the number of the article came by the poll"
    assert k.did("freepublish/delete") == 1


def test_a_preview_of_something_out_by_hand_sends_none(k: Desk) -> None:
    from tests.test_wechat_hands import published_by_hand

    k.make(replace(DRAFT, articles=(ONE,)))
    assert k.push("nov") == 0
    published_by_hand(k)
    assert k.push("nov", "--preview-to", "zhang_san") == 0
    assert k.wechat.state()["previews"] == []
