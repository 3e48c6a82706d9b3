"""Appraisals: their frozen rules, what was counted, what units handed in, objections, the signed result."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Select, UniqueConstraint, func, select

from service.store import alarms, contest, questions
from service.store.columns import (
    INSIDE,
    Whole,
    added,
    changed,
    found,
    grown,
    key,
    moment,
    table,
    text,
    whole,
)

appraisals = table(
    "appraisals",
    key(),
    text("slug", unique=True),
    text("rules"),  # the bytes of the file, as they were
    text("digest"),
    text("state"),
    whole("version"),
    moment("made"),
    text("units"),  # JSON: ids and names when it opened
    text("facts"),  # JSON; empty: nothing was counted yet
    text("result"),  # JSON, with the log from which it is reckoned
    whole("collected_by"),
    moment("shown"),  # when the publicity began; 0: not yet
    whole("signed_by"),
    moment("signed"),
    text("signature"),  # of the result, by the service's key; empty where it has none
    profiles=INSIDE,
)
handed = table(  # what units report themselves
    "appraisal_handed",
    key(),
    Column("appraisal", Whole, ForeignKey("appraisals.id", ondelete="CASCADE"), nullable=False),
    text("item"),
    text("unit"),
    whole("many"),
    text("proof"),
    text("state"),  # handed, counted, refused
    whole("by"),
    whole("checked_by"),
    text("reason"),
    moment("at"),
    profiles=INSIDE,
)
objections = table(
    "appraisal_objections",
    key(),
    Column("appraisal", Whole, ForeignKey("appraisals.id", ondelete="CASCADE"), nullable=False),
    text("unit"),
    text("item"),
    text("text"),
    whole("by"),
    moment("at"),
    text("state"),  # open, proposed, upheld, refused
    text("answer"),
    text("points"),  # what the unit is given more or less, exact; empty: nothing
    whole("proposed_by"),
    whole("decided_by"),
    UniqueConstraint("appraisal", "unit", "item", "at"),
    profiles=INSIDE,
)


def add(connection: Connection, **row: Any) -> int:
    """A new appraisal; its number."""
    usual: dict[str, Any] = {
        "state": "open", "version": 1, "facts": "", "result": "", "collected_by": 0, "shown": 0,
        "signed_by": 0, "signed": 0, "signature": "",
    }  # fmt: skip
    return added(connection, appraisals, **(usual | row))


def find(connection: Connection, slug: str) -> Any | None:
    """One appraisal by its slug."""
    return connection.execute(select(appraisals).where(appraisals.c.slug == slug)).one_or_none()


def everything(connection: Connection) -> list[Any]:
    """All appraisals, newest first."""
    return list(connection.execute(select(appraisals).order_by(appraisals.c.id.desc())))


def change(connection: Connection, number: int, **values: Any) -> None:
    """Set columns; the version goes up."""
    grown(connection, appraisals, number, **values)


def hand(connection: Connection, **row: Any) -> int:
    """What a unit reports; its number."""
    return added(connection, handed, **({"state": "handed", "checked_by": 0, "reason": ""} | row))


def handed_in(connection: Connection, appraisal: int) -> list[Any]:
    """All that units reported, oldest first."""
    mine = select(handed).where(handed.c.appraisal == appraisal).order_by(handed.c.id)
    return list(connection.execute(mine))


def check(connection: Connection, number: int, state: str, by: int, reason: str) -> None:
    """Somebody looked at what was reported."""
    values = {"state": state, "checked_by": by, "reason": reason}
    changed(connection, handed, number, **values)


def one_handed(connection: Connection, number: int) -> Any | None:
    """One report of a unit."""
    return found(connection, handed, number)


def counted(connection: Connection, appraisal: int) -> dict[str, dict[str, int]]:
    """What was found right, by item and unit."""
    right = (handed.c.appraisal == appraisal) & (handed.c.state == "counted")
    rows = connection.execute(
        select(handed.c.item, handed.c.unit, func.sum(handed.c.many).label("many"))
        .where(right)
        .group_by(handed.c.item, handed.c.unit)
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.item, {})[row.unit] = int(row.many)
    return found


def object_to(connection: Connection, **row: Any) -> int:
    """An objection; its number."""
    usual = {"state": "open", "answer": "", "points": "", "proposed_by": 0, "decided_by": 0}
    return added(connection, objections, **(usual | row))


def objections_of(connection: Connection, appraisal: int) -> list[Any]:
    """All objections, oldest first."""
    mine = select(objections).where(objections.c.appraisal == appraisal).order_by(objections.c.id)
    return list(connection.execute(mine))


def one_objection(connection: Connection, number: int) -> Any | None:
    """One objection."""
    return found(connection, objections, number)


def settle(connection: Connection, number: int, **values: Any) -> None:
    """Set columns of an objection."""
    changed(connection, objections, number, **values)


# --- what other features hold ---------------------------------------------------------------------


def due_between(connection: Connection, since: int, until: int) -> list[Any]:
    """Questions that fell due in a span, by what was said first: host, first_due, answered."""
    asked = questions.questions
    mine = (asked.c.first_due >= since) & (asked.c.first_due < until)
    mine &= (asked.c.host != "") & (asked.c.merged == 0)
    told = select(asked.c.host, asked.c.first_due, asked.c.answered).where(mine)
    return list(connection.execute(told))


def helped_between(connection: Connection, since: int, until: int) -> dict[str, int]:
    """Division → questions of others' to whose answer it gave a part in a span."""
    asked, said = questions.questions, questions.notes
    mine = (said.c.kind == "contribute") & (said.c.at >= since) & (said.c.at < until)
    mine &= (said.c.division != asked.c.host) & (asked.c.merged == 0)
    joined = said.join(asked, asked.c.id == said.c.question)
    told = select(said.c.division, func.count(said.c.question.distinct())).select_from(joined)
    return _counts(connection, told.where(mine).group_by(said.c.division))


