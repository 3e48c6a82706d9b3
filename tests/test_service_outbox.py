"""Notices: each leaves at least once under one name, says that there is one and never what it says."""

from __future__ import annotations

import email
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from service.outbox import sending
from service.outbox.ways import Never, NotNow
from service.roles import ADMIN, EXPERT
from service.store import outbox, people
from service.ticks import Job, Ticks
from tests.service_mailbox import Mailbox, Platform, mailbox, platform
from tests.service_world import ORIGIN, World, world

NUMBER = "同比增长 7.31%"


def post(service: World, channel: str, to: str) -> int:
    told = {"text": f"规上工业增加值{NUMBER}", "link": "/intake/7"}
    return service.desk.store.write(lambda c: outbox.post(c, service.clock(), channel, to, told))


def row(service: World, number: int) -> Any:
    from sqlalchemy import select

    with service.desk.store.read() as connection:
        chosen = select(outbox.outbox).where(outbox.outbox.c.id == number)
        return connection.execute(chosen).one()


def user(service: World, mail: str = "lisi@example.invalid") -> int:
    made = service.user(EXPERT, login="lisi")
    service.desk.store.write(lambda c: people.change(c, made, mail=mail))
    return made


# --- mail -----------------------------------------------------------------------------------------


@pytest.fixture
def post_office(tmp_path: Path) -> Iterator[tuple[World, Mailbox]]:
    with mailbox(tmp_path) as box:
        told = {"host": "localhost", "port": box.port, "sender": "weike@fuwu.example.invalid"}
        with world(tmp_path / "data", mail=told | {"ca_file": box.cert}) as service:
            yield service, box


