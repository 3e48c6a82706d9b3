"""The stand-in's publications, mass sends, quotas and faults; asked by plain HTTP, not by our client."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.wechat_plain import Held, Json, Plain, article, draft
from tests.wechat_standin import Remote, StandIn
from tests.wechat_world import Settings


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn(Settings(polls=1)) as server:
        yield server


@pytest.fixture
def plain(standin: StandIn) -> Held:
    client = Held(standin)
    client.fresh()
    return client


# Publishing


def test_a_draft_is_published_once_and_is_gone(plain: Held) -> None:
    media_id = draft(plain)
    publish_id = plain.call("freepublish/submit", {"media_id": media_id})["publish_id"]
    assert plain.code("freepublish/submit", {"media_id": media_id}) == 53501
    states = [plain.call("freepublish/get", {"publish_id": publish_id}) for _ in range(2)]
    assert [one["publish_status"] for one in states] == [1, 0]
    assert plain.code("freepublish/submit", {"media_id": media_id}) == 40007
    assert plain.code("draft/get", {"media_id": media_id}) == 40007
    article_id = states[1]["article_id"]
    assert len(plain.standin.events()) == 1
    assert plain.code("freepublish/delete", {"article_id": article_id, "index": 2}) == 40060
    assert plain.code("freepublish/delete", {"article_id": article_id}) == 0
    assert plain.code("freepublish/getarticle", {"article_id": article_id}) == 53600
    again = plain.call("freepublish/get", {"publish_id": publish_id})
    assert again["publish_status"] == 5


@pytest.mark.parametrize("status", [2, 3, 4])
def test_a_failed_publication_leaves_the_draft(plain: Held, status: int) -> None:
    plain.standin.set(results=[status], polls=0)
    media_id = draft(plain)
    publish_id = plain.call("freepublish/submit", {"media_id": media_id})["publish_id"]
    found = plain.call("freepublish/get", {"publish_id": publish_id})
    assert found["publish_status"] == status
    assert found["fail_idx"] == ([1] if status in (2, 4) else [])
    assert plain.code("draft/get", {"media_id": media_id}) == 0


def test_unverified_accounts_do_not_publish(plain: Held) -> None:
    plain.standin.set(verified=False)
    assert plain.code("freepublish/submit", {"media_id": draft(plain)}) == 48001
    assert plain.code("freepublish/get", {"publish_id": "1"}) == 48001


def test_events_once_twice_lost(plain: Held) -> None:
    for how, number in (("once", 1), ("twice", 2), ("lost", 0)):
        plain.standin.set(events=how)
        plain.call("freepublish/submit", {"media_id": draft(plain)})
        plain.standin.finish()
        assert len(plain.standin.events()) == number


# Mass sends


def send(plain: Plain, media_id: str, client_id: str = "", **told: Any) -> Json:
    body = {
        "filter": {"is_to_all": True, "tag_id": ""} | told,
        "mpnews": {"media_id": media_id},
        "msgtype": "mpnews",
        "send_ignore_reprint": 0,
    }
    return plain.call(
        "message/mass/sendall", body | ({"clientmsgid": client_id} if client_id else {})
    )


def test_who_it_goes_to(plain: Held) -> None:
    media_id = draft(plain)
    assert send(plain, media_id, tag_id=None)["errcode"] == 40152
    assert send(plain, media_id, is_to_all=False, tag_id=3)["errcode"] == 40152
    assert send(plain, media_id, is_to_all=False, tag_id=2)["errcode"] == 0


def test_one_a_day_for_a_subscription_account(plain: Held) -> None:
    assert send(plain, draft(plain))["errcode"] == 0
    assert send(plain, draft(plain))["errcode"] == 45028
    plain.standin.advance(86_400)
    plain.fresh()
    assert send(plain, draft(plain))["errcode"] == 0


def test_four_a_month_for_a_service_account() -> None:
    noon = 1_795_492_800.0  # 2026-11-24 12:00 in Beijing, some days before the month ends
    with StandIn(Settings(account="service"), clock=lambda: noon) as standin:
        plain = Held(standin)
        plain.fresh()
        assert send(plain, draft(plain))["errcode"] == 0
        assert send(plain, draft(plain))["errcode"] == 45028  # to all once a day
        for _ in range(3):
            assert send(plain, draft(plain), is_to_all=False, tag_id=2)["errcode"] == 0
        assert send(plain, draft(plain), is_to_all=False, tag_id=2)["errcode"] == 45028
        standin.advance(10 * 86_400)
        plain.fresh()
        assert send(plain, draft(plain))["errcode"] == 0


def test_the_same_clientmsgid(plain: Held) -> None:
    media_id = draft(plain)
    first = send(plain, media_id, "push-1")
    assert send(plain, media_id, "push-1")["errcode"] == 45066
    plain.standin.advance(61)
    again = send(plain, media_id, "push-1")
    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])
    assert send(plain, media_id, "x" * 65)["errcode"] == 45067
    assert len(plain.standin.effects("message/mass/sendall")) == 1


def test_an_administrator_must_confirm(plain: Held) -> None:
    plain.standin.set(protected=True, polls=0)
    msg_id = send(plain, draft(plain))["msg_id"]
    asked = {"msg_id": str(msg_id)}
    assert plain.call("message/mass/get", asked)["msg_status"] == "SENDING"
    plain.standin.confirm()
    assert plain.call("message/mass/get", asked)["msg_status"] == "SEND_SUCCESS"
    plain.standin.advance(86_400)
    plain.fresh()
    late = {"msg_id": str(send(plain, draft(plain))["msg_id"])}
    plain.standin.advance(1801)
    assert plain.call("message/mass/get", late)["msg_status"] == "SEND_FAIL"
    assert "err(40002)" in plain.standin.events()[-1]


def test_preview_goes_to_followers_only(plain: Held) -> None:
    body = {"mpnews": {"media_id": draft(plain)}, "msgtype": "mpnews"}
    assert plain.code("message/mass/preview", body | {"towxname": "zhang_san"}) == 0
    assert plain.code("message/mass/preview", body | {"towxname": "li_si"}) == 40132


# Quotas


def test_quotas_count_by_call_and_day(plain: Held) -> None:
    plain.standin.set(limits={"draft/get": 2})
    for _ in range(2):
        assert plain.code("draft/get", {"media_id": "x"}) == 40007
    assert plain.code("draft/get", {"media_id": "x"}) == 45009
    asked = {"cgi_path": "/cgi-bin/draft/get"}
    quota = plain.call("openapi/quota/get", asked)["quota"]
    assert quota == {"daily_limit": 2, "used": 2, "remain": 0}
    assert plain.code("openapi/quota/get", {"cgi_path": "draft/get"}) == 76003
    appid = {"appid": plain.standin.world.settings.appid}
    assert plain.code("clear_quota", appid) == 0
    assert plain.code("draft/get", {"media_id": "x"}) == 40007
    assert [plain.code("clear_quota", appid) for _ in range(10)] == [0] * 9 + [48006]


# Faults


def lost(act: Callable[[], object]) -> None:
    with pytest.raises((http.client.HTTPException, ConnectionError, TimeoutError)):
        act()


@pytest.mark.parametrize(
    ("do", "done"), [("cut_before", 0), ("cut_after", 1), ("cut_half", 1), ("cut_upload", 0)]
)
def test_connections_that_end(plain: Held, do: str, done: int) -> None:
    body = {"articles": [article(plain.image())]}
    plain.standin.fault("draft/add", do)
    lost(lambda: plain.call("draft/add", body))
    assert len(plain.standin.effects("draft/add")) == done
    assert plain.code("draft/add", body) == 0


def test_faults_wait_repeat_and_end(plain: Held) -> None:
    plain.standin.fault("draft/*", "code", code=-1, skip=1, times=2)
    got = [plain.code("draft/get", {"media_id": "x"}) for _ in range(4)]
    assert got == [40007, -1, -1, 40007]
    plain.standin.fault("*", "code", code=40001, times=-1)
    assert [plain.code("draft/get", {"media_id": "x"}) for _ in range(3)] == [40001] * 3
    assert "access_token" in plain.fresh()
    plain.standin.calm()
    assert plain.code("draft/get", {"media_id": "x"}) == 40007


def test_the_journal_holds_every_request_and_no_secret(plain: Held) -> None:
    plain.image()
    plain.code("draft/get", {"media_id": "x"})
    journal = plain.standin.requests()
    assert [(one["path"], one["code"]) for one in journal] == [
        ("stable_token", 0),
        ("material/add_material", 0),
        ("draft/get", 40007),
    ]
    assert journal[1]["effects"][0][0] == "material/add_material"
    text = json.dumps([journal, plain.standin.state()])
    assert plain.token not in text
    assert plain.standin.world.settings.secret not in text


def test_as_a_program_its_state_survives(tmp_path: Path) -> None:
    def run(act: Callable[[Remote, Plain], Any]) -> Any:
        command = [sys.executable, "-m", "tests.wechat_standin", "--folder", str(tmp_path)]
        with subprocess.Popen(
            [*command, "--settings", '{"polls": 0}'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
        ) as program:
            assert program.stdout is not None
            told = json.loads(program.stdout.readline())
            remote = Remote(told["control"])
            plain = Plain(urlsplit(told["api"]).port or 0, Settings())
            plain.fresh()
            found = act(remote, plain)
            program.kill()
        return found

    media_id = run(lambda remote, plain: draft(plain))

    def later(remote: Remote, plain: Plain) -> Any:
        remote.edit(media_id, 0, title="改过")
        remote.fault("draft/count", "code", code=45009)
        assert plain.send("GET", "draft/count", access_token=plain.token)[2].count(b"45009")
        with pytest.raises(RuntimeError):
            remote.fault()
        assert remote.environ("tjj")["WEIKE_WECHAT_API"].endswith("/cgi-bin/")
        return plain.call("draft/get", {"media_id": media_id}), remote.effects("draft/add")

    found, effects = run(later)
    assert found["news_item"][0]["title"] == "改过"
    assert [one[1] for one in effects] == [media_id]
