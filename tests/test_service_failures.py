"""Killed, full, locked, cut off, with a clock that jumps: what was acknowledged is there, and nothing is half done."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import create_engine, func, make_url, select, text

from service.roles import EDITOR, EXPERT
from service.store import audit, copies, migrate, outbox, people
from service.store.audit import Act
from service.store.engine import UNKNOWN, Connection, Store, Unavailable
from tests.service_crashes import Nursery, Postgres, Relay, full_disk
from tests.service_world import WORD, World, world
from tests.service_writer import step

KILLS = 50 if os.environ.get("WEIKE_FULL") else 4


@pytest.fixture(scope="module")
def power() -> Iterator[Postgres]:
    """Return a PostgreSQL that tests may crash."""
    with Postgres() as server:
        yield server


def fresh(server: Postgres, name: str) -> str:
    """A new database of a server that may be cut off."""
    url = make_url(server.url)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


def judged(url: str, acknowledged: Path) -> int:
    """Every step that was acknowledged is there; every step is whole; the record is. How many there are."""
    told = acknowledged.read_text().splitlines() if acknowledged.exists() else []
    store = Store(url)
    try:
        with store.read() as connection:
            held = {login: number for number, login in connection.execute(
                select(people.users.c.id, people.users.c.login)
            )}  # fmt: skip
            acts = list(connection.execute(select(audit.audit.c.subject)).scalars())
            notices = list(connection.execute(select(outbox.outbox.c.to)).scalars())
            faults = list(audit.broken(connection))
    finally:
        store.close()
    assert set(told) - set(held) == set()
    assert sorted(acts) == sorted(f"user:{n}" for n in held.values())
    assert sorted(notices) == sorted(str(n) for n in held.values())
    assert faults == []
    return len(told)


def after_first(acknowledged: Path, size: int) -> None:
    """Wait until something more was acknowledged."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if acknowledged.exists() and acknowledged.stat().st_size > size:
            return
        time.sleep(0.005)
    raise AssertionError("nothing is written")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_in_the_middle_of_writing(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """Killed without a word, again and again; on PostgreSQL the server loses its power now and then too."""
    power: Postgres | None = request.getfixturevalue("power") if kind == "postgresql" else None
    url = fresh(power, "weike_kills") if power else f"sqlite:///{tmp_path}/kills.db"
    store = Store(url)
    migrate.upgrade(store, "internet")
    store.close()
    acknowledged, chance = tmp_path / "acknowledged", random.Random(KILLS)
    with Nursery() as nursery:
        for life in range(KILLS):
            size = acknowledged.stat().st_size if acknowledged.exists() else 0
            writer = nursery.writer(url, life, acknowledged)
            after_first(acknowledged, size)
            time.sleep(chance.random() * 0.2)
            if power and life % 4 == 3:
                power.crash()
                power.start()
                after_first(acknowledged, acknowledged.stat().st_size)  # it recovers alone
            os.kill(writer, signal.SIGKILL)
            judged(url, acknowledged)
    assert judged(url, acknowledged) >= KILLS
    if not power:
        assert copies.whole(tmp_path / "kills.db") == ""


# --- a full disk ----------------------------------------------------------------------------------


def fill(service: World, acknowledged: list[str]) -> Unavailable:
    """Write until it is refused; what was said then."""
    for number in range(20_000):
        login = f"n{len(acknowledged)}-{number}"
        try:
            service.desk.store.write(lambda c, one=login: step(c, one))  # type: ignore[misc]
        except Unavailable as error:
            return last_corner(service, error)
        acknowledged.append(login)
    raise AssertionError("never full")


def last_corner(service: World, error: Unavailable) -> Unavailable:
    """Where a whole step finds no room, something small may."""
    until_refused(service, 0)
    return error


def until_refused(service: World, size: int) -> None:
    for _ in range(20_000):
        try:
            service.desk.note(Act("", "x", detail={"long": random.randbytes(size).hex()}))
        except Unavailable:
            return
    raise AssertionError("never full")


def all_there(service: World, acknowledged: list[str]) -> None:
    with service.desk.store.read() as connection:
        held = {u.login for u in people.find(connection)}
        assert set(acknowledged) <= held
        assert list(audit.broken(connection)) == []
        steps = [r for r in audit.newest(connection, 99_999) if r.act == "step"]
        count = select(func.count()).select_from(outbox.outbox)
        assert len(steps) == connection.execute(count).scalar_one() == len(acknowledged)


def refused_and_still_read(service: World) -> None:
    """A page that writes says so; one that reads is there."""
    browser = service.browser(None)
    answer = browser.post("/login", data={"login": "lisi", "password": "x" * 12})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "没有存下" in answer.text
    assert browser.get("/login").status_code == 200
    assert browser.get("/health").status_code == 200


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with world(tmp_path / "data") as service:
        reader = service.browser(service.user(EXPERT))
        file = tmp_path / "data" / "intranet.db"
        with full_disk(file.stat().st_size + 300_000):
            assert "磁盘" in str(fill(service, acknowledged))
            service.clock.forward(minutes=2)  # a page now wants to write when it was seen
            assert reader.get("/account").status_code == 200
            refused_and_still_read(service)
        acknowledged.append("danach")
        service.desk.store.write(lambda c: step(c, "danach"))
        all_there(service, acknowledged)
    assert copies.whole(file) == ""


def test_a_database_that_may_not_grow_says_so(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with world(tmp_path / "data") as service:
        limit = "PRAGMA max_page_count = {}"
        pages = service.desk.store.write(lambda c: c.execute(text("PRAGMA page_count")).scalar())
        service.desk.store.write(lambda c: c.execute(text(limit.format(int(pages or 0) + 20))))
        assert "磁盘满了" in str(fill(service, acknowledged))
        refused_and_still_read(service)
        service.desk.store.write(lambda c: c.execute(text(limit.format(1_000_000))))
        service.desk.store.write(lambda c: step(c, "danach"))
        all_there(service, [*acknowledged, "danach"])


def test_a_full_disk_of_the_database_server(tmp_path: Path, power: Postgres) -> None:
    acknowledged: list[str] = []
    url = fresh(power, "weike_full_disk")
    with world(tmp_path / "data", database=url) as service:
        power.crash()
        power.start(largest=1_060_000)
        try:
            until_refused(service, 900)  # short enough to stay in the row
            assert "磁盘满了" in str(fill(service, acknowledged))
            refused_and_still_read(service)
        finally:
            power.crash()
            power.start()
        service.desk.store.write(lambda c: step(c, "danach"))
        all_there(service, [*acknowledged, "danach"])


# --- locked, cut off ------------------------------------------------------------------------------


def test_a_locked_database_is_told_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.engine.WAIT", 0.2)
    with world(tmp_path / "data") as service:
        other, held, go = Store(service.desk.settings.url), threading.Event(), threading.Event()

        def hold(connection: Connection) -> None:
            held.set()
            go.wait(10)

        thread = threading.Thread(target=other.write, args=(hold,))
        thread.start()
        held.wait(5)
        refused_and_still_read(service)
        go.set()
        thread.join()
        other.close()
        answer = service.browser().post("/login", data={"login": "x", "password": "x" * 12})
        assert answer.status_code == 401


def test_a_server_that_restarts_is_told_and_taken_up_again(
    tmp_path: Path, power: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.engine.TRIES", 3)
    with world(tmp_path / "data", database=fresh(power, "weike_restart")) as service:
        browser = service.browser(service.user(EXPERT))
        service.desk.store.write(lambda c: step(c, "davor"))
        power.crash()
        try:
            for answer in (
                browser.get("/account"),
                browser.get("/health"),
                service.browser().post("/login", data={"login": "x", "password": "x" * 12}),
            ):
                assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
                assert "数据库暂时连不上" in answer.text
                assert "default-src 'none'" in answer.headers["content-security-policy"]
            machine = browser.get("/health", headers={"accept": "application/json"})
            assert machine.json()["ok"] is False
        finally:
            power.start()
        end = time.monotonic() + 20
        while browser.get("/account").status_code == 503 and time.monotonic() < end:
            time.sleep(0.1)  # it brings its files in order first
        assert browser.get("/account").status_code == 200
        service.desk.store.write(lambda c: step(c, "danach"))
        all_there(service, ["davor", "danach"])


def test_writers_go_on_by_themselves_when_connections_break(service_both: World) -> None:
    """The server threw everybody out: the next write takes a new connection, and the caller notices nothing."""
    store = service_both.desk.store
    if store.lite:
        return
    store.write(lambda c: step(c, "eins"))
    engine = create_engine(service_both.desk.settings.url)
    with engine.connect() as connection:
        words = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        connection.execute(text(words))
    engine.dispose()
    store.write(lambda c: step(c, "zwei"))
    all_there(service_both, ["eins", "zwei"])


def test_an_acknowledgement_that_got_lost_is_told_as_such(tmp_path: Path, power: Postgres) -> None:
    """It is stored, or it is not: we do not know, say so, and do not do it twice."""
    url = make_url(fresh(power, "weike_lost"))
    with Relay(power.port) as relay:
        far = url.set(host="127.0.0.1", port=relay.port).render_as_string(hide_password=False)
        with world(tmp_path / "data", database=far) as service:
            service.desk.store.write(lambda c: step(c, "eins"))
            relay.swallow = True
            with pytest.raises(Unavailable) as told:
                service.desk.store.write(lambda c: step(c, "zwei"))
            assert told.value.reason == UNKNOWN
            end = time.monotonic() + 10
            while time.monotonic() < end:
                with service.desk.store.read() as connection:
                    if people.by_login(connection, "zwei"):
                        break
            all_there(service, ["eins", "zwei"])
            relay.swallow = True
            answer = service.browser().post("/login", data={"login": "x", "password": "x" * 12})
            assert (answer.status_code, UNKNOWN[:9] in answer.text) == (503, True)


# --- a clock that jumps ---------------------------------------------------------------------------


def test_a_clock_that_was_ahead_does_not_lengthen_sessions(service: World) -> None:
    service.clock.forward(days=30)
    browser = service.signed(EXPERT)
    assert browser.get("/account").status_code == 200
    service.clock.forward(days=-30)
    assert browser.get("/account").headers["location"].startswith("/login")


def test_a_clock_that_steps_back_a_little_throws_nobody_out(service: World) -> None:
    browser = service.signed(EXPERT)
    service.clock.forward(seconds=-120)
    assert browser.get("/account").status_code == 200


def test_a_clock_that_jumps_ahead_ends_sessions(service: World) -> None:
    browser = service.signed(EXPERT)
    service.clock.forward(days=3)
    assert browser.get("/account").status_code == 303


def test_a_door_that_a_wrong_clock_shut_is_open_when_it_is_right(service: World) -> None:
    service.user(EXPERT, login="lisi")
    browser, right = service.browser(), {"login": "lisi", "password": WORD}
    service.clock.forward(days=400)
    for _ in range(5):
        browser.post("/login", data={"login": "lisi", "password": "x" * 12})
    assert browser.post("/login", data=right).status_code == 429
    service.clock.forward(days=-400)
    assert browser.post("/login", data=right).status_code == 303


def test_six_digits_count_again_as_soon_as_the_clock_is_right(service: World) -> None:
    user = service.user(EDITOR)
    with service.desk.store.read() as connection:
        held = people.secret(connection, user).totp
    phone = pyotp.TOTP(service.desk.sealer("totp").open(held, str(user))).at(
        service.clock() // 1000
    )
    service.clock.forward(hours=5)
    wrong = service.browser(user, second=False).post("/second", data={"code": phone})
    assert (wrong.status_code, "手机的时间要准" in wrong.text) == (401, True)
    service.clock.forward(hours=-5)
    fresh = service.browser(user, second=False)
    assert fresh.post("/second", data={"code": phone}).status_code == 303


def test_the_record_keeps_its_order_whatever_the_clock_says(service_both: World) -> None:
    for jump in (0, 400, -800, 400):
        service_both.clock.forward(days=jump)
        service_both.desk.note(Act("", f"j{jump}"))
    with service_both.desk.store.read() as connection:
        assert [r.act for r in audit.newest(connection, 9)] == ["j400", "j-800", "j400", "j0"]
        assert list(audit.broken(connection)) == []


def test_a_record_that_is_ahead_of_the_clock_is_told(service: World) -> None:
    from service.health import state

    service.clock.forward(days=2)
    service.desk.note(Act("", "x"))
    assert not state(service.desk).clock_back
    service.clock.forward(days=-2)
    assert state(service.desk).clock_back
    assert not state(service.desk).ok
