"""The record of acts, for whoever audits: to read, to verify, to take away."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from service.desk import Desk
from service.roles import AUDITOR, may
from service.room import FILE, Asks, AtDesk, Room
from service.store import audit, checks, outbox, people
from service.store.audit import Act
from service.store.engine import Connection
from service.ticks import DAY, Job
from service.web.pages import page

room = Room("audit")
READ = may(AUDITOR)
MENU = (("/audit", "审计", frozenset({AUDITOR})),)
SHOWN = 100
WRONG = "审计记录核对出了问题，请马上看。"


@room.get("/audit", READ)
def listing(request: Request, desk: AtDesk, before: int = 0, act: str = "") -> Response:
    """The newest acts, page by page, and how far the chain was verified."""
    with desk.store.read() as connection:
        rows = audit.newest(connection, SHOWN, before, act)
        seen, last = checks.since(connection), audit.head(connection)
    return page(request, "audit.html", rows=rows, seen=seen, last=last, act=act, most=SHOWN)


@room.get("/audit/export", READ, gives={"application/x-ndjson": FILE})
def export(desk: AtDesk, asks: Asks) -> Response:
    """All acts as JSON lines; taking them is an act itself."""
    desk.note(Act(asks.actor, "audit.export"))

    def lines() -> Iterator[str]:
        with desk.store.read() as connection:
            yield from audit.lines(connection)

    name = 'attachment; filename="audit.jsonl"'
    kind = "application/x-ndjson; charset=utf-8"
    return StreamingResponse(lines(), media_type=kind, headers={"Content-Disposition": name})


def check(desk: Desk) -> tuple[str, ...]:
    """Verify the whole record, keep how far, tell those who audit when something is wrong; the faults."""
    with desk.store.read() as connection:
        found = checks.entire(connection)
    wrong, now = bool(found.faults), desk.clock()

    def put(connection: Connection) -> None:
        checks.keep(connection, now, found)
        told = {"rows": found.rows, "faults": len(found.faults)}
        act = Act("", "audit.check", outcome="wrong" if wrong else "done", detail=told)
        audit.record(connection, now, act)
        if wrong:
            outbox.tell(connection, now, people.holding(connection, AUDITOR), WRONG, "/audit")

    desk.store.write(put)
    return found.faults


JOBS = (Job("audit", DAY, check),)
