"""The record of acts, for whoever audits: to read, to verify, to take away."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from service.roles import AUDITOR, may
from service.room import Asks, AtDesk, Room
from service.store import audit
from service.store.audit import Act
from service.web.pages import page

room = Room("audit")
READ = may(AUDITOR)
MENU = (("/audit", "审计", frozenset({AUDITOR})),)
SHOWN = 100


@room.get("/audit", READ)
def listing(request: Request, desk: AtDesk, before: int = 0, act: str = "") -> Response:
    """The newest acts, page by page, and whether the chain is whole."""
    with desk.store.read() as connection:
        rows = audit.newest(connection, SHOWN, before, act)
        faults = list(audit.broken(connection))
        last = audit.head(connection)
    return page(request, "audit.html", rows=rows, faults=faults, last=last, act=act, most=SHOWN)


@room.get("/audit/export", READ)
def export(desk: AtDesk, asks: Asks) -> Response:
    """All acts as JSON lines; taking them is an act itself."""
    desk.note(Act(asks.actor, "audit.export"))

    def lines() -> Iterator[str]:
        with desk.store.read() as connection:
            yield from audit.lines(connection)

    name = 'attachment; filename="audit.jsonl"'
    kind = "application/x-ndjson; charset=utf-8"
    return StreamingResponse(lines(), media_type=kind, headers={"Content-Disposition": name})
