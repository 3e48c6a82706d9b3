"""What was done to the outside, and what is not known to be done: one SQLite file for all channels.

Before each outside call its intent is written, after it its outcome; both reach the disk before work
goes on. A process killed between the two leaves an open call, and whoever comes next has to ask the
outside what became of it. Receipts are a chain: each holds the hash of the one before.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import IO, Any, Literal, Self

from publish.schema import MIGRATIONS

BEIJING = timezone(timedelta(hours=8))  # quotas are counted by Beijing days
FILE = "ledger.sqlite"
LOCK = "ledger.lock"
FIRST = "0" * 64  # what the first receipt names as the one before
# done: answered, it happened. refused: answered, it did not. lost: no answer. found, absent: asked later.
State = Literal["done", "refused", "lost", "found", "absent"]
HAPPENED = ("done", "found")
PATIENCE = 10.0  # seconds that one waits for another program to let go of the file
HELD = "正被别的程序占着（备份、看库的工具），这次用不了", "等它结束，或者关掉它"
SHUT = "不让写", "检查这个文件和它的文件夹的权限，磁盘是不是只读"
HINDERED = {  # what SQLite says of something around the file: what that is, and what to do
    sqlite3.SQLITE_BUSY: HELD,
    sqlite3.SQLITE_LOCKED: HELD,
    sqlite3.SQLITE_READONLY: SHUT,
    sqlite3.SQLITE_PERM: SHUT,
    sqlite3.SQLITE_CANTOPEN: SHUT,
    sqlite3.SQLITE_FULL: ("写不下了，磁盘满了", "腾出空间"),
    sqlite3.SQLITE_IOERR: ("读写出错", "检查磁盘空间和磁盘是不是好的"),
}
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class LedgerTrouble(Exception):
    """The ledger can't be used; the text says why and what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class Call:
    """One outside call: `api` of `target` (an account, a host), for `run` (a plan's digest) and its `step`.

    `about`: what somebody needs to ask later whether it happened; never a secret.
    """

    channel: str
    target: str
    run: str
    step: str
    api: str
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Open:
    """A call whose outcome is not known."""

    id: int
    at: datetime
    call: Call


@dataclass(frozen=True, slots=True)
class Receipt:
    """One link of the chain: what was done, canonically written."""

    seq: int
    at: str
    channel: str
    body: Mapping[str, Any]
    previous: str
    digest: str

    def plain(self) -> dict[str, Any]:
        """The receipt as it is exported and hashed; `digest` is the hash of all the rest."""
        return {**self.hashed(), "digest": self.digest}

    def hashed(self) -> dict[str, Any]:
        """All of the receipt that its hash speaks of."""
        return {
            "seq": self.seq,
            "at": self.at,
            "channel": self.channel,
            "body": dict(self.body),
            "previous": self.previous,
        }

    def proper(self) -> bool:
        """Whether the hash is that of what the receipt says."""
        return hashlib.sha256(canonical(self.hashed())).hexdigest() == self.digest


