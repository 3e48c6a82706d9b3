"""The database: one writer at a time, all of a write or nothing, and a record that shows every change."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import MetaData, text

from service import backup
from service.settings import Refused, Settings, load
from service.store import audit, deeds, migrate, outbox, people
from service.store.audit import Act
from service.store.columns import metadata
from service.store.engine import Connection, Store, Unavailable
from tests.service_world import World, world


def test_a_write_that_fails_leaves_nothing(service_both: World) -> None:
    store = service_both.desk.store

    def half(connection: Connection) -> None:
        people.add_user(connection, "halb", "半", "", "", 1)
        audit.record(connection, 1, Act("", "x"))
        raise KeyError("mitten drin")

    with pytest.raises(KeyError):
        store.write(half)
    with store.read() as connection:
        assert people.by_login(connection, "halb") is None
        assert audit.head(connection) == audit.START


def test_writers_take_turns(service_both: World) -> None:
    """Read, think, write: forty threads count to forty, none overwrites another."""
    store = service_both.desk.store
    number = store.write(lambda c: people.add_user(c, "zaehler", "0", "", "", 1))

    def count(connection: Connection) -> None:
        held = int(people.find(connection, [number])[0].name)
        people.change(connection, number, name=str(held + 1))
        audit.record(connection, held, Act("", "count"))

    threads = [threading.Thread(target=store.write, args=(count,)) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        assert people.find(connection, [number])[0].name == "40"
        assert list(audit.broken(connection)) == []


def test_readers_can_not_write(service_both: World) -> None:
    with pytest.raises(Exception), service_both.desk.store.read() as connection:  # noqa: B017, PT011  # its driver's own
        people.add_user(connection, "heimlich", "x", "", "", 1)
    with service_both.desk.store.read() as connection:
        assert people.count(connection) == 0


def test_a_reader_sees_one_state(service_both: World) -> None:
    store = service_both.desk.store
    with store.read() as connection:
        before = people.count(connection)
        store.write(lambda c: people.add_user(c, "spaeter", "x", "", "", 1))
        assert people.count(connection) == before


def test_a_locked_database_says_so_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.engine.WAIT", 0.2)
    with world(tmp_path / "data") as service:
        other = Store(service.desk.settings.url)
        held, go = threading.Event(), threading.Event()

        def hold(connection: Connection) -> None:
            held.set()
            go.wait(10)

        thread = threading.Thread(target=other.write, args=(hold,))
        thread.start()
        held.wait(5)
        with pytest.raises(Unavailable, match="正忙"):
            service.desk.note(Act("", "x"))
        go.set()
        thread.join()
        other.close()
        service.desk.note(Act("", "x"))


SPOILT: dict[str, str] = {
    "a word": "UPDATE audit SET outcome = 'x' WHERE seq = 3",
    "a row gone": "DELETE FROM audit WHERE seq = 3",
    "the first gone": "DELETE FROM audit WHERE seq = 1",
    "a time": "UPDATE audit SET at = at + 1 WHERE seq = 5",
    "two exchanged": "UPDATE audit SET detail = '{}', act = 'b' WHERE seq = 2",
}


@pytest.mark.parametrize("words", SPOILT.values(), ids=SPOILT)
def test_whatever_is_changed_in_the_record_is_seen(service_both: World, words: str) -> None:
    store = service_both.desk.store
    for number in range(6):
        store.write(
            partial(audit.record, at=number, act=Act(str(number), "a", detail={"n": number}))
        )
    with store.read() as connection:
        assert list(audit.broken(connection)) == []
    store.write(lambda c: c.execute(text(words)))
    with store.read() as connection:
        assert list(audit.broken(connection))


def test_old_rows_go_and_the_chain_holds(service_both: World) -> None:
    store = service_both.desk.store
    for number in range(10):
        store.write(partial(audit.record, at=number * 100, act=Act("", "a")))
    assert store.write(lambda c: audit.cut(c, 2000, 450, "7")) == 5
    with store.read() as connection:
        assert list(audit.broken(connection)) == []
        assert len(audit.newest(connection, 99)) == 6
    store.write(lambda c: c.execute(text("DELETE FROM audit WHERE seq = 6")))
    with store.read() as connection:
        assert list(audit.broken(connection))


def test_the_database_of_each_profile_has_its_tables_and_no_others(
    service_both: World, outside: World
) -> None:
    for one in (service_both, outside):
        profile = one.desk.settings.profile
        assert migrate.strangers(one.desk.store, profile) == set()
        assert migrate.waiting(one.desk.store, profile) == []
        migrate.upgrade(one.desk.store, profile)


def test_what_migrations_make_is_what_the_code_knows(service_both: World, outside: World) -> None:
    """Column by column: a table that the code changed without a migration is found here."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    for one in (service_both, outside):
        mine = {t.name for t in migrate.tables(one.desk.settings.profile)}
        opts = {
            "compare_type": True,
            "include_name": lambda name, kind, _, m=mine: kind != "table" or name in m,
        }
        known = MetaData(naming_convention=metadata.naming_convention)
        for table in migrate.tables(one.desk.settings.profile):
            table.to_metadata(known)
        with one.desk.store.writer.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection, opts=opts), known) == []


