"""Batches of numbers on their way to release: cells, what was said of findings, and every step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)

from service.store.columns import (
    INSIDE,
    Whole,
    added,
    flag,
    found,
    grown,
    key,
    moment,
    number,
    table,
    text,
    whole,
)

SCHEDULED, DROPPED = "scheduled", "dropped"

batches = table(
    "batches",
    key(),
    text("template"),
    text("division"),
    text("period"),
    text("kind"),  # new, revise
    text("state"),
    whole("version"),  # grows with every change
    text("title"),
    text("source"),
    text("note"),
    text("reason"),  # of a revision
    whole("made_by"),
    moment("made"),
    whole("checked_by"),
    whole("reviewed_by"),
    whole("approved_by"),
    moment("release"),  # 0: none yet
    text("name", unique=True),  # what its snapshot is called
    flag("foreign"),  # came as a file, and is not handed out again
    flag("swept"),  # the early warning has looked at it
    profiles=INSIDE,
)
Index("ix_batches_release", batches.c.state, batches.c.release)
Index("ix_batches_template", batches.c.template, batches.c.period)


def _batch() -> Column[int]:
    return Column("batch", Whole, ForeignKey("batches.id", ondelete="CASCADE"), nullable=False)


entries = table(
    "entries",
    key(),
    _batch(),
    text("indicator"),
    text("measure"),
    text("region"),
    number("value"),
    text("mark"),
    whole("by"),
    whole("version"),  # of the batch, when it was written
    UniqueConstraint("batch", "indicator", "measure", "region"),
    profiles=INSIDE,
)
words = table(
    "batch_words",  # what was said of soft findings
    key(),
    _batch(),
    text("finding"),
    text("rule"),
    text("words"),
    whole("by"),
    moment("at"),
    UniqueConstraint("batch", "finding"),
    profiles=INSIDE,
)
steps = table(
    "batch_steps",
    key(),
    _batch(),
    moment("at"),
    whole("by"),
    text("step"),
    text("words"),
    profiles=INSIDE,
)
Index("ix_batch_steps_batch", steps.c.batch)
Place = tuple[str, str, str]
Told = tuple[float | None, str]  # a number and its mark


def open_batch(connection: Connection, **row: Any) -> int:
    """A new batch; its number."""
    empty = {
        "version": 1, "checked_by": 0, "reviewed_by": 0, "approved_by": 0, "release": 0, "note": "", "reason": "",
        "foreign": 0, "swept": 0,
    }  # fmt: skip
    return added(connection, batches, **{**empty, **row})


def batch(connection: Connection, number: int) -> Any | None:
    """One batch, or None."""
    return found(connection, batches, number)


def change(connection: Connection, number: int, **values: Any) -> None:
    """Set columns of a batch; its version grows."""
    grown(connection, batches, number, **values)


def listed(
    connection: Connection, divisions: Iterable[str] | None, templates: Iterable[str] | None
) -> list[Any]:
    """Batches of divisions or of templates (None: whatever), newest first; files that came in left out."""
    wanted = select(batches).where(batches.c.foreign == 0)
    if divisions is not None:
        wanted = wanted.where(batches.c.division.in_(list(divisions)))
    if templates is not None:
        wanted = wanted.where(batches.c.template.in_(list(templates)))
    return list(connection.execute(wanted.order_by(batches.c.id.desc()).limit(200)))


def under_way(connection: Connection, template: str, period: str) -> Any | None:
    """The batch of a template and period that has no release time yet."""
    mine = (batches.c.template == template) & (batches.c.period == period)
    wanted = select(batches).where(mine, batches.c.state.not_in((SCHEDULED, DROPPED)))
    return connection.execute(wanted.limit(1)).one_or_none()


def stamp(connection: Connection, until: int) -> tuple[int, int]:
    """Changes whenever something is released: how many batches are out, and when the last one was."""
    out = (batches.c.state == SCHEDULED) & (batches.c.release <= until)
    told = select(func.count(), func.coalesce(func.max(batches.c.release), 0)).where(out)
    count, last = connection.execute(told).one()
    return int(count), int(last)


def released(connection: Connection, until: int, most: int | None = None) -> list[Any]:
    """Batches that are out, the newest first."""
    out = (batches.c.state == SCHEDULED) & (batches.c.release <= until)
    wanted = select(batches).where(out).order_by(batches.c.release.desc(), batches.c.id.desc())
    return list(connection.execute(wanted.limit(most) if most else wanted))


def waiting(connection: Connection, after: int) -> list[Any]:
    """Batches whose hour has not come."""
    later = (batches.c.state == SCHEDULED) & (batches.c.release > after)
    return list(connection.execute(select(batches).where(later).order_by(batches.c.release)))


def unswept(connection: Connection, until: int) -> list[Any]:
    """Batches that are out and that the early warning has not seen, the oldest first."""
    out = (batches.c.state == SCHEDULED) & (batches.c.release <= until) & (batches.c.swept == 0)
    return list(connection.execute(select(batches).where(out).order_by(batches.c.release)))


def known_names(connection: Connection) -> set[str]:
    """What the snapshots of all batches are called."""
    return set(connection.execute(select(batches.c.name)).scalars())


# --- cells ----------------------------------------------------------------------------------------


def cells(connection: Connection, number: int) -> list[Any]:
    """The cells of a batch that somebody wrote; an emptied one has neither number nor mark."""
    return list(connection.execute(select(entries).where(entries.c.batch == number)))


def write_cell(connection: Connection, number: int, place: Place, told: Told, **more: int) -> None:
    """Write one cell. `more`: by whom, in which version of the batch."""
    row = dict(zip(("indicator", "measure", "region"), place, strict=True))
    here = [entries.c[name] == value for name, value in row.items()]
    mine = (entries.c.batch == number) & here[0] & here[1] & here[2]
    values = {"value": told[0], "mark": told[1], **more}
    if not connection.execute(update(entries).where(mine).values(**values)).rowcount:
        connection.execute(insert(entries), {"batch": number, **row, **values})


def explain(connection: Connection, number: int, told: Mapping[str, Any]) -> None:
    """Keep what was said of a finding, over what was said before."""
    mine = (words.c.batch == number) & (words.c.finding == told["finding"])
    connection.execute(delete(words).where(mine))
    connection.execute(insert(words), {"batch": number, **told})


def said(connection: Connection, number: int) -> dict[str, Any]:
    """Finding → what was said of it."""
    mine = select(words).where(words.c.batch == number)
    return {row.finding: row for row in connection.execute(mine)}


def step(connection: Connection, number: int, at: int, by: int, name: str, why: str = "") -> None:
    """Keep a step."""
    row = {"batch": number, "at": at, "by": by, "step": name, "words": why}
    connection.execute(insert(steps), row)


def history(connection: Connection, number: int) -> Sequence[Any]:
    """The steps of a batch, oldest first."""
    mine = select(steps).where(steps.c.batch == number).order_by(steps.c.id)
    return list(connection.execute(mine))