def works_between(connection: Connection, since: int, until: int) -> dict[str, int]:
    """Unit → works that it sent to contests in a span, and left there."""
    works = contest.works
    mine = (works.c.submitted >= since) & (works.c.submitted < until)
    mine &= works.c.state.in_(("submitted", "taken"))
    return _counts(
        connection, select(works.c.unit, func.count()).where(mine).group_by(works.c.unit)
    )


def corrected_between(connection: Connection, since: int, until: int) -> dict[str, int]:
    """Division → warnings about its numbers that it settled by a correction in a span."""
    held = alarms.alarms
    mine = (held.c.state == "corrected") & (held.c.changed >= since) & (held.c.changed < until)
    told = select(held.c.division, func.count()).where(mine).group_by(held.c.division)
    return _counts(connection, told)


def _counts(connection: Connection, told: Select[Any]) -> dict[str, int]:
    return {unit: many for unit, many in connection.execute(told) if unit}


def best_means(connection: Connection, slug: str) -> dict[str, str]:
    """The best mean that a unit's works reached in the finished rounds of a contest, as `numerator/denominator`."""
    held, rounds, works = contest.contests, contest.rounds, contest.works
    mine = (held.c.slug == slug) & (rounds.c.state == "final")
    joined = select(rounds.c.places).join(held, held.c.id == rounds.c.contest).where(mine)
    exact: dict[int, Fraction] = {
        place["work"]: Fraction(place["exact"])
        for places in connection.execute(joined).scalars()
        for place in json.loads(places)
    }
    found: dict[str, Fraction] = {}
    for row in connection.execute(select(works.c.id, works.c.unit).where(works.c.id.in_(exact))):
        found[row.unit] = max(found.get(row.unit, Fraction(0)), exact[row.id])
    return {unit: f"{mean.numerator}/{mean.denominator}" for unit, mean in found.items()}
