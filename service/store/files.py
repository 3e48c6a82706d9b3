"""Files that were sent in: each under its hash once, and every place that holds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Index, delete, func, select

from service.store.columns import added, found, key, moment, table, text, whole

files = table(
    "files",
    key(),
    text("digest"),  # sha256: where it lies
    text("holder"),  # as `work:17`
    text("name"),  # as it was sent
    text("kind"),
    whole("size"),  # bytes
    text("remarks"),  # JSON: what its sender should know
    text("sender"),  # the number of a user
    moment("made"),
)
Index("ix_files_holder", files.c.holder)
Index("ix_files_digest", files.c.digest)


def add(connection: Connection, **row: Any) -> int:
    """A place that holds a file; its number."""
    return added(connection, files, **row)


def find(connection: Connection, number: int) -> Any | None:
    """One of them."""
    return found(connection, files, number)


def of(connection: Connection, holder: str) -> list[Any]:
    """All that one holder has, oldest first."""
    mine = select(files).where(files.c.holder == holder).order_by(files.c.id)
    return list(connection.execute(mine))


def sizes(connection: Connection, holders: Iterable[str]) -> tuple[int, int]:
    """How many files some holders have, and how many bytes."""
    mine = files.c.holder.in_(list(holders))
    chosen = select(func.count(), func.coalesce(func.sum(files.c.size), 0)).where(mine)
    count, size = connection.execute(chosen).one()
    return int(count), int(size)


def drop(connection: Connection, number: int) -> None:
    """A holder lets go of a file; it goes from the disk when nobody holds it (`uploads.sweep`)."""
    connection.execute(delete(files).where(files.c.id == number))


def held(connection: Connection) -> set[str]:
    """The hashes of all files that somebody holds."""
    return set(connection.execute(select(files.c.digest)).scalars())
