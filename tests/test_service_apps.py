"""Notices on a mobile platform: one sentence to one account, a token that is kept, and what refusals mean."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pydantic import ValidationError

from service.outbox import sending
from service.outbox.apps import Apps
from service.roles import ADMIN, EXPERT, SECURITY
from service.settings import Platform
from service.store import audit, outbox, people
from tests.service_platform import AGENT, CORP, SECRET, Corp, corp
from tests.service_world import ORIGIN, World, world
from tests.test_service_outbox import row

NUMBER = "同比增长 7.31%"


def told(box: Corp, folder: Path, **more: object) -> dict[str, Any]:
    """The settings of the platform."""
    (folder / "word").write_text(f"{SECRET}\n")
    named = {"name": "zwwx", "address": box.address, "corp_id": CORP, "agent_id": AGENT}
    return {**named, "secret_file": folder / "word", **more}


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[tuple[World, Corp]]:
    with corp() as box, world(tmp_path / "data", platforms=[told(box, tmp_path)]) as service:
        yield service, box


def user(service: World, platform: str = "lisi", login: str = "lisi") -> int:
    made = service.user(EXPERT, login=login)
    service.desk.store.write(lambda c: people.change(c, made, platform=platform))
    return made


def post(service: World, to: int) -> int:
    body = {"text": f"规上工业增加值{NUMBER}", "link": "/intake/7"}
    return service.desk.store.write(
        lambda c: outbox.post(c, service.clock(), outbox.PLATFORM, str(to), body)
    )


def send(service: World, apps: Apps) -> None:
    sending.send(service.desk, {outbox.PLATFORM: apps})


def test_it_says_that_there_is_a_notice_and_nothing_more(bureau: tuple[World, Corp]) -> None:
    service, box = bureau
    who = user(service)
    service.desk.store.write(
        lambda c: outbox.tell(c, service.clock(), [who], f"增加值{NUMBER}", "/intake/7")
    )
    sending.send(service.desk)
    (said,) = box.got
    assert said["text"] == {"content": f"您有一条通知，请登录微课服务台查看：{ORIGIN}/notices"}
    assert (said["touser"], said["agentid"], said["msgtype"]) == ("lisi", AGENT, "text")
    assert (said["toparty"], said["totag"]) == ("", "")
    assert "7.31" not in json.dumps(said)
    assert box.paths == ["GET /cgi-bin/gettoken", "POST /cgi-bin/message/send"]


def test_a_token_is_kept_until_shortly_before_its_end(bureau: tuple[World, Corp]) -> None:
    service, box = bureau
    who, apps = user(service), Apps()
    for _ in range(3):
        post(service, who)
    send(service, apps)
    assert (box.fetched, len(box.got)) == (1, 3)
    service.clock.forward(seconds=6899)
    post(service, who)
    send(service, apps)
    assert box.fetched == 1
    service.clock.forward(seconds=2)
    post(service, who)
    send(service, apps)
    assert (box.fetched, len(box.got)) == (2, 5)


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_holds_no_more_is_fetched_once(bureau: tuple[World, Corp], code: int) -> None:
    service, box = bureau
    who, apps = user(service), Apps()
    box.refuse = [code]
    number = post(service, who)
    send(service, apps)
    assert (row(service, number).state, box.fetched) == (outbox.SENT, 2)
    box.expire()
    number = post(service, who)
    send(service, apps)
    assert (row(service, number).state, box.fetched) == (outbox.SENT, 3)
    box.refuse = [code] * 9
    numbers = [post(service, who) for _ in range(5)]
    send(service, apps)
    assert [row(service, n).state for n in numbers] == [outbox.WAITING] * 5
    assert box.fetched == 4  # once, and then the platform is left alone
    assert f"errcode {code}" in row(service, numbers[-1]).said


@pytest.mark.parametrize("code", [-1, 45009, 45033, 60020, 301002])
def test_what_the_platform_does_not_take_now_waits(bureau: tuple[World, Corp], code: int) -> None:
    service, box = bureau
    box.refuse = [code]
    number = post(service, user(service))
    apps = Apps()
    send(service, apps)
    found = row(service, number)
    assert (found.state, found.tries) == (outbox.WAITING, 1)
    assert f"errcode {code}" in found.said
    service.clock.forward(minutes=1)
    send(service, apps)
    assert row(service, number).state == outbox.SENT


def test_who_is_not_there_is_given_up_at_once(bureau: tuple[World, Corp]) -> None:
    service, _ = bureau
    numbers = {
        "平台上没有": post(service, user(service, "wangwu", "wangwu")),
        "没有平台账号": post(service, user(service, "", "zhaoliu")),
        "没有这个用户": post(service, 999),
    }
    send(service, Apps())
    for said, number in numbers.items():
        found = row(service, number)
        assert (found.state, said in found.said, "wangwu" in found.said) == ("failed", True, False)


def test_an_account_names_its_platform(bureau: tuple[World, Corp]) -> None:
    service, box = bureau
    there, elsewhere = user(service, "zwwx:lisi"), user(service, "andere:lisi", "b")
    numbers = [post(service, who) for who in (there, elsewhere)]
    send(service, Apps())
    assert [row(service, n).state for n in numbers] == [outbox.SENT, outbox.SKIPPED]
    assert [t["touser"] for t in box.got] == ["lisi"]


TROUBLES: dict[str, tuple[dict[str, Any], str]] = {
    "an error": ({"status": 500}, "回答 500"),
    "somewhere else": ({"status": 302}, "回答 302"),
    "no json": ({"raw": b"<html>"}, "读不懂"),
    "a list": ({"raw": b"[]"}, "读不懂"),
    "no token": ({"raw": b'{"errcode": 0}'}, "读不懂"),
    "a token that is none": ({"raw": b'{"errcode": 0, "access_token": 7}'}, "读不懂"),
    "an error that is none": ({"raw": b'{"errcode": "x"}'}, "读不懂"),
}


@pytest.mark.parametrize(("spoil", "said"), TROUBLES.values(), ids=TROUBLES)
def test_an_answer_that_is_none_is_tried_again_later(
    bureau: tuple[World, Corp], spoil: dict[str, Any], said: str
) -> None:
    service, box = bureau
    for name, value in spoil.items():
        setattr(box, name, value)
    numbers = [post(service, user(service)), post(service, 1)]
    send(service, Apps())
    found = [row(service, n) for n in numbers]
    assert [f.state for f in found] == [outbox.WAITING] * 2
    assert said in found[0].said
    assert "/anderswo" not in box.paths
    assert box.fetched <= 1


def test_a_wrong_secret_is_told_and_stands_nowhere(
    bureau: tuple[World, Corp], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service, box = bureau
    caplog.set_level(logging.DEBUG)
    (tmp_path / "word").write_text("falsch-falsch")
    numbers = [post(service, user(service)), post(service, 1)]
    send(service, Apps())
    said = [row(service, n).said for n in numbers]
    assert all("40001" in s and "密钥" in s for s in said)
    assert box.fetched == 1
    assert "falsch-falsch" not in "".join(said) + caplog.text
    (tmp_path / "word").unlink()
    number = post(service, 1)
    send(service, Apps())
    assert "密码文件" in row(service, number).said


def test_a_certificate_of_the_house_is_trusted_when_it_is_named(tmp_path: Path) -> None:
    with corp(tmp_path) as box:
        for more, state in (({}, outbox.WAITING), ({"ca_file": tmp_path / "cert.pem"}, "sent")):
            folder = tmp_path / state
            with world(folder, platforms=[told(box, tmp_path, **more)]) as service:
                number = post(service, user(service))
                send(service, Apps())
                assert row(service, number).state == state
        assert len(box.got) == 1


# --- settings and accounts ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://qyapi.weixin.qq.com", True), ("https://im.example.gov.cn:8443/api/cgi-bin/", True),
        ("http://127.0.0.1:8080", True), ("http://im.example.gov.cn", False), ("https://a@b/", False),
        ("https://a/?x", False), ("ftp://a", False), ("http://localhost.example.com", False),
    ],
)  # fmt: skip
def test_a_secret_goes_by_https_or_stays_here(tmp_path: Path, address: str, good: bool) -> None:
    given = {"name": "a", "address": address, "corp_id": "w", "agent_id": 1}
    try:
        found = Platform.model_validate(given | {"secret_file": tmp_path})
    except ValidationError:
        assert not good
        return
    assert good
    assert not found.address.endswith(("/", "cgi-bin"))


ACCOUNTS = {"lisi": True, "zwwx:li.si@a-b": True, "13912345678": True, "": True, "李四": True}
ACCOUNTS |= dict.fromkeys(["a|b", "@all", "a b", "a,b", "x:lisi", "zwwx:@all", "zwwx:", "a\u202eb"], False)  # fmt: skip


@pytest.mark.parametrize(("account", "good"), ACCOUNTS.items())
def test_an_account_is_one_and_not_everybody(
    bureau: tuple[World, Corp], account: str, good: bool
) -> None:
    service, _ = bureau
    who, admin = user(service, "alt"), service.signed(ADMIN)
    done = admin.post(f"/users/{who}/reach", data={"mail": "a@b.cn", "platform": account})
    assert done.status_code == (303 if good else 422)
    with service.desk.store.read() as connection:
        found = people.find(connection, [who])[0]
        acts = audit.newest(connection, 9, act="user.reach")
    assert found.platform == (account if good else "alt")
    assert len(acts) == good
    assert not any("a@b.cn" in a.detail for a in acts)


def sheet(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in rows:
        book.active.append(list(line))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_accounts_come_from_a_list_too(bureau: tuple[World, Corp]) -> None:
    service, _ = bureau
    admin = service.signed(ADMIN)
    heads = ("用户名", "姓名", "单位", "邮箱", "平台账号")
    new = sheet(heads, ("lisi", "李四", "gyc", "", 13912345678), ("wangwu", "王五", "", "", ""))
    assert admin.post("/users/list", files={"sheet": ("a.xlsx", new)}).status_code == 200
    again = sheet(("用户名", "平台账号"), ("wangwu", "zwwx:ww"), ("lisi", ""))
    assert admin.post("/users/reach", files={"sheet": ("a.xlsx", again)}).status_code == 303
    with service.desk.store.read() as connection:
        found = {u.login: (u.platform, u.mail) for u in people.find(connection)}
    assert (found["lisi"], found["wangwu"]) == (("", ""), ("zwwx:ww", ""))
    for wrong, said in (
        (sheet(("用户名", "平台账号"), ("lisi", "neu"), ("niemand", "x")), "没有这些用户：niemand"),
        (sheet(("用户名", "平台账号"), ("lisi", "neu"), ("wangwu", "@all")), "wangwu：平台账号"),
        (sheet(("平台账号",), ("x",)), "第一行要有 用户名"),
        (b"PK", "读不出来"),
    ):
        sent = admin.post("/users/reach", files={"sheet": ("a.xlsx", wrong)})
        assert (sent.status_code, said in sent.text) == (422, True), sent.text
    with service.desk.store.read() as connection:
        found = {u.login: (u.platform, u.mail) for u in people.find(connection)}
    assert found["lisi"] == ("", "")
    bad = sheet(heads, ("neu", "新", "", "", "a|b"))
    assert admin.post("/users/list", files={"sheet": ("a.xlsx", bad)}).status_code == 422


def test_only_who_keeps_users_sets_accounts(bureau: tuple[World, Corp]) -> None:
    service, _ = bureau
    who = user(service)
    for role in (SECURITY, EXPERT):
        sent = service.signed(role).post(f"/users/{who}/reach", data={"platform": "x"})
        assert sent.status_code == 403
    assert service.signed(ADMIN).post("/users/999/reach").status_code == 404
    assert "lisi" not in service.signed(SECURITY).get("/users").text.partition("平台账号")[2]