@pytest.fixture(autouse=True)
def _tls_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Port 465 is not free on every machine: here every port is one where TLS begins at once."""
    monkeypatch.setattr("service.outbox.ways.IMPLICIT", range(1024, 65536))


def letters(box: Mailbox) -> list[Message]:
    return [email.message_from_bytes(text) for text in box.got]


def test_a_mail_says_that_there_is_a_notice(post_office: tuple[World, Mailbox]) -> None:
    service, box = post_office
    number = post(service, outbox.MAIL, str(user(service)))
    sending.send(service.desk)
    assert row(service, number).state == outbox.SENT
    (letter,) = letters(box)
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert f"{ORIGIN}/notices" in body.decode()
    assert "您有一条通知" in body.decode()
    assert (
        letter["message-id"] == f"<weike-intranet-{number}-{service.clock()}@fuwu.example.invalid>"
    )
    assert "7.31" not in body.decode()
    sending.send(service.desk)
    assert len(box.got) == 1


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        told = {"host": "localhost", "port": box.port, "sender": "weike@fuwu.example.invalid"}
        with world(tmp_path / "data", mail=told) as service:
            number = post(service, outbox.MAIL, str(user(service)))
            sending.send(service.desk)
            assert box.got == []
            assert (row(service, number).state, row(service, number).tries) == (outbox.WAITING, 1)


def test_what_can_never_be_sent_is_given_up_at_once(post_office: tuple[World, Mailbox]) -> None:
    service, box = post_office
    nobody = post(service, outbox.MAIL, "999")
    without = post(service, outbox.MAIL, str(user(service, mail="")))
    refused = post(service, outbox.MAIL, str(service.user(login="wangwu")))
    service.desk.store.write(
        lambda c: people.change(c, int(row(service, refused).to), mail="x@y.z")
    )
    box.refuse = "550 no such user x@y.z"
    sending.send(service.desk)
    for number, word in ((nobody, "没有这个用户"), (without, "没有邮箱"), (refused, "不收")):
        told = row(service, number)
        assert (told.state, word in told.said, "@" in told.said) == (outbox.FAILED, True, False)


def test_without_a_mail_server_people_see_it_in_the_page_alone(service: World) -> None:
    number = post(service, outbox.MAIL, str(user(service)))
    sending.send(service.desk)
    assert row(service, number).state == outbox.SKIPPED


# --- platforms ------------------------------------------------------------------------------------


def test_a_platform_is_told_in_its_own_form(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("geheim\n")
    with platform() as box:
        hooks = {
            "a": {"address": box.address, "secret_file": tmp_path / "word"},
            "b": {"address": box.address, "form": "wecom"},
        }
        with world(tmp_path / "data", webhooks=hooks) as service:
            first, second = (post(service, outbox.WEBHOOK, name) for name in "ab")
            lost = post(service, outbox.WEBHOOK, "c")
            sending.send(service.desk)
            (headers, plain), (_, form) = box.got
            assert headers["x-weike-id"] == f"weike-intranet-{first}-{service.clock()}"
            right = hmac.new(b"geheim", plain, hashlib.sha256).hexdigest()
            assert headers["x-weike-signature"] == f"sha256={right}"
            assert json.loads(plain)["text"] == "您有一条通知"
            assert json.loads(form)["msgtype"] == "text"
            assert b"7.31" not in plain + form
            assert [row(service, n).state for n in (first, second, lost)] == [
                "sent",
                "sent",
                "skipped",
            ]


TROUBLES: dict[str, Callable[[Platform], None]] = {
    "an error": lambda box: setattr(box, "status", 500),
    "somewhere else": lambda box: setattr(box, "status", 302),
    "not taken": lambda box: setattr(box, "says", b'{"errcode": 45009}'),
}


@pytest.mark.parametrize("spoil", TROUBLES.values(), ids=TROUBLES)
def test_what_is_not_taken_waits_longer_each_time_and_is_listed_at_last(
    tmp_path: Path, spoil: Callable[[Platform], None]
) -> None:
    with platform() as box, world(tmp_path / "data", webhooks={"a": box.address}) as service:
        number = post(service, outbox.WEBHOOK, "a")
        spoil(box)
        gaps = []
        for _ in range(8):
            sending.send(service.desk)
            told = row(service, number)
            gaps.append((told.due - service.clock()) // 60_000)
            service.clock.forward(minutes=max(0, gaps[-1]))
        assert gaps[:7] == [1, 5, 15, 60, 240, 720, 1440]
        assert told.state == outbox.FAILED
        assert len(box.got) == 8
        assert len({headers["x-weike-id"] for headers, _ in box.got}) == 1
        admin = service.signed(ADMIN)
        assert told.said in admin.get("/outbox").text
        box.status, box.says = 200, b"ok"
        assert admin.post(f"/outbox/{number}/again").status_code == 303
        assert admin.post(f"/outbox/{number}/again").status_code == 404
        sending.send(service.desk)
        assert row(service, number).state == outbox.SENT


# --- crashes, and several processes ---------------------------------------------------------------


def test_what_was_sent_before_a_crash_is_sent_again_under_the_same_name(service: World) -> None:
    number, names = post(service, outbox.MAIL, "1"), []

    def die_after(desk: Any, told: Any) -> None:
        names.append((told.id, told.made))
        raise KeyboardInterrupt  # the process ends between sending and settling

    with pytest.raises(KeyboardInterrupt):
        sending.send(service.desk, {outbox.MAIL: die_after})
    assert row(service, number).state == outbox.WAITING
    sending.send(service.desk, {outbox.MAIL: lambda desk, told: names.append((told.id, told.made))})
    assert row(service, number).state == outbox.SENT
    assert len(names) == 2
    assert len(set(names)) == 1


@pytest.mark.parametrize("error", [NotNow("nein"), Never("nie"), OSError(2, "weg")])
def test_one_that_fails_does_not_stop_the_others(service: World, error: Exception) -> None:
    numbers = [post(service, outbox.MAIL, str(n)) for n in range(5)]

    def send(desk: Any, told: Any) -> None:
        if told.to == "2":
            raise error

    sending.send(service.desk, {outbox.MAIL: send})
    states = [row(service, n).state for n in numbers]
    assert states.count(outbox.SENT) == 4


def test_of_several_senders_one_sends(service_both: World, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, sent = service_both.desk, []
    for number in range(20):
        post(service_both, outbox.MAIL, str(number))

    def slow(desk: Any, told: Any) -> None:
        sent.append(told.id)
        time.sleep(0.005)

    ways: Mapping[str, Any] = {outbox.MAIL: slow}
    job = Job("outbox", 0, lambda d: sending.send(d, ways), 600_000, sending.waits)
    threads = [threading.Thread(target=Ticks(desk, (job,)).once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == sorted(set(sent))
    assert len(sent) == 20


# --- in the page ----------------------------------------------------------------------------------


def test_a_notice_floats_in_the_page_until_it_is_seen(service: World) -> None:
    who = user(service)
    browser = service.browser(who)
    assert "sv-float" not in browser.get("/account").text
    service.desk.store.write(
        lambda c: outbox.tell(c, service.clock(), [who], "该审核了", "/intake/7")
    )
    service.desk.store.write(
        lambda c: outbox.tell(c, service.clock(), [who], "坏的", "//x.example")
    )
    assert "您有 2 条通知" in browser.get("/account").text
    listed = browser.get("/notices").text
    assert 'href="/intake/7"' in listed
    assert "x.example" not in listed
    assert "该审核了" not in service.signed(EXPERT).get("/notices").text
    assert browser.post("/notices/seen").status_code == 303
    assert "sv-float" not in browser.get("/account").text
