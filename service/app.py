"""One service: its rooms, what stands around every answer, and what is said when something goes wrong."""

from __future__ import annotations

import mimetypes
import re
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache, partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import builder
from service import health, home
from service.appraisal import pages as appraisals
from service.contest import entering, front, office, reviewing
from service.contest import tidy as leftovers
from service.desk import Desk
from service.intake import alarming, board, feed, forms, sweeping
from service.intake import pages as filling
from service.intake.designing import rooms as designing
from service.live import rooms as posts
from service.live import site as fragments
from service.logs import neighbourhood
from service.memory import Memory
from service.outbox import pages, sending
from service.people import (
    account,
    login,
    passkeys,
    programs,
    reach,
    record,
    setup,
    tidy,
    unlocking,
    users,
)
from service.questions import rooms as questions
from service.questions import taking
from service.robot import asking, giving
from service.roles import ANYONE, SIGNED_IN
from service.room import Guarded, Room, Stopped
from service.scripts import Ahead
from service.store.engine import Unavailable
from service.ticks import Job, Ticks
from service.web.pages import HEADERS, page, wants_page
from service.wechat import door, late

THEME = Path(builder.__file__).parent / "theme"  # its files are read as data: one look for all
STATIC = {
    "weike.css": THEME / "assets" / "weike.css",
    "review.css": THEME / "review" / "review.css",
    "sprite.svg": THEME / "assets" / "sprite.svg",
    "favicon.svg": THEME / "assets" / "favicon.svg",
    **{p.name: p for p in (Path(__file__).parent / "web" / "static").iterdir()},
}
# Every feature: its routes. A line a feature.
ROOMS: tuple[Room, ...] = (
    feed.room,  # the first: it is asked most often
    health.room,
    home.room,
    setup.room,
    login.room,
    account.room,
    front.room,
    entering.room,
    reviewing.room,
    office.room,
    passkeys.room,
    unlocking.room,
    users.room,
    reach.room,
    programs.room,
    record.room,
    pages.room,
    filling.room,
    forms.room,
    designing.room,
    alarming.room,
    board.room,
    asking.room,
    giving.room,
    appraisals.room,
    *questions.ROOMS,
    door.room,
    posts.room,
)
# What stands in the head of a page: address, name, roles that see it (none: who has not signed in).
MENU: tuple[tuple[str, str, frozenset[str]], ...] = (
    *questions.MENU,
    *users.MENU,
    *programs.MENU,
    *record.MENU,
    *posts.MENU,
    *pages.MENU,
    *filling.MENU,
    *designing.MENU,
    *alarming.MENU,
    *board.MENU,
    *appraisals.MENU,
    *front.MENU,
    *entering.MENU,
    *reviewing.MENU,
    *office.MENU,
    *account.MENU,
)
# What is done beside the requests. A line a job.
JOBS: tuple[Job, ...] = (
    *tidy.JOBS,
    *record.JOBS,
    *leftovers.JOBS,
    *sending.JOBS,
    *late.JOBS,
    *fragments.JOBS,
    *questions.JOBS,
    *sweeping.JOBS,
    *designing.JOBS,
)

# Nothing is told to anybody else, whatever stands in the environment.
SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
files = Room("files")


@files.get("/-/{name}", ANYONE, include_in_schema=False)
def static(name: str) -> Response:
    """Styles, scripts and pictures of the pages."""
    if name not in STATIC:
        raise Stopped(404, "没有这个文件。")
    headers = {"Cache-Control": "max-age=3600"}
    if name == "review.css":
        return Response(
            schemes() + STATIC[name].read_bytes(), media_type="text/css", headers=headers
        )
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return FileResponse(STATIC[name], media_type=kind, headers=headers)


@lru_cache(maxsize=1)
def schemes() -> bytes:
    """The house's other colours for whoever's system asks for them: no script chooses here."""
    css, found = STATIC["weike.css"].read_text("utf-8"), []
    for question, name in (("color-scheme: dark", "slate"), ("contrast: more", "contrast")):
        block = re.search(
            rf'^\[data-md-color-scheme="{name}"\] \{{(.*?)^\}}', css, re.DOTALL | re.MULTILINE
        )
        assert block is not None, name
        found.append(f"@media (prefers-{question}) {{ :root {{{block[1]}}} }}\n")
    return "".join(found).encode()


@files.get("/openapi.json", SIGNED_IN, include_in_schema=False, response_class=JSONResponse)
def described(request: Request) -> Response:
    """This service as machines read it."""
    app: FastAPI = request.app
    return JSONResponse(app.openapi())


