"""The record of every act: rows that each carry the hash of the row before.

Rows name people and things by number alone, so that a person's data can be erased and the chain holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Index, delete, func, insert, select

from service.store.columns import key, moment, table, text

START = "0" * 64
CUT = "audit.cut"  # the act that drops old rows
MOST = 100  # faults that are told of one look

audit = table(
    "audit",
    key("seq"),
    moment("at"),
    text("actor"),  # the number of a user; empty: nobody who is known
    text("act"),
    text("subject"),  # as `question:17`
    text("outcome"),
    text("detail"),  # JSON, canonical
    text("before"),
    text("hash", unique=True),
)
Index("ix_audit_subject", audit.c.subject)
Index("ix_audit_at", audit.c.at)
_LAST = select(audit.c.hash).order_by(audit.c.seq.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Act:
    """One act as it is recorded. `detail` holds no personal data: numbers, names of states, counts."""

    actor: str
    act: str
    subject: str = ""
    outcome: str = "done"
    detail: Mapping[str, Any] | None = None


def record(connection: Connection, at: int, act: Act) -> str:
    """Add a row at the end of the chain, inside the write that does the act; its hash."""
    before = head(connection)
    row = {
        "at": at,
        "actor": act.actor,
        "act": act.act,
        "subject": act.subject,
        "outcome": act.outcome,
        "detail": json.dumps(act.detail or {}, ensure_ascii=False, sort_keys=True),
        "before": before,
    }
    made = _hash(row)
    connection.execute(insert(audit), {**row, "hash": made})
    return made


def head(connection: Connection) -> str:
    """The hash of the last row."""
    return connection.execute(_LAST).scalar() or START


@dataclass(frozen=True, slots=True)
class Verified:
    """A stretch of the chain that was looked through: what is wrong with it, how many rows, its last row."""

    faults: tuple[str, ...]
    rows: int
    seq: int
    hash: str


def verify(connection: Connection, after: int = 0, before: str = "") -> Verified:
    """Look through the chain, row by row; only what comes `after` a row whose hash is `before`, when that is told."""
    starts = set() if before else _starts(connection)
    faults: list[str] = []
    rows, seq = 0, after
    chosen = select(audit).where(audit.c.seq > after).order_by(audit.c.seq)
    for row in connection.execute(chosen.execution_options(yield_per=1000)).mappings():
        told = dict(row)
        seq, made = told.pop("seq"), told.pop("hash")
        if told["before"] != before and (before or told["before"] not in starts):
            faults.append(f"第 {seq} 条接不上前一条：中间少了记录，或者有人改过。")
        if _hash(told) != made:
            faults.append(f"第 {seq} 条的内容与它的校验值不符：有人改过。")
        before, rows = made, rows + 1
    return Verified(tuple(faults[:MOST]), rows, seq, before or START)


def _starts(connection: Connection) -> set[str]:
    """The hashes after which the chain may begin: none before, or what was cut."""
    cuts = select(audit.c.detail).where(audit.c.act == CUT)
    return {START, *(json.loads(d)["hash"] for d in connection.execute(cuts).scalars())}


def broken(connection: Connection) -> Iterator[str]:
    """What is wrong with the whole chain, in Chinese; nothing when it is whole."""
    yield from verify(connection).faults


def newest(connection: Connection, most: int, before: int = 0, act: str = "") -> list[Any]:
    """Rows, newest first; those before a number, those of one act."""
    chosen = select(audit).order_by(audit.c.seq.desc()).limit(most)
    if before:
        chosen = chosen.where(audit.c.seq < before)
    if act:
        chosen = chosen.where(audit.c.act == act)
    return list(connection.execute(chosen))


def lines(connection: Connection) -> Iterator[str]:
    """All rows as lines of JSON, oldest first."""
    for row in connection.execute(select(audit).order_by(audit.c.seq)).mappings():
        yield json.dumps(dict(row), ensure_ascii=False, sort_keys=True) + "\n"


def cut(connection: Connection, at: int, until: int, actor: str) -> int:
    """Drop rows older than `until`, and record that it was done, with the hash where the chain goes on."""
    young = select(func.min(audit.c.seq)).where(audit.c.at >= until, audit.c.at <= at)
    first = connection.execute(young).scalar()  # by number: a clock may have been wrong in between
    old = select(audit).where(audit.c.at < until).order_by(audit.c.seq.desc()).limit(1)
    if first is not None:
        old = old.where(audit.c.seq < first)
    last = connection.execute(old).one_or_none()
    if last is None:
        return 0
    rows = connection.execute(select(func.count()).where(audit.c.seq <= last.seq)).scalar_one()
    record(connection, at, Act(actor, CUT, detail={"hash": last.hash, "rows": rows}))
    connection.execute(delete(audit).where(audit.c.seq <= last.seq))
    return int(rows)


def _hash(row: Mapping[str, Any]) -> str:
    told = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
