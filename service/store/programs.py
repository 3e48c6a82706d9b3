"""Programs that read the feed with rights of their own: who they are, what they may read, from where, until when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from service.store.columns import added, changed, found, key, moment, table, text, whole

WAITING, GRANTED, REVOKED = "waiting", "granted", "revoked"
programs = table(
    "programs",
    key(),
    text("name"),
    text("hash", unique=True),  # sha256 of the token; the token itself is nowhere
    text("state"),
    text("roles"),  # JSON, whose numbers it reads; none: what is public
    text("org"),  # whose own region it reads; empty: none
    text("nets"),  # JSON, address ranges
    moment("until"),
    moment("made"),
    whole("made_by"),
    moment("granted"),
    whole("granted_by"),
    moment("revoked"),
    whole("revoked_by"),
    moment("used"),  # the day alone: its first moment
)
SECRETS = {"programs": ("hash",)}


@dataclass(frozen=True, slots=True)
class Program:
    """A program without its secret."""

    id: int
    name: str
    state: str
    roles: frozenset[str]
    org: str
    nets: tuple[str, ...]
    until: int
    made: int
    made_by: int
    granted: int = 0
    granted_by: int = 0
    revoked: int = 0
    used: int = 0


def add(connection: Connection, name: str, kept: str, until: int, at: int, by: int) -> int:
    """One that has no rights yet, under the hash of its token; its number."""
    empty = {"granted": 0, "granted_by": 0, "revoked": 0, "revoked_by": 0, "used": 0}
    row = {"name": name, "hash": kept, "state": WAITING, "roles": "[]", "org": "", "nets": "[]"}
    return added(connection, programs, **row, **empty, until=until, made=at, made_by=by)


def every(connection: Connection) -> list[Program]:
    """All, the newest first."""
    return [
        _read(row) for row in connection.execute(select(programs).order_by(programs.c.id.desc()))
    ]


def one(connection: Connection, number: int) -> Program | None:
    """One by its number."""
    row = found(connection, programs, number)
    return _read(row) if row is not None else None


def by_hash(connection: Connection, kept: str) -> Program | None:
    """The one whose token has this hash."""
    row = connection.execute(select(programs).where(programs.c.hash == kept)).one_or_none()
    return _read(row) if row is not None else None


def grant(connection: Connection, number: int, told: tuple[list[str], str, list[str]], at: int, by: int) -> None:  # fmt: skip
    """Let it read as these roles and this unit, from these ranges."""
    roles, org, nets = told
    values = {"roles": json.dumps(roles), "org": org, "nets": json.dumps(nets)}
    changed(connection, programs, number, **values, state=GRANTED, granted=at, granted_by=by)


def revoke(connection: Connection, number: int, at: int, by: int) -> None:
    """It reads nothing any more, for good."""
    changed(connection, programs, number, state=REVOKED, revoked=at, revoked_by=by)


def used(connection: Connection, number: int, day: int) -> None:
    """It was here on that day."""
    changed(connection, programs, number, used=day)


def wait_again(connection: Connection) -> None:
    """All that had rights wait for them anew: after a restore nobody knows what was revoked since."""
    held = programs.c.state == GRANTED
    connection.execute(update(programs).where(held).values(state=WAITING))


def forget(connection: Connection, before: int) -> None:
    """Drop those that ended before a moment."""
    over = (programs.c.until < before) | ((programs.c.revoked > 0) & (programs.c.revoked < before))
    connection.execute(delete(programs).where(over))


def _read(row: Any) -> Program:
    roles, nets = frozenset(json.loads(row.roles)), tuple(json.loads(row.nets))
    return Program(
        row.id, row.name, row.state, roles, row.org, nets, row.until, row.made, row.made_by, row.granted,
        row.granted_by, row.revoked, row.used,
    )  # fmt: skip
