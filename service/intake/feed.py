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
from typing import Annotated, Any, NamedTuple
from weakref import WeakKeyDictionary

from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from builder.indicators import jsonstat, pxweb, tables
from builder.indicators.tables import Cube
from builder.values import Indicator, Vintage
from service.desk import Desk
from service.intake import batches, described, quickly
from service.intake.cubes import Asked, Cells, cube, newest
from service.intake.described import CONFIG, DATASET, FORMS, TABLE, XLSX
from service.intake.feed_lists import config, fits, line, listed
from service.intake.posted import BODY, VARIABLES, selection
from service.intake.readers import Reader, reader
from service.intake.released import at, vintages
from service.intake.selection import EVER, Picked, bounds, picked
from service.roles import PROGRAMS
from service.room import Room, Stopped
from service.store import figures, intake
from service.store.columns import INSIDE
from service.store.engine import Store
from service.store.figures import Chosen, Figure, Quick
from service.turns import turn

room = Room("feed", INSIDE)
TABLES = "/api/v2/tables"
JSON, CSV = "application/json; charset=utf-8", "text/csv; charset=utf-8"
LITTLE = 4000  # cells that are read without a thread of their own
KEPT = 128  # answers about whole tables
HEAVIEST = 48 << 20  # bytes of other answers
ALWAYS = {"Cache-Control": "no-cache", "Vary": "Cookie, Authorization, Accept"}
SAME: dict[int | str, dict[str, Any]] = {304: {"description": "没有变"}}


@dataclass
class Shelf:
    """What one process keeps of a database: a connection for quick reads, answers that still hold."""

    quick: Quick | None
    answers: OrderedDict[tuple[Any, ...], Any] = field(default_factory=OrderedDict)
    said: OrderedDict[tuple[Any, ...], Held] = field(default_factory=OrderedDict)
    weight: int = 0  # bytes of `said`
    digest: str = ""
    pieces: quickly.Parts = field(default_factory=dict)
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

    def parts(self, digest: str) -> quickly.Parts:
        """Parts of answers, as long as the bundle is the same."""
        if self.digest != digest:
            self.digest, self.pieces = digest, {}
        return self.pieces

    def told_before(self, key: tuple[Any, ...]) -> Held | None:
        """An answer of the feed that still holds."""
        return self.said.get(key)

    def tell_again(self, key: tuple[Any, ...], held: Held) -> None:
        """Keep an answer; the oldest go when all together are too heavy."""
        if len(held.body) > HEAVIEST // 64:
            return
        with self.lock:
            if key not in self.said:
                self.said[key] = held
                self.weight += len(held.body) + 500
            while self.weight > HEAVIEST:
                _, old = self.said.popitem(last=False)
                self.weight -= len(old.body) + 500


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

    def asked(self, asked: Asked) -> Cells:
        """What was asked of a table, and more: not yet chosen by period."""
        low, high = bounds(asked.periods, asked.indicator.frequency)
        names = asked.measures.codes(), asked.regions.codes()
        rows = self.rows(Chosen(asked.indicator.id, *names, low, high, asked.until))
        return newest(self.reader, asked.indicator, rows)

    def cube(self, asked: Asked, cells: Cells | None = None) -> Cube:
        """What was asked of a table; `Stopped` when nothing of it is there."""
        found = self.asked(asked) if cells is None else cells
        made = cube(asked, self.reader, found, self.told())
        if made is None:
            raise Stopped(404, "没有这样的数，或者还没有发布，或者不归您看。")
        return made


def called(request: Request, as_of: str | None = None) -> Call:
    """The call of a request: counted, and with the clock that judges it."""
    desk: Desk = request.app.state.desk
    asks = request.state.visitor
    if wait := desk.limits.wait(desk.settings.feed_rate, "feed", asks.counted):
        raise Stopped(429, f"太频繁了，请 {wait} 秒以后再试。", wait=wait)
    now = desk.clock()
    until = min(now, _moment(as_of)) if as_of else now
    quick = shelf(desk).quick
    if quick is not None:
        stamp = quick.stamp(until)
    else:
        with desk.store.read() as connection:
            stamp = intake.stamp(connection, until)
    return Call(desk, reader(desk, asks.reads), until, stamp)


def _moment(text: str) -> int:
    """A day means its end."""
    if len(text.strip()) == 10:
        return batches.moment(text) + int(timedelta(days=1).total_seconds() * 1000) - 1
    return batches.moment(text)


class Held(NamedTuple):
    """An answer: its bytes, its mark, its kind, the name it is saved under."""

    body: bytes
    mark: str
    kind: str
    name: str


def held_of(body: bytes, kind: str, name: str = "") -> Held:
    """Bytes with their mark."""
    return Held(body, f'"{blake2b(body, digest_size=16).hexdigest()}"', kind, name)


def marked(request: Request, held: Held) -> Response:
    """An answer with its mark; nothing but the mark to whoever has it."""
    known = request.headers.get("if-none-match", "")
    if known and (known.strip() == "*" or held.mark in _marks(known)):
        return Response(status_code=304, headers=ALWAYS | {"ETag": held.mark})
    return given(held)


def given(held: Held) -> Response:
    """An answer whole, with its mark."""
    told = ALWAYS | {"ETag": held.mark}
    if held.name:
        told["Content-Disposition"] = f'attachment; filename="{held.name}"'
    return Response(held.body, media_type=held.kind, headers=told)


