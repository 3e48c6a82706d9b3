"""Routes that say who may use them. A route that does not can't be made."""

from __future__ import annotations

import asyncio
import hmac
import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from pydantic import AfterValidator, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Message

from service import bearers
from service.desk import Desk
from service.limits import origin
from service.proofs import kept
from service.roles import ANYONE, PRIVILEGED, Access
from service.settings import Settings
from service.store import outbox, people
from service.store.columns import EVERYWHERE
from service.store.engine import Connection, Unavailable
from service.store.people import User
from service.store.programs import Program

Form = TypeVar("Form")
Call = TypeVar("Call", bound=Callable[..., Any])
BODY = 256 * 1024  # bytes of an ordinary request
SILENCE, SENDING = 30, 1200  # seconds until the next piece of a body, and for all of it
CLOCK = 5 * 60_000  # ms by which a moment may lie ahead: more, and a clock was wrong
SAFE = ("GET", "HEAD", "OPTIONS")
GUESSES = "60/minute"  # wrong tokens from one address
NOT_HELD = "这个程序口令不能用：没有这个口令，还没有给权限，过期、停用了，或者不是从登记的地址来的。请找管理员。"
NOT_HERE = "程序口令只能用来取数和取话术包，不能用在这里。"


class Stopped(HTTPException):
    """A request ends here. `said` is Chinese and shown; `where`: a page to go to instead, for browsers."""

    def __init__(self, status: int, said: str, where: str = "", wait: int = 0) -> None:
        """Keep what to say; `wait`: seconds after which it is worth another try."""
        super().__init__(status, said)
        self.status, self.said, self.where, self.wait = status, said, where, wait


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. `token` is the hash of the session's; `second`: the second factor was shown.

    `locked`: whose session this is, while it waits to be unlocked. `old`: the password is to be changed first.
    """

    user: User | None
    address: str
    token: str = ""
    second: bool = False
    locked: User | None = None
    old: bool = False
    unseen: int = 0  # notices
    program: Program | None = None  # that showed its token

    @property
    def actor(self) -> str:
        """As the record of acts names them."""
        return str(self.user.id) if self.user else ""

    @property
    def label(self) -> str:
        """As logs name them."""
        return f"program:{self.program.id}" if self.program else self.actor

    @property
    def counted(self) -> str:
        """As whom their requests are counted."""
        return self.label or origin(self.address)

    @property
    def reads(self) -> User | None:
        """Whose rights numbers are read with: the user's, or those that a program was given."""
        held = self.program
        return User(0, "", held.name, held.org, "", True, held.roles, True) if held else self.user

    @property
    def known(self) -> User:
        """The user; only behind routes that let in no one else."""
        if self.user is None:
            raise Stopped(401, "请先登录。", "/login")
        return self.user


class Guarded(APIRoute):
    """Judges who asks before a byte of the body is read."""

    access: Access | None = None
    most: int | Callable[[Settings], int] = BODY
    rate: str = ""
    plain: bool = False

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the guard."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            if self.access is None:
                raise Stopped(403, "这个地址没有说明谁可以用，不开放。")
            desk: Desk = request.app.state.desk
            token = bearers.shown(request.headers.get("authorization", ""))
            if token and (self.access.program or bearers.ours(token)):
                visitor = await run_in_threadpool(holder_of, request, desk, token, self.access)
            else:
                found = stranger(request, desk)
                if found is None:
                    found = await run_in_threadpool(visitor_of, request, desk)
                visitor = found
            request.state.visitor = visitor
            counted = visitor.counted if self.rate else ""
            if counted and (wait := desk.limits.wait(self.rate, self.path, counted)):
                raise Stopped(429, f"太频繁了，请 {wait} 秒以后再试。", wait=wait)
            admit(request, desk, visitor, self.access)
            if self.plain:
                answer: Response = await self.endpoint(request)
                return answer
            most = self.most if isinstance(self.most, int) else self.most(desk.settings)
            return await inner(Request(request.scope, limited(request, most)))

        return handler


