"""The client's token: one for all, one bounded retry, and never more requests than WeChat allows."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from publish.wechat.client import Client
from publish.wechat.outcome import Done, Kind, Outcome, Refused, must
from publish.wechat.tokens import Tokens
from tests.wechat_account import (
    JPEG,
    PICTURE,
    PLANTED,
    account,
    opened,
    opening,
)
from tests.wechat_standin import StandIn


@pytest.fixture
def wechat() -> Iterator[StandIn]:
    with account() as standin:
        yield standin


@pytest.fixture
def client(wechat: StandIn, tmp_path: Path) -> Iterator[Client]:
    with opening(wechat, tmp_path) as one:
        yield one


def tokens(wechat: StandIn) -> list[bool]:
    """The token requests so far: was each forced?"""
    return [one["query"]["force"] for one in wechat.requests("stable_token")]


# Tokens


def test_one_token_for_many_calls_and_processes(
    wechat: StandIn, client: Client, tmp_path: Path
) -> None:
    must(client.draft_count())
    must(client.draft_count())
    other = opened(wechat, tmp_path)
    must(other.draft_count())
    other.close()
    assert tokens(wechat) == [False]


def test_the_token_file_is_ours_alone(client: Client, tmp_path: Path) -> None:
    must(client.draft_count())
    file = tmp_path / "tokens.sqlite"
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(client.access_token) == 512
    assert client.access_token.encode() in file.read_bytes()
    assert PLANTED.encode() not in file.read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_loose_token_file_is_tightened_and_a_broken_one_made_anew(
    wechat: StandIn, tmp_path: Path
) -> None:
    file = tmp_path / "tokens.sqlite"
    file.write_bytes(b"this is no database, however long it may be" * 100)
    file.chmod(0o666)
    client = opened(wechat, tmp_path)
    must(client.draft_count())
    client.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_locked_store_is_said_and_nothing_sent(
    wechat: StandIn, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "tokens.sqlite").unlink()
    (tmp_path / "tokens.sqlite").mkdir()
    outcome = client.draft_count()
    assert isinstance(outcome, Refused)
    assert "state" in outcome.todo
    assert not wechat.requests()


def test_a_token_that_runs_out_is_renewed_early(wechat: StandIn, client: Client) -> None:
    must(client.draft_count())
    wechat.advance(7200 - 200)
    must(client.draft_count())
    assert tokens(wechat) == [False, False]
    assert {one["token"] for one in wechat.requests("draft/count")} == {"good"}


@pytest.mark.parametrize("how", ["expire", "forget"])
def test_a_token_refused_in_the_middle_of_uploads(
    wechat: StandIn, client: Client, how: str
) -> None:
    must(client.image_upload(PICTURE))
    getattr(wechat, how)()
    must(client.image_upload(PICTURE))
    sizes = [one["file"] and one["file"]["size"] for one in wechat.requests("media/uploadimg")]
    assert sizes == [len(JPEG), None, len(JPEG)]
    assert len(wechat.effects("media/uploadimg")) == 2
    assert len(tokens(wechat)) == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_one_refusal_costs_one_repeat(wechat: StandIn, client: Client, code: int) -> None:
    must(client.draft_count())
    wechat.fault("draft/count", "code", code=code)
    assert must(client.draft_count()) == 0
    assert tokens(wechat) == [False, False, True]  # the ordinary request gave the same token


@pytest.mark.parametrize("warm", [False, True])
def test_a_permanent_40001_ends_after_three_token_requests(
    wechat: StandIn, client: Client, warm: bool
) -> None:
    if warm:
        must(client.draft_count())
    wechat.fault("*", "code", code=40001, text="invalid credential", times=-1)
    outcomes = [client.image_upload(PICTURE) for _ in range(8)]
    assert len(tokens(wechat)) <= 3
    assert len(wechat.requests("media/uploadimg")) == 2
    for outcome in outcomes:
        assert isinstance(outcome, Refused)
        assert (outcome.kind, outcome.code) == (Kind.CONFIG, 40001)
        assert "换了新令牌" in str(outcome)
        assert "AppSecret" in str(outcome)
    wechat.calm()
    wechat.advance(601)
    must(client.image_upload(PICTURE))


def test_forced_refreshes_keep_apart_and_within_twenty_a_day(
    wechat: StandIn, client: Client
) -> None:
    began = wechat.world.now()
    for _ in range(20):
        wechat.fault("draft/count", "code", code=40001)
        must(client.draft_count())
    assert wechat.world.now() - began >= 19 * 30
    wechat.fault("draft/count", "code", code=40001)
    outcome = client.draft_count()
    assert isinstance(outcome, Refused)
    assert outcome.kind is Kind.QUOTA
    assert tokens(wechat).count(True) == 20
    assert {one["code"] for one in wechat.requests("stable_token")} == {0}


def test_what_another_process_fetched_is_used(
    wechat: StandIn, client: Client, tmp_path: Path
) -> None:
    must(client.draft_count())
    other = opened(wechat, tmp_path)
    must(other.draft_count())
    wechat.forget()
    must(other.draft_count())
    must(client.draft_count())
    other.close()
    assert len(tokens(wechat)) == 2


def test_many_at_once_fetch_one_token(wechat: StandIn, tmp_path: Path) -> None:
    wechat.fault("stable_token", "slow", seconds=0.2, times=-1)
    clients = [opened(wechat, tmp_path) for _ in range(6)]
    got: list[Outcome[int]] = []
    threads = [threading.Thread(target=lambda c=c: got.append(c.draft_count())) for c in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in clients:
        one.close()
    assert got == [Done(0)] * 6
    assert len(tokens(wechat)) == 1


@pytest.mark.parametrize(
    ("setting", "code", "word"),
    [
        ({"ip_allowed": False}, 40164, "203.0.113.7"),
        ({"appid": "wx9"}, 40013, "AppID"),
        ({"secret": "other"}, 40125, "AppSecret"),
        ({"limits": {"stable_token": 0}}, 45009, "次数"),
    ],
)
def test_no_token_to_be_had(
    wechat: StandIn, client: Client, setting: dict[str, Any], code: int, word: str
) -> None:
    wechat.set(**setting)
    outcome = client.draft_add([{"title": "x"}])
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert word in str(outcome)
    assert not wechat.requests("draft/*")


@pytest.mark.parametrize("do", ["cut_before", "cut_after", "http_before", "html", "redirect"])
def test_a_lost_token_answer_means_that_nothing_was_sent(
    wechat: StandIn, client: Client, do: str
) -> None:
    wechat.fault("stable_token", do)
    outcome = client.draft_add([{"title": "x"}])
    assert isinstance(outcome, Refused)
    assert outcome.kind is Kind.NETWORK
    assert not wechat.requests("draft/*")


def test_the_store_keeps_its_promises(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 22, tzinfo=UTC)]
    store = Tokens(tmp_path / "state", lambda: now[0])
    store.set("a", "x" * 600, ttl=10)
    store.set("b", "y")
    assert (store.get("a"), store.get("b"), store.get("c", "z")) == ("x" * 600, "y", "z")
    now[0] += timedelta(seconds=10)
    assert store.get("a") is None
    store.delete("b")
    assert store.get("b") is None
    with store.alone():
        store.note_force("me")
    assert store.wait_for_force("me") == 31
    now[0] += timedelta(seconds=20)
    store.settle_force("me")
    assert store.wait_for_force("me") == 31
    assert store.wait_for_force("you") == 0
    other = sqlite3.connect(tmp_path / "state" / "tokens.sqlite", timeout=0)
    with store.alone(), pytest.raises(sqlite3.OperationalError):
        other.execute("begin immediate")
    other.execute("begin immediate")
    other.close()


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_good_but_loose_token_file_is_tightened(
    wechat: StandIn, client: Client, tmp_path: Path
) -> None:
    must(client.draft_count())
    (tmp_path / "tokens.sqlite").chmod(0o644)
    with opening(wechat, tmp_path) as other:
        must(other.draft_count())
    assert stat.S_IMODE((tmp_path / "tokens.sqlite").stat().st_mode) == 0o600
    assert tokens(wechat) == [False]


def test_a_slow_forced_refresh_counts_from_its_answer(wechat: StandIn, client: Client) -> None:
    must(client.draft_count())
    wechat.fault("stable_token", "drag", skip=1, seconds=2.0)  # the second is the forced one
    for _ in range(2):
        wechat.fault("draft/count", "code", code=40001)
        must(client.draft_count())
    assert {one["code"] for one in wechat.requests("stable_token")} == {0}


def test_another_address_has_another_token(wechat: StandIn, client: Client, tmp_path: Path) -> None:
    must(client.draft_count())
    with account() as elsewhere, opening(elsewhere, tmp_path) as other:
        must(other.draft_count())
        assert {one["token"] for one in elsewhere.requests("draft/count")} == {"good"}
        assert tokens(elsewhere) == [False]
