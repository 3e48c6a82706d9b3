"""Numbers that have a release time, laid for quick reads: a series is one stretch of rows.

Nothing here is read without a moment: a row exists for nobody before its release. Rows are added and
never changed; a batch whose hour has not come may be taken back whole.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.sql import Select

from service.store.columns import INSIDE, Whole, key, moment, number, table, text, whole
from service.store.engine import Store, Unavailable

series = table(
    "series",
    key(),
    text("indicator"),
    text("measure"),
    text("region"),
    UniqueConstraint("indicator", "measure", "region"),
    profiles=INSIDE,
)
figures = table(
    "figures",
    Column("series", Whole, ForeignKey("series.id"), primary_key=True, autoincrement=False),
    whole("ordinal", primary_key=True, autoincrement=False),  # of the period, in its frequency
    moment("release", primary_key=True, autoincrement=False),
    number("value"),  # null: no number, as the mark says
    text("mark"),
    text("audience"),
    text("action"),  # add, correct, withdraw
    whole("batch"),
    profiles=INSIDE,
    clustered=True,
)
Index("ix_figures_batch", figures.c.batch)

NAMES = ("measure", "region", "ordinal", "value", "mark", "audience", "release", "batch")


class Figure(NamedTuple):
    """One number of one vintage. `release`: ms since 1970."""

    measure: str
    region: str
    ordinal: int
    value: float | None
    mark: str
    audience: str
    release: int
    batch: int


class Put(NamedTuple):
    """One number to be."""

    indicator: str
    measure: str
    region: str
    ordinal: int
    value: float | None
    mark: str
    audience: str
    action: str


class Chosen(NamedTuple):
    """Which numbers of an indicator. No measures, no regions: all of them. `until`: ms, inclusive."""

    indicator: str
    measures: tuple[str, ...]
    regions: tuple[str, ...]
    low: int
    high: int
    until: int


def put(connection: Connection, batch: int, release: int, rows: Sequence[Put]) -> None:
    """Add the numbers of one batch."""
    numbers = _numbers(connection, rows)
    told = [
        {
            "series": numbers[row[:3]],
            "ordinal": row.ordinal,
            "release": release,
            "value": row.value,
            "mark": row.mark,
            "audience": row.audience,
            "action": row.action,
            "batch": batch,
        }
        for row in rows
    ]
    if told:
        connection.execute(insert(figures), told)


def _numbers(connection: Connection, rows: Iterable[Put]) -> dict[tuple[str, ...], int]:
    """The numbers of all series, made where there are none."""
    wanted: dict[tuple[str, ...], None] = dict.fromkeys(row[:3] for row in rows)
    found: dict[tuple[str, ...], int] = {}
    for indicator in dict.fromkeys(name[0] for name in wanted):
        mine = select(series).where(series.c.indicator == indicator)
        found |= {(r.indicator, r.measure, r.region): r.id for r in connection.execute(mine)}
    fresh = [dict(zip(NAMED, n, strict=True)) for n in wanted if n not in found]
    if fresh:
        connection.execute(insert(series), fresh)
        found |= _numbers(connection, rows)
    return found


NAMED = ("indicator", "measure", "region")


def take_back(connection: Connection, batch: int) -> None:
    """Drop the numbers of a batch whose hour has not come."""
    connection.execute(delete(figures).where(figures.c.batch == batch))


def built_on(connection: Connection, batch: int) -> bool:
    """Whether another batch says something later of a number of this one."""
    later = figures.alias()
    same = (later.c.series == figures.c.series) & (later.c.ordinal == figures.c.ordinal)
    found = select(later.c.batch).where(
        figures.c.batch == batch, same, later.c.release >= figures.c.release, later.c.batch != batch
    )
    return connection.execute(found.limit(1)).first() is not None


def latest(
    connection: Connection, indicators: Iterable[str], ordinal: int
) -> dict[tuple[str, str, str], Any]:
    """The last word on each number of a period, released or not: for those who put in what comes next."""
    wanted = (
        select(series.c.indicator, series.c.measure, series.c.region, figures)
        .join(figures, figures.c.series == series.c.id)
        .where(series.c.indicator.in_(list(indicators)), figures.c.ordinal == ordinal)
        .order_by(figures.c.release)
    )
    return {(r.indicator, r.measure, r.region): r for r in connection.execute(wanted)}


def of_batch(connection: Connection, batch: int) -> list[Any]:
    """All numbers of a batch with their series, in a fixed order."""
    wanted = (
        select(series.c.indicator, series.c.measure, series.c.region, figures)
        .join(figures, figures.c.series == series.c.id)
        .where(figures.c.batch == batch)
        .order_by(series.c.indicator, series.c.measure, series.c.region, figures.c.ordinal)
    )
    return list(connection.execute(wanted))


def all_of(connection: Connection, indicators: Iterable[str] | None, until: int) -> Iterable[Any]:
    """Every number of these indicators (None: of all) that was released by `until`."""
    wanted = (
        select(series.c.indicator, series.c.measure, series.c.region, figures)
        .join(figures, figures.c.series == series.c.id)
        .where(figures.c.release <= until)
    )
    if indicators is not None:
        wanted = wanted.where(series.c.indicator.in_(list(indicators)))
    return connection.execute(wanted.order_by(figures.c.batch, series.c.id, figures.c.ordinal))


def spans(connection: Connection, until: int) -> dict[str, tuple[int, int, int]]:
    """Indicator → first and last period, newest release, of what was released by `until`."""
    wanted = (
        select(
            series.c.indicator,
            func.min(figures.c.ordinal),
            func.max(figures.c.ordinal),
            func.max(figures.c.release),
        )
        .join(figures, figures.c.series == series.c.id)
        .where(figures.c.release <= until)
        .group_by(series.c.indicator)
    )
    return {r[0]: (r[1], r[2], r[3]) for r in connection.execute(wanted)}


# --- quick reads ----------------------------------------------------------------------------------


def chosen(connection: Connection, asked: Chosen) -> list[Figure]:
    """The numbers asked for, all vintages, a later one after an earlier one."""
    given: Mapping[str, Any] = {
        "indicator": asked.indicator,
        "low": asked.low,
        "high": asked.high,
        "until": asked.until,
    }
    wanted = _wanted()
    if asked.measures:
        wanted = wanted.where(series.c.measure.in_(asked.measures))
    if asked.regions:
        wanted = wanted.where(series.c.region.in_(asked.regions))
    return [Figure(*row) for row in connection.execute(wanted, given)]


def _wanted() -> Select[Any]:
    columns = [(series.c if name in NAMED else figures.c)[name] for name in NAMES]
    return (
        select(*columns)
        .join(figures, figures.c.series == series.c.id)
        .where(
            series.c.indicator == bindparam("indicator"),
            figures.c.ordinal.between(bindparam("low"), bindparam("high")),
            figures.c.release <= bindparam("until"),
        )
        .order_by(series.c.id, figures.c.ordinal, figures.c.release)
    )


class Quick:
    """Reads that need no thread: SQLite answers within a tenth of a millisecond, from a file it can't write."""

    def __init__(self, store: Store) -> None:
        """`store`: an SQLite database; ask `store.lite` first."""
        self._path = str(store.url.database)
        self._held = threading.local()

    def chosen(self, asked: Chosen) -> list[Figure]:
        """As `chosen` above."""
        words = [
            "SELECT s.measure, s.region, f.ordinal, f.value, f.mark, f.audience, f.release, f.batch"
            " FROM series s JOIN figures f ON f.series = s.id WHERE s.indicator = ?"
        ]
        given: list[object] = [asked.indicator]
        for column, names in (("measure", asked.measures), ("region", asked.regions)):
            if names:
                words.append(f"AND s.{column} IN ({','.join('?' * len(names))})")
                given += names
        words.append("AND f.ordinal BETWEEN ? AND ? AND f.release <= ?")
        words.append("ORDER BY s.id, f.ordinal, f.release")
        rows = self._ask(" ".join(words), (*given, asked.low, asked.high, asked.until))
        return list(map(Figure._make, rows))

    def stamp(self, until: int) -> tuple[int, int]:
        """As `service.store.intake.stamp`; looked up anew when anybody has written, or an hour has come."""
        (version,) = self._ask("PRAGMA data_version", ())[0]
        held: tuple[int, int, int, tuple[int, int]] | None = getattr(self._held, "stamp", None)
        if held is not None and held[0] == version and held[1] <= until < held[2]:
            return held[3]
        out = "FROM batches WHERE state = 'scheduled' AND release"
        count, last = self._ask(f"SELECT count(*), coalesce(max(release), 0) {out} <= ?", (until,))[
            0
        ]
        (following,) = self._ask(f"SELECT min(release) {out} > ?", (until,))[0]
        self._held.stamp = version, last, following or 1 << 62, (count, last)
        return count, last

    def _ask(self, words: str, given: Sequence[object]) -> list[Any]:
        try:
            return self._connection().execute(words, given).fetchall()
        except sqlite3.Error as error:
            raise Unavailable("数据库暂时读不出来，请过一会儿再试。") from error

    def _connection(self) -> sqlite3.Connection:
        held: sqlite3.Connection | None = getattr(self._held, "connection", None)
        if held is None:
            held = sqlite3.connect(
                f"file:{self._path}?mode=ro", uri=True, isolation_level=None, cached_statements=256
            )
            held.execute("PRAGMA query_only=ON")
            held.execute("PRAGMA mmap_size=268435456")
            self._held.connection = held
        return held
