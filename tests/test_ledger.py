"""The ledger: nothing that was written is lost, one writer, receipts that can't be changed unseen."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from publish.ledger import FILE, FIRST, Call, Ledger, LedgerTrouble, Receipt, broken, canonical
from publish.schema import MIGRATIONS

FULL = bool(os.environ.get("WEIKE_FULL"))
KILLS = 60 if FULL else 8
NOW = datetime.fromisoformat("2026-11-21T10:00:00+08:00")
ROOT = Path(__file__).resolve().parent.parent


def clock() -> datetime:
    return NOW


def call(step: str = "draft", api: str = "draft/add") -> Call:
    return Call("wechat", "main", "run-1", step, api, {"markers": ["一", "二"]})


def test_a_call_is_open_until_it_is_settled(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        first, second = ledger.intend(call()), ledger.intend(call("image", "media/uploadimg"))
        ledger.settle(first, "done", {"media_id": "m1"})
        assert [o.id for o in ledger.unsettled("wechat", "main")] == [second]
        ledger.settle(second, "lost")
        [still] = ledger.unsettled("wechat", "main")
        assert still.call == call("image", "media/uploadimg")
        assert still.at == NOW
        ledger.settle(second, "found", {"url": "u"})
        assert ledger.unsettled("wechat", "main") == []
        assert ledger.unsettled("wechat", "other") == []


def test_calls_are_counted_by_interface_and_time(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        ledger.intend(call())
        ledger.intend(call())
        ledger.intend(call(api="draft/get"))
        assert ledger.used("wechat", "main", "draft/add", "2026-11-21T00:00:00+08:00") == 2
        assert ledger.used("wechat", "main", "draft/add", "2026-11-21T10:00:01+08:00") == 0
        assert ledger.used("wechat", "other", "draft/add", "2026-11-21T00:00:00+08:00") == 0


def test_what_is_written_together_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        number = ledger.intend(call())

        def cut_off() -> None:
            with ledger.together():
                ledger.settle(number, "done")
                ledger.receipt("wechat", {"what": "draft"})
                raise KeyError

        with pytest.raises(KeyError):
            cut_off()
        assert len(ledger.unsettled("wechat", "main")) == 1
        assert ledger.receipts() == []
        with ledger.together():
            ledger.settle(number, "done")
            ledger.receipt("wechat", {"what": "draft"})
        assert ledger.unsettled("wechat", "main") == []
        assert len(ledger.receipts()) == 1


def test_a_second_writer_is_told_in_chinese_and_readers_are_welcome(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        ledger.intend(call())
        with pytest.raises(
            LedgerTrouble, match=r"另一个 weike 正在发布（进程 \d+，11月21日 10:00 开始）"
        ):
            Ledger.open(tmp_path, clock)
        with Ledger.view(tmp_path, clock) as reader:
            assert len(reader.unsettled("wechat", "main")) == 1
            with pytest.raises(LedgerTrouble, match="不让写"):
                reader.intend(call())
    Ledger.open(tmp_path, clock).close()


def test_looking_where_there_is_no_ledger_makes_none(tmp_path: Path) -> None:
    with Ledger.view(tmp_path / "none", clock) as reader:
        assert reader.receipts() == []
    assert not (tmp_path / "none").exists()


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "state", clock).close()
    if os.name == "posix":
        assert (tmp_path / "state").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.name != "posix", reason="another system keeps its folders otherwise")
def test_a_folder_made_by_hand_is_closed_to_others(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with Ledger.open(state, clock) as ledger:
        ledger.intend(call())
    state.chmod(0o755)
    for path in state.iterdir():
        path.chmod(0o644)
    with Ledger.open(state, clock) as ledger:
        ledger.intend(call())
        modes = {p.name: p.stat().st_mode & 0o777 for p in (state, *state.iterdir())}
    assert modes.pop("state") == 0o700
    assert {"ledger.sqlite", "ledger.sqlite-wal", "ledger.lock"} <= set(modes)
    assert set(modes.values()) == {0o600}


@contextmanager
def held(state: Path, how: str) -> Iterator[None]:
    """Another program, with its hand on the file."""
    other = sqlite3.connect(state / FILE, isolation_level=None)
    try:
        other.execute(f"PRAGMA locking_mode = {'EXCLUSIVE' if how == 'EXCLUSIVE' else 'NORMAL'}")
        other.execute(f"BEGIN {how}")
        other.execute("SELECT count(*) FROM calls").fetchone()
        yield
    finally:
        other.close()


def test_a_ledger_that_another_program_holds_is_not_called_broken(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        ledger.receipt("site", {"n": 1})
    for look in (Ledger.open, Ledger.view):
        with held(tmp_path, "EXCLUSIVE"), pytest.raises(LedgerTrouble, match="占着") as told:
            look(tmp_path, clock, patience=0.05)
        assert "备份换上" not in str(told.value)
    with Ledger.open(tmp_path, clock, patience=0.05) as ledger:
        with held(tmp_path, "IMMEDIATE"), pytest.raises(LedgerTrouble, match="占着"):
            ledger.receipt("site", {"n": 2})
        assert ledger.receipt("site", {"n": 2}).seq == 2


def test_a_full_disk_is_not_called_broken(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        [pages] = ledger.rows("PRAGMA page_count")[0]
        ledger.base.execute(f"PRAGMA max_page_count = {pages + 2}")  # as large as the disk is
        number = ledger.intend(call())

        def much() -> None:
            with ledger.together():
                ledger.settle(number, "done")
                ledger.receipt("site", {"a": "much" * 10_000})

        with pytest.raises(LedgerTrouble, match=r"磁盘满了.*腾出空间") as told:
            much()
        assert "备份" not in str(told.value)
        assert [o.id for o in ledger.unsettled("wechat", "main")] == [number]
        ledger.base.execute(f"PRAGMA max_page_count = {pages + 1000}")
        much()
        assert len(ledger.receipts()) == 1


def test_a_file_that_is_spoilt_inside_is_named_so(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        for number in range(200):
            ledger.receipt("site", {"n": number})
    path = tmp_path / FILE
    data = path.read_bytes()
    path.write_bytes(data[:8192] + b"\x55" * (len(data) - 8192))
    with pytest.raises(LedgerTrouble, match="不要删它"), Ledger.view(tmp_path, clock) as ledger:
        ledger.receipts()


def test_a_fault_of_ours_is_not_put_down_to_the_file(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger, pytest.raises(sqlite3.OperationalError):
        ledger.rows("SELECT nothing FROM calls")


def test_runs_begin_and_end(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        assert not ledger.begun("r")
        ledger.begin("r", "wechat", "main", "p")
        ledger.begin("r", "wechat", "main", "p")
        assert ledger.begun("r")
        ledger.end("r")
        assert not ledger.begun("r")


def test_receipts_are_a_chain(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        made = [ledger.receipt("site", {"第": n, "b": [1, "二"], "a": None}) for n in range(4)]
        assert ledger.receipts() == made
        assert [r.seq for r in made] == [1, 2, 3, 4]
        assert made[0].previous == FIRST
        assert broken(made) is None
        exported = json.loads(ledger.export())
        assert exported["receipts"] == [r.plain() for r in made]
        assert ledger.export() == canonical(exported)
        assert json.loads(ledger.export(2))["after"] == made[1].digest
        assert [r["seq"] for r in json.loads(ledger.export(2))["receipts"]] == [3, 4]


def test_one_channels_receipts_go_out_without_a_trace_of_the_others(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        ledger.receipt("site", {"target": "nei-mishu"})
        for number in range(3):
            ledger.receipt("airgap", {"n": number})
            before = json.loads(ledger.export(only="airgap"))["receipts"]
            ledger.receipt("site", {"target": "nei-mishu"})
            again = json.loads(ledger.export(only="airgap"))
            assert again["receipts"] == before
        assert [r["seq"] for r in before] == [1, 2, 3]
        assert broken([Receipt(**r) for r in before]) is None
        assert not any(r.digest in json.dumps(again) for r in ledger.receipts())
        ledger.base.execute("UPDATE receipts SET body = '{}' WHERE seq = 1")
        with pytest.raises(LedgerTrouble, match="第 1 号"):
            ledger.export(only="airgap")


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ("UPDATE receipts SET body = '{\"n\":9}' WHERE seq = 2", 2),
        ("UPDATE receipts SET at = '2020-01-01T00:00:00+08:00' WHERE seq = 3", 3),
        ("DELETE FROM receipts WHERE seq = 2", 3),
        ("UPDATE receipts SET channel = 'site' WHERE seq = 1", 1),
    ],
)
def test_a_changed_receipt_breaks_the_chain(tmp_path: Path, change: str, first: int) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        for number in range(4):
            ledger.receipt("wechat", {"n": number})
        ledger.base.execute(change)
        assert broken(ledger.receipts()) == first
        with pytest.raises(LedgerTrouble, match=f"第 {first} 号回执与前一号接不上"):
            ledger.export()


def test_a_file_that_is_no_ledger_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, whatever it is " * 100)
    with pytest.raises(LedgerTrouble, match=r"打不开.*不要删它"):
        Ledger.open(tmp_path, clock)
    assert (tmp_path / FILE).read_bytes().startswith(b"not a database")


def test_a_newer_ledger_is_left_alone(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, clock) as ledger:
        ledger.base.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(LedgerTrouble, match="更新版的程序"):
        Ledger.open(tmp_path, clock)


WRITER = """
import sys
from pathlib import Path
from publish.ledger import Call, Ledger
with Ledger.open(Path(sys.argv[1])) as ledger:
    print("open", flush=True)
    n = len(ledger.receipts())
    while True:
        n += 1
        number = ledger.intend(Call("wechat", "main", "r", str(n), "draft/add", {"n": n}))
        print("intended", number, flush=True)
        with ledger.together():
            ledger.settle(number, "done", {"n": n})
            ledger.receipt("wechat", {"n": n, "call": number})
        print("settled", number, flush=True)
"""


def test_a_writer_killed_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    rng = random.Random()
    told: dict[str, set[int]] = {"intended": set(), "settled": set()}
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            assert process.stdout.readline() == "open\n"
            time.sleep(rng.random() * 0.15)
            process.kill()
            for line in process.stdout.read().splitlines(keepends=True):
                if line.endswith("\n"):  # else it was cut off
                    word, _, number = line.partition(" ")
                    told[word].add(int(number))
        with Ledger.view(tmp_path) as ledger:
            calls = {r["id"]: r["state"] for r in ledger.rows("SELECT id, state FROM standing")}
            assert told["intended"] <= set(calls)
            assert {n for n in told["settled"] if calls.get(n) != "done"} == set()
            assert broken(ledger.receipts()) is None
            done = [i for i, state in calls.items() if state == "done"]
            assert [r.body["call"] for r in ledger.receipts()] == done
    assert len(told["settled"]) > KILLS
