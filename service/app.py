"""One service: its rooms, what stands around every answer, and what is said when something goes wrong."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

import builder
from service import health, home
from service.desk import Desk
from service.people import account, login, passkeys, record, setup, users
from service.roles import ANYONE
from service.room import Room, Stopped
from service.store.engine import Unavailable
from service.web.pages import HEADERS, page, wants_page

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
    health.room,
    home.room,
    setup.room,
    login.room,
    account.room,
    passkeys.room,
    users.room,
    record.room,
)
# What stands in the head of a page: address, name, roles that see it (none: who has not signed in).
MENU: tuple[tuple[str, str, frozenset[str]], ...] = (*users.MENU, *record.MENU, *account.MENU)

files = Room("files")


@files.get("/-/{name}", ANYONE, include_in_schema=False)
def static(name: str) -> Response:
    """Styles, scripts and pictures of the pages."""
    if name not in STATIC:
        raise Stopped(404, "没有这个文件。")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return FileResponse(STATIC[name], media_type=kind, headers={"Cache-Control": "max-age=3600"})


def create_app(desk: Desk) -> FastAPI:
    """The service of one profile: it has the routes of that profile and no others."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        desk.store.close()

    app = FastAPI(
        title="微课配套服务",
        version="1",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.desk = desk
    mine = [r for r in (*ROOMS, files) if desk.settings.profile in r.profiles]
    app.state.rooms = MENU
    for room in mine:
        app.include_router(room.router)
    app.state.routes = [route for room in mine for route in room.routes]
    if len(app.routes) != len(mine) or any(r.access is None for r in app.state.routes):
        raise RuntimeError("a route does not say who may use it")
    app.exception_handler(Stopped)(stopped)
    app.exception_handler(Unavailable)(unavailable)
    app.exception_handler(RequestValidationError)(invalid)
    app.exception_handler(HTTPException)(unknown)
    app.exception_handler(Exception)(bug)
    app.add_middleware(Headers, secure=desk.settings.secure)
    return app


class Headers:
    """What stands around every answer."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        """`secure`: browsers come by https, and are to stay with it."""
        self.app = app
        told = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})
        self.told = [(k.lower().encode(), v.encode()) for k, v in told.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers that the answer has not."""

        async def answer(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                held = message.setdefault("headers", [])
                assert isinstance(held, list)
                names = {name.lower() for name, _ in held}
                message["headers"] = [*held, *(h for h in self.told if h[0] not in names)]
            await send(message)

        await self.app(scope, receive, answer if scope["type"] == "http" else send)  # type: ignore[arg-type]


# --- when something goes wrong --------------------------------------------------------------------


def said(request: Request, status: int, text: str, where: str = "") -> Response:
    """One way to say it to browsers, one to programs."""
    if wants_page(request.headers):
        if where and request.method == "GET":
            return RedirectResponse(where, 303)
        return page(request, "message.html", status, text=text, where=where)
    return JSONResponse({"ok": False, "error": text, "status": status}, status)


def stopped(request: Request, error: Exception) -> Response:
    """A rule said no."""
    assert isinstance(error, Stopped)
    return said(request, error.status, error.said, error.where)


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
    return said(request, 500, "出了差错，没有做成。已经记下，请告诉管理员。")
