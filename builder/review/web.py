"""The review page: a web application for people who do not use git, on the business network.

Every page works without scripts; there are none. What is written here goes through `Office`, as on the
command line.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from builder.approvals import Person, Refused
from builder.keys import MAX_FILE
from builder.problems import BuildFailed
from builder.review.decisions import decide, signed, withdraw, withdrawal
from builder.review.guard import TOO_MUCH, Guard
from builder.review.hall import Hall
from builder.review.pages import page
from builder.review.pages.item import Values, item_view
from builder.review.pages.listing import Query, listing
from builder.review.sessions import Session, Sessions, Throttle, Tick
from builder.review.showing import form, look, picture
from builder.review.signing_in import Door, way_back
from builder.review.static import files
from builder.review.visit import Visit

Endpoint = Callable[[Request], Awaitable[Response]]
LOST = "登录已经过期（15 分钟没有动作就退出），这次没有记下。请重新登录。"
FIELDS = ("note", "change")


def create_app(
    root: Path,
    clock: Callable[[], datetime],
    tick: Tick,
    hosts: Collection[str] = (),
    *,
    secure: bool = False,
) -> ASGIApp:
    """The application for one root.

    `clock` gives the time that records carry, `tick` the seconds that sessions last by. `hosts`: the
    names under which it may be asked (none: any). `secure`: it stands behind TLS.
    """
    web = _Web(Hall(root, clock), tick, secure=secure)
    return Guard(web.app(), frozenset(hosts), secure=secure)


class _Web:
    """The pages, and who is signed in."""

    def __init__(self, hall: Hall, tick: Tick, *, secure: bool) -> None:
        self.hall = hall
        self.sessions = Sessions(tick)
        self.door = Door(hall, self.sessions, Throttle(tick))
        self.secure = secure
        self.cookie = "__Host-weike-review" if secure else "weike-review"
        self.before = f"{self.cookie}-in"

    def app(self) -> Starlette:
        """All routes."""
        both = ["GET", "POST"]
        routes = [
            Route("/-/{name}", _static),
            Route("/in", self._in, methods=both),
            Route("/out", self._visited(self._out), methods=["POST"]),
            Route("/", self._visited(_list)),
            Route("/item/{item:path}", self._visited(_item), methods=both),
            Route("/signed/{item:path}", self._visited(signed)),
            Route("/withdraw/{item:path}", self._visited(_withdraw), methods=both),
            Route("/look/{side}/@{edition}/{address:path}", self._visited(look)),
            Route("/file/{side}/{item:path}", self._visited(picture)),
            Route("/form/{kind}/{item:path}", self._visited(form)),
        ]
        told: dict[Any, Any] = {HTTPException: _not_there, Exception: _broken}
        return Starlette(routes=routes, exception_handlers=told)

    # --- signing in and out -------------------------------------------------------------------------

    async def _in(self, request: Request) -> Response:
        if request.method != "POST":
            return self._sign_in(way_back(request.query_params.get("to", "/")))
        async with request.form(max_files=1, max_fields=8) as sent:
            upload = sent.get("key")
            data = await upload.read(MAX_FILE + 1) if isinstance(upload, UploadFile) else b""
            given = {k: v for k, v in sent.items() if isinstance(v, str)}
        to, address = way_back(given.get("to", "/")), _address(request)
        if not _same(given.get("word", ""), request.cookies.get(self.before, "")):
            return self._sign_in(to, "页面放得太久了，请再登录一次。", status=403)
        try:
            pin = given.get("pin", "")
            cookie = await run_in_threadpool(self.door.enter, data, pin, address)
        except Refused as refused:
            return self._sign_in(to, str(refused), status=403)
        answer = RedirectResponse(to, 303)
        self._set(answer, self.cookie, cookie)
        return answer

    def _sign_in(
        self, to: str, wrong: str = "", kept: Mapping[str, str] | None = None, status: int = 200
    ) -> Response:
        """The page that asks for key and PIN. `kept`: what somebody had written, to be copied."""
        word = secrets.token_urlsafe(24)
        text = page("in.html", to=to, wrong=wrong, word=word, kept=kept or {}, person=None)
        answer = HTMLResponse(text, status)
        self._set(answer, self.before, word)
        return answer

    def _set(self, answer: Response, name: str, value: str) -> None:
        answer.set_cookie(name, value, httponly=True, samesite="strict", secure=self.secure)

    def _out(self, visit: Visit) -> Response:
        self.sessions.end(visit.request.cookies.get(self.cookie, ""))
        answer = RedirectResponse("/in", 303)
        answer.delete_cookie(self.cookie, httponly=True, samesite="strict", secure=self.secure)
        return answer

    # --- visits -------------------------------------------------------------------------------------

    def _visited(self, do: Callable[[Visit], Response]) -> Endpoint:
        """An endpoint for those who are signed in; the work is done on a thread of its own."""

        async def endpoint(request: Request) -> Response:
            given: dict[str, str] = {}
            if request.method == "POST":
                async with request.form(max_files=0, max_fields=20) as sent:
                    texts = {k: v for k, v in sent.items() if isinstance(v, str)}
                given = {k: v.replace("\r\n", "\n") for k, v in texts.items()}
            return await run_in_threadpool(self._visit, request, given, do)

        return endpoint

    def _visit(
        self, request: Request, given: Mapping[str, str], do: Callable[[Visit], Response]
    ) -> Response:
        cookie = request.cookies.get(self.cookie, "")
        session = self.sessions.find(cookie)
        if session is None:
            return self._again(request, given)
        if not _part_of_a_page(request):
            self.hall.look_again()
        try:
            person = self.hall.person(session.signer)
        except Refused as refused:
            self.sessions.end(cookie)
            return self._sign_in("/", str(refused), status=403)
        if request.method == "POST" and not _same(given.get("word", ""), session.word):
            return _message(person, session, "没有受理", "表单过期了，请回到上一页重新做。", 403)
        return _answered(Visit(request, given, session, person, self.hall), do)

    def _again(self, request: Request, given: Mapping[str, str]) -> Response:
        """Somebody who is not signed in any more: what he had written is not lost."""
        path = request.url.path
        if request.method == "POST":
            kept = {k: given[k] for k in FIELDS if given.get(k, "").strip()}
            return self._sign_in(way_back(path), LOST, kept, 403)
        query = f"?{request.url.query}" if request.url.query else ""
        to = way_back(f"{path}{query}")
        return RedirectResponse(f"/in?to={to}" if to != "/" else "/in", 303)


def _answered(visit: Visit, do: Callable[[Visit], Response]) -> Response:
    try:
        return do(visit)
    except Refused as refused:
        return _message(visit.person, visit.session, "办不了", str(refused), 404)
    except BuildFailed as failed:
        first = failed.problems[0]
        text = f"站点的设置现在读不懂，先要改好：{first.where}：{first.message}"
        return _message(visit.person, visit.session, "现在看不了", text, 409)


def _message(person: Person, session: Session, title: str, text: str, status: int) -> Response:
    view = {"title": title, "text": text, "person": person, "word": session.word}
    return HTMLResponse(page("message.html", **view), status)


def _list(visit: Visit) -> Response:
    query = Query.of(visit.request.query_params)
    with visit.hall.entered() as office:
        view = listing(office, visit.person, query, visit.hall.clock())
        faults = visit.hall.faults
        return visit.page("list.html", faults=faults, **view)


def _item(visit: Visit) -> Response:
    if visit.request.method == "POST":
        return decide(visit)
    with visit.hall.entered() as office:
        item = office.item(visit.identity)
        base = visit.request.query_params.get("base", "")
        view = item_view(office, visit.hall.looks, item, visit.person, Values(), base)
        return visit.page("item.html", **view)


def _withdraw(visit: Visit) -> Response:
    return withdraw(visit) if visit.request.method == "POST" else withdrawal(visit)


async def _static(request: Request) -> Response:
    found = files().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    return Response(
        found[0], media_type=found[1], headers={"Cache-Control": "private, max-age=600"}
    )


async def _not_there(request: Request, error: HTTPException) -> Response:
    del request
    said = {
        404: ("没有这一页", "地址写错了，或者这一篇已经没有了。"),
        413: ("没有受理", TOO_MUCH),
    }
    title, text = said.get(error.status_code, ("办不了", "发来的内容不对，没有受理。"))
    view = {"title": title, "text": text, "person": None, "word": ""}
    return HTMLResponse(page("message.html", **view), error.status_code)


async def _broken(request: Request, error: Exception) -> Response:
    del request
    text = f"程序出错了，什么也没有记下。请把这一行告诉管理员：{type(error).__name__}。"
    view = {"title": "出错了", "text": text, "person": None, "word": ""}
    return HTMLResponse(page("message.html", **view), 500)


def _part_of_a_page(request: Request) -> bool:
    """True for the styles and pictures of a page under review, which were looked at with it."""
    return request.url.path.startswith("/look/") and not request.url.path.endswith("/")


def _same(given: str, word: str) -> bool:
    return bool(word) and secrets.compare_digest(given.encode(), word.encode())


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
