"""The client against the stand-in, over real HTTP: what is done, refused or unknown, and what never leaks."""

from __future__ import annotations

import logging
import os
import sqlite3
import ssl
import stat
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from publish import secrets
from publish.wechat.calls import Draft, Quota
from publish.wechat.client import Client, open_client
from publish.wechat.errors import TABLE, refusal
from publish.wechat.events import MassJob, PublishJob, finished, job_of
from publish.wechat.outcome import Done, Kind, Outcome, Refused, Trouble, Unknown, must
from publish.wechat.tokens import Tokens
from publish.wechat.wire import BadAddress, checked_base
from tests.wechat_standin import StandIn
from tests.wechat_world import Settings

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"v" * 200
PICTURE = ("a.jpg", JPEG, "image/jpeg")
PLANTED = "c0ffeec0ffeec0ffeec0ffeec0ffee00"


@pytest.fixture
def wechat() -> Iterator[StandIn]:
    with StandIn(Settings(polls=1, secret=PLANTED)) as standin:
        yield standin


def opened(wechat: StandIn, state: Path, answer: float = 5.0) -> Client:
    """A client on the stand-in's clock: its waits let that clock go on."""
    return open_client(
        "tjj",
        state,
        now=lambda: datetime.fromtimestamp(wechat.world.now(), UTC),
        environ=wechat.environ("tjj"),
        sleep=wechat.advance,
        timeout=(5.0, answer),
    )


@pytest.fixture
def client(wechat: StandIn, tmp_path: Path) -> Iterator[Client]:
    one = opened(wechat, tmp_path)
    yield one
    one.close()


@pytest.fixture
def hasty(wechat: StandIn, tmp_path: Path) -> Iterator[Client]:
    """One that doesn't wait long for an answer."""
    one = opened(wechat, tmp_path, 0.3)
    must(one.draft_count())
    yield one
    one.close()


def article(client: Client, **more: Any) -> dict[str, Any]:
    cover = must(client.material_add_image(PICTURE))
    return {"title": "题", "content": "<p>文</p>", "thumb_media_id": cover.media_id} | more


def tokens(wechat: StandIn) -> list[bool]:
    """The token requests so far: was each forced?"""
    return [one["query"]["force"] for one in wechat.requests("stable_token")]


# What is sent


def test_all_keys_of_an_article_are_sent_as_raw_utf8(wechat: StandIn, client: Client) -> None:
    one = article(
        client,
        title="“人均”𠮷",
        article_type="news",
        pic_crop_235_1="0_0.1_1_0.9",
        pic_crop_1_1="0.2_0_0.8_1",
        need_open_comment=1,
        content_source_url="https://tjj.gov.cn/a?v=0123456789ab",
        cover_info={"crop_percent_list": []},
        product_info={},
    )
    media_id = must(client.draft_add([one]))
    sent = wechat.requests("draft/add")[0]
    assert sent["body"] == {"articles": [one]}
    assert sent["mime"] == "application/json; charset=utf-8"
    kept = must(client.draft_get(media_id))[0]
    for key in ("title", "pic_crop_235_1", "content_source_url", "need_open_comment"):
        assert kept[key] == one[key]


def test_uploads_are_bytes_with_ascii_name_and_type(wechat: StandIn, client: Client) -> None:
    assert must(client.image_upload(PICTURE)).startswith("http://mmbiz.qpic.cn/")
    file = wechat.requests("media/uploadimg")[0]["file"]
    assert (file["name"], file["mime"], file["size"]) == ("a.jpg", "image/jpeg", len(JPEG))


def test_a_film_and_its_description(client: Client) -> None:
    film = must(client.material_add_video(("a.mp4", MP4, "video/mp4"), "片名", "“介绍”"))
    assert must(client.material_get(film.media_id))["description"] == "“介绍”"  # type: ignore[call-overload]  # a film is told of in JSON
    assert must(client.mass_video(film.media_id, "片名", "介绍"))


@pytest.mark.parametrize(
    "picture", [("图.jpg", JPEG, "image/jpeg"), ("a.jpg", b"", "image/jpeg"), ("a.jpg", "x", "")]
)
def test_what_can_not_be_uploaded_is_not_sent(
    wechat: StandIn, client: Client, picture: Any
) -> None:
    outcome = client.image_upload(picture)
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == (Kind.CONTENT, None)
    assert not wechat.requests()


def test_text_that_is_no_text_is_not_sent(wechat: StandIn, client: Client) -> None:
    outcome = client.draft_add([{"title": "\ud800"}])
    assert isinstance(outcome, Refused)
    assert not wechat.requests()


# Every call once