def test_a_database_of_tomorrow_is_not_touched(service_both: World) -> None:
    store = service_both.desk.store
    store.write(lambda c: c.execute(text("INSERT INTO alembic_version VALUES ('zukunft_9')")))
    with pytest.raises(migrate.Newer, match="升级程序"):
        migrate.upgrade(store, "intranet")


def test_a_backup_is_restored_into_either_kind(
    service_both: World, tmp_path: Path, house: object
) -> None:
    desk = service_both.desk
    user = service_both.user("expert")
    desk.store.write(lambda c: outbox.post(c, 5, "mail", str(user), {"text": "有通知"}))
    desk.note(Act(str(user), "x"))
    files = desk.settings.data / "files" / "ab"
    files.mkdir(parents=True)
    (files / "werk").write_bytes(b"\x00\xff")
    made = backup.make(desk)
    assert made.stat().st_mode & 0o077 == 0
    there = tmp_path / "neu"
    there.mkdir()
    rows = backup.restore(made, there, f"sqlite:///{there}/neu.db")
    assert rows["users"] == 1
    assert (there / "files" / "ab" / "werk").read_bytes() == b"\x00\xff"
    store = Store(f"sqlite:///{there}/neu.db")
    fresh = store.write(lambda c: people.add_user(c, "naechster", "x", "", "", 1))
    assert fresh > user
    store.close()


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_spoilt_backup_is_not_restored(service: World, place: float) -> None:
    for _ in range(50):
        service.desk.note(Act("", "x", detail={"long": "长" * 50}))
    made = backup.make(service.desk)
    data = bytearray(made.read_bytes())
    at = int(len(data) * place)
    data[at] ^= 0xFF
    made.write_bytes(data)
    with pytest.raises(backup.Spoilt):
        backup.drill(made)
    made.write_bytes(bytes(data[:at]))
    with pytest.raises(backup.Spoilt):
        backup.drill(made)


def test_notices_wait_until_they_are_sent(service_both: World) -> None:
    store = service_both.desk.store
    number = store.write(lambda c: outbox.post(c, 100, "mail", "7", {"text": "您有一条通知"}))
    with store.read() as connection:
        assert outbox.due(connection, 99) == []
        assert [json.loads(r.body)["text"] for r in outbox.due(connection, 100)] == ["您有一条通知"]
    store.write(lambda c: outbox.settle(c, number, outbox.WAITING, "连不上", 500))
    with store.read() as connection:
        assert outbox.due(connection, 499) == []
        assert [r.tries for r in outbox.due(connection, 500)] == [1]
    store.write(lambda c: outbox.settle(c, number, outbox.SENT, ""))
    with store.read() as connection:
        assert outbox.due(connection, 9999) == []


def test_a_deed_is_remembered(service_both: World) -> None:
    store = service_both.desk.store
    store.write(lambda c: deeds.keep(c, "k", 1, "{}"))
    with store.read() as connection:
        assert (deeds.done(connection, "k"), deeds.done(connection, "anders")) == ("{}", None)
    store.write(lambda c: deeds.forget(c, 2))
    with store.read() as connection:
        assert deeds.done(connection, "k") is None


# --- settings -------------------------------------------------------------------------------------


def test_settings_come_from_a_file_and_over_it_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "service.toml"
    file.write_text(
        'profile = "internet"\nport = 9000\n[mail]\nhost = "m"\nsender = "a@example.invalid"\n'
    )
    told = load(file, {"WEIKE_SERVICE_PORT": "9001", "WEIKE_SERVICE_IDLE_MINUTES": "60"})
    assert (told.profile, told.port, told.idle_minutes) == ("internet", 9001, 60)
    assert load(None, {"WEIKE_SERVICE_FILE": str(file)}).port == 9000


WRONG: dict[str, Callable[[Path], object]] = {
    "no TOML": lambda f: f.write_text("= ="),
    "an unknown key": lambda f: f.write_text("prot = 1"),
    "a wrong profile": lambda f: f.write_text('profile = "ueberall"'),
    "no file": lambda f: None,
}


@pytest.mark.parametrize("put", WRONG.values(), ids=WRONG)
def test_wrong_settings_are_told(tmp_path: Path, put: Callable[[Path], object]) -> None:
    put(tmp_path / "service.toml")
    with pytest.raises(Refused):
        load(tmp_path / "service.toml", {})


def test_of_many_who_make_the_key_at_once_one_does(tmp_path: Path) -> None:
    for turn in range(20):
        told, gate = Settings(data=tmp_path / str(turn)), threading.Barrier(8)

        def make(told: Settings = told, gate: threading.Barrier = gate) -> bytes:
            gate.wait(60)
            return told.secret()

        with ThreadPoolExecutor(8) as pool:
            found = {done.result() for done in [pool.submit(make) for _ in range(8)]}
        assert len(found) == 1
        assert [p.name for p in told.data.iterdir()] == ["secret.key"]


def test_the_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    told = Settings(data=tmp_path)
    first = told.secret()
    assert len(first) == 32
    assert told.secret() == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
    (tmp_path / "secret.key").write_bytes(first[:-1])
    with pytest.raises(Refused):
        told.secret()
