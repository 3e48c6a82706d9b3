"""One database: many readers, and one writer at a time, on SQLite and on PostgreSQL alike.

A write is one transaction that sees all writes before it, so rules such as “the approver is not the
author” are judged and written in one step. SQLite begins it with BEGIN IMMEDIATE (a deferred one fails at
once when another has written, whatever the timeout); PostgreSQL takes one advisory lock for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

__all__ = ["Connection", "Store", "Unavailable", "lite_url", "ping"]
T = TypeVar("T")
WAIT = 5.0  # seconds a writer waits for its turn
TRIES, PAUSE = 8, 0.05  # of a write whose connection broke before it was sent
WRITER = 0x7765696B65  # names the advisory lock: “weike”
READERS = 16
FULL = ("disk is full", "No space left", "could not extend", "could not write", "File too large")
UNKNOWN = "没有收到存好的回执：请先刷新，看有没有存下，再决定要不要重做。"


class Unavailable(Exception):
    """The database can't be asked now; `reason` is said to people."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


class Store:
    """A database that is open. `read` and `write` are all there is."""

    def __init__(self, url: str) -> None:
        """Open the database at an SQLAlchemy address: `sqlite:///file` or `postgresql+psycopg://…`."""
        self.url = make_url(url)
        self.lite = self.url.get_backend_name() == "sqlite"
        self._turn = threading.Lock()
        if self.lite:
            self.writer = _sqlite(self.url, 1, "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")
            self.reader = _sqlite(self.url, READERS, "PRAGMA query_only=ON")
        else:
            self.writer = self.reader = _postgres(self.url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database; nothing can be written through it."""
        try:
            with self.reader.connect() as connection:
                if not self.lite:
                    connection.execute(
                        text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    )
                else:
                    connection.exec_driver_sql("BEGIN")
                yield connection
        except DBAPIError as error:
            raise _plain(error, reading=True) from error

    def write(self, act: Callable[[Connection], T]) -> T:
        """Do `act` in one transaction, alone; its result. All of it is kept, or nothing.

        `Unavailable` when the database is full, locked or gone. A broken connection is tried again, as
        long as the commit was not sent.
        """
        for attempt in range(TRIES):
            try:
                return self._once(act)
            except _Again as again:
                if attempt == TRIES - 1:
                    raise _plain(again.error) from again.error
                time.sleep(PAUSE * 2**attempt)
            except DBAPIError as error:
                raise _plain(error) from error
        raise AssertionError

    def _once(self, act: Callable[[Connection], T]) -> T:
        if not self._turn.acquire(timeout=WAIT * 2):
            raise Unavailable("数据库正忙，没有存下。请过一会儿再试。")
        try:
            connection = _connected(self.writer)
            with connection:
                try:
                    self._begin(connection)
                    result = act(connection)
                except DBAPIError as error:
                    connection.rollback()
                    if error.connection_invalidated:
                        raise _Again(error) from error
                    raise
                except BaseException:
                    connection.rollback()
                    raise
                _kept(connection)
                return result
        finally:
            self._turn.release()

    def _begin(self, connection: Connection) -> None:
        if self.lite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text(f"SET LOCAL lock_timeout = '{int(WAIT)}s'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITER})"))

    def close(self) -> None:
        """Let all connections go."""
        for engine in {self.writer, self.reader}:
            engine.dispose()


class _Again(Exception):
    def __init__(self, error: DBAPIError) -> None:
        super().__init__(str(error))
        self.error = error


def _kept(connection: Connection) -> None:
    try:
        connection.commit()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable(UNKNOWN) from error
        raise


def _connected(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except DBAPIError as error:
        raise _Again(error) from error


def _sqlite(url: URL, size: int, *pragmas: str) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=WAIT * 2,
        connect_args={"check_same_thread": False, "timeout": WAIT, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _ready(raw: Any, _: Any) -> None:
        for pragma in (*pragmas, "PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF"):
            raw.execute(pragma)

    return engine


def _postgres(url: URL) -> Engine:
    return create_engine(
        url,
        pool_size=READERS,
        max_overflow=8,
        pool_timeout=WAIT * 2,
        pool_pre_ping=True,
        connect_args={"connect_timeout": int(WAIT), "options": "-c timezone=UTC"},
    )


def _plain(error: DBAPIError, reading: bool = False) -> Exception:
    """What people are told; what is no trouble of the machine stays the error that it is."""
    said = str(error.orig)
    if any(words in said for words in FULL):
        return Unavailable("磁盘满了，没有存下。请联系管理员。")
    if "disk I/O error" in said:
        return Unavailable("磁盘写不进去，可能是满了；没有存下。请联系管理员。")
    if "locked" in said or "lock timeout" in said:
        return Unavailable("数据库正忙，没有存下。请过一会儿再试。")
    if "readonly" in said or "read-only" in said or "unable to open" in said:
        return Unavailable("数据库不可写，没有存下。请联系管理员。")
    if isinstance(error, OperationalError) or error.connection_invalidated:
        lost = "" if reading else "没有存下。"
        return Unavailable(f"数据库暂时连不上。{lost}请过一会儿再试。")
    return error


def lite_url(path: Path) -> str:
    """The address of an SQLite file."""
    return f"sqlite:///{path}"


def ping(connection: Connection) -> None:
    """Ask nothing, to see whether it answers."""
    connection.execute(text("SELECT 1"))
