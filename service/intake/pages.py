"""Numbers on their way: the list of batches, the table to fill, the steps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Form
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from service.desk import Desk
from service.intake import batches, findings, grid, notices, view
from service.intake.batches import Moving
from service.intake.designing import inforce
from service.intake.flow import STEPS
from service.intake.readers import Reader, reader
from service.intake.view import Sent
from service.roles import CITY, EDITOR, LEADER, may
from service.room import DONE, Asks, AtDesk, Room, Stopped, Visitor
from service.store import audit, deeds, intake
from service.store.audit import Act
from service.store.columns import INSIDE
from service.store.engine import Connection
from service.web.pages import wants_page

room = Room("intake", INSIDE)
USE = may(EDITOR, CITY, LEADER)
MENU = (("/intake", "填报", frozenset({EDITOR, CITY, LEADER})),)
MOST, FIELDS = 4 << 20, 20_000  # bytes and fields of a table that is sent

CELLS = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {"version": {"type": "string"}},
                    "additionalProperties": {"type": "string"},  # by the names of the cells
                }
            }
        }
    }
}


@room.get("/intake", USE)
def listing(request: Request, desk: AtDesk, asks: Asks) -> Response:
    """What is to be filled, and what is under way."""
    return view.listing(request, desk, reader(desk, asks.user), Sent())


@room.post("/intake", USE, gives=DONE)
def start(
    request: Request,
    desk: AtDesk,
    asks: Asks,
    template: Annotated[str, Form(max_length=80)],
    period: Annotated[str, Form(max_length=10)],
    kind: Annotated[str, Form(max_length=10)] = "new",
    reason: Annotated[str, Form(max_length=500)] = "",
    key: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Open a batch; the same key twice opens one."""
    mine, now = reader(desk, asks.user), desk.clock()

    def make(connection: Connection) -> int:
        kept = _key(asks, "intake", key)
        if key and (held := deeds.done(connection, kept)) is not None:
            return int(json.loads(held))
        moving = Moving(mine, now)
        number = batches.opened(
            connection, moving, template, period.strip(), kind=kind, reason=reason
        )
        audit.record(connection, now, Act(asks.actor, "batch.open", f"batch:{number}"))
        asked = inforce.current(connection, mine.known)[template].template
        own = {o for r in asked.regions for o in mine.known.owners.get(r, ())}
        notices.tell(
            connection, desk, notices.fillers(connection, own), "open", f"/intake/{number}"
        )
        if key:
            deeds.keep(connection, kept, now, json.dumps(number))
        return number

    try:
        return done(request, desk.store.write(make))
    except Stopped as stop:
        typed = {"template": template, "period": period, "kind": kind, "reason": reason}
        return _again(request, stop, lambda s: view.listing(request, desk, mine, s), typed)


@room.get("/intake/{number}", USE)
def one(request: Request, number: int, desk: AtDesk, asks: Asks) -> Response:
    """A batch."""
    return view.one(request, desk, reader(desk, asks.user), number, Sent())


@room.post("/intake/{number}/cells", USE, most=MOST, gives=DONE, openapi_extra=CELLS)
async def save(request: Request, number: int, desk: AtDesk, asks: Asks) -> Response:
    """Keep what was typed into the table; one wrong cell, and nothing is kept, but all is shown again."""
    form = await request.form(max_files=0, max_fields=FIELDS)
    told = {name: value for name, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_save, request, number, told, desk, asks)


def _save(
    request: Request, number: int, told: Mapping[str, str], desk: Desk, asks: Visitor
) -> Response:
    mine = reader(desk, asks.user)
    with desk.store.read() as connection:
        batch, part = batches.found(connection, mine, number)
    plan = batches.plan_of(mine.known, part, batch.period)
    cells, wrong = grid.read(plan, told)
    if wrong:
        said = f"有 {len(wrong)} 格没有填对，还没有存。改好标红的再存。"
        sent = Sent(said, 422, told, wrong)
        if not wants_page(request.headers):
            raise Stopped(422, said)
        return view.one(request, desk, mine, number, sent)
    moving, seen = Moving(mine, desk.clock()), whole(told.get("version", ""))
    try:
        write(desk, moving, number, cells, seen)
    except Stopped as stop:
        return _again(request, stop, lambda s: view.one(request, desk, mine, number, s), told)
    return done(request, number)


def write(desk: Desk, moving: Moving, number: int, cells: Any, seen: int) -> int:
    """Write cells and record how many changed."""
    return desk.act(
        lambda c: batches.filled(c, moving, number, cells, seen),
        lambda n: Act(str(moving.by), "batch.fill", f"batch:{number}", detail={"cells": n}),
    )


