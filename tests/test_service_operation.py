"""How the service is run: what it writes down, how often one may ask, what it does beside the requests."""

from __future__ import annotations

import io
import json
from functools import partial
from pathlib import Path

import pytest

from service.limits import Limits, origin
from service.logs import Log, neighbourhood
from service.people import tidy
from service.roles import ADMIN, AUDITOR, EXPERT
from service.settings import Refused, Settings, load
from service.store import audit, deeds, leases, outbox, people
from service.store.audit import Act
from service.store.engine import Connection
from service.ticks import AGAIN, DAY, Job, Ticks
from tests.service_world import WORD, Clock, World, world

# --- how often ------------------------------------------------------------------------------------


def test_a_window_is_full_and_opens_again() -> None:
    clock = Clock()
    limits = Limits(clock)
    assert [limits.wait("3/minute", "a") for _ in range(4)] == [0, 0, 0, 60]
    assert limits.wait("3/minute", "b") == 0
    clock.forward(seconds=59)
    assert limits.wait("3/minute", "a") == 1
    clock.forward(seconds=1)
    assert limits.wait("3/minute", "a") == 0


@pytest.mark.parametrize("jump", [-400, -1, 400])
def test_a_clock_that_jumps_shuts_nobody_out(jump: int) -> None:
    clock = Clock()
    limits = Limits(clock)
    while not limits.wait("3/minute", "a"):
        pass
    clock.forward(days=jump)
    assert limits.wait("3/minute", "a") == 0


def test_counters_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.limits.MOST", 100)
    limits = Limits(Clock())
    for number in range(5000):
        limits.wait("3/minute", str(number))
    assert len(limits._counts._held) <= 101


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_whose_requests_are_counted_together(address: str, counted: str) -> None:
    assert origin(address) == counted


def test_who_tries_passwords_in_a_row_must_wait(service: World) -> None:
    browser = service.browser()
    tries = [
        browser.post("/login", data={"login": f"wer{n}", "password": "x" * 12}) for n in range(31)
    ]
    assert [t.status_code for t in tries] == [401] * 30 + [429]
    assert 0 < int(tries[-1].headers["retry-after"]) <= 60
    assert "秒以后再试" in tries[-1].text
    service.clock.forward(minutes=1)
    assert browser.post("/login", data={"login": "wer", "password": "x" * 12}).status_code == 401


# --- what is written down -------------------------------------------------------------------------


def logged(service: World) -> io.StringIO:
    stream = io.StringIO()
    service.desk.log = Log(stream)
    return stream


def test_a_line_for_each_request_and_nothing_of_its_words(service: World) -> None:
    stream = logged(service)
    user = service.user(EXPERT, login="lisi")
    browser = service.browser(user)
    answer = browser.get("/account?geheim=wort")
    browser.post("/login", data={"login": "lisi", "password": WORD})
    browser.get("/setup/mi-mi-de-lian-jie")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(li["route"], li["status"]) for li in lines] == [
        ("/account", 200),
        ("/login", 303),
        ("/setup/{given}", 410),
    ]
    first = lines[0]
    assert first["user"] == str(user)
    assert first["id"] == answer.headers["x-request-id"]
    assert set(first) == {"event", "time", "level", "id", "method", "route", "status", "ms", "user", "from"}  # fmt: skip
    for word in ("geheim", "wort", WORD, "lisi", "mi-mi", "先生"):
        assert word not in stream.getvalue()


