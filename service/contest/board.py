"""Lists as people read them: who is where, whose work it is, what it got."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from service.contest import works
from service.contest.judging import FINAL, PUBLIC, Round
from service.desk import Desk
from service.store import contest as store
from service.store.engine import Connection

SHOWN = (PUBLIC, FINAL)  # the states in which everybody sees the list


class Row(BaseModel):
    """A work in the list."""

    category: str
    place: int
    award: str
    mean: str
    code: str
    work: int
    title: str
    units: list[str]
    people: list[str]


def rows(connection: Connection, desk: Desk, found: Round) -> list[Row]:
    """The list of a round, category by category."""
    rules = found.contest.rules
    codes = {e.work: e.code for e in store.where(connection, store.entries, round=found.id)}
    listed = []
    for told in json.loads(found.row.places):
        work = works.load(connection, desk, told["work"])
        units = [u.name for i in work.units if (u := rules.unit(i))]
        category = rules.category(told["category"])
        listed.append(
            Row(
                category=category.name if category else told["category"],
                place=told["place"], award=told["award"], mean=told["mean"],
                code=codes[told["work"]], work=told["work"], title=work.row.title,
                units=units, people=[n for n, _ in work.team],
            )
        )  # fmt: skip
    return listed


def shown(connection: Connection, contest: int) -> list[Any]:
    """The rounds whose list everybody sees, newest first."""
    return store.where(connection, store.rounds, contest=contest, state=SHOWN)[::-1]