def test_drafts_from_first_to_last(client: Client) -> None:
    one = article(client)
    first, second = must(client.draft_add([one, one])), must(client.draft_add([one]))
    must(client.draft_update(first, 1, one | {"title": "新"}))
    assert [a["title"] for a in must(client.draft_get(first))] == ["题", "新"]
    assert must(client.draft_count()) == 2
    total, drafts = must(client.draft_batchget(0, 1))
    assert (total, [d.media_id for d in drafts]) == (2, [second])
    bare: list[Draft] = must(client.draft_batchget(content=False))[1]
    assert [("content" in a, "title" in a) for a in bare[0].articles] == [(False, True)]
    must(client.draft_delete(second))
    gone = client.draft_get(second)
    assert isinstance(gone, Refused)
    assert (gone.kind, gone.code) == (Kind.GONE, 40007)


def test_publishing_from_first_to_last(client: Client) -> None:
    one = article(client)
    media_id = must(client.draft_add([one, one]))
    publish_id = must(client.publish_submit(media_id)).publish_id
    assert must(client.publish_get(publish_id)).running
    job = must(client.publish_get(publish_id))
    assert (job.ok, [place for place, _ in job.articles]) == (True, [1, 2])
    assert [a["url"] for a in must(client.publish_article(job.article_id))] == [
        address for _, address in job.articles
    ]
    page = must(client.publish_batchget())
    assert (page.total, page.items[0]["article_id"]) == (1, job.article_id)
    must(client.publish_delete(job.article_id, 1))
    assert must(client.publish_article(job.article_id))[0]["is_deleted"]
    must(client.publish_delete(job.article_id))
    assert must(client.publish_get(publish_id)).status == 5


def test_materials_from_first_to_last(client: Client) -> None:
    picture = must(client.material_add_image(PICTURE))
    assert picture.url
    assert must(client.material_get(picture.media_id)) == JPEG
    assert must(client.material_batchget("image")).items[0]["media_id"] == picture.media_id
    must(client.material_delete(picture.media_id))
    assert isinstance(client.material_get(picture.media_id), Refused)


def test_mass_sends_from_first_to_last(wechat: StandIn, client: Client) -> None:
    media_id = must(client.draft_add([article(client)]))
    assert must(client.mass_preview("zhang_san", media_id))
    sent = must(client.mass_send(media_id, tag=None, client_msg_id="push-1"))
    assert wechat.requests("message/mass/sendall")[0]["body"]["filter"] == {
        "is_to_all": True,
        "tag_id": "",
    }
    assert [must(client.mass_get(sent.msg_id)) for _ in range(2)] == ["SENDING", "SEND_SUCCESS"]
    must(client.mass_speed_set(3))
    assert must(client.mass_speed()) == 3
    must(client.mass_delete(sent.msg_id))
    assert must(client.mass_get(sent.msg_id)) == "DELETE"


def test_a_second_send_is_told_apart(wechat: StandIn, client: Client) -> None:
    media_id = must(client.draft_add([article(client)]))
    first = must(client.mass_send(media_id, tag=2, client_msg_id="push-1"))
    soon = client.mass_send(media_id, tag=2, client_msg_id="push-1")
    assert isinstance(soon, Refused)
    assert (soon.kind, soon.code) == (Kind.SLOW, 45066)
    wechat.advance(61)
    later = client.mass_send(media_id, tag=2, client_msg_id="push-1")
    assert isinstance(later, Done)
    assert (later.already, later.value.msg_id) == (True, first.msg_id)


def test_quota(client: Client) -> None:
    must(client.draft_count())
    assert must(client.quota("draft/count")) == Quota(1000, 1, 999)
    assert isinstance(client.quota("draft/x"), Refused)
    must(client.clear_quota())
    assert must(client.quota("draft/count")).used == 0


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


@pytest.mark.skipif(os.name != "posix", reason="权限位是 POSIX 的")
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


# Where it may go


@pytest.mark.parametrize(
    "address",
    [
        "http://api.weixin.qq.com/cgi-bin/",
        "http://127.0.0.1.example.com/cgi-bin/",
        "ftp://127.0.0.1/",
        "https://user:pass@host/cgi-bin/",
        "https://host/cgi-bin/?x=1",
        "https://host:99999999/cgi-bin/",
        "api.weixin.qq.com/cgi-bin/",
        "https:///cgi-bin/",
        "http://[::1",
    ],
)
def test_secrets_go_to_no_such_address(tmp_path: Path, address: str) -> None:
    environ = {"WEIKE_WECHAT_API": address}
    environ |= {"WEIKE_WECHAT_TJJ_APPID": "wx1", "WEIKE_WECHAT_TJJ_SECRET": PLANTED}
    with pytest.raises(BadAddress, match="WEIKE_WECHAT_API") as caught:
        open_client("tjj", tmp_path, now=lambda: datetime.now(UTC), environ=environ)
    assert "pass@" not in str(caught.value)


def test_addresses_that_are_good() -> None:
    for good in (
        "https://api.weixin.qq.com/cgi-bin",
        "http://localhost:1/",
        "http://[::1]:5/cgi-bin/",
    ):
        assert checked_base(good) == good.rstrip("/") + "/"