def test_a_mistake_of_ours_is_written_without_its_words(tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    with world(tmp_path) as service:
        stream = logged(service)
        service.desk.limits.wait = broken  # type: ignore[method-assign]
        browser = TestClient(service.client.app, raise_server_exceptions=False)
        done = browser.post("/login", data={"login": "lisi", "password": WORD})
        assert done.status_code == 500
        assert "default-src 'none'" in done.headers["content-security-policy"]
        told = [json.loads(line) for line in stream.getvalue().splitlines()]
        mistake = next(t for t in told if t["event"] == "mistake")
        assert mistake["id"] in done.json()["error"]
        assert mistake["error"] == "KeyError"
        assert mistake["at"][-1].endswith("broken")
        assert "13800000000" not in stream.getvalue()


def broken(rate: str, *who: str) -> int:
    raise KeyError("13800000000")


def test_fields_that_have_no_name_are_not_written() -> None:
    stream = io.StringIO()
    Log(stream).tell("x", body="geheim", ms=1)
    assert "geheim" not in stream.getvalue()
    assert json.loads(stream.getvalue())["ms"] == 1


@pytest.mark.parametrize(
    ("address", "told"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:a:b::1", "2001:db8:a::/48"), ("x", "")],
)
def test_addresses_are_cut(address: str, told: str) -> None:
    assert neighbourhood(address) == told


def test_counts_are_for_the_administrator_and_for_who_knows_the_word(tmp_path: Path) -> None:
    word = tmp_path / "wort"
    word.write_text("ein-langes-wort\n")
    with world(tmp_path / "data", metrics_file=word) as service:
        nobody = service.browser()
        assert nobody.get("/health/metrics").status_code == 303
        nobody.headers["accept"] = "text/plain"
        for given in ("Bearer x", "Bearer ", "ein-langes-wort"):
            assert (
                nobody.get("/health/metrics", headers={"authorization": given}).status_code == 401
            )
        told = nobody.get("/health/metrics", headers={"authorization": "Bearer ein-langes-wort"})
        assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert (
            'weike_requests_total{method="GET",route="/health/metrics",status="401"} 3' in told.text
        )
        assert "weike_database_up 1" in told.text
        assert service.signed(AUDITOR).get("/health/metrics").status_code == 403
        assert service.signed(ADMIN).get("/health/metrics").status_code == 200
        other = nobody.get("/users", headers={"authorization": "Bearer ein-langes-wort"})
        assert other.status_code == 401  # the word opens the counts alone


# --- beside the requests --------------------------------------------------------------------------


def test_of_several_processes_one_does_a_job_and_not_before_its_time(service_both: World) -> None:
    desk, clock, done = service_both.desk, service_both.clock, []
    job = Job("zaehlen", DAY, lambda desk: done.append(1))
    one, two = Ticks(desk, (job,)), Ticks(desk, (job,))
    assert (one.once(), two.once(), one.once()) == (["zaehlen"], [], [])
    clock.forward(days=1)
    assert (two.once(), one.once()) == (["zaehlen"], [])
    clock.forward(days=-300)  # the clock was wrong: the job goes on
    assert (one.once(), two.once()) == (["zaehlen"], [])


def test_a_job_that_fails_is_told_and_tried_again(service: World) -> None:
    stream = logged(service)

    def fail(desk: object) -> None:
        raise ZeroDivisionError

    other = Job("anderes", DAY, lambda desk: None)
    ticks = Ticks(service.desk, (Job("falsch", DAY, fail), other))
    assert ticks.once() == ["anderes"]
    assert "ZeroDivisionError" in stream.getvalue()
    service.clock.forward(seconds=AGAIN // 1000 - 1)
    ticks.once()
    assert stream.getvalue().count("job failed") == 1
    service.clock.forward(seconds=1)
    ticks.once()
    assert stream.getvalue().count("job failed") == 2


def test_a_lease_of_a_dead_process_ends(service_both: World) -> None:
    store, now = service_both.desk.store, service_both.clock()
    assert store.write(lambda c: leases.take(c, "x", "tot", now, 60_000))
    assert not store.write(lambda c: leases.take(c, "x", "wach", now + 59_999, 60_000))
    assert store.write(lambda c: leases.take(c, "x", "wach", now + 60_000, 60_000))
    assert not store.write(lambda c: leases.extend(c, "x", "tot", now))


def test_once_a_day_what_holds_no_more_is_dropped(service: World) -> None:
    desk, clock = service.desk, service.clock
    user = service.user(EXPERT)
    old = service.browser(user)

    def put(connection: Connection) -> None:
        people.put_ticket(connection, "t", "x", user, clock() + 1)
        deeds.keep(connection, "k", clock(), "{}")
        number = outbox.post(connection, clock(), "mail", "1", {})
        outbox.settle(connection, number, outbox.SENT, "")
        outbox.post(connection, clock(), "mail", "2", {})
        audit.record(connection, clock(), Act("", "alt"))

    desk.store.write(put)
    clock.forward(days=401)
    desk.note(Act("", "neu"))
    service.browser(user)
    assert Ticks(desk, tidy.JOBS).once() == ["tidy"]
    with desk.store.read() as connection:
        assert len(people.sessions_of(connection, user)) == 1
        assert deeds.done(connection, "k") is None
        assert outbox.states(connection) == {"waiting": 1}
        assert [r.act for r in audit.newest(connection, 9)] == ["audit.cut", "neu"]
        assert list(audit.broken(connection)) == []
    assert old.get("/account").status_code == 303


@pytest.mark.parametrize("wrong", [0, 9_000_000_000_000])
def test_rows_of_a_wrong_clock_do_not_drop_young_ones(service: World, wrong: int) -> None:
    store, now = service.desk.store, service.clock()
    for at in (now - 500 * DAY, now - 10 * DAY, wrong, now):
        store.write(partial(audit.record, at=at, act=Act("", "a")))
    assert store.write(lambda c: audit.cut(c, now, now - 400 * DAY, "")) == 1


# --- settings -------------------------------------------------------------------------------------


def test_several_processes_need_postgresql(tmp_path: Path) -> None:
    file = tmp_path / "service.toml"
    file.write_text("workers = 2\n")
    with pytest.raises(Refused, match="PostgreSQL"):
        load(file, {})
    assert Settings(workers=2, database="postgresql+psycopg://u@h/d").workers == 2


def test_a_webhook_is_an_address_or_more(tmp_path: Path) -> None:
    file = tmp_path / "service.toml"
    file.write_text(
        '[webhooks]\na = "https://a.example.gov.cn/x"\n'
        '[webhooks.b]\naddress = "https://b.example.gov.cn/"\nform = "wecom"\n'
    )
    hooks = load(file, {}).webhooks
    assert (hooks["a"].form, hooks["b"].form) == ("plain", "wecom")
    file.write_text('[webhooks]\na = "ftp://x"\n')
    with pytest.raises(Refused):
        load(file, {})
