"""What the early warning found, who looks after it, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Index, insert, select, update

from service.store.columns import INSIDE, flag, found, grown, moment, number, table, text, whole

alarms = table(
    "alarms",
    text("id", primary_key=True),  # of the finding: the same number judged by the same rule
    text("rule"),
    text("kind"),
    text("indicator"),
    text("measure"),
    text("region"),
    text("period"),
    text("division"),
    number("rank"),
    text("sentence"),
    text("inputs"),  # JSON
    text("state"),
    whole("owner"),  # 0: nobody yet
    moment("deadline"),
    text("words"),
    text("until"),  # the last day on which the words hold; empty: for this number alone
    whole("by"),
    moment("made"),
    moment("changed"),
    flag("gone"),  # the newest sweep does not say it any more
    whole("version"),
    profiles=INSIDE,
)
Index("ix_alarms_state", alarms.c.state, alarms.c.rank)


def every(connection: Connection) -> list[Any]:
    """All of them, the most important first."""
    return list(connection.execute(select(alarms).order_by(alarms.c.rank.desc(), alarms.c.id)))


def one(connection: Connection, identity: str) -> Any | None:
    """One of them."""
    return found(connection, alarms, identity)


def add(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a new one."""
    connection.execute(insert(alarms), row)


def change(connection: Connection, identity: str, **values: Any) -> None:
    """Set columns of one; its version grows."""
    grown(connection, alarms, identity, **values)


def gone(connection: Connection, identities: Iterable[str], on: bool) -> None:
    """What the newest sweep says no more, or says again."""
    for identity in identities:
        mine = alarms.c.id == identity
        connection.execute(update(alarms).where(mine).values(gone=int(on)))
