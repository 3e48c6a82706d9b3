"""Packages between the zones: which number was made last, and which was taken in last."""

from __future__ import annotations

from sqlalchemy import Connection, UniqueConstraint, delete, insert, select

from service.store.columns import key, moment, table, text, whole

parcels = table(
    "parcels",
    key(),
    text("way"),  # out: made here; in: taken in
    text("sender"),
    text("stream"),
    whole("sequence"),
    moment("at"),
    UniqueConstraint("way", "sender", "stream"),
)


def last(connection: Connection, way: str, sender: str, stream: str) -> int:
    """The highest number so far; 0 when there is none."""
    mine = (parcels.c.way == way) & (parcels.c.sender == sender) & (parcels.c.stream == stream)
    return connection.execute(select(parcels.c.sequence).where(mine)).scalar() or 0


def keep(
    connection: Connection, way: str, sender: str, stream: str, sequence: int, at: int
) -> None:
    """This is the highest number now."""
    mine = (parcels.c.way == way) & (parcels.c.sender == sender) & (parcels.c.stream == stream)
    connection.execute(delete(parcels).where(mine))
    row = {"way": way, "sender": sender, "stream": stream, "sequence": sequence, "at": at}
    connection.execute(insert(parcels), row)
