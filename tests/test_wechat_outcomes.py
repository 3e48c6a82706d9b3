"""What the client knows after a failure: refused, or unknown; and what every code of WeChat means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from publish.wechat.client import Client
from publish.wechat.errors import TABLE, refusal
from publish.wechat.outcome import Kind, Refused, Unknown, must
from publish.wechat.wire import failure
from tests.wechat_account import (
    PLANTED,
    account,
    article,
    opened,
    opening,
)
from tests.wechat_standin import StandIn
from tests.wechat_world import Settings


@pytest.fixture
def wechat() -> Iterator[StandIn]:
    with account() as standin:
        yield standin


@pytest.fixture
def client(wechat: StandIn, tmp_path: Path) -> Iterator[Client]:
    with opening(wechat, tmp_path) as one:
        yield one


@pytest.fixture
def hasty(wechat: StandIn, tmp_path: Path) -> Iterator[Client]:
    """One that doesn't wait long for an answer."""
    with opening(wechat, tmp_path, 0.3) as one:
        must(one.draft_count())
        yield one


# What is known after a failure


@pytest.mark.parametrize(
    ("do", "more", "done"),
    [
        ("late", {}, 1),
        ("silent", {}, 0),
        ("cut_before", {}, 0),
        ("cut_after", {}, 1),
        ("cut_half", {}, 1),
        ("cut_upload", {}, 0),
        ("http_before", {"status": 502}, 0),
        ("http_after", {"status": 500}, 1),
        ("html", {}, 0),
        ("redirect", {}, 0),
        ("redirect", {"text": "http://["}, 0),
        ("code", {"code": -1}, 0),
        ("code", {"code": -1000}, 0),
        *[("body", {"text": text}, 0) for text in ("", "[]", "null", '{"errcode":0}', "7")],
        *[("body", {"text": text}, 0) for text in ('{"errcode":"x"}', '{"media_id":', "[" * 9999)],
        ("body", {"text": '{"base_resp":7}'}, 0),
        ("body", {"text": '{"media_id":""}'}, 0),
    ],
)
def test_unknown_is_unknown_and_sent_once(
    wechat: StandIn, hasty: Client, do: str, more: dict[str, Any], done: int
) -> None:
    one = article(hasty)
    wechat.fault("draft/add", do, **more)
    outcome = hasty.draft_add([one])
    assert isinstance(outcome, Unknown), outcome
    assert "先向微信查清楚" in str(outcome)
    assert len(wechat.effects("draft/add")) == done
    assert len(wechat.requests("draft/add")) <= 1
    assert not wechat.requests("/elsewhere")
    must(hasty.draft_add([one]))


def test_reads_are_tried_once_more_but_polls_are_not(wechat: StandIn, hasty: Client) -> None:
    for path, act in (
        ("draft/count", hasty.draft_count),
        ("draft/get", lambda: hasty.draft_get("x")),
    ):
        before = len(wechat.requests(path))
        wechat.fault(path, "late")
        assert not isinstance(act(), Unknown)
        assert len(wechat.requests(path)) == before + 2
    wechat.fault("draft/count", "cut_before", times=-1)
    assert isinstance(hasty.draft_count(), Unknown)
    wechat.fault("freepublish/get", "late")
    assert isinstance(hasty.publish_get("1"), Unknown)
    assert len(wechat.requests("freepublish/get")) == 1


def test_an_answer_without_a_code_proves_nothing(wechat: StandIn, client: Client) -> None:
    for text in ('{"ok":1}', "{}"):
        wechat.fault("draft/delete", "body", text=text)
        assert isinstance(client.draft_delete("x"), Unknown)


def test_no_connection_in_time_is_nothing_sent() -> None:
    for error in (requests.exceptions.ConnectTimeout(), requests.exceptions.ProxyError()):
        outcome = failure(error)
        assert isinstance(outcome, Refused)
        assert outcome.kind is Kind.NETWORK
    assert isinstance(failure(requests.exceptions.ReadTimeout()), Unknown)
    assert isinstance(failure(requests.exceptions.ConnectionError()), Unknown)


def test_a_4xx_of_something_in_between_is_a_refusal(wechat: StandIn, client: Client) -> None:
    wechat.fault("draft/add", "http_before", status=403)
    outcome = client.draft_add([article(client)])
    assert isinstance(outcome, Refused)
    assert outcome.kind is Kind.NETWORK


def test_nobody_listens(tmp_path: Path) -> None:
    with StandIn(Settings(secret=PLANTED)) as gone:
        client = opened(gone, tmp_path)
        must(client.draft_count())
        client.close()
    outcome = client.draft_add([{"title": "x"}])
    assert isinstance(outcome, Refused)
    assert outcome.kind is Kind.NETWORK
    assert "什么也没有发出去" in str(outcome)


@pytest.mark.parametrize("code", sorted(TABLE))
def test_every_code_has_its_kind_and_says_what_to_do(code: int) -> None:
    outcome = refusal(code, "words of WeChat")
    assert isinstance(outcome, Refused)
    assert outcome.kind is TABLE[code][0]
    assert outcome.said
    assert not outcome.said.endswith("。")
    assert outcome.todo.endswith("。")
    assert str(code) in str(outcome)


def test_codes_come_through_the_client_as_they_are_classed(wechat: StandIn, client: Client) -> None:
    must(client.draft_count())
    for code, (kind, *_) in TABLE.items():
        if kind in (Kind.TOKEN, Kind.DUPLICATE):
            continue
        wechat.fault("draft/add", "code", code=code, text="some words")
        outcome = client.draft_add([{"title": "x"}])
        assert isinstance(outcome, Refused)
        assert (outcome.kind, outcome.code) == (kind, code)
    wechat.fault("draft/add", "code", code=123456, text="new trouble")
    outcome = client.draft_add([{"title": "x"}])
    assert isinstance(outcome, Refused)
    assert outcome.kind is Kind.OTHER
    assert "new trouble" in str(outcome)


def test_the_codes_of_the_reference_are_all_there() -> None:
    named = {
        Kind.TOKEN: (40001, 40014, 42001),
        Kind.CONFIG: (40013, 40125, 40164, 48001, 40243, 76003),
        Kind.QUOTA: (45009, 48006, 45028),
        Kind.SLOW: (45011, 45066),
        Kind.GONE: (40007,),
        Kind.DUPLICATE: (45065,),
        Kind.PERSON: (53503, 53504, 53505),
    }
    content: tuple[int, ...] = (45002, 45003, 45004, 45005, 45110, 45166, 44003, 47001, 53402)
    content += (40005, 40009, 40033, 40066, 40152, 45067)
    for kind, codes in (named | {Kind.CONTENT: content}).items():
        for code in codes:
            assert TABLE[code][0] is kind, code
    assert isinstance(refusal(-1, ""), Unknown)


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        ("invalid ip 47.94.148.108 ipv6 ::ffff:47.94.148.108, not in whitelist", "47.94.148.108"),
        ("invalid ip 2001:db8::7, not in whitelist", "2001:db8::7"),
        ("not in whitelist", "出口 IP"),
    ],
)
def test_40164_names_the_address(answer: str, address: str) -> None:
    assert address in str(refusal(40164, answer))
