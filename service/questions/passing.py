"""What the desk does: pass a question on, extend, refuse, merge, carry it to the other zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.desk import Desk
from service.questions import calendar, notices
from service.questions.acts import keep, step
from service.questions.steps import MERGED, REFUSED, WITHDRAWN
from service.room import Stopped
from service.store import questions
from service.store.engine import Connection
from service.store.people import User


def dispatch(
    desk: Desk,
    user: User,
    question: int,
    version: int,
    host: str,
    helpers: Sequence[str],
    days: int,
) -> None:
    """Pass it on: one division answers, others help, by the end of a working day."""
    others = [d for d in dict.fromkeys(helpers) if d and d != host]

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        due = calendar.due_in(desk.clock(), days, questions.days_all(connection))
        questions.drop_parts(connection, row.id, (host, *others))
        for division in (host, *others):
            duty = "host" if division == host else "help"
            questions.put_part(connection, row.id, division, duty, due)
        notices.tell(connection, desk.clock(), notices.editors(connection, (host, *others)), row.id)
        return {"host": host, "due": due, "first_due": row.first_due or due}

    step(desk, user, question, version, "dispatch", put)


def extend(desk: Desk, user: User, question: int, version: int, days: int, why: str) -> None:
    """Another deadline, with a reason; what it was at first stays written down."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        due = calendar.due_in(desk.clock(), days, questions.days_all(connection))
        questions.set_part(connection, row.id, "", due=due)
        keep(desk, connection, row, user, "extend", why)
        return {"due": due}

    step(desk, user, question, version, "extend", put)


def refuse(desk: Desk, user: User | None, question: int, version: int, why: str) -> None:
    """It is not answered, and the asker is told why."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        keep(desk, connection, row, user, "refuse", why)
        return {"closed": desk.clock()}

    step(desk, user, question, version, "refuse", put)


def merge(desk: Desk, user: User, question: int, version: int, into: str) -> None:
    """Another question asks the same: whoever asked this one gets that one's answer."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        other = questions.by_number(connection, into.strip())
        if other is None or other.id == row.id:
            raise Stopped(422, "没有这个编号的问题，或者就是它自己。")
        if other.state in {MERGED, REFUSED, WITHDRAWN}:
            raise Stopped(409, f"{other.number} 已经不办了，不能并到它那里。")
        return {"merged": other.id, "closed": desk.clock()}

    step(desk, user, question, version, "merge", put)


def carry(desk: Desk, user: User, question: int, version: int) -> None:
    """It is answered inside: the next package takes it there."""
    if desk.settings.profile != "internet":
        raise Stopped(409, "这里就是业务网，不用转。")
    step(desk, user, question, version, "carry", lambda c, row: {"carried": 1})


def fetch(desk: Desk, user: User, question: int, version: int) -> None:
    """It is answered here after all."""
    step(desk, user, question, version, "fetch", lambda c, row: {"carried": 0})
