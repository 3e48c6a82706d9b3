"""The record of acts is verified from where it was last verified whole; what is gone from its end is missed."""

from __future__ import annotations

import time
from functools import partial

import pytest
from sqlalchemy import text

from service.cli import main
from service.people import record
from service.roles import AUDITOR
from service.store import audit, checks, outbox
from service.store.audit import Act
from service.store.engine import Connection, Store
from service.ticks import Ticks
from tests.service_world import World


def acts(store: Store, count: int, start: int = 0) -> None:
    """Rows as many acts would leave them, in one write."""

    def put(connection: Connection) -> None:
        for number in range(start, start + count):
            told = Act(str(number), "a", detail={"n": number})
            audit.record(connection, number, told)

    store.write(put)


def spoil(store: Store, words: str) -> None:
    store.write(lambda c: c.execute(text(words)))


def seen(store: Store) -> checks.Seen:
    with store.read() as connection:
        return checks.since(connection)


def test_until_where_and_when_is_told(service_both: World) -> None:
    service = service_both
    store, who = service.desk.store, service.user(AUDITOR)
    acts(store, 10)
    browser = service.browser(who)
    assert "到第 10 条：刚才从头核对的" in browser.get("/audit").text
    assert Ticks(service.desk, record.JOBS).once() == ["audit"]
    shown = browser.get("/audit").text
    assert "到第 10 条：" in shown
    assert "从头核对过" in shown
    assert "以后到第 11 条：刚才核对的" in shown  # the check itself
    service.clock.forward(days=1)
    acts(store, 5, 10)
    assert Ticks(service.desk, record.JOBS).once() == ["audit"]
    found = seen(store)
    assert (found.faults, found.whole_seq, found.seq) == ((), 16, 17)
    assert found.whole_at == service.clock()
    with store.read() as connection:
        assert outbox.unseen(connection, who) == 0


LATE = {
    "a word": "UPDATE audit SET outcome = 'x' WHERE seq = 14",
    "a row gone": "DELETE FROM audit WHERE seq = 13",
    "the first after": "DELETE FROM audit WHERE seq = 12",
}


@pytest.mark.parametrize("words", LATE.values(), ids=LATE)
def test_what_is_changed_since_is_seen_at_once(service_both: World, words: str) -> None:
    store = service_both.desk.store
    acts(store, 10)
    record.check(service_both.desk)
    acts(store, 5, 10)
    assert seen(store).faults == ()
    spoil(store, words)
    assert seen(store).faults
    assert "记录不完整" in service_both.signed(AUDITOR).get("/audit").text


EARLY = {
    "a word": "UPDATE audit SET outcome = 'x' WHERE seq = 4",
    "a row gone": "DELETE FROM audit WHERE seq = 3",
    "the end": "DELETE FROM audit WHERE seq >= 10",
    "all": "DELETE FROM audit",
    "the last one": "UPDATE audit SET hash = 'x' WHERE seq = 10",
}


@pytest.mark.parametrize("words", EARLY.values(), ids=EARLY)
def test_what_was_changed_before_is_seen_by_the_whole_check_and_told(
    service_both: World, words: str
) -> None:
    service = service_both
    store, who = service.desk.store, service.user(AUDITOR)
    acts(store, 10)
    record.check(service.desk)
    acts(store, 3, 10)
    spoil(store, words)
    assert record.check(service.desk)
    assert seen(store).faults
    with store.read() as connection:
        assert outbox.unseen(connection, who) == 1
        (told,) = audit.newest(connection, 1, act="audit.check")
    assert told.outcome == "wrong"
    assert record.check(service.desk)  # it stays so


def test_the_chain_alone_does_not_miss_its_end_and_the_kept_row_does(service: World) -> None:
    store = service.desk.store
    acts(store, 10)
    record.check(service.desk)
    spoil(store, "DELETE FROM audit WHERE seq > 7")
    with store.read() as connection:
        assert list(audit.broken(connection)) == []
    assert "末尾少了记录" in seen(store).faults[0]


def test_what_is_cut_is_not_missed(service_both: World) -> None:
    store = service_both.desk.store
    acts(store, 10)
    record.check(service_both.desk)
    acts(store, 10, 10)
    store.write(partial(audit.cut, at=2000, until=15, actor=""))
    assert seen(store).faults == ()
    assert record.check(service_both.desk) == ()
    assert seen(store).faults == ()


def test_an_empty_record_and_one_that_was_empty(service: World) -> None:
    store = service.desk.store
    assert seen(store).faults == ()
    assert record.check(service.desk) == ()
    acts(store, 3)
    assert seen(store).faults == ()


def test_a_look_reads_what_is_new_and_not_the_rest(service: World) -> None:
    store = service.desk.store
    acts(store, 20_000)
    begun = time.process_time()
    record.check(service.desk)
    whole = time.process_time() - begun
    begun = time.process_time()
    assert seen(store).seq == 20_001
    assert time.process_time() - begun < whole / 20


def test_the_command_verifies_all_of_it(service: World, capsys: pytest.CaptureFixture[str]) -> None:
    settings = service.desk.settings
    file = settings.data / "s.toml"
    file.write_text(f'data = "{settings.data}"\ndatabase = "{settings.database}"\n')
    acts(service.desk.store, 5)
    assert main(["service", "audit", "--settings", str(file)]) == 0
    assert "审计记录完整" in capsys.readouterr().out
    assert seen(service.desk.store).whole_seq == 5
    spoil(service.desk.store, "UPDATE audit SET outcome = 'x' WHERE seq = 2")
    assert main(["service", "audit", "--settings", str(file)]) == 1
    assert "第 2 条" in capsys.readouterr().out
