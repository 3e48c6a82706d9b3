"""The WeChat callback: only WeChat is listened to, once; answers come in time, or later, and never from nowhere."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publish.wechat.outcome import Done, Kind, Outcome, Refused, Unknown
from service.store import copies, migrate, questions
from service.wechat import late, letters, replying
from service.wechat.letters import Unreadable
from service.wechat.replying import ONLY_TEXT
from service.wechat.wording import BYTES, MORE, fitted
from tests.conftest import OFTEN
from tests.service_bundle import CPI, FLOW, PACKAGE, bundle
from tests.service_databases import House
from tests.service_world import World, world
from tests.wechat_callback import ACCOUNT, READER, TOKEN, Platform, event_xml, sha1, text_xml, told


@pytest.fixture(params=OFTEN)
def service(request: pytest.FixtureRequest, tmp_path: Path, house: House) -> Iterator[World]:
    made = told(tmp_path / "keys", clicks={"CPI": "CPI是什么"})
    database, dist = house.fresh(request.param), bundle(tmp_path / "dist")
    with world(tmp_path / "data", "internet", database, bundle=dist, wechat=made) as found:
        yield found


@pytest.fixture
def platform(service: World) -> Platform:
    return Platform(service)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Platform]:
    """An account in 明文 mode."""
    made = told(tmp_path / "keys", aes=False)
    with world(
        tmp_path / "data", "internet", bundle=bundle(tmp_path / "dist"), wechat=made
    ) as found:
        yield Platform(found, aes=False)


# --- who is listened to -----------------------------------------------------------------------------


def test_wechat_gets_its_word_back_and_nobody_else(platform: Platform) -> None:
    browser = platform.service.browser()
    right = platform.query(echostr="5837")
    done = browser.get("/wechat", params=right)
    assert (done.status_code, done.text) == (200, "5837")
    assert done.headers["content-type"].startswith("text/plain")
    for wrong in (
        {},
        {**right, "signature": "0" * 40},
        {**right, "nonce": "other"},
        {**right, "signature": "数" * 40},
        {**platform.query(echostr="<b>数</b>")},
    ):
        assert browser.get("/wechat", params=wrong).status_code == 403


@pytest.mark.parametrize("ahead", [-301, 301])
def test_a_request_out_of_its_time_is_refused(platform: Platform, ahead: int) -> None:
    query = platform.query()
    platform.service.clock.forward(seconds=ahead)
    assert platform.post(text_xml("你好"), query).status_code == 403


def test_just_within_its_time_it_is_taken(platform: Platform) -> None:
    query = platform.query()
    platform.service.clock.forward(seconds=300)
    assert platform.post(text_xml("你好"), query).status_code == 200


def test_a_signature_holds_for_one_body_alone(plain: Platform) -> None:
    """In 明文 mode the signature says nothing of the body: whoever saw one must not use it for another."""
    query = plain.query()
    first = plain.post(text_xml("CPI是什么", 1), query)
    assert plain.opened(first)["Content"].startswith(CPI.answer)
    assert plain.post(text_xml("CPI是什么", 1), query).content == first.content
    assert plain.post(text_xml("别的话", 2), query).status_code == 403
    proof = plain.query(echostr="1")
    assert plain.service.browser().get("/wechat", params=proof).status_code == 200
    assert plain.post(text_xml("你好", 3), proof).status_code == 403


def test_an_encrypted_message_is_answered_encrypted(platform: Platform) -> None:
    done = platform.post(text_xml("CPI是什么"))
    assert CPI.answer not in done.text
    found = platform.opened(done)
    assert found["ToUserName"] == READER
    assert found["FromUserName"] == ACCOUNT
    assert found["MsgType"] == "text"
    assert found["Content"] == f"{CPI.answer}\n出处：{CPI.source}\n全文：{CPI.url}"


def test_a_box_that_was_touched_or_meant_for_another_is_refused(platform: Platform) -> None:
    from wechatpy.crypto import WeChatCrypto

    from tests.wechat_callback import AES

    query = platform.query()
    browser = platform.service.browser()
    box = "A" * 64
    signed = sha1(TOKEN, query["timestamp"], query["nonce"], box)
    wrong = {**query, "encrypt_type": "aes", "msg_signature": signed}
    body = f"<xml><Encrypt>{box}</Encrypt></xml>"
    assert browser.post("/wechat", params=wrong, content=body).status_code == 403
    assert (
        browser.post(
            "/wechat", params={**wrong, "msg_signature": "0" * 40}, content=body
        ).status_code
        == 403
    )
    platform.crypto = WeChatCrypto(TOKEN, AES, "wxffffffffffffffff")
    assert platform.post(text_xml("你好")).status_code == 403


def test_in_encrypted_mode_plain_messages_are_not_taken(platform: Platform) -> None:
    platform.aes = False
    assert platform.post(text_xml("你好")).status_code == 403


def test_without_an_account_there_is_no_door(outside: World, tmp_path: Path) -> None:
    assert outside.browser().get("/wechat").status_code == 404
    with world(tmp_path / "inside") as inside:
        paths = {route.path for route in inside.client.app.state.routes}  # type: ignore[attr-defined]
        assert "/wechat" not in paths


@pytest.mark.parametrize("token", ["", "x", "有空格 的"])
def test_a_bad_token_file_opens_for_nobody(service: World, tmp_path: Path, token: str) -> None:
    """With an empty token everybody could sign."""
    (tmp_path / "keys" / "token").write_text(token, "utf-8")
    stamp = str(service.clock() // 1000)
    query = {"timestamp": stamp, "nonce": "n", "signature": sha1(token, stamp, "n"), "echostr": "1"}
    assert service.browser().get("/wechat", params=query).status_code == 503


# --- XML --------------------------------------------------------------------------------------------

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>'
FILE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Content>&f;</Content></xml>'


@pytest.mark.parametrize(
    "body",
    [
        BOMB.encode(),
        FILE.encode(),
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml/>',
        b"<?xml-stylesheet href='x'?><xml></xml>",
        b"<xml>" + b"<a>" * 7 + b"</a>" * 7 + b"</xml>",
        b"<xml>" + b"<a/>" * 300 + b"</xml>",
        b"<xml><FromUserName>a</FromUserName><FromUserName>b</FromUserName></xml>",
        b"<html></html>",
        b"<xml a='1'></xml>",
        b"",
        b"\xff\xfe<\x00x\x00m\x00l\x00/\x00>\x00",
        "<?xml version='1.0' encoding='utf-16'?><xml/>".encode("utf-16"),
        b"<xml>" + b" " * letters.MOST + b"</xml>",
        b"<xml></xml>",
        b"<xml><MsgType>text</MsgType></xml>",
        text_xml("x", who="<script>").encode(),
        text_xml("x", who="a b").encode(),
        text_xml("x").replace("<MsgId>1<", "<MsgId>x<").encode(),
    ],
)
def test_what_is_no_message_or_could_do_harm_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        letters.read(body)


def test_such_bodies_are_refused_in_a_word(plain: Platform) -> None:
    for body in (BOMB, FILE, "", "<xml/>", "x" * (letters.MOST + 1)):
        done = plain.post(body)
        assert done.status_code in {403, 413}
        assert "Traceback" not in done.text
    assert plain.say("你好") == "你好，我是小统。"


def test_a_bomb_costs_nothing() -> None:
    levels = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "lol">{levels}]><xml><Content>&l12;</Content></xml>'
    begun = time.perf_counter()
    with pytest.raises(Unreadable):
        letters.fields(bomb.encode())
    assert time.perf_counter() - begun < 0.5


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=400), st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace"))
    )
)
def test_any_bytes_are_a_letter_or_unreadable(body: bytes) -> None:
    try:
        letters.read(body)
    except Unreadable:
        return


PIECES = ["<xml>", "</xml>", "<MsgType>", "</MsgType>", "text", "event", "<Event>", "</Event>", "subscribe", "<![CDATA[", "]]>", "<FromUserName>a</FromUserName>", "<ToUserName>b</ToUserName>", "<CreateTime>1</CreateTime>", "<MsgId>1</MsgId>", "<a>", "</a>", "&amp;", "&x;", "<!DOCTYPE x>", "数"]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_pieces_of_messages_are_a_letter_or_unreadable(body: str) -> None:
    for made in (
        body,
        f"<xml><FromUserName>a</FromUserName><ToUserName>b</ToUserName>{body}</xml>",
    ):
        try:
            letters.read(made.encode())
        except Unreadable:
            continue


SAFE = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=80
)


@settings(max_examples=100)
@given(SAFE.filter(lambda t: "]]>" not in t and t.strip() == t))
def test_a_text_is_read_as_it_was_written(text: str) -> None:
    found = letters.read(text_xml(text, 7).encode())
    assert (found.kind, found.text, found.who, found.key) == ("text", text, READER, f"{READER} 7")


# --- what is said -----------------------------------------------------------------------------------


def test_the_same_message_again_gets_the_same_answer_and_is_one_question(
    platform: Platform,
) -> None:
    filed: list[str] = []

    def file(connection: object, at: int, text: str) -> str:
        filed.append(text)
        return f"2026-{len(filed)}"

    platform.service.desk.unanswered = file
    xml = text_xml("火星上有多少个规上企业？我的电话13912345678", 99)
    contents = {platform.opened(platform.post(xml))["Content"] for _ in range(3)}
    assert len(contents) == 1
    assert filed == ["火星上有多少个规上企业？我的电话［号码］"]
    assert "编号 2026-1" in contents.pop()


def test_two_copies_at_the_same_moment_are_one_question(platform: Platform) -> None:
    filed: list[str] = []
    gate = threading.Barrier(3)

    def file(connection: object, at: int, text: str) -> str:
        filed.append(text)
        return "2026-1"

    def think(seconds: float, call: Any) -> Any:
        gate.wait(60)  # a machine may be slow; only that all three are inside matters
        return call()

    desk = platform.service.desk
    desk.unanswered = file
    letter = letters.read(text_xml("火星有多远", 3).encode())
    account = desk.settings.wechat
    assert account is not None
    got: list[str] = []
    threads = [
        threading.Thread(target=lambda: got.append(replying.answer(desk, account, letter, think)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1
    assert len(got) == 3
    assert filed == ["火星有多远"]


def test_a_dialogue_goes_on_over_messages_and_by_numbers(platform: Platform) -> None:
    first = platform.say("帮我看看要不要入库")
    assert "1. 工业\n2. 批发零售" in first
    assert platform.say("1").startswith(FLOW.steps[1].say)
    assert "1. 工业" in platform.say("帮我看看要不要入库", who="oAnother")
    assert "工业" not in platform.say("1")


def test_what_was_offered_is_chosen_by_its_number(platform: Platform) -> None:
    from builder.robot.engine import Hit, Reply

    items = PACKAGE.items[:2]
    desk = platform.service.desk
    script = desk.script()
    assert script is not None
    memory = replying.Memory(offered=tuple(item.title for item in items))
    account = desk.settings.wechat
    assert account is not None
    letter = letters.read(text_xml("2", 5).encode())
    assert replying.reply(desk, account, letter, memory).text.startswith(items[1].answer)
    offer = Reply("choice", "", tuple(Hit(i, 1.0) for i in items))
    assert replying._said(offer, script, "x").memory.offered == memory.offered


def test_a_talk_is_forgotten_after_half_an_hour(platform: Platform) -> None:
    platform.say("帮我看看要不要入库")
    platform.service.clock.forward(minutes=31)
    assert not platform.say("1").startswith(FLOW.steps[1].say)


def test_events(platform: Platform) -> None:
    hello = platform.opened(platform.post(event_xml("subscribe")))
    assert hello["Content"] == "你好，我是小统。"
    scanned = platform.opened(platform.post(event_xml("subscribe", "qrscene_1", at=1795000002)))
    assert scanned["Content"] == "你好，我是小统。"
    assert platform.opened(platform.post(event_xml("CLICK", "CPI")))["Content"].startswith(
        CPI.answer
    )
    for silent in ("VIEW", "LOCATION", "MASSSENDJOBFINISH", "PUBLISHJOBFINISH", "unknown_event"):
        assert platform.post(event_xml(silent)).text == "success"
    assert platform.post(event_xml("CLICK", "of another system")).text == "success"


def test_who_leaves_is_forgotten(platform: Platform) -> None:
    platform.say("帮我看看要不要入库")
    assert platform.post(event_xml("unsubscribe")).text == "success"
    assert not platform.say("1").startswith(FLOW.steps[1].say)


def test_the_welcome_of_the_settings_goes_first(tmp_path: Path) -> None:
    made = told(tmp_path / "keys", welcome="欢迎关注示范省统计局。")
    with world(tmp_path / "data", "internet", wechat=made) as found:
        platform = Platform(found)
        assert (
            platform.opened(platform.post(event_xml("subscribe")))["Content"]
            == "欢迎关注示范省统计局。"
        )
        assert platform.say("CPI是什么") == replying.SILENT


def test_voice_is_answered_by_what_wechat_heard_and_pictures_are_not_understood(
    platform: Platform,
) -> None:
    voice = text_xml(
        "", 11, kind="voice", more="<MediaId>m</MediaId><Recognition>CPI是什么</Recognition>"
    )
    assert platform.opened(platform.post(voice))["Content"].startswith(CPI.answer)
    picture = text_xml("", 12, kind="image", more="<PicUrl>http://x/</PicUrl><MediaId>m</MediaId>")
    assert platform.opened(platform.post(picture))["Content"] == ONLY_TEXT


def test_who_writes_too_often_is_told_so(platform: Platform) -> None:
    said = [platform.say("你好") for _ in range(21)]
    assert said[:20] == ["你好，我是小统。"] * 20
    assert said[20] == replying.FAST
    assert platform.say("你好", who="oAnother") == "你好，我是小统。"


def test_no_more_than_five_questions_a_day_are_passed_on_for_one_reader(platform: Platform) -> None:
    filed: list[str] = []

    def file(connection: object, at: int, text: str) -> str:
        filed.append(text)
        return str(len(filed))

    platform.service.desk.unanswered = file
    for number in range(8):
        platform.say(f"火星第{number}号坑有多深")
    assert len(filed) == 5


def test_no_name_of_a_reader_stands_anywhere(platform: Platform) -> None:
    """Neither the subscriber's id nor what was asked, in the tables or in the record."""
    platform.say("CPI是什么")
    platform.say("火星有多远，我叫王小明")
    platform.service.desk.unanswered = lambda *a: "1"
    slow(platform, text_xml("我的厂在甲州", 77))
    with platform.service.desk.store.read() as connection:
        dump = "\n".join(copies.rows(connection, migrate.tables("internet")))
    assert READER not in dump
    assert "王小明" not in dump
    assert "甲州" not in dump


