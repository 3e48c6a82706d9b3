"""Notices as people see them: one's own; and those that could not be sent, for the administrator."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.roles import ADMIN, NAMES, SIGNED_IN, may
from service.room import Asks, AtDesk, Room, Stopped
from service.store import audit, outbox
from service.store.audit import Act
from service.store.engine import Connection
from service.web.pages import page

room = Room("notices")
MENU = (
    ("/notices", "通知", frozenset(NAMES)),
    ("/outbox", "发不出的通知", frozenset({ADMIN})),
)


@room.get("/notices", SIGNED_IN)
def mine(request: Request, desk: AtDesk, asks: Asks) -> Response:
    """One's own notices, newest first."""
    with desk.store.read() as connection:
        rows = outbox.of_user(connection, asks.known.id, outbox.PAGE, 100)
    return page(request, "outbox/notices.html", notices=[outbox.shown(row) for row in rows])


@room.post("/notices/seen", SIGNED_IN)
def seen(desk: AtDesk, asks: Asks) -> Response:
    """All of them are seen."""
    desk.store.write(lambda c: outbox.seen(c, asks.known.id))
    return RedirectResponse("/notices", 303)


@room.get("/outbox", may(ADMIN))
def stuck(request: Request, desk: AtDesk) -> Response:
    """What could not be sent, and how much waits."""
    with desk.store.read() as connection:
        rows, states = outbox.failed(connection), outbox.states(connection)
    return page(request, "outbox/outbox.html", rows=rows, states=states)


@room.post("/outbox/{number}/again", may(ADMIN))
def again(number: int, desk: AtDesk, asks: Asks) -> Response:
    """Try one of them once more."""

    def put(connection: Connection) -> None:
        if not outbox.again(connection, number, desk.clock()):
            raise Stopped(404, "没有这条发不出的通知。")
        told = Act(asks.actor, "outbox.again", f"notice:{number}")
        audit.record(connection, desk.clock(), told)

    desk.store.write(put)
    return RedirectResponse("/outbox", 303)
