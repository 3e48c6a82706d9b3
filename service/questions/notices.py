"""Telling people that there is something to do. Never what: the page says that to who may see it."""

from __future__ import annotations

from collections.abc import Iterable

from service.roles import DESK, EDITOR
from service.store import outbox, people
from service.store.engine import Connection

TODO = "您有一条待办"


def editors(connection: Connection, divisions: Iterable[str], but: Iterable[int] = ()) -> list[int]:
    """The editors of divisions who can sign in."""
    wanted, spared = set(divisions) - {""}, set(but)
    return [
        u.id
        for u in people.find(connection)
        if u.active and EDITOR in u.roles and u.org in wanted and u.id not in spared
    ]


def desks(connection: Connection) -> list[int]:
    """Who triages."""
    return [u.id for u in people.find(connection) if u.active and DESK in u.roles]


def tell(connection: Connection, at: int, users: Iterable[int], question: int) -> None:
    """A notice in the page, and by mail where there is an address."""
    known = {u.id: u for u in people.find(connection, sorted(set(users)))}
    body = {"text": TODO, "link": f"/desk/questions/{question}"}
    for user in known.values():
        outbox.post(connection, at, outbox.PAGE, str(user.id), body)
        if user.mail:
            outbox.post(connection, at, outbox.MAIL, str(user.id), body)
