"""Telling people that there is something to do. Never what: the page says that to who may see it."""

from __future__ import annotations

from collections.abc import Iterable

from service.roles import DESK, EDITOR
from service.store import outbox, people
from service.store.engine import Connection

TODO = "您有一条待办"


def editors(connection: Connection, divisions: Iterable[str], but: Iterable[int] = ()) -> list[int]:
    """The editors of divisions who can sign in."""
    spared = set(but)
    held = people.holding(connection, EDITOR, set(divisions) - {""})
    return [user for user in held if user not in spared]


def desks(connection: Connection) -> list[int]:
    """Who triages."""
    return people.holding(connection, DESK)


def tell(connection: Connection, at: int, users: Iterable[int], question: int) -> None:
    """A notice in the page, and outside where they are reached."""
    outbox.tell(connection, at, users, TODO, f"/desk/questions/{question}")