class Room:
    """The routes of one feature, and the profiles that have them."""

    def __init__(self, tag: str, profiles: tuple[str, ...] = EVERYWHERE) -> None:
        """`tag` groups the routes in the description for machines."""
        self.router = APIRouter(tags=[tag], route_class=Guarded)
        self.profiles = profiles

    def get(self, path: str, access: Access, **more: Any) -> Callable[[Call], Call]:
        """A route that only reads. `rate`, `gives`: as of `post`.

        `plain`: its call is `async`, takes the request alone and reads it itself, which is quicker; what it
        takes is described by hand in `openapi_extra`.
        """
        return self._on("GET", path, access, more)

    def post(self, path: str, access: Access, **more: Any) -> Callable[[Call], Call]:
        """A route that may write. `rate`, as `10/minute`: how often one user, or one address, may come.

        `most`: bytes of its body. `reads`: it changes nothing, so programs may be let in. `gives`: media types of what it answers and the schema of each, if not pages.
        """
        return self._on("POST", path, access, more)

    @property
    def routes(self) -> list[Guarded]:
        """All of them."""
        return [route for route in self.router.routes if isinstance(route, Guarded)]

    def _on(
        self, method: str, path: str, access: Access, more: dict[str, Any]
    ) -> Callable[[Call], Call]:
        most, rate = more.pop("most", BODY), more.pop("rate", "")
        if not more.pop("reads", method in SAFE) and access.program:
            raise ValueError(f"{path}: programs only read")
        plain, own = more.pop("plain", False), more.pop("openapi_extra", {})
        gives: Mapping[str, Any] = more.pop("gives", PAGE)

        def put(call: Call) -> Call:
            careful(call)
            extra = {**own, "x-access": str(access)} | ({"x-rate": rate} if rate else {})
            extra |= more.pop("openapi_extra", {})
            told = {**ANSWERS, **more.pop("responses", {})}
            if "response_class" not in more and _writes_its_own(call):
                more["response_class"] = HTMLResponse if "text/html" in gives else Response
                told = {200: _described(gives)} | told
            self.router.add_api_route(
                path, call, methods=[method], openapi_extra=extra, responses=told, **more
            )
            route = self.router.routes[-1]
            assert isinstance(route, Guarded)
            route.access, route.most, route.rate, route.plain = access, most, rate, plain
            return call

        return put


# --- how answers are described for machines --------------------------------------------------------

WRONG = {
    "type": "object",
    "properties": {
        "ok": {"const": False},
        "error": {"type": "string"},
        "status": {"type": "integer"},
    },
    "required": ["ok", "error", "status"],
}
PAGE: dict[str, Any] = {"text/html": {"type": "string"}}
FILE: dict[str, Any] = {"type": "string", "format": "binary"}
DONE: dict[str, Any] = PAGE | {  # a page for browsers, a word for programs
    "application/json": {
        "type": "object",
        "properties": {"ok": {"const": True}},
        "required": ["ok"],
    }
}
STATES = {
    400: "看不懂",
    401: "要先登录",
    403: "不能做",
    404: "没有",
    408: "发得太慢",
    409: "和现在的状态不合",
    410: "过期了",
    413: "太大",
    422: "没有填对",
    429: "太频繁",
    503: "暂时不能用",
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    303: {"description": "去另一页"},
    **{
        status: {
            "description": said,
            "content": {
                "application/json": {"schema": WRONG},
                "text/html": {"schema": {"type": "string"}},
            },
        }
        for status, said in STATES.items()
    },
}


def _described(gives: Mapping[str, Any]) -> dict[str, Any]:
    content = {kind: {"schema": schema} for kind, schema in gives.items()}
    return {"description": "页面" if "text/html" in gives else "内容", "content": content}


def _writes_its_own(call: Callable[..., Any]) -> bool:
    return inspect.signature(call).return_annotation in {"Response", Response}


# --- what is sent ---------------------------------------------------------------------------------

LARGEST = 2**53  # of whole numbers: databases hold 64 bits, and many programs these


def careful(call: Callable[..., Any]) -> None:
    """Let the numbers that a call takes have bounds, and its texts no NUL: databases take neither."""
    told = inspect.signature(call, eval_str=True)
    made = [p.replace(annotation=_careful(p.annotation)) for p in told.parameters.values()]
    call.__signature__ = told.replace(parameters=made)  # type: ignore[attr-defined]  # FastAPI reads it


def _careful(kind: Any) -> Any:
    if kind is int:
        return Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
    if kind is str:
        return Annotated[str, AfterValidator(_plain)]
    if get_origin(kind) is Annotated:
        inner, *rest = get_args(kind)
        return Annotated[(_careful(inner), *rest)]
    if get_origin(kind) is list:
        return list[_careful(get_args(kind)[0])]  # type: ignore[misc]  # a type that is reckoned
    return kind


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("NUL")
    return text


async def desk_of(request: Request) -> Desk:
    """For `Depends`: the running service. `async`, so that it needs no thread."""
    desk: Desk = request.app.state.desk
    return desk


async def visitor(request: Request) -> Visitor:
    """For `Depends`: who asks. `async`, so that it needs no thread."""
    found: Visitor = request.state.visitor
    return found


def formed(form: type[Form]) -> Callable[..., Coroutine[Any, Any, Form]]:
    """For `Depends`: a dataclass filled from a form. `async`, so that it needs no thread."""

    async def made(**told: Any) -> Form:
        return form(**told)

    made.__signature__ = inspect.signature(form, eval_str=True)  # type: ignore[attr-defined]  # FastAPI reads it
    careful(made)
    return made


AtDesk = Annotated[Desk, Depends(desk_of)]
Asks = Annotated[Visitor, Depends(visitor)]


def cookie_name(secure: bool) -> str:
    """`__Host-` binds the cookie to this host and to https."""
    return "__Host-weike" if secure else "weike"


def device_name(secure: bool) -> str:
    """The cookie by which a browser is known again, for its short number."""
    return "__Host-weike-device" if secure else "weike-device"


