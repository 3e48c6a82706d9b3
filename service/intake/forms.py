"""Entry forms in Excel: taken away with what was told before, read back into a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from builder.indicators.form_read import Reading, read_form
from builder.indicators.form_write import write_form
from builder.indicators.workbook import MOST_BYTES
from builder.problems import Problem, Refused, Severity, has_errors
from builder.values import Period, Template
from service.desk import Desk
from service.intake import batches, released, view
from service.intake.batches import Moving
from service.intake.pages import USE, done, write
from service.intake.readers import Reader, reader
from service.intake.view import Sent
from service.room import DONE, FILE, Asks, AtDesk, Room, Stopped
from service.store.columns import INSIDE
from service.store.intake import Place, Told
from service.web.pages import wants_page

room = Room("intake", INSIDE)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TOLD = 20  # problems that are told at once


@room.get("/intake/{number}/form.xlsx", USE, gives={XLSX: FILE})
def take(number: int, desk: AtDesk, asks: Asks) -> Response:
    """The form of a batch for whoever asks, with what they may know of the period before and a year ago."""
    mine = reader(desk, asks.user)
    with desk.store.read() as connection:
        batch, part = batches.found(connection, mine, number)
        series = {row.indicator for row in part.rows}
        past = released.store(connection, mine.known, series, desk.clock(), mine.may_key)
    said = mine.known.said
    try:
        made = write_form(part, said.indicators, said.regions, Period.parse(batch.period), past)
    except Refused as refused:
        raise Stopped(422, str(refused)) from refused
    name = quote(f"{part.id}-{batch.period}.xlsx")
    told = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "Cache-Control": "no-store",
    }
    return Response(made, media_type=XLSX, headers=told)


@room.post("/intake/{number}/form", USE, most=MOST_BYTES + 65536, gives=DONE)
def bring(
    request: Request,
    number: int,
    sheet: Annotated[UploadFile, File()],
    desk: AtDesk,
    asks: Asks,
    version: Annotated[int, Form()] = 0,
) -> Response:
    """Read a filled form into a batch: all of it, or nothing and every fault with its cell."""
    moving = Moving(reader(desk, asks.user), desk.clock())
    try:
        _brought(desk, moving, number, sheet.file.read(MOST_BYTES + 1), version)
    except Stopped as stop:
        if not wants_page(request.headers) or stop.status == 404:
            raise
        return view.one(request, desk, moving.reader, number, Sent(stop.said, stop.status))
    return done(request, number)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The batch that a form is for, and what of its template is the sender's."""

    template: Template
    period: Period


def _brought(desk: Desk, moving: Moving, number: int, data: bytes, seen: int) -> None:
    with desk.store.read() as connection:
        batch, part = batches.found(connection, moving.reader, number)
    wanted = _Wanted(part, Period.parse(batch.period))
    reading = _reading(data, moving.reader, wanted)
    if reading.plan is None or has_errors(reading.problems):
        raise Stopped(422, _said(reading.problems))
    told: dict[Place, Told] = {
        (row.indicator, row.measure, row.region): (row.value, row.mark) for row in reading.rows
    }
    if not told:
        raise Stopped(422, "这张表里一个数也没有填。")
    write(desk, moving, number, told, seen)


def _reading(data: bytes, mine: Reader, wanted: _Wanted) -> Reading:
    said, name = mine.known.said, "填报表.xlsx"
    templates = {wanted.template.id: wanted.template}
    return read_form(
        data, name, templates, said.indicators, said.regions, wanted.template.id, wanted.period
    )


def _said(problems: list[Problem]) -> str:
    wrong = [p for p in problems if p.severity is Severity.ERROR] or problems
    lines = [f"{p.message}{p.action}" for p in wrong[:TOLD]]
    more = [f"还有 {len(wrong) - TOLD} 处。"] if len(wrong) > TOLD else []
    return "\n".join(["填报表没有收：", *lines, *more])