# --- in time ----------------------------------------------------------------------------------------


def slow(platform: Platform, xml: str) -> str:
    """What is said at once when thinking takes too long."""
    desk = platform.service.desk
    account = desk.settings.wechat
    assert account is not None
    return replying.answer(desk, account, letters.read(xml.encode()), lambda seconds, call: None)


class Client:
    """WeChat's API: what was sent, and how each call ends."""

    def __init__(self, *ends: Outcome[Any]) -> None:
        self.ends, self.sent = list(ends), []  # type: list[Outcome[Any]], list[Any]

    def __call__(self, told: object, desk: object) -> Client:
        return self

    def ask(self, path: str, body: dict[str, Any]) -> Outcome[Any]:
        self.sent.append((path, body))
        return self.ends.pop(0) if self.ends else Done({})

    def close(self) -> None:
        pass


def test_an_answer_that_takes_too_long_comes_as_a_customer_message(platform: Platform) -> None:
    desk, client = platform.service.desk, Client()
    assert slow(platform, text_xml("CPI是什么", 5)) == ""
    assert (
        platform.post(text_xml("CPI是什么", 5)).text == "success"
    )  # WeChat tries again: nothing twice
    assert late.send(desk, client) == 1
    ((path, body),) = client.sent
    assert path == "message/custom/send"
    assert body["touser"] == READER
    assert body["text"]["content"].startswith(CPI.answer)
    assert late.send(desk, client) == 0
    assert platform.post(text_xml("CPI是什么", 5)).text == "success"
    assert len(client.sent) == 1


