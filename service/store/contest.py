"""Contests, works, rounds of judging, sealed scores, and what two people decide."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Table,
    UniqueConstraint,
    delete,
    func,
    select,
)

from service.store.columns import (
    Whole,
    added,
    changed,
    flag,
    found,
    key,
    moment,
    table,
    text,
    whole,
)


def _of(name: str, target: str) -> Column[int]:
    return Column(name, Whole, ForeignKey(f"{target}.id"), nullable=False)


contests = table(
    "contests",
    key(),
    text("slug", unique=True),
    text("sha256"),
    text("rules"),  # the very bytes, as text
    moment("frozen"),  # 0: not yet, nobody sees it
    moment("made"),
)
works = table(
    "contest_works",
    key(),
    _of("contest", "contests"),
    whole("owner"),  # of `users`
    text("unit"),
    text("category"),
    text("state"),  # draft, submitted, taken, withdrawn
    text("title"),
    text("summary"),
    text("story"),
    text("sealed"),  # JSON: the team, how to reach them
    text("agreed"),  # JSON: what was declared, and when
    whole("version"),
    moment("made"),
    moment("changed"),
    moment("submitted"),
)
rounds = table(
    "contest_rounds",
    key(),
    _of("contest", "contests"),
    whole("number"),
    text("state"),  # collected, judging, counted, public, final
    text("seed"),
    text("seed_from"),
    moment("due"),  # until then experts judge, and nobody sees a score
    moment("until"),  # end of the time for objections
    text("log"),  # JSON lines, written once at the close
    text("places"),  # JSON: the list that counts
    whole("edition"),  # of the list
    moment("made"),
    UniqueConstraint("contest", "number"),
)
entries = table(
    "contest_entries",
    key(),
    _of("round", "contest_rounds"),
    _of("work", "contest_works"),
    text("code"),  # under which experts see it
    text("struck"),  # why it is out; empty: it is in
    UniqueConstraint("round", "work"),
    UniqueConstraint("work"),
)
panel = table(
    "contest_panel",
    key(),
    _of("round", "contest_rounds"),
    whole("user"),  # of `users`
    text("mark"),  # as the public log names them
    flag("gone"),  # gets no more works
    UniqueConstraint("round", "user"),
)
conflicts = table(
    "contest_conflicts",
    key(),
    _of("round", "contest_rounds"),
    whole("user"),  # of `users`
    whole("work"),  # 0: none
    text("unit"),  # empty: none
    moment("at"),
)
duties = table(
    "contest_duties",
    key(),
    _of("round", "contest_rounds"),
    _of("work", "contest_works"),
    whole("user"),  # of `users`
    text("state"),  # open, done, left
    text("score"),  # sealed; empty: none
    whole("version"),
    UniqueConstraint("round", "work", "user"),
)
moves = table(
    "contest_moves",
    key(),
    _of("round", "contest_rounds"),
    text("verb"),  # strike, publish, objection, final
    whole("subject"),
    text("data"),  # JSON
    text("state"),  # open, done, refused
    whole("by"),  # of `users`
    moment("at"),
    whole("other"),  # who confirmed or refused; 0: nobody yet
    moment("decided"),
)
objections = table(
    "contest_objections",
    key(),
    _of("round", "contest_rounds"),
    whole("work"),  # 0: the list as a whole
    text("sealed"),  # JSON: who, how to reach them, what they say
    text("state"),  # new, upheld, rejected
    text("answer"),
    moment("made"),
)
Index("ix_contest_works_contest", works.c.contest, works.c.state)
Index("ix_contest_works_owner", works.c.owner)
Index("ix_contest_duties_user", duties.c.user)
Index("ix_contest_moves_round", moves.c.round, moves.c.state)
Index("ix_contest_objections_round", objections.c.round)


def add(connection: Connection, into: Table, **row: Any) -> int:
    """A row of one of these tables; its number."""
    return added(connection, into, **row)


def one(connection: Connection, of: Table, number: int) -> Any | None:
    """A row by its number."""
    return found(connection, of, number)


def where(connection: Connection, of: Table, **told: Any) -> list[Any]:
    """The rows whose columns are just so, in the order of their numbers."""
    chosen = select(of).order_by(of.c.id)
    for name, value in told.items():
        held = of.c[name]
        several = isinstance(value, list | tuple | set | frozenset)
        chosen = chosen.where(held.in_(list(value)) if several else held == value)
    return list(connection.execute(chosen))


def change(connection: Connection, of: Table, number: int, **values: Any) -> None:
    """Set columns of a row."""
    changed(connection, of, number, **values)


def drop(connection: Connection, of: Table, number: int) -> None:
    """Take a row away."""
    connection.execute(delete(of).where(of.c.id == number))


def by_slug(connection: Connection, slug: str) -> Any | None:
    """A contest by its name."""
    return connection.execute(select(contests).where(contests.c.slug == slug)).one_or_none()


def of_unit(connection: Connection, contest: int, unit: str, states: Collection[str]) -> int:
    """How many works a unit has in these states."""
    mine = (works.c.contest == contest) & (works.c.unit == unit) & works.c.state.in_(list(states))
    return connection.execute(select(func.count()).select_from(works).where(mine)).scalar_one()


def count(connection: Connection, of: Table, **told: Any) -> int:
    """How many rows are just so."""
    chosen = select(func.count()).select_from(of)
    for name, value in told.items():
        chosen = chosen.where(of.c[name] == value)
    return connection.execute(chosen).scalar_one()
