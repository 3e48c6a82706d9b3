"""What is done to a question. Each act is judged and written in one step, with its record and its notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.desk import Desk
from service.questions.steps import (
    allow,
    follows,
)
from service.room import Stopped
from service.store import audit, questions
from service.store.audit import Act
from service.store.engine import Connection
from service.store.people import User

STALE = "您看的时候别人改过了。写的内容还在下面，请看一遍现在的情况再交。"
GONE = "没有这个问题。"
Deed = Callable[[Connection, Any], Mapping[str, Any]]


def found(connection: Connection, question: int) -> Any:
    """The question; `Stopped` when there is none."""
    row = questions.find(connection, question)
    if row is None:
        raise Stopped(404, GONE)
    return row


def asked(connection: Connection, question: int) -> dict[str, str]:
    """The divisions that are asked: host or help. Who handed back is asked no more."""
    rows = questions.parts_of(connection, question)
    return {p.division: p.duty for p in rows if p.state != "back"}


def step(desk: Desk, user: User | None, question: int, version: int, verb: str, deed: Deed) -> None:
    """Do one act. `deed` gives the columns that change. `user`: None for the asker and the service itself.

    `Stopped`: 404, 403 when it is not theirs, 409 when it is not possible now or another was quicker.
    """

    def put(connection: Connection) -> None:
        row = found(connection, question)
        if user is not None:
            allow(user, verb, row, asked(connection, question))
        after = follows(row.state, verb, bool(row.joint))
        if version not in {row.version, 0}:
            raise Stopped(409, STALE)
        now = desk.clock()
        told = dict(deed(connection, row))
        after = told.pop("state", after)
        questions.change(connection, question, now, state=after, **told)
        detail = {"from": row.state, "to": after}
        who = str(user.id) if user else ""
        audit.record(
            connection, now, Act(who, f"question.{verb}", f"question:{question}", detail=detail)
        )

    desk.store.write(put)


def keep(
    desk: Desk, connection: Connection, row: Any, user: User | None, kind: str, said: str
) -> None:
    """Keep what was said with an act."""
    who, org = (user.id, user.org) if user else (0, "")
    questions.note(connection, row.id, desk.clock(), who, org, kind, said)
