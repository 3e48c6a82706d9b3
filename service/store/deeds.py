"""Keys of requests that were done: asked again with the same key, nothing is done twice."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from service.store.columns import moment, table, text

deeds = table(
    "deeds",
    text("key", primary_key=True),  # who, what and the key that the client chose, hashed
    moment("at"),
    text("answer"),  # JSON
)


def done(connection: Connection, key: str) -> str | None:
    """The answer to a request that was done already."""
    return connection.execute(select(deeds.c.answer).where(deeds.c.key == key)).scalar()


def keep(connection: Connection, key: str, at: int, answer: str) -> None:
    """Remember the answer, in the write that did it."""
    connection.execute(insert(deeds), {"key": key, "at": at, "answer": answer})


def forget(connection: Connection, before: int) -> None:
    """Drop old keys."""
    connection.execute(delete(deeds).where(deeds.c.at < before))