def test_thinking_is_waited_for_four_seconds_at_most(platform: Platform) -> None:
    from service.wechat.thinking import within

    gate = threading.Event()
    begun = time.monotonic()
    assert within(0.2, lambda: gate.wait(10)) is None
    assert time.monotonic() - begun < 2
    gate.set()
    assert within(5, lambda: 7) == 7
    assert replying.PATIENCE < 5


@pytest.mark.parametrize(
    ("end", "states"),
    [
        (Refused(Kind.QUOTA, 45047, "次数用完", "等"), ["dropped"]),
        (Refused(Kind.CONFIG, 48001, "没有权限", "开通"), ["dropped"]),
        (
            Refused(Kind.NETWORK, None, "没有连上", "再试"),
            ["owed", "owed", "owed", "owed", "dropped"],
        ),
        (Unknown("不知道"), ["owed", "owed", "owed", "owed", "dropped"]),
    ],
)
def test_what_cannot_be_sent_is_tried_again_or_dropped(
    platform: Platform, end: Outcome[Any], states: list[str]
) -> None:
    from sqlalchemy import select

    from service.store.wechat import messages

    slow(platform, text_xml("CPI是什么", 5))
    found = []
    for _ in range(len(states) + 2):
        late.send(platform.service.desk, Client(end))
        with platform.service.desk.store.read() as connection:
            row = connection.execute(select(messages)).one()
        found.append(row.state)
        platform.service.clock.forward(hours=2)
    assert found[: len(states)] == states
    assert set(found[len(states) :]) == {"dropped"}
    assert row.sealed == ""