@room.post("/intake/{number}/about", USE, gives=DONE)
def about(
    request: Request,
    number: int,
    desk: AtDesk,
    asks: Asks,
    note: Annotated[str, Form(max_length=2000)] = "",
    source: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Set the note and the source of a batch."""
    moving = Moving(reader(desk, asks.user), desk.clock())
    desk.act(
        lambda c: batches.noted(c, moving, number, note, source),
        Act(asks.actor, "batch.about", f"batch:{number}"),
    )
    return done(request, number)


@room.post("/intake/{number}/explain", USE, gives=DONE)
def explain(
    request: Request,
    number: int,
    desk: AtDesk,
    asks: Asks,
    finding: Annotated[str, Form(max_length=40)],
    words: Annotated[str, Form(max_length=500)],
) -> Response:
    """Keep an explanation of a soft finding, by whoever may see it."""
    mine, now, said = reader(desk, asks.user), desk.clock(), batches.line(words)
    if len(said) < 4:
        raise Stopped(422, "说明至少写 4 个字。")

    def put(connection: Connection) -> None:
        batch, part = batches.found(connection, mine, number)
        found = findings.of_batch(connection, mine, batch, part, now)
        one = next((f for f in found if f.id == finding and not f.hard), None)
        if one is None or batch.state != "draft":
            raise Stopped(409, "这一条现在没有了，或者不能用说明解决。")
        told = {"finding": finding, "rule": one.rule, "words": said}
        intake.explain(connection, number, told | {"by": asks.known.id, "at": now})
        intake.change(connection, number)

    desk.act(put, Act(asks.actor, "batch.explain", f"batch:{number}"))
    return done(request, number)


@room.post("/intake/{number}/step/{step}", USE, gives=DONE)
def take(
    request: Request,
    number: int,
    step: str,
    desk: AtDesk,
    asks: Asks,
    version: Annotated[int, Form()] = 0,
    reason: Annotated[str, Form(max_length=500)] = "",
    release: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Take a step with a batch: check, review, approve, schedule, reject, hold, drop."""
    mine = reader(desk, asks.user)
    try:
        stepped(desk, Moving(mine, desk.clock()), number, step, version, reason, release)
    except Stopped as stop:
        typed = {"reason": reason, "release": release}
        return _again(request, stop, lambda s: view.one(request, desk, mine, number, s), typed)
    return done(request, number)


def stepped(
    desk: Desk,
    moving: Moving,
    number: int,
    step: str,
    seen: int,
    reason: str = "",
    release: str = "",
) -> None:
    """Take a step, record it, tell those whose turn it is; all in one write."""
    if step not in STEPS:
        raise Stopped(404, "没有这一步。")
    clean = _checked(desk, moving.reader, number, moving.now) if step == "check" else -1

    def act(connection: Connection) -> None:
        if step == "check" and clean != seen:
            raise Stopped(409, batches.STALE)
        if step == "schedule":
            hour = batches.moment(release)
            batch = batches.scheduled(connection, moving, number, hour, seen)
        else:
            batch = batches.moved(connection, moving, number, step, seen, reason)
        hands = batches.hands(connection, batch)
        if step in {"reject", "hold", "drop"}:
            heard = sorted(hands - {moving.by})
        else:
            but = hands | {moving.by} if step in {"check", "review"} else {moving.by}
            heard = notices.hearers(connection, step, batch.division, but)
        notices.tell(connection, desk, heard, step, f"/intake/{number}")
        told = {"from": batch.state, "to": STEPS[step].to}
        audit.record(
            connection,
            moving.now,
            Act(str(moving.by), f"batch.{step}", f"batch:{number}", detail=told),
        )

    desk.store.write(act)


def _checked(desk: Desk, mine: Reader, number: int, now: int) -> int:
    """The version of a batch without open findings; `Stopped` when there are any."""
    with desk.store.read() as connection:
        batch, part = batches.found(connection, mine, number)
        if not any(r.value is not None or r.mark for r in intake.cells(connection, number)):
            raise Stopped(409, "一个数也没有填。")
        found = findings.of_batch(connection, mine, batch, part, now)
    hard = [f for f in found if f.hard]
    left = batches.unheard(found)
    if hard:
        raise Stopped(409, f"还有 {len(hard)} 处必须改：{hard[0].sentence}")
    if left:
        raise Stopped(409, f"还有 {len(left)} 处要改，或者写明说明：{left[0].sentence}")
    return int(batch.version)


# --- answers --------------------------------------------------------------------------------------


def done(request: Request, number: int) -> Response:
    """Back to the batch; for programs, its number."""
    if wants_page(request.headers):
        return RedirectResponse(f"/intake/{number}", 303)
    return JSONResponse({"ok": True, "batch": number})


def _again(request: Request, stop: Stopped, draw: Any, typed: Mapping[str, str]) -> Response:
    """The page again with what was typed, and what is wrong; for programs the plain refusal."""
    if not wants_page(request.headers) or stop.status in {401, 403, 404}:
        raise stop
    made: Response = draw(Sent(stop.said, stop.status, typed))
    return made


def _key(asks: Visitor, what: str, key: str) -> str:
    return hashlib.sha256(f"{asks.actor}\n{what}\n{key}".encode()).hexdigest()


def whole(text: str) -> int:
    """The whole number that a form carries; 0 when it carries none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
