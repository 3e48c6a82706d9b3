"""Designs of data templates: who wrote which version, who let it be used, and which batches were opened with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Index, UniqueConstraint, insert, select

from service.store.columns import INSIDE, added, changed, found, key, moment, table, text, whole

DRAFT, WAITING, APPROVED, HOME, PAST, DROPPED = (
    "draft", "waiting", "approved", "home", "past", "dropped",
)  # fmt: skip
OPEN = (DRAFT, WAITING)

designs = table(
    "designs",
    key(),
    text("name"),  # of the template, as its file is called
    text("division"),
    text("state"),
    whole("version"),  # the newest one of its keys
    text("told"),  # its keys as JSON, of the newest version
    text("title"),
    text("bases"),  # digests of what it may take the place of, by blanks; `-`: of nothing
    whole("made_by"),
    moment("made"),
    moment("changed"),
    whole("sent_by"),
    whole("approved_by"),
    moment("approved"),
    text("said"),  # why it was sent back or stopped
    profiles=INSIDE,
)
Index("ix_designs_name", designs.c.name, designs.c.state)
Index("ix_designs_division", designs.c.division)
versions = table(
    "design_versions",
    key(),
    whole("design"),
    whole("version"),
    text("told"),
    whole("by"),
    moment("at"),
    UniqueConstraint("design", "version"),
    profiles=INSIDE,
)
uses = table(
    "design_uses",  # the batches that were opened with a design, and stay with it
    whole("batch", primary_key=True, autoincrement=False),
    whole("design"),
    profiles=INSIDE,
)
Index("ix_design_uses_design", uses.c.design)


def add(connection: Connection, **row: Any) -> int:
    """A new draft, with its first version; its number."""
    empty = {
        "state": DRAFT,
        "version": 1,
        "sent_by": 0,
        "approved_by": 0,
        "approved": 0,
        "said": "",
    }
    number = added(connection, designs, **{**empty, "changed": row["made"], **row})
    _keep(connection, number, 1, row["told"], row["made_by"], row["made"])
    return number


def find(connection: Connection, number: int) -> Any | None:
    """One design."""
    return found(connection, designs, number)


def change(connection: Connection, number: int, **values: Any) -> None:
    """Set columns."""
    changed(connection, designs, number, **values)


def save(
    connection: Connection, number: int, version: int, told: str, title: str, *, by: int, at: int
) -> None:
    """A new version of the keys."""
    change(connection, number, version=version, told=told, title=title, changed=at)
    _keep(connection, number, version, told, by, at)


def _keep(connection: Connection, design: int, version: int, told: str, by: int, at: int) -> None:
    row = {"design": design, "version": version, "told": told, "by": by, "at": at}
    connection.execute(insert(versions), row)


def history(connection: Connection, number: int) -> list[Any]:
    """All versions, the newest first, without their keys."""
    wanted = select(versions.c.version, versions.c.by, versions.c.at)
    mine = wanted.where(versions.c.design == number).order_by(versions.c.version.desc())
    return list(connection.execute(mine))


def version(connection: Connection, number: int, which: int) -> Any | None:
    """One version."""
    mine = (versions.c.design == number) & (versions.c.version == which)
    return connection.execute(select(versions).where(mine)).one_or_none()


def hands(connection: Connection, number: int) -> set[int]:
    """Everybody who saved a version."""
    mine = select(versions.c.by).where(versions.c.design == number).distinct()
    return set(connection.execute(mine).scalars())


def of_division(connection: Connection, division: str, most: int = 300) -> list[Any]:
    """Designs of a division, what was changed last first."""
    mine = select(designs).where(designs.c.division == division)
    return list(connection.execute(mine.order_by(designs.c.changed.desc()).limit(most)))


def named(connection: Connection, name: str, states: Iterable[str]) -> list[Any]:
    """Designs of one template in these states, the newest first."""
    mine = (designs.c.name == name) & designs.c.state.in_(list(states))
    return list(connection.execute(select(designs).where(mine).order_by(designs.c.id.desc())))


def approved(connection: Connection) -> list[Any]:
    """What is approved and has not come home, by name."""
    mine = select(designs).where(designs.c.state == APPROVED)
    return list(connection.execute(mine.order_by(designs.c.name, designs.c.id)))


def use(connection: Connection, batch: int, design: int) -> None:
    """A batch was opened with a design."""
    connection.execute(insert(uses), {"batch": batch, "design": design})


def of_batch(connection: Connection, batch: int) -> Any | None:
    """The design with which a batch was opened, or None."""
    wanted = select(designs).join(uses, uses.c.design == designs.c.id)
    return connection.execute(wanted.where(uses.c.batch == batch)).one_or_none()


def opened(connection: Connection) -> dict[int, int]:
    """Batch → the design it was opened with."""
    return {row.batch: row.design for row in connection.execute(select(uses))}


def used(connection: Connection) -> list[Any]:
    """Every design with which some batch was opened."""
    mine = designs.c.id.in_(select(uses.c.design))
    return list(connection.execute(select(designs).where(mine).order_by(designs.c.id)))
