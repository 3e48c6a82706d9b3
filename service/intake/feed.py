"""The feed: released numbers for other software, in the shape of PxWebApi 2.

Whatever is asked, the answer is made from numbers whose hour has come by the service's clock, and of
those only from what the asker may see.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from threading import Lock
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from builder.indicators import jsonstat, pxweb, tables
from builder.indicators.tables import Cube
from builder.values import Indicator, Vintage
from service.desk import Desk
from service.intake import batches
from service.intake.cubes import Asked, Cells, cube, newest
from service.intake.feed_lists import config, fits, line, listed
from service.intake.readers import Reader, reader
from service.intake.released import at, vintages
from service.intake.selection import EVER, Picked, bounds, picked
from service.limits import origin
from service.roles import ANYONE
from service.room import Room, Stopped
from service.store import figures, intake
from service.store.columns import INSIDE
from service.store.engine import Store
from service.store.figures import Chosen, Figure, Quick

room = Room("feed", INSIDE)
TABLES = "/api/v2/tables"
JSON, CSV = "application/json; charset=utf-8", "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LITTLE = 4000  # cells that are read without a thread of their own
KEPT = 128  # answers about whole tables
WRONG: dict[int | str, dict[str, Any]] = {
    400: {"description": "看不懂"},
    304: {"description": "没有变"},
}
FORMS: dict[int | str, dict[str, Any]] = {
    200: {"description": "数", "content": {"application/json": {}, "text/csv": {}, XLSX: {}}},
    **WRONG,
}


@dataclass
class Shelf:
    """What one process keeps of a database: a connection for quick reads, answers that still hold."""

    quick: Quick | None
    answers: OrderedDict[tuple[Any, ...], Any] = field(default_factory=OrderedDict)
    told: tuple[tuple[int, int], Mapping[int, Vintage]] | None = None
    lock: Lock = field(default_factory=Lock)

    def kept(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """An answer that was given before, or a new one."""
        with self.lock:
            if key in self.answers:
                self.answers.move_to_end(key)
                return self.answers[key]
        made = make()
        with self.lock:
            self.answers[key] = made
            while len(self.answers) > KEPT:
                self.answers.popitem(last=False)
        return made


_shelves: WeakKeyDictionary[Store, Shelf] = WeakKeyDictionary()


def shelf(desk: Desk) -> Shelf:
    """The shelf of a desk."""
    found = _shelves.get(desk.store)
    if found is None:
        found = _shelves[desk.store] = Shelf(Quick(desk.store) if desk.store.lite else None)
    return found


# --- one call -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, and up to which moment (ms) what was known is told."""

    desk: Desk
    reader: Reader
    until: int
    stamp: tuple[int, int]

    @property
    def whose(self) -> tuple[Any, ...]:
        """Two calls with the same hear the same of whole tables."""
        user = self.reader.user
        return (
            self.reader.known.digest,
            self.stamp,
            user.roles if user else (),
            user.org if user else "",
        )

    def indicator(self, name: str) -> Indicator:
        """A definition by its id; `Stopped` when there is none."""
        found = self.reader.known.said.indicators.get(name)
        if found is None:
            raise Stopped(404, "没有这张表。")
        return found

    def rows(self, chosen: Chosen) -> list[Figure]:
        """Figures, from the quick connection where there is one."""
        quick = shelf(self.desk).quick
        if quick is not None:
            return quick.chosen(chosen)
        with self.desk.store.read() as connection:
            return figures.chosen(connection, chosen)

    def told(self) -> Mapping[int, Vintage]:
        """What is known of all batches that are out."""
        held = shelf(self.desk)
        found = held.told
        if found is None or found[0] != self.stamp:
            with self.desk.store.read() as connection:
                found = held.told = self.stamp, vintages(connection, self.until)
        return found[1]

    def cells(self, indicator: Indicator) -> Cells:
        """All of a table that the asker may see."""
        return newest(
            self.reader, indicator, self.rows(Chosen(indicator.id, (), (), 0, EVER, self.until))
        )

    def cube(self, asked: Asked) -> Cube:
        """What was asked of a table; `Stopped` when nothing of it is there."""
        low, high = bounds(asked.periods, asked.indicator.frequency)
        names = asked.measures.codes(), asked.regions.codes()
        rows = self.rows(Chosen(asked.indicator.id, *names, low, high, asked.until))
        made = cube(asked, self.reader, newest(self.reader, asked.indicator, rows), self.told())
        if made is None:
            raise Stopped(404, "没有这样的数，或者还没有发布，或者不归您看。")
        return made