def _marks(text: str) -> set[str]:
    return {mark.strip().removeprefix("W/") for mark in text.split(",")}


def answer(request: Request, body: bytes, kind: str, name: str = "") -> Response:
    """Bytes with their mark, to whoever has them not."""
    return marked(request, held_of(body, kind, name))


def encoded(value: Any) -> bytes:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# --- routes ---------------------------------------------------------------------------------------


@room.get("/api/v2/config", PROGRAMS, gives={"application/json": CONFIG}, responses=SAME)
async def limits(request: Request) -> Response:
    """What the feed can do, and its limits."""
    return answer(request, encoded(config(request.app.state.desk.settings)), JSON)


@room.get(TABLES, PROGRAMS, gives={"application/json": described.TABLES}, responses=SAME)
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


@room.get(TABLES + "/{table}", PROGRAMS, gives={"application/json": TABLE}, responses=SAME)
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


@room.get(
    TABLES + "/{table}/metadata", PROGRAMS, gives={"application/json": DATASET}, responses=SAME
)
async def metadata(request: Request, table: str) -> Response:
    """The variables of a table, in JSON-stat."""
    call = called(request)
    body = await run_in_threadpool(_whole, call, call.indicator(table), "metadata")
    return answer(request, body, JSON)


@room.get(TABLES + "/{table}/whole.{form}", PROGRAMS, gives=FORMS, responses=SAME)
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


PARAMETERS = {
    "valueCodes[measure]": "口径代码：value、yoy…，或 *、top(1)",
    "valueCodes[region]": "地区代码，几个用逗号隔开；9901* 这样也行",
    "valueCodes[period]": "时期：2026-09、top(12)、from(2025-01)、range(2025-01,2026-09)",
    "outputFormat": "json-stat2（不写就是它）、csv、xlsx",
    "asOf": "按那一刻已经发布的：2026-10-18 或 2026-10-18T10:00:00+08:00",
}
LONGEST = 8000  # characters of one parameter
DESCRIBED = [
    {"name": "table", "in": "path", "required": True, "schema": {"type": "string"}},
    *(
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": said,
            "schema": {"type": "string", "maxLength": LONGEST},
        }
        for name, said in PARAMETERS.items()
    ),
]


@room.get(
    TABLES + "/{table}/data",
    PROGRAMS,
    gives=FORMS,
    responses=SAME,
    plain=True,
    openapi_extra={"parameters": DESCRIBED},
)
async def data(request: Request) -> Response:
    """Numbers of a table: those chosen, or all of it. `asOf`: as they were known at a moment.

    An answer once made is given again until something new is released.
    """
    await turn()
    told = request.query_params
    call = called(request, told.get("asOf"))
    key = ("data", request.url.path, request.scope["query_string"], *call.whose)
    held = shelf(call.desk).told_before(key)
    if held is None:
        wanted = {n: picked(told.get(f"valueCodes[{n}]"), n) for n in VARIABLES}
        held = await _answered(request, call, wanted)
        shelf(call.desk).tell_again(key, held)
    return marked(request, held)


@room.post(
    TABLES + "/{table}/data",
    PROGRAMS,
    gives=FORMS,
    reads=True,
    openapi_extra={"parameters": [DESCRIBED[0], *DESCRIBED[-2:]], "requestBody": BODY},
)
async def select(request: Request) -> Response:
    """The same of a selection in the body, where it may be longer than an address."""
    await turn()
    call = called(request, request.query_params.get("asOf"))
    body = await request.body()
    mark = blake2b(body, digest_size=16).digest()
    key = ("posted", request.url.path, request.scope["query_string"], mark, *call.whose)
    held = shelf(call.desk).told_before(key)
    if held is None:
        held = await _answered(request, call, selection(body))
        shelf(call.desk).tell_again(key, held)
    return given(held)


async def _answered(request: Request, call: Call, wanted: Mapping[str, Picked]) -> Held:
    told = request.query_params
    if any(len(value) > LONGEST for value in told.values()):
        raise Stopped(400, f"一个参数最多 {LONGEST} 个字符。")
    output = told.get("outputFormat", "json-stat2")
    if output not in OUTPUTS:
        raise Stopped(400, f"outputFormat 只能是 {'、'.join(OUTPUTS)}。")
    table = request.path_params["table"]
    measure, region, period = (wanted.get(n, Picked()) for n in VARIABLES)
    asked = Asked(call.indicator(table), measure, region, period, call.until)
    form, kind = OUTPUTS[output]
    if call.desk.store.lite and form == "json" and 0 < len(region.codes()) <= 10:
        body = _made(call, asked, form)  # a few series: quicker than changing threads
    else:
        body = await run_in_threadpool(_made, call, asked, form)
    return held_of(body, kind, f"{table}.{form}" if form != "json" else "")


def _made(call: Call, asked: Asked, form: str) -> bytes:
    cells, parts = call.asked(asked), shelf(call.desk).parts(call.reader.known.digest)
    quick = quickly.body(parts, asked, cells, call.told()) if form == "json" else None
    if quick is not None:
        return quick
    made, most = call.cube(asked, cells), call.desk.settings.feed_cells
    if made.values.size > most:
        raise Stopped(
            403,
            f"一次最多 {most} 个数，这里有 {made.values.size} 个：少选一些，或者取整张表的文件。",
        )
    if form != "json":
        return WRITERS[form](made)
    said = jsonstat.dataset(made)
    quickly.learn(parts, made, said)
    return encoded(said)