def canonical(data: object) -> bytes:
    """JSON with one spelling: keys sorted, no spaces, UTF-8 as it is."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def broken(receipts: list[Receipt], previous: str = FIRST) -> int | None:
    """The number of the first receipt that does not follow from the one before; None when all do."""
    for receipt in receipts:
        if receipt.previous != previous or not receipt.proper():
            return receipt.seq
        previous = receipt.digest
    return None


def chained(receipts: Iterable[Receipt]) -> list[Receipt]:
    """These alone, numbered from 1 and each with the hash of the one before: same first ones, same chain."""
    found: list[Receipt] = []
    for number, receipt in enumerate(receipts, 1):
        bare = replace(
            receipt, seq=number, previous=found[-1].digest if found else FIRST, digest=""
        )
        digest = hashlib.sha256(canonical(bare.hashed())).hexdigest()
        found.append(replace(bare, digest=digest))
    return found


def _local() -> datetime:
    return datetime.now(BEIJING)


class Ledger:
    """The ledger of one machine. `Ledger.open` for work, `Ledger.view` to look only."""

    def __init__(
        self, base: sqlite3.Connection, now: Callable[[], datetime], lock: IO[str] | None
    ) -> None:
        """Use `open` or `view`."""
        self.base, self.now, self._lock = base, now, lock
        base.row_factory = sqlite3.Row

    @classmethod
    def open(
        cls, state: Path, now: Callable[[], datetime] = _local, patience: float = PATIENCE
    ) -> Self:
        """The one writer. Makes `state` when there is none; `LedgerTrouble` when another process writes."""
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        _private(state)
        lock = _alone(state / LOCK, now())
        try:
            base = _connected(f"{_file(state).as_uri()}?mode=rwc", patience)
            for name in (LOCK, FILE, f"{FILE}-wal", f"{FILE}-shm"):
                _private(state / name)
            return cls(base, now, lock)
        except BaseException:
            lock.close()
            raise

    @classmethod
    def view(
        cls, state: Path, now: Callable[[], datetime] = _local, patience: float = PATIENCE
    ) -> Self:
        """Somebody who only reads, also while another writes; an empty ledger when there is none yet."""
        path = _file(state)
        base = _connected(f"{path.as_uri()}?mode=rw" if path.exists() else ":memory:", patience)
        base.execute("PRAGMA query_only = ON")
        return cls(base, now, None)

    def close(self) -> None:
        """Let go of the file and of the lock."""
        self.base.close()
        if self._lock:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is written inside is written, or nothing of it. May be nested."""
        if self.base.in_transaction:
            yield
            return
        with _plainly():
            self.base.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.base.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has ended it already
                    self.base.execute("ROLLBACK")
                raise

    def put(self, table: str, key: tuple[str, ...], /, **values: object) -> None:
        """Write one row, over the one with the same `key` columns; lists and mappings as JSON."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        rest = ", ".join(f"{n} = excluded.{n}" for n in values if n not in key)
        over = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {rest}" if key else ""
        plain = [_stored(v) for v in values.values()]
        with self.together():  # the table and its columns are named by our own code
            self.base.execute(f"INSERT INTO {table} ({names}) VALUES ({marks}){over}", plain)  # noqa: S608

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """What a query finds."""
        with _plainly():
            return self.base.execute(query, values).fetchall()

    def moment(self) -> str:
        """The time as it is written here: Beijing's, to the second."""
        return self.now().astimezone(BEIJING).isoformat(timespec="seconds")

    # --- calls --------------------------------------------------------------------------------

    def intend(self, call: Call) -> int:
        """Write down that a call is about to be made; the number by which it is settled."""
        at = self.moment()
        with self.together():
            cursor = self.base.execute(
                "INSERT INTO calls (at, channel, target, run, step, api, about) VALUES (?,?,?,?,?,?,?)",
                (at, call.channel, call.target, call.run, call.step, call.api, _stored(call.about)),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def settle(self, call: int, state: State, answer: Mapping[str, Any] | None = None) -> None:
        """Write down what became of a call. The last word counts: a lost one may be found later."""
        with self.together():
            self.base.execute(
                "INSERT INTO outcomes (call, at, state, answer) VALUES (?,?,?,?)",
                (call, self.moment(), state, _stored(answer or {})),
            )

    def unsettled(self, channel: str, target: str) -> list[Open]:
        """Calls of which nobody knows whether they happened, oldest first."""
        rows = self.rows(
            "SELECT * FROM standing WHERE channel = ? AND target = ? AND (state IS NULL OR state = 'lost')"
            " ORDER BY id",
            channel,
            target,
        )
        return [Open(r["id"], datetime.fromisoformat(r["at"]), _call(r)) for r in rows]

    def used(self, channel: str, target: str, api: str, since: str) -> int:
        """How many calls of `api` there were from `since` on (as `moment` writes it), answered or not."""
        rows = self.rows(
            "SELECT count(*) AS n FROM calls WHERE channel = ? AND target = ? AND api = ? AND at >= ?",
            channel,
            target,
            api,
            since,
        )
        return int(rows[0]["n"])

    # --- runs ---------------------------------------------------------------------------------

    def begin(self, run: str, channel: str, target: str, push: str) -> None:
        """A stored plan is being carried out: from now on its own traces do not make it stale."""
        with self.together():
            self.base.execute(
                "INSERT OR IGNORE INTO runs (run, channel, target, push, started) VALUES (?,?,?,?,?)",
                (run, channel, target, push, self.moment()),
            )

    def end(self, run: str) -> None:
        """All of a plan is done."""
        with self.together():
            self.base.execute(
                "UPDATE runs SET finished = ? WHERE run = ? AND finished IS NULL",
                (self.moment(), run),
            )

    def begun(self, run: str) -> bool:
        """Whether this plan was begun and not ended."""
        return bool(self.rows("SELECT 1 FROM runs WHERE run = ? AND finished IS NULL", run))

    # --- receipts -----------------------------------------------------------------------------

    def receipt(self, channel: str, body: Mapping[str, Any]) -> Receipt:
        """Add a receipt to the chain. `body`: plain data, no secret in it, floats avoided."""
        with self.together():
            last = self.rows("SELECT seq, digest FROM receipts ORDER BY seq DESC LIMIT 1")
            seq, previous = (last[0]["seq"] + 1, last[0]["digest"]) if last else (1, FIRST)
            bare = Receipt(seq, self.moment(), channel, body, previous, "")
            digest = hashlib.sha256(canonical(bare.hashed())).hexdigest()
            self.base.execute(
                "INSERT INTO receipts (seq, at, channel, body, previous, digest) VALUES (?,?,?,?,?,?)",
                (seq, bare.at, channel, canonical(body).decode(), previous, digest),
            )
        return Receipt(seq, bare.at, channel, body, previous, digest)

    def receipts(self, after: int = 0) -> list[Receipt]:
        """The receipts with a number above `after`, in order."""
        rows = self.rows("SELECT * FROM receipts WHERE seq > ? ORDER BY seq", after)
        return [
            Receipt(
                r["seq"],
                r["at"],
                r["channel"],
                json.loads(r["body"]),
                r["previous"],
                r["digest"],
            )
            for r in rows
        ]

    def export(self, after: int = 0, only: str = "") -> bytes:
        """Receipts above `after` as canonical JSON, to be signed and carried; LedgerTrouble when the chain is broken.

        `only`: one channel's, without a trace of the others, in a chain of their own from number 1.
        """
        found = self.receipts(after)
        before = self.rows("SELECT digest FROM receipts WHERE seq = ?", after)
        start = before[0]["digest"] if before else FIRST
        wrong = broken(found, start)
        if wrong is not None:
            raise LedgerTrouble(
                f"第 {wrong} 号回执与前一号接不上，账本可能被改过：不导出，请找维护人员核对 {FILE}。"
            )
        if only:
            start, found = FIRST, chained(r for r in found if r.channel == only)
        return canonical({"format": 1, "after": start, "receipts": [r.plain() for r in found]})


def _file(state: Path) -> Path:
    return state.resolve() / FILE


def _stored(value: object) -> object:
    return canonical(value).decode() if isinstance(value, Mapping | list | tuple) else value


def _call(row: sqlite3.Row) -> Call:
    about = json.loads(row["about"])
    return Call(row["channel"], row["target"], row["run"], row["step"], row["api"], about)


def _private(path: Path) -> None:
    """Nobody else may look into it, also when it was made by hand; what is another user's stays as it is."""
    if os.name == "posix" and path.exists():
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            with suppress(PermissionError):
                path.chmod(mode & 0o700)


@contextmanager
def _plainly() -> Iterator[None]:
    """What SQLite says of the file and what is around it, in words; a fault of ours as it is."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # above it are finer shades
        if code in HINDERED:
            what, do = HINDERED[code]
            said = f"账本 {FILE} {what}（{error}）：{do}；再运行同一条命令，会先查清做到哪里，再接着做。"
            raise LedgerTrouble(said) from error
        if code in BROKEN:
            raise _unreadable(error) from error
        raise


def _unreadable(error: sqlite3.Error) -> LedgerTrouble:
    return LedgerTrouble(
        f"账本 {FILE} 打不开（{error}）：不要删它，它记着哪些已经发出；请用备份换上，或找维护人员。"
    )


def _connected(address: str, patience: float) -> sqlite3.Connection:
    """Open the file and bring it to today's form."""
    with _plainly():
        base = sqlite3.connect(address, uri=True, isolation_level=None, timeout=patience)
    try:
        with _plainly():
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = FULL")
            base.execute("PRAGMA foreign_keys = ON")
            _migrate(base)
    except sqlite3.DatabaseError as error:
        base.close()
        raise _unreadable(error) from None
    except BaseException:
        base.close()
        raise
    return base


def _migrate(base: sqlite3.Connection) -> None:
    version = base.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise LedgerTrouble(f"账本 {FILE} 是更新版的程序写的：请用同一版或更新的程序。")
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        statements = [s for s in script.split(";") if s.strip()]
        base.execute("BEGIN IMMEDIATE")
        if base.execute("PRAGMA user_version").fetchone()[0] >= number:
            base.execute("ROLLBACK")  # another process was quicker
            continue
        for statement in statements:
            base.execute(statement)
        base.execute(f"PRAGMA user_version = {number}")
        base.execute("COMMIT")


def _alone(path: Path, now: datetime) -> IO[str]:
    """The lock of the one writer; the system lets go of it when the process ends, however it ends."""
    file = path.open("a+", encoding="utf-8")
    try:
        lock(file)
    except OSError:
        file.seek(0)
        who = file.read().strip()
        file.close()
        raise LedgerTrouble(
            f"另一个 weike 正在发布（{who or '刚开始'}）：等它结束再运行，这次什么也没做。"
        ) from None
    file.seek(0)
    file.truncate()
    file.write(f"进程 {os.getpid()}，{now.astimezone(BEIJING):%m月%d日 %H:%M} 开始")
    file.flush()
    return file


def lock(file: IO[Any]) -> None:
    """Hold a file for this process; OSError when another has it. The system lets go when a process ends."""
    if os.name == "nt":
        import msvcrt

        file.seek(1 << 20)  # a byte beyond the words: they stay readable
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