def test_after_48_hours_nothing_is_sent(platform: Platform) -> None:
    slow(platform, text_xml("CPI是什么", 5))
    platform.service.clock.forward(hours=49)
    client = Client()
    assert late.send(platform.service.desk, client) == 0
    assert client.sent == []


def test_who_left_gets_nothing_more(platform: Platform) -> None:
    slow(platform, text_xml("CPI是什么", 5))
    platform.post(event_xml("unsubscribe"))
    client = Client()
    late.send(platform.service.desk, client)
    assert client.sent == []


def test_what_is_needed_no_more_is_dropped(platform: Platform) -> None:
    from sqlalchemy import func, select

    from service.store.wechat import messages, requests, talks

    platform.say("帮我看看要不要入库")
    slow(platform, text_xml("CPI是什么", 500))
    platform.service.clock.forward(days=4)
    late.forget(platform.service.desk)
    with platform.service.desk.store.read() as connection:
        left = [
            connection.execute(select(func.count()).select_from(t)).scalar()
            for t in (messages, requests, talks)
        ]
    assert left == [1, 0, 0]  # what is owed waits


# --- length -----------------------------------------------------------------------------------------

LINK = "全文：https://tjwk.example.gov.cn/faq/jg/cpi/"


def test_a_long_answer_ends_with_a_sentence_and_the_link() -> None:
    text = "".join(f"这是第{n}句话，说明一件事情。" for n in range(200))
    found = fitted(text, LINK)
    assert len(found.encode()) <= BYTES
    head, more, tail = found.rsplit("\n", 2)
    assert text.startswith(head)
    assert head.endswith("。")
    assert (more, tail) == (MORE, LINK)
    assert len(found.encode()) > BYTES - 80


