"""Routes that say who may use them. A route that does not can't be made."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from service.desk import Desk
from service.proofs import kept
from service.roles import ANYONE, PRIVILEGED, Access
from service.store import people
from service.store.columns import EVERYWHERE
from service.store.people import User

Call = TypeVar("Call", bound=Callable[..., Any])
BODY = 256 * 1024  # bytes of an ordinary request
SAFE = ("GET", "HEAD", "OPTIONS")


class Stopped(HTTPException):
    """A request ends here. `said` is Chinese and shown; `where`: a page to go to instead, for browsers."""

    def __init__(self, status: int, said: str, where: str = "") -> None:
        """Keep what to say."""
        super().__init__(status, said)
        self.status, self.said, self.where = status, said, where


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. `token` is the hash of the session's; `second`: the second factor was shown."""

    user: User | None
    address: str
    token: str = ""
    second: bool = False

    @property
    def actor(self) -> str:
        """As the record of acts names them."""
        return str(self.user.id) if self.user else ""

    @property
    def known(self) -> User:
        """The user; only behind routes that let in no one else."""
        if self.user is None:
            raise Stopped(401, "请先登录。", "/login")
        return self.user


class Guarded(APIRoute):
    """Judges who asks before a byte of the body is read."""

    access: Access | None = None
    most: int = BODY

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the guard."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            if self.access is None:
                raise Stopped(403, "这个地址没有说明谁可以用，不开放。")
            desk: Desk = request.app.state.desk
            visitor = await run_in_threadpool(visitor_of, request, desk)
            request.state.visitor = visitor
            admit(request, desk, visitor, self.access)
            return await inner(Request(request.scope, limited(request, self.most)))

        return handler


class Room:
    """The routes of one feature, and the profiles that have them."""

    def __init__(self, tag: str, profiles: tuple[str, ...] = EVERYWHERE) -> None:
        """`tag` groups the routes in the description for machines."""
        self.router = APIRouter(tags=[tag], route_class=Guarded)
        self.profiles = profiles

    def get(self, path: str, access: Access, **more: Any) -> Callable[[Call], Call]:
        """A route that only reads."""
        return self._on("GET", path, access, more)

    def post(self, path: str, access: Access, **more: Any) -> Callable[[Call], Call]:
        """A route that may write."""
        return self._on("POST", path, access, more)

    @property
    def routes(self) -> list[Guarded]:
        """All of them."""
        return [route for route in self.router.routes if isinstance(route, Guarded)]

    def _on(
        self, method: str, path: str, access: Access, more: dict[str, Any]
    ) -> Callable[[Call], Call]:
        most = more.pop("most", BODY)

        def put(call: Call) -> Call:
            extra = {"x-access": str(access)}
            self.router.add_api_route(path, call, methods=[method], openapi_extra=extra, **more)
            route = self.router.routes[-1]
            assert isinstance(route, Guarded)
            route.access, route.most = access, most
            return call

        return put


def desk_of(request: Request) -> Desk:
    """For `Depends`: the running service."""
    desk: Desk = request.app.state.desk
    return desk


def visitor(request: Request) -> Visitor:
    """For `Depends`: who asks."""
    found: Visitor = request.state.visitor
    return found


AtDesk = Annotated[Desk, Depends(desk_of)]
Asks = Annotated[Visitor, Depends(visitor)]


def cookie_name(secure: bool) -> str:
    """`__Host-` binds the cookie to this host and to https."""
    return "__Host-weike" if secure else "weike"


def visitor_of(request: Request, desk: Desk) -> Visitor:
    """Who holds the session that the browser shows."""
    address = request.client.host if request.client else ""
    given = request.cookies.get(cookie_name(desk.settings.secure), "")
    if not given:
        return Visitor(None, address)
    token, now = kept(given), desk.clock()
    with desk.store.read() as connection:
        held = people.session(connection, token)
        found = people.find(connection, [held.user]) if held else []
    idle, whole = desk.settings.idle_minutes * 60_000, desk.settings.session_hours * 3_600_000
    if not held or not found or not found[0].active:
        return Visitor(None, address)
    if now - held.seen > idle or now - held.made > whole:
        desk.store.write(lambda c: people.close_session(c, token))
        return Visitor(None, address)
    if now - held.seen > 60_000:  # once a minute is enough
        desk.store.write(lambda c: people.touch(c, token, now))
    return Visitor(found[0], address, token, bool(held.second))


def admit(request: Request, desk: Desk, asks: Visitor, access: Access) -> None:
    """Let somebody through or raise `Stopped`."""
    if request.method not in SAFE and not _from_here(request, desk, bool(asks.user)):
        raise Stopped(403, "这个请求不是从本站的页面发来的，没有执行。请回到页面重做。")
    if access == ANYONE or access.anyone:
        return
    if asks.user is None:
        raise Stopped(401, "请先登录。", f"/login?to={request.url.path}")
    if not asks.user.roles & access.roles:
        raise Stopped(403, "您的角色不能做这件事。")
    needs = desk.settings.second_factor and bool(asks.user.roles & PRIVILEGED)
    if access.second and needs and not asks.second:
        raise Stopped(403, "请先完成第二步验证。", "/second")


def _from_here(request: Request, desk: Desk, known: bool) -> bool:
    """Browsers say from which page a request comes; other sites can't pretend it."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if origin is not None:
        return origin == desk.settings.origin
    if site is not None:
        return site in {"same-origin", "none"}
    if (referer := request.headers.get("referer")) is not None:
        parts = urlsplit(referer)
        return f"{parts.scheme}://{parts.netloc}" == desk.settings.origin
    return not known  # a program without a session may post; a browser would have told


def limited(request: Request, most: int) -> Callable[[], Coroutine[Any, Any, Message]]:
    """The request's body, and the end of it when it grows too long."""
    told = request.headers.get("content-length", "0")
    if not told.isdigit() or int(told) > most:
        raise Stopped(413, f"太大了：最多 {_size(most)}。")
    seen = 0

    async def receive() -> Message:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise Stopped(413, f"太大了：最多 {_size(most)}。")
        return message

    return receive


def _size(count: int) -> str:
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count >> 10} KB"