def called(request: Request, as_of: str | None = None) -> Call:
    """The call of a request: counted, and with the clock that judges it."""
    desk: Desk = request.app.state.desk
    asks = request.state.visitor
    who = asks.actor or origin(asks.address)
    if wait := desk.limits.wait(desk.settings.feed_rate, "feed", who):
        raise Stopped(429, f"太频繁了，请 {wait} 秒以后再试。", wait=wait)
    now = desk.clock()
    until = min(now, _moment(as_of)) if as_of else now
    quick = shelf(desk).quick
    if quick is not None:
        stamp = quick.stamp(until)
    else:
        with desk.store.read() as connection:
            stamp = intake.stamp(connection, until)
    return Call(desk, reader(desk, asks.user), until, stamp)


def _moment(text: str) -> int:
    """A day means its end."""
    if len(text.strip()) == 10:
        return batches.moment(text) + int(timedelta(days=1).total_seconds() * 1000) - 1
    return batches.moment(text)


def answer(request: Request, body: bytes, kind: str, name: str = "") -> Response:
    """Bytes with their mark; nothing but the mark to whoever has them."""
    mark = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    told = {"ETag": mark, "Cache-Control": "no-cache", "Vary": "Cookie, Accept"}
    held = request.headers.get("if-none-match", "")
    if held and (
        held.strip() == "*" or mark in {h.strip().removeprefix("W/") for h in held.split(",")}
    ):
        return Response(status_code=304, headers=told)
    if name:
        told["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(body, media_type=kind, headers=told)


def encoded(value: Any) -> bytes:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# --- routes ---------------------------------------------------------------------------------------


@room.get("/api/v2/config", ANYONE, response_class=JSONResponse, responses=WRONG)
async def limits(request: Request) -> Response:
    """What the feed can do, and its limits."""
    return answer(request, encoded(config(request.app.state.desk.settings)), JSON)


@room.get(TABLES, ANYONE, response_class=JSONResponse, responses=WRONG)
async def index(
    request: Request,
    query: Annotated[str, Query(max_length=80)] = "",
    past_days: Annotated[int, Query(alias="pastDays", ge=0, le=36500)] = 0,
    number: Annotated[int, Query(alias="pageNumber", ge=1, le=100_000)] = 1,
    size: Annotated[int, Query(alias="pageSize", ge=1, le=1000)] = 100,
) -> Response:
    """Tables of which the asker may see something."""
    call = called(request)
    since = at(call.until - past_days * 86_400_000).isoformat() if past_days else ""
    lines = await run_in_threadpool(_lines, call)
    found = [one for one in lines if fits(one, query.split(), since)]
    return answer(request, encoded(listed(found, number, size)), JSON)


def _lines(call: Call) -> list[dict[str, Any]]:
    def make() -> list[dict[str, Any]]:
        with call.desk.store.read() as connection:
            there = figures.spans(connection, call.until)
        known = call.reader.known.said.indicators
        found = ((known[name], call.cells(known[name])) for name in sorted(there) if name in known)
        return [line(i, c, call.told(), _public(call, i)) for i, c in found if c]

    made: list[dict[str, Any]] = shelf(call.desk).kept(("lines", *call.whose), make)
    return made


def _public(call: Call, indicator: Indicator) -> bool:
    return indicator.audience in call.reader.known.public


@room.get(TABLES + "/{table}", ANYONE, response_class=JSONResponse, responses=WRONG)
async def one(request: Request, table: str) -> Response:
    """One line of the list."""
    call = called(request)
    found = await run_in_threadpool(_line, call, call.indicator(table))
    return answer(request, encoded(found), JSON)


def _line(call: Call, indicator: Indicator) -> dict[str, Any]:
    cells = call.cells(indicator)
    if not cells:
        raise Stopped(404, "没有这张表。")
    return line(indicator, cells, call.told(), _public(call, indicator))


@room.get(TABLES + "/{table}/metadata", ANYONE, response_class=JSONResponse, responses=WRONG)
async def metadata(request: Request, table: str) -> Response:
    """The variables of a table, in JSON-stat."""
    call = called(request)
    body = await run_in_threadpool(_whole, call, call.indicator(table), "metadata")
    return answer(request, body, JSON)


@room.get(TABLES + "/{table}/whole.{form}", ANYONE, responses=FORMS)
async def whole(request: Request, table: str, form: str) -> Response:
    """A table whole, as a file, without a limit on cells: json, csv or xlsx."""
    kinds = {"json": JSON, "csv": CSV, "xlsx": XLSX}
    if form not in kinds:
        raise Stopped(404, "只有 json、csv、xlsx。")
    call = called(request)
    body = await run_in_threadpool(_whole, call, call.indicator(table), form)
    return answer(request, body, kinds[form], f"{table}.{form}")


def _whole(call: Call, indicator: Indicator, form: str) -> bytes:
    def make() -> bytes:
        nothing = Picked()
        made = call.cube(Asked(indicator, nothing, nothing, nothing, call.until))
        if form == "metadata":
            return encoded(pxweb.metadata(jsonstat.dataset(made)))
        return WRITERS[form](made)

    body: bytes = shelf(call.desk).kept((form, indicator.id, *call.whose), make)
    return body


def _json(made: Cube) -> bytes:
    return encoded(jsonstat.dataset(made))


WRITERS: Mapping[str, Callable[[Cube], bytes]] = {
    "json": _json,
    "csv": tables.comma,
    "xlsx": tables.workbook,
}
OUTPUTS = {"json-stat2": ("json", JSON), "csv": ("csv", CSV), "xlsx": ("xlsx", XLSX)}


@room.get(TABLES + "/{table}/data", ANYONE, responses=FORMS)
async def data(
    request: Request,
    table: str,
    measure: Annotated[str | None, Query(alias="valueCodes[measure]", max_length=4000)] = None,
    region: Annotated[str | None, Query(alias="valueCodes[region]", max_length=8000)] = None,
    period: Annotated[str | None, Query(alias="valueCodes[period]", max_length=8000)] = None,
    output: Annotated[str, Query(alias="outputFormat", max_length=20)] = "json-stat2",
    as_of: Annotated[str | None, Query(alias="asOf", max_length=40)] = None,
) -> Response:
    """Numbers of a table: those chosen, or all of it. `asOf`: as they were known at a moment."""
    if output not in OUTPUTS:
        raise Stopped(400, f"outputFormat 只能是 {'、'.join(OUTPUTS)}。")
    call = called(request, as_of)
    indicator = call.indicator(table)
    picks = picked(measure, "measure"), picked(region, "region"), picked(period, "period")
    asked = Asked(indicator, *picks, call.until)
    form, kind = OUTPUTS[output]
    if call.desk.store.lite and form == "json" and 0 < len(picks[1].codes()) <= 10:
        body = _made(call, asked, form)  # a few series: quicker than changing threads
    else:
        body = await run_in_threadpool(_made, call, asked, form)
    return answer(request, body, kind, f"{table}.csv" if form == "csv" else "")


def _made(call: Call, asked: Asked, form: str) -> bytes:
    made = call.cube(asked)
    most = call.desk.settings.feed_cells
    if made.values.size > most:
        raise Stopped(
            403,
            f"一次最多 {most} 个数，这里有 {made.values.size} 个：少选一些，或者取整张表的文件。",
        )
    return WRITERS[form](made)