def stranger(request: Request, desk: Desk) -> Visitor | None:
    """Who shows no session, known without asking the database; None: there is one to be looked for."""
    if request.cookies.get(cookie_name(desk.settings.secure)):
        return None
    return Visitor(None, request.client.host if request.client else "")


def holder_of(request: Request, desk: Desk, token: str, access: Access) -> Visitor:
    """The program that shows a token; `Stopped` with the same words whatever is wrong with it."""
    if not access.program:
        raise Stopped(403, NOT_HERE)
    address = request.client.host if request.client else ""
    found = bearers.program(desk, token, address)
    if found is None:
        if wait := desk.limits.wait(GUESSES, "program", origin(address)):
            raise Stopped(429, f"太频繁了，请 {wait} 秒以后再试。", wait=wait)
        raise Stopped(401, NOT_HELD)
    return Visitor(None, address, program=found)


def visitor_of(request: Request, desk: Desk) -> Visitor:
    """Who holds the session that the browser shows."""
    address = request.client.host if request.client else ""
    given = request.cookies.get(cookie_name(desk.settings.secure), "")
    if not given:
        return Visitor(None, address)
    token, now = kept(given), desk.clock()
    device = kept(request.cookies.get(device_name(desk.settings.secure), ""))
    with desk.store.read() as connection:
        held = people.session(connection, token)
        found = people.find(connection, [held.user]) if held else []
        if not held or not found or not found[0].active:
            return Visitor(None, address)
        user, locked = found[0], _locked(held, now, desk)
        quick = locked and _quick(connection, user, device)
        unseen = 0 if locked else outbox.unseen(connection, user.id)
    if _over(held, now, desk) or (locked and not quick):
        _in_passing(desk, lambda c: people.close_session(c, token))
        return Visitor(None, address)
    if locked:
        return Visitor(None, address, token, locked=user)
    if now - held.seen > 60_000:  # once a minute is enough
        _in_passing(desk, lambda c: people.touch(c, token, now))
    days = desk.settings.password_days
    old = bool(days) and now - user.changed > days * 86_400_000
    return Visitor(user, address, token, bool(held.second), old=old, unseen=unseen)


def _over(held: Any, now: int, desk: Desk) -> bool:
    whole = desk.settings.session_hours * 3_600_000
    return bool(now - held.made > whole or held.made > now + CLOCK)


def _locked(held: Any, now: int, desk: Desk) -> bool:
    idle = desk.settings.idle_minutes * 60_000
    return bool(held.locked) or now - held.seen > idle or held.seen > now + CLOCK


def _quick(connection: Connection, user: User, device: str) -> bool:
    """Whether this browser can be unlocked without the password."""
    return bool(people.pin(connection, device, user.id) or people.passkeys_of(connection, user.id))


def _in_passing(desk: Desk, act: Callable[[Connection], object]) -> None:
    """Write, if it can be: on a full disk people can still read."""
    try:
        desk.store.write(act)
    except Unavailable as error:
        desk.log.trouble("not kept", error)


def admit(request: Request, desk: Desk, asks: Visitor, access: Access) -> None:
    """Let somebody through or raise `Stopped`."""
    if request.method not in SAFE and not _from_here(request, desk, bool(asks.user)):
        raise Stopped(403, "这个请求不是从本站的页面发来的，没有执行。请回到页面重做。")
    if access == ANYONE or access.anyone or (access.machine and _knows(request, desk)):
        return
    if asks.locked is not None:
        raise Stopped(401, "页面锁住了，请先解锁。", f"/unlock?to={request.url.path}")
    if asks.user is None:
        raise Stopped(401, "请先登录。", f"/login?to={request.url.path}")
    if not asks.user.roles & access.roles:
        raise Stopped(403, "您的角色不能做这件事。")
    needs = desk.settings.second_factor and bool(asks.user.roles & PRIVILEGED)
    if access.second and needs and not asks.second:
        raise Stopped(403, "请先完成第二步验证。", "/second")
    if access.second and asks.old:
        raise Stopped(403, "密码用得太久了，请先换一个。", "/account/password")


def _knows(request: Request, desk: Desk) -> bool:
    """Whether a program shows the word of the settings' file."""
    file, given = desk.settings.metrics_file, request.headers.get("authorization", "")
    if file is None or not given.startswith("Bearer "):
        return False
    try:
        word = file.read_text("utf-8").strip()
    except OSError:
        return False
    return bool(word) and hmac.compare_digest(word.encode(), given[7:].strip().encode())


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
    seen, end = 0, asyncio.get_running_loop().time() + SENDING

    async def receive() -> Message:
        nonlocal seen
        left = min(SILENCE, end - asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(max(left, 0)):  # no task of its own, unlike `wait_for`
                message = await request.receive()
        except TimeoutError:
            raise Stopped(408, "发得太慢了，没有收完。") from None
        seen += len(message.get("body", b""))
        if seen > most:
            raise Stopped(413, f"太大了：最多 {_size(most)}。")
        return message

    return receive


def _size(count: int) -> str:
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count >> 10} KB"