def test_what_fits_is_left_as_it_is() -> None:
    assert fitted("一句话。", LINK) == f"一句话。\n{LINK}"
    exact = "a" * BYTES
    assert fitted(exact) == exact
    assert fitted(f"{exact}a").endswith(MORE)


@settings(max_examples=300)
@given(st.text(max_size=900), st.one_of(st.just(""), st.just(LINK), st.text(max_size=900)))
def test_no_text_is_ever_too_long_or_breaks_its_xml(text: str, tail: str) -> None:
    found = fitted(text, tail)
    assert len(found.encode()) <= BYTES
    assert "]]>" not in found
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", found)


def test_an_answer_from_the_scripts_cannot_break_out_of_the_reply(tmp_path: Path) -> None:
    from dataclasses import replace

    evil = replace(CPI, answer="甲]]><x/><![CDATA[乙\x08" + "很长的话。" * 400)
    made = told(tmp_path / "keys")
    dist = bundle(tmp_path / "dist", replace(PACKAGE, items=(evil,)))
    with world(tmp_path / "data", "internet", bundle=dist, wechat=made) as found:
        said = Platform(found).say("CPI是什么")
    assert said.startswith("甲]] ><x/><![CDATA[乙很长")
    assert said.endswith(f"全文：{CPI.url}")
    assert len(said.encode()) <= BYTES


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SAFE)
def test_whatever_is_written_something_short_enough_comes_back(
    platform: Platform, text: str
) -> None:
    platform.service.clock.forward(minutes=2)
    platform.numbers += 1
    done = platform.post(text_xml(text.replace("]]>", ""), platform.numbers))
    said = platform.opened(done).get("Content", "")
    assert len(said.encode()) <= BYTES
    json.dumps(said)


def test_what_nobody_could_answer_is_a_question_with_a_number(platform: Platform) -> None:
    said = platform.say("火星上的规上企业有多少家，电话13912345678")
    number = re.search(r"编号 (\d{4}-\d{5})", said)
    assert number is not None
    with platform.service.desk.store.read() as connection:
        row = questions.by_number(connection, number[1])
    assert row is not None
    assert (row.source, row.state) == ("wechat", "new")
    assert "13912345678" not in row.text
    held = platform.service.desk.sealer("question").open(row.original, row.secret)
    assert "13912345678" not in held
    assert row.contact == ""
    assert "编号" not in platform.say("嗯")