def test_a_proxy_of_the_machine_never_sees_loopback(
    wechat: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client = opened(wechat, tmp_path)
    must(client.draft_count())
    client.close()


def test_a_certificate_that_nobody_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    with _tls(tmp_path, seen) as port:
        environ = {"WEIKE_WECHAT_API": f"https://localhost:{port}/cgi-bin/"}
        environ |= {"WEIKE_WECHAT_TJJ_APPID": "wx1", "WEIKE_WECHAT_TJJ_SECRET": PLANTED}
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "own.pem"))
        client = open_client(
            "tjj", tmp_path / "state", now=lambda: datetime.now(UTC), environ=environ
        )
        outcome = client.draft_count()
        client.close()
    assert isinstance(outcome, Refused)
    assert outcome.kind is Kind.NETWORK
    assert not seen


class _tls:  # noqa: N801  # used as a context manager
    """A server with a certificate of its own making."""

    def __init__(self, folder: Path, seen: list[str]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                seen.append(self.path)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        class Server(HTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """The client hangs up: that is what is tested."""

        self.server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(folder))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def __enter__(self) -> int:
        self.thread.start()
        return int(self.server.server_address[1])

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def _certificate(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "own.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_what_else_of_wechatpy_takes_the_same_way(wechat: StandIn, client: Client) -> None:
    with pytest.raises(Trouble) as caught:
        client.message.send_text("openid", "好")
    assert isinstance(caught.value.outcome, Refused)
    sent = wechat.requests("message/custom/send")[0]
    assert sent["method"] == "POST"
    assert client.post("draft/batchget", data={"offset": 0, "count": 1})["total_count"] == 0
    with pytest.raises(Trouble):
        client.customservice.get_accounts()  # its own base address, in wechatpy
    assert wechat.requests("*customservice*")
    before = len(wechat.requests())
    for elsewhere in ("https://example.com/x", "http://127.0.0.1:9/x"):
        with pytest.raises(Trouble, match="不是微信的"):
            client.get(elsewhere)
    assert len(wechat.requests()) == before


def test_an_open_file_through_wechatpy_is_sent_again_whole(
    wechat: StandIn, client: Client, tmp_path: Path
) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(JPEG)
    must(client.draft_count())
    wechat.expire()
    with file.open("rb") as stream:
        assert client.media.upload_image(stream)
    assert wechat.requests("media/uploadimg")[-1]["file"]["size"] == len(JPEG)


# What never shows


def test_no_secret_in_any_text(
    wechat: StandIn, hasty: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    token = hasty.access_token
    shown: list[str] = [repr(hasty), str(hasty), f"{hasty.secret}", repr(vars(hasty))]
    echo = f"bad access_token={token} secret {PLANTED} {token}"
    faults: list[tuple[str, dict[str, Any]]] = [
        ("code", {"code": 40013, "text": echo}),
        ("code", {"code": 99999, "text": echo}),
        ("code", {"code": 45009, "text": echo}),
        ("code", {"code": -1, "text": echo}),
        *[(do, {}) for do in ("late", "cut_before", "cut_half", "http_before", "html", "redirect")],
        ("body", {"text": echo}),
    ]
    with caplog.at_level(logging.DEBUG):
        for do, more in faults:
            for path in ("draft/delete", "message/custom/send"):
                wechat.fault(path, do, **more)
            outcome = hasty.draft_delete("x")
            shown += [repr(outcome), str(outcome)]
            with pytest.raises(Trouble) as caught:
                hasty.message.send_text("openid", "x")
            shown += _traced(caught.value)
        wechat.set(secret="changed")
        wechat.forget()
        shown.append(repr(hasty.draft_count()))
    shown.append(caplog.text)
    assert "draft/delete" in caplog.text
    for text in shown:
        assert PLANTED not in text
        assert token not in text
        assert token[:40] not in text
    for file in tmp_path.rglob("*"):
        assert PLANTED.encode() not in file.read_bytes()


def _traced(error: BaseException) -> list[str]:
    """All that a traceback could show, the locals of every frame but the test's own included."""
    assert error.__traceback__ is not None
    told = traceback.TracebackException(
        type(error), error, error.__traceback__.tb_next, capture_locals=True
    )
    assert error.__cause__ is None
    assert error.__context__ is None
    return ["".join(told.format()), repr(error), repr(vars(error))]


def test_a_client_without_secrets_says_so(tmp_path: Path) -> None:
    with pytest.raises(secrets.NoSecret, match="WEIKE_WECHAT_TJJ_APPID"):
        open_client("tjj", tmp_path, now=lambda: datetime.now(UTC), environ={})


# Events


def publish(client: Client, number: int) -> str:
    one = article(client)
    media_id = must(client.draft_add([one] * number))
    return must(client.publish_submit(media_id)).publish_id


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


def test_must_raises_what_the_clerk_can_read() -> None:
    with pytest.raises(Trouble, match="先向微信查清楚"):
        must(Unknown("断了。"))


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


def test_json_of_a_call_has_no_escapes(wechat: StandIn, client: Client) -> None:
    outcome = client.draft_add([{"title": "\x07"}])  # a control character can't be written raw
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == (Kind.CONTENT, 40033)
