"""The routes of the template designer."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Form
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from service.desk import Desk
from service.intake import notices
from service.intake import view as filling
from service.intake.batches import Moving
from service.intake.designing import acts, fields, inforce, preview, view
from service.intake.designing.inforce import keys_in
from service.intake.designing.judging import fits, judged, sound
from service.intake.designing.view import Typed
from service.intake.readers import Reader, reader
from service.roles import EDITOR, may
from service.room import Asks, AtDesk, Room, Stopped, Visitor
from service.store import audit, designs
from service.store.audit import Act
from service.store.columns import INSIDE
from service.store.engine import Connection
from service.web.pages import wants_page

room = Room("designs", INSIDE)
USE = may(EDITOR)
MENU = (("/designs", "数据模板", frozenset({EDITOR})),)
MOST, FIELDS = 1 << 20, 8000  # bytes and fields of a form that is sent
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@room.get("/designs", USE)
def listing(request: Request, desk: AtDesk, asks: Asks) -> Response:
    """The templates of one's division, and what is being designed."""
    return view.listing(request, desk, reader(desk, asks.user), Typed())


@room.post("/designs", USE)
def begin(
    request: Request,
    desk: AtDesk,
    asks: Asks,
    name: Annotated[str, Form(max_length=80)],
    title: Annotated[str, Form(max_length=400)] = "",
    frequency: Annotated[str, Form(max_length=10)] = "",
    base: Annotated[bool, Form()] = False,
) -> Response:
    """Begin a design: of a new template, or of one that is there (`base`)."""
    moving = Moving(reader(desk, asks.user), desk.clock())

    def make(connection: Connection) -> int:
        if base:
            return acts.opened(connection, moving, name)
        return acts.begun(connection, moving, name.strip(), title, frequency)

    try:
        if not base and not fits(name.strip()):
            raise Stopped(422, "编号只能用小写字母、数字和短横线，不超过 60 个字符。")
        number = desk.act(make, lambda n: Act(asks.actor, "design.new", f"design:{n}"))
    except Stopped as stop:
        if not wants_page(request.headers) or stop.status == 404:
            raise
        values = {"name": name, "title": title, "frequency": frequency}
        typed = Typed(said=stop.said, status=stop.status, values={} if base else values)
        return view.listing(request, desk, moving.reader, typed)
    return done(request, number)


@room.get("/designs/{number}", USE)
def one(
    request: Request, number: int, desk: AtDesk, asks: Asks, v: int = 0, search: str = ""
) -> Response:
    """A design. `v`: an older version, put into the form and not yet saved."""
    mine = reader(desk, asks.user)
    if not 0 < v < 1 << 31:
        return view.one(request, desk, mine, number, Typed(search=search[:40]))
    with desk.store.read() as connection:
        row = acts.found(connection, mine, number)
        old = designs.version(connection, number, v)
    if old is None:
        raise Stopped(404, "没有这一版。")
    typed = Typed(keys_in(old), note=f"这是第 {v} 版，点“存下”就成为最新的一版。")
    return view.one(request, desk, mine, row.id, typed)


@room.post("/designs/{number}", USE, most=MOST)
async def write(request: Request, number: int, desk: AtDesk, asks: Asks) -> Response:
    """What the buttons of the form ask for: save, or only show it with a row moved, added, gone."""
    form = await request.form(max_files=0, max_fields=FIELDS)
    return await run_in_threadpool(_write, request, number, form, desk, asks)


@room.post("/designs/{number}/look", USE, most=MOST, rate="120/minute")
async def look(request: Request, number: int, desk: AtDesk, asks: Asks) -> Response:
    """Findings and preview of what stands in the form, for the script; nothing is kept."""
    form = await request.form(max_files=0, max_fields=FIELDS)
    return await run_in_threadpool(_look, request, number, form, desk, asks)


def _look(request: Request, number: int, form: FormData, desk: Desk, asks: Visitor) -> Response:
    mine, sent = _sent(number, form, desk, asks)
    return view.partly(request, desk, mine, number, Typed(sent.keys))


def _sent(number: int, form: FormData, desk: Desk, asks: Visitor) -> tuple[Reader, fields.Sent]:
    mine = reader(desk, asks.user)
    with desk.store.read() as connection:
        before = keys_in(acts.found(connection, mine, number))
    return mine, fields.read(form, before)


