"""How far the record of acts was verified, so that a look at it need not begin at its first row.

The last row of a whole check is kept with its hash. If that row is gone or another, the record was cut at
its end or changed, which the chain alone does not tell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from service.store.audit import START, Verified, audit, verify
from service.store.columns import added, key, moment, table, text, whole

checks = table(
    "audit_checks",
    key(),
    moment("at"),
    whole("rows"),
    whole("seq"),
    text("hash"),
    text("faults"),  # JSON
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the record now."""

    faults: tuple[str, ...]
    seq: int  # until here it was looked through
    whole_at: int  # when all of it was, the last time; 0: now
    whole_seq: int  # until where that was


def entire(connection: Connection) -> Verified:
    """Look through all of it, and for the row where the last whole check ended."""
    found = verify(connection)
    lost = _lost(connection)
    return Verified((*lost, *found.faults), found.rows, found.seq, found.hash)


def keep(connection: Connection, at: int, found: Verified) -> None:
    """Keep what a whole check found; only the last one is kept. A row that is lost stays missed."""
    lost = _lost(connection)
    told = {"at": at, "rows": found.rows, "seq": found.seq, "hash": found.hash}
    if lost:
        held = _last(connection)
        assert held is not None
        told |= {"seq": held.seq, "hash": held.hash}
    connection.execute(delete(checks))
    faults = json.dumps(found.faults, ensure_ascii=False)
    added(connection, checks, **told, faults=faults)


def since(connection: Connection) -> Seen:
    """What the last whole check found, and what came after it, looked through now."""
    held = _last(connection)
    if held is None or _hash_at(connection, held.seq) != held.hash:
        found = entire(connection)
        return Seen(found.faults, found.seq, 0, found.seq)
    found = verify(connection, held.seq, held.hash)
    return Seen((*json.loads(held.faults), *found.faults), found.seq, held.at, held.seq)


def _last(connection: Connection) -> Any | None:
    return connection.execute(select(checks).order_by(checks.c.id.desc()).limit(1)).one_or_none()


def _lost(connection: Connection) -> tuple[str, ...]:
    """Whether the row where the last whole check ended is still there, or was cut with those before it."""
    held = _last(connection)
    if held is None or not held.seq:
        return ()
    kept = _hash_at(connection, held.seq)
    first = connection.execute(select(audit).order_by(audit.c.seq).limit(1)).one_or_none()
    cut = first is not None and first.seq > held.seq and first.before != START
    if kept == held.hash or (kept is None and cut):
        return ()
    return (f"上次核对到的第 {held.seq} 条不见了，或者变了：末尾少了记录，或者有人改过。",)


def _hash_at(connection: Connection, seq: int) -> str | None:
    return connection.execute(select(audit.c.hash).where(audit.c.seq == seq)).scalar()
