"""Work that only one of several processes may do at a time, and not again before its time.

A lease ends by the clock, so nobody holds one for ever. One that ends later than it ever could was
written while a clock was wrong, and does not hold.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from service.store.columns import moment, table, text

leases = table(
    "leases",
    text("name", primary_key=True),
    text("holder"),
    moment("until"),
    moment("ran"),  # when it was last begun
)


def free(connection: Connection, name: str, holder: str, now: int, hold: int, every: int) -> bool:
    """Whether `holder` may take it; only a look."""
    held = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
    if held is None:
        return True
    if held.holder != holder and now < held.until <= now + hold:
        return False
    return not now - every < held.ran <= now


def take(
    connection: Connection, name: str, holder: str, now: int, hold: int, every: int = 0
) -> bool:
    """Take a lease for `hold` ms, unless another has it or it was begun less than `every` ms ago."""
    if not free(connection, name, holder, now, hold, every):
        return False
    connection.execute(delete(leases).where(leases.c.name == name))
    row = {"name": name, "holder": holder, "until": now + hold, "ran": now}
    connection.execute(insert(leases), row)
    return True


def extend(connection: Connection, name: str, holder: str, until: int) -> bool:
    """Hold it longer; False when it is another's by now."""
    mine = (leases.c.name == name) & (leases.c.holder == holder)
    return connection.execute(update(leases).where(mine).values(until=until)).rowcount == 1


def drop(connection: Connection, name: str, holder: str, ran: int | None = None) -> None:
    """Let others have it; `ran`: count it as begun then, so that what failed is tried again sooner."""
    mine = (leases.c.name == name) & (leases.c.holder == holder)
    values = {"until": 0} | ({} if ran is None else {"ran": ran})
    connection.execute(update(leases).where(mine).values(**values))
