"""Finish events: what they say is what the poll says; anything else is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from publish.wechat.client import Client
from publish.wechat.events import MassJob, PublishJob, finished, job_of
from publish.wechat.outcome import must
from tests.wechat_account import (
    account,
    article,
    opening,
    publish,
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


# Events


@pytest.mark.parametrize("number", [1, 2, 8])
def test_the_event_says_what_the_poll_says(wechat: StandIn, client: Client, number: int) -> None:
    publish_id = publish(client, number)
    wechat.finish()
    (event,) = wechat.events()
    told = finished(event)
    assert told == must(client.publish_get(publish_id))
    assert isinstance(told, PublishJob)
    assert (told.ok, len(told.articles)) == (True, number)
    assert finished(event.encode()) == told


@pytest.mark.parametrize(("status", "failed"), [(2, (1,)), (3, ()), (4, (1,))])
def test_a_failure_in_the_event(
    wechat: StandIn, client: Client, status: int, failed: tuple[int, ...]
) -> None:
    wechat.set(results=[status], events="twice")
    publish(client, 1)
    wechat.finish()
    first, second = wechat.events()
    told = finished(first)
    assert isinstance(told, PublishJob)
    assert told == finished(second)
    assert (told.status, told.failed, told.ok) == (status, failed, False)
    assert ("第 1 篇" in told.said) == bool(failed)


def test_a_publication_told_as_a_mass_send(wechat: StandIn, client: Client) -> None:
    wechat.set(as_mass=True)
    publish_id = publish(client, 2)
    wechat.finish()
    told = finished(wechat.events()[0])
    assert isinstance(told, MassJob)
    assert (told.msg_id, told.ok, len(told.articles)) == (publish_id, True, 2)
    assert "送达 75 人" in told.said


def test_a_mass_send_that_nobody_confirmed(wechat: StandIn, client: Client) -> None:
    wechat.set(protected=True)
    media_id = must(client.draft_add([article(client)]))
    must(client.mass_send(media_id, tag=None, client_msg_id="x"))
    wechat.advance(1801)
    told = finished(wechat.events()[0])
    assert isinstance(told, MassJob)
    assert not told.ok
    assert "30 分钟" in told.said


@pytest.mark.parametrize(
    "xml",
    [
        "",
        b"",
        "<xml></xml>",
        "<xml><MsgType>event</MsgType></xml>",
        "<xml><MsgType>text</MsgType><Content>PUBLISHJOBFINISH</Content></xml>",
        "<xml><MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event></xml>",
        "<xml><MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event><PublishEventInfo>x</PublishEventInfo></xml>",
        "<xml><MsgType>event</MsgType><Event>MASSSENDJOBFINISH</Event><MsgID>1</MsgID></xml>",
        '<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
        "<other/>",
        "not xml",
        b"\xff\xfe\x00",
        "<xml>" + "<a>" * 5000,
        "<xml><MsgType>a</MsgType><MsgType>b</MsgType></xml>",
    ],
)
def test_no_finish_event_is_none(xml: str | bytes) -> None:
    assert finished(xml) is None


def test_a_strange_status_is_said() -> None:
    assert "没见过" in job_of({"publish_id": "1", "publish_status": 9}).said
    assert "没有成功" in MassJob("1", "err(10001)").said
    assert "涉嫌广告" in MassJob("1", "err(10001)").said
