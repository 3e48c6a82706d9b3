"""Comments of experts once they may be read: by those who made the work after the result, by the office after the close.

They stay sealed where they lie; no log and no list holds them. Who made the work never learns who wrote.
"""

from __future__ import annotations

from typing import Any

from service.contest import assigning, blind, sealing
from service.contest.judging import COUNTED, DONE, FINAL, PUBLIC, Round, load
from service.contest.rules import Rules
from service.contest.works import Work
from service.desk import Desk
from service.store import contest as store
from service.store.engine import Connection

OPENED = (COUNTED, PUBLIC, FINAL)


def to_makers(connection: Connection, desk: Desk, work: Work) -> list[str]:
    """What experts said of a work, after the result; in an order that tells nobody who said it."""
    entered = store.where(connection, store.entries, work=work.row.id)
    if not entered:
        return []
    found = load(connection, entered[0].round)
    if found.row.state != FINAL:
        return []
    said = [given.comment for _, given in _given(connection, desk, found, work.row.id)]
    return sorted((c for c in said if c), key=lambda c: assigning.lot(found.row.seed, "comment", c))


def to_office(connection: Connection, desk: Desk, found: Round, work: int) -> list[tuple[str, str]]:
    """The same with the marks under which experts stand in the log, after the close."""
    if found.row.state not in OPENED:
        return []
    marks = {p.user: p.mark for p in store.where(connection, store.panel, round=found.id)}
    told = _given(connection, desk, found, work)
    return sorted((marks[row.user], given.comment) for row, given in told if given.comment)


def _given(
    connection: Connection, desk: Desk, found: Round, work: int
) -> list[tuple[Any, sealing.Given]]:
    rows = store.where(connection, store.duties, round=found.id, work=work, state=DONE)
    return [(row, sealing.unseal(desk, row)) for row in rows]


def remarks(rules: Rules, comment: str, name: str) -> list[str]:
    """What an expert should know of their comment before its makers read it.

    Judged by the names of all units, never by those of this work: an answer would tell whose it is.
    """
    if not blind.tells({"": comment}, (*blind.unit_names(rules), name)):
        return []
    return ["评语里写着单位、姓名或联系方式：作者会看到，请看看要不要改。能改到评审截止。"]