def _write(request: Request, number: int, form: FormData, desk: Desk, asks: Visitor) -> Response:
    mine, sent = _sent(number, form, desk, asks)
    if sent.button in {"save", "over", ""}:
        return _save(request, desk, Moving(mine, desk.clock()), number, sent)
    indicators = mine.known.said.indicators
    keys = fields.pressed(sent, {i.id: [*i.measures] for i in indicators.values()})
    note = "改动还没有存：满意了点“存下”。"
    typed = Typed(keys, version=sent.version, over=sent.over, search=sent.search, note=note)
    return view.one(request, desk, mine, number, typed)


def _save(request: Request, desk: Desk, moving: Moving, number: int, sent: fields.Sent) -> Response:
    seen = sent.over if sent.button == "over" else sent.version
    try:
        desk.act(
            lambda c: acts.saved(c, moving, number, sent.keys, seen),
            lambda v: Act(str(moving.by), "design.save", f"design:{number}", detail={"version": v}),
        )
    except Stopped as stop:
        if not wants_page(request.headers) or stop.status == 404:
            raise
        with desk.store.read() as connection:
            newest = acts.found(connection, moving.reader, number).version
        over = newest if newest != seen else 0
        typed = Typed(sent.keys, stop.said, stop.status, sent.version, over, sent.search)
        return view.one(request, desk, moving.reader, number, typed)
    return done(request, number)


@room.get("/designs/{number}/form.xlsx", USE)
def workbook(number: int, desk: AtDesk, asks: Asks) -> Response:
    """The Excel form of what was saved last, to try."""
    mine = reader(desk, asks.user)
    with desk.store.read() as connection:
        row = acts.found(connection, mine, number)
    keys = keys_in(row)
    template, _ = judged(desk, mine.known, row.name, keys)
    idea = filling.ideas(desk).get(keys.get("frequency", ""), "")
    if template is None or not idea:
        raise Stopped(422, "还做不成填报表：先把红字说的改好，存下。")
    made, period = preview.workbook(template, mine.known, idea)
    name = quote(f"{row.name}-{period}.xlsx")
    told = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Cache-Control": "no-store",
    }
    return Response(made, media_type=XLSX, headers=told)


@room.post("/designs/{number}/step/{step}", USE)
def take(
    request: Request,
    number: int,
    step: str,
    desk: AtDesk,
    asks: Asks,
    version: Annotated[int, Form()] = 0,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take a step with a design: send, approve, reject, drop, stop."""
    moving = Moving(reader(desk, asks.user), desk.clock())
    if step not in acts.STEPS:
        raise Stopped(404, "没有这一步。")
    try:
        _stepped(desk, moving, number, step, version, reason)
    except Stopped as stop:
        if not wants_page(request.headers) or stop.status == 404:
            raise
        typed = Typed(said=stop.said, status=stop.status)
        return view.one(request, desk, moving.reader, number, typed)
    return done(request, number)


def _stepped(desk: Desk, moving: Moving, number: int, step: str, seen: int, reason: str) -> None:
    """Judge, take the step, record it, tell whose turn it is; a version saved meanwhile stops it."""
    with desk.store.read() as connection:
        row = acts.found(connection, moving.reader, number)
    if step in {"send", "approve"} and row.version == seen:
        sound(desk, moving.reader.known, row.name, keys_in(row))

    def act(connection: Connection) -> None:
        was = acts.stepped(connection, moving, number, step, seen, reason)
        hands = set(acts.hands(connection, was))
        if heard := _heard(connection, moving, step, was, hands):
            notices.tell(connection, desk, heard, f"design-{step}", f"/designs/{number}")
        told = {"version": was.version}
        by = str(moving.by)
        audit.record(
            connection, moving.now, Act(by, f"design.{step}", f"design:{number}", detail=told)
        )

    desk.store.write(act)


def _heard(
    connection: Connection, moving: Moving, step: str, row: Any, hands: set[int]
) -> list[int]:
    """Who hears of a step: whoever may review what was sent; those who wrote it, of what came of it."""
    if step == "send":
        return notices.hearers(connection, "design", row.division, hands | {moving.by})
    if step in {"approve", "reject"}:
        return sorted(hands - {moving.by})
    return []


def done(request: Request, number: int) -> Response:
    """Back to the design; for programs, its number."""
    if wants_page(request.headers):
        return RedirectResponse(f"/designs/{number}", 303)
    return JSONResponse({"ok": True, "design": number})


JOBS = inforce.JOBS
