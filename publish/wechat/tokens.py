"""The access token, kept in the state folder and shared by every process of this machine.

SQLite, because it gives what this needs on every system: atomic writes, a lock that dies with its process.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from wechatpy.session import SessionStorage

FILE = "tokens.sqlite"
PATIENCE = 180.0  # seconds: longer than another process may need to fetch a token
FORCED_A_DAY = 20  # stable_token's rules for force_refresh
FORCED_APART = timedelta(seconds=31)  # 30, and clocks that don't tick together
_TABLES = """
create table if not exists kept (key text primary key, value text not null, until real);
create table if not exists forced (account text not null, at real not null);
"""


class Tokens(SessionStorage):  # type: ignore[misc]  # wechatpy ships no types
    """Tokens in `state/tokens.sqlite`, readable by nobody else. `now`: the clock, with its zone."""

    def __init__(self, state: Path, now: Callable[[], datetime]) -> None:
        self._file = state / FILE
        self._now = now
        self._held: sqlite3.Connection | None = None
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._prepare()

    def get(self, key: str, default: str | None = None) -> str | None:
        """Give the value, unless its time is over."""
        with self._open() as db:
            row = db.execute("select value, until from kept where key = ?", (key,)).fetchone()
        if row is None or (row[1] is not None and row[1] <= self._now().timestamp()):
            return default
        return str(row[0])

    def set(self, key: str, value: str, ttl: float | None = None) -> None:
        """Keep a value of any length, for `ttl` seconds when given."""
        until = None if ttl is None else self._now().timestamp() + ttl
        with self._open() as db:
            db.execute("insert or replace into kept values (?, ?, ?)", (key, str(value), until))

    def delete(self, key: str) -> None:
        """Forget a value."""
        with self._open() as db:
            db.execute("delete from kept where key = ?", (key,))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process from fetching a token meanwhile."""
        with closing(self._connect()) as db:
            db.execute("begin immediate")
            self._held = db
            try:
                yield
            finally:
                self._held = None
                if db.in_transaction:  # also when it failed: what was noted did happen
                    db.execute("commit")

    def wait_for_force(self, account: str) -> float | None:
        """Seconds until force_refresh is allowed again; None when the day's twenty are used up."""
        now = self._now().timestamp()
        with self._open() as db:
            db.execute("delete from forced where at <= ?", (now - 86_400,))
            rows = db.execute("select at from forced where account = ? order by at", (account,))
            times = [row[0] for row in rows]
        if len(times) >= FORCED_A_DAY:
            return None
        return max(0.0, times[-1] + FORCED_APART.total_seconds() - now) if times else 0.0

    def note_force(self, account: str) -> None:
        """Note a force_refresh, before it is sent."""
        with self._open() as db:
            db.execute("insert into forced values (?, ?)", (account, self._now().timestamp()))

    def settle_force(self, account: str) -> None:
        """Its answer is here: WeChat may have counted from now."""
        with self._open() as db:
            last = "select max(rowid) from forced where account = ?"
            db.execute(
                f"update forced set at = ? where rowid = ({last})",  # noqa: S608  # our own text
                (self._now().timestamp(), account),
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if self._held is not None:
            yield self._held
            return
        with closing(self._connect()) as db:
            yield db

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=PATIENCE, isolation_level=None)

    def _prepare(self) -> None:
        """Make the file ours alone before anything is in it; begin anew when it is no database."""
        handle = os.open(self._file, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            if os.name == "posix":
                os.fchmod(handle, 0o600)
        finally:
            os.close(handle)
        try:
            with closing(self._connect()) as db:
                db.executescript(_TABLES)
        except sqlite3.OperationalError:
            raise  # locked or a full disk: the file itself is good
        except sqlite3.DatabaseError:
            self._file.unlink()
            self._prepare()