def create_app(desk: Desk, background: bool = False) -> FastAPI:
    """The service of one profile: it has the routes of that profile and no others.

    `background`: also do what is to be done beside the requests (`JOBS`).
    """

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        ticks = Ticks(desk, JOBS)
        ahead = Ahead(Memory(desk).settle, partial(desk.log.trouble, "bundle"))
        if background:
            ahead.start()
            ticks.start()
        yield
        if background:
            ahead.stop()
            await run_in_threadpool(ticks.stop)
        desk.store.close()

    app = FastAPI(
        title="微课配套服务",
        version="1",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=SILENT,
    )
    app.state.desk = desk
    desk.unanswered = partial(taking.passed, desk)
    mine = [r for r in (*ROOMS, files) if desk.settings.profile in r.profiles]
    app.state.routes = [route for room in mine for route in room.routes]
    app.router.routes += (
        app.state.routes
    )  # one list: routers in routers are asked one after the other
    here = {route.path for route in app.state.routes}
    app.state.rooms = tuple(entry for entry in MENU if entry[0] in here)
    if len(app.routes) != len(app.state.routes) or any(r.access is None for r in app.state.routes):
        raise RuntimeError("a route does not say who may use it")
    app.exception_handler(Stopped)(stopped)
    app.exception_handler(Unavailable)(unavailable)
    app.exception_handler(RequestValidationError)(invalid)
    app.exception_handler(HTTPException)(unknown)
    app.exception_handler(Exception)(bug)
    app.add_middleware(Straight, routes=app.state.routes)
    app.add_middleware(Around, desk=desk)  # the outer of the two
    return app


class Straight:
    """Brings requests for plain routes to them straight away: half of a quick answer's time is the way there.

    Every other request goes the long way.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[Guarded]) -> None:
        """`routes`: those of the service; of them the plain ones."""
        self.app = app
        self.doors = [
            (
                route,
                frozenset(route.methods or ()),
                route.path_regex.match,
                route.get_route_handler(),
            )
            for route in routes
            if route.plain
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        for route, methods, match, handler in self.doors if scope["type"] == "http" else ():
            found = match(scope["path"]) if scope["method"] in methods else None
            if found is None:
                continue
            scope["path_params"], scope["route"] = found.groupdict(), route
            request = Request(scope, receive, send)
            try:
                answer = await handler(request)
            except Stopped as stop:
                answer = stopped(request, stop)
            except Unavailable as error:
                answer = unavailable(request, error)
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


class Around:
    """What stands around every answer: its headers, its line in the log, its place in the counts."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        """`desk`: whose settings, log and counts."""
        self.app, self.desk = app, desk
        self.told = [(k.lower().encode(), v.encode()) for k, v in headers_of(desk).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["id"] = identity = secrets.token_hex(8)
        status, begun = 500, time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                names = {name.lower() for name, _ in message.get("headers", [])}
                more = [h for h in self.told if h[0] not in names]
                mine = [(b"x-request-id", identity.encode())]
                if self.desk.draining:
                    mine.append((b"connection", b"close"))
                message["headers"] = [*message.get("headers", []), *more, *mine]
            await send(message)

        self.desk.meter.began()
        try:
            await self.app(scope, receive, answer)
        finally:
            self._write(scope, status, (time.perf_counter() - begun) * 1000)

    def _write(self, scope: Scope, status: int, ms: float) -> None:
        route = getattr(scope.get("route"), "path", "") or "-"
        visitor = scope["state"].get("visitor")
        method = scope["method"] if scope["method"] in METHODS else "-"
        self.desk.meter.ended(method, route, status, ms)
        self.desk.log.tell(
            "request",
            id=scope["state"]["id"],
            method=method,
            route=route,
            status=status,
            ms=round(ms, 1),
            user=visitor.label if visitor else "",
            **{"from": neighbourhood((scope.get("client") or ("",))[0])},
        )


METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def headers_of(desk: Desk) -> dict[str, str]:
    """The headers of every answer; with https, browsers are to stay with it."""
    secure = {"Strict-Transport-Security": "max-age=31536000"} if desk.settings.secure else {}
    return {**HEADERS, **secure}


# --- when something goes wrong --------------------------------------------------------------------


def said(request: Request, status: int, text: str, where: str = "") -> Response:
    """One way to say it to browsers, one to programs."""
    text = text.encode("utf-8", "replace").decode()  # half a letter that somebody sent is said as ?
    if wants_page(request.headers):
        if where and request.method == "GET":
            return RedirectResponse(where, 303)
        return page(request, "message.html", status, text=text, where=where)
    return JSONResponse({"ok": False, "error": text, "status": status}, status)


def stopped(request: Request, error: Exception) -> Response:
    """A rule said no."""
    assert isinstance(error, Stopped)
    answer = said(request, error.status, error.said, error.where)
    if error.wait:
        answer.headers["Retry-After"] = str(error.wait)
    return answer


def unavailable(request: Request, error: Exception) -> Response:
    """The database can't be asked."""
    answer = said(request, 503, str(error))
    answer.headers["Retry-After"] = "5"
    return answer


def invalid(request: Request, error: Exception) -> Response:
    """A form or an address that can't be read."""
    assert isinstance(error, RequestValidationError)
    names = "、".join(dict.fromkeys(str(e["loc"][-1]) for e in error.errors()))
    return said(request, 422, f"没有填对：{names}。请检查后再交。")


def unknown(request: Request, error: Exception) -> Response:
    """No such address, no such method."""
    assert isinstance(error, HTTPException)
    texts = {404: "没有这个页面。", 405: "这个地址不能这样用。"}
    return said(request, error.status_code, texts.get(error.status_code, "请求有误。"))


async def bug(request: Request, error: Exception) -> Response:
    """Our own mistake: the person is told, the log has the rest."""
    desk: Desk = request.app.state.desk
    number = getattr(request.state, "id", "")
    desk.log.trouble("mistake", error, id=number)
    answer = said(request, 500, f"出了差错，没有做成。已经记下，请把编号 {number} 告诉管理员。")
    answer.headers.update(headers_of(desk))  # it is sent outside of `Around`
    return answer
