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


def broken(connection: Connection) -> Iterator[str]:
    """What is wrong with the chain, in Chinese; nothing when it is whole."""
    cuts = select(audit.c.detail).where(audit.c.act == CUT)
    starts = {START, *(json.loads(d)["hash"] for d in connection.execute(cuts).scalars())}
    before = ""
    for row in connection.execute(select(audit).order_by(audit.c.seq)).mappings():
        told = dict(row)
        seq, made = told.pop("seq"), told.pop("hash")
        if told["before"] != before and (before or told["before"] not in starts):
            yield f"第 {seq} 条接不上前一条：中间少了记录，或者有人改过。"
        if _hash(told) != made:
            yield f"第 {seq} 条的内容与它的校验值不符：有人改过。"
        before = made


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
