"""The pages of live posts: one to write on a phone, one to let out with a tap."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import Form, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from service.desk import Desk
from service.live import pictures, posting
from service.live.export import Posts, gathered
from service.live.pictures import FOLDER, MOST, NAME
from service.live.posting import Draft
from service.live.site import Place, place, places
from service.live.steps import BACK, OUT, STATES, WAITING
from service.roles import ANYONE, CITY, EDITOR, may
from service.room import Asks, AtDesk, Room, Stopped, Visitor
from service.store import live, people
from service.store.engine import Connection
from service.web.pages import page

room = Room("live")
WRITE, LET = may(EDITOR, CITY), may(EDITOR)
MENU = (("/live", "图文直播", frozenset({EDITOR, CITY})),)
UNWRITTEN = "已经记下，但网站上的文件暂时写不进去；几秒钟后会自己再试，不用重做。"
NOT_SET = "这台服务没有设 live_dir：发布的条目不会自动出现在网站上，请告诉管理员。"
Line = Annotated[str, Form(max_length=400)]
Words = Annotated[str, Form(max_length=8000)]
Number = Annotated[int, Form(ge=0, le=2**53)]


@room.get("/live", WRITE)
def listing(request: Request, desk: AtDesk) -> Response:
    """The live pages of the site, and how much waits."""
    with desk.store.read() as connection:
        waiting = live.in_states(connection, (WAITING,))
        found = [(p, p.closed or live.over(connection, p.id)) for p in places(desk)]
    count = {p.id: sum(row.page == p.id for row in waiting) for p, _ in found}
    return page(
        request,
        "live/pages.html",
        places=found,
        count=count,
        waiting=len(waiting),
        not_set=_not_set(desk),
    )


@room.get("/live/on/{slug:path}", WRITE)
def writing(request: Request, slug: str, desk: AtDesk, asks: Asks, post: int = 0) -> Response:
    """The page to write a post, or to write one's own anew; below it what there is."""
    where = _place(desk, slug)
    draft, row = Draft(), None
    if post:
        with desk.store.read() as connection:
            row = live.find(connection, post)
        if row is None or row.author != asks.known.id or row.page != where.id:
            raise Stopped(404, "没有这一条，或者不是您写的。")
        names = ("title", "text", "alt", "picture", "width", "height")
        draft = Draft(**{n: getattr(row, n) for n in names}, key=bool(row.key))
    return _form(request, desk, asks, where, draft, number=post, version=row.version if row else 0)


@room.post("/live/on/{slug:path}", WRITE, most=MOST + (1 << 20), rate="60/minute")
def write(
    request: Request,
    slug: str,
    desk: AtDesk,
    asks: Asks,
    title: Line = "",
    text: Words = "",
    alt: Line = "",
    key: Annotated[bool, Form()] = False,
    picture: UploadFile | None = None,
    kept: Line = "",
    without: Annotated[bool, Form()] = False,
    once: Line = "",
    number: Number = 0,
    version: Number = 0,
) -> Response:
    """Keep a post; what is wrong is said above the form, with all that was typed and taken."""
    where = _place(desk, slug)
    wrong, shown = "", None
    try:
        shown = _picture(desk, picture, "" if without else kept)
    except Stopped as stop:
        wrong = stop.said
    draft = posting.drafted(title, text, alt, key=key, picture=shown)
    if wrong := wrong or draft.fault():
        view = {"number": number, "version": version, "wrong": wrong, "once": once}
        return _form(request, desk, asks, where, draft, 422, **view)
    if number:
        posting.edit(desk, asks.known, number, draft, version)
    else:
        posting.post(desk, asks.known, where, draft, once)
    return RedirectResponse(f"/live/on/{where.slug}#posts", 303)


@room.get("/live/review", WRITE)
def waiting(request: Request, desk: AtDesk) -> Response:
    """What waits to be let out, oldest first; the page looks again by itself."""
    with desk.store.read() as connection:
        rows = live.in_states(connection, (WAITING,))
        names = _names(connection, rows)
    titles = {p.id: p.title for p in places(desk)}
    return page(request, "live/review.html", rows=rows, names=names, titles=titles)


@room.get("/live/posts.json", ANYONE)
def posts(desk: AtDesk) -> Posts:
    """What is out, as `weike pull live` reads it; it stands on the site."""
    return gathered(desk)


@room.post("/live/posts/{number}/approve", LET)
def approve(desk: AtDesk, asks: Asks, number: int, version: Number) -> Response:
    """Let it out: it is on the page when the answer comes."""
    where = _of(desk, number)
    if where is None:
        raise Stopped(409, "网站上现在没有这个直播页，先不能发布。")
    try:
        posting.approve(desk, asks.known, number, version, where)
    except OSError as error:
        desk.log.trouble("fragment not written", error)
        raise Stopped(503, UNWRITTEN, "/live/review", wait=5) from error
    return RedirectResponse("/live/review", 303)


@room.post("/live/posts/{number}/reject", LET)
def reject(desk: AtDesk, asks: Asks, number: int, version: Number, said: Line = "") -> Response:
    """Send it back."""
    posting.reject(desk, asks.known, number, version, said)
    return RedirectResponse("/live/review", 303)


@room.post("/live/posts/{number}/drop", WRITE)
def drop(desk: AtDesk, asks: Asks, number: int, version: Number) -> Response:
    """One's own, not wanted any more."""
    where = _of(desk, number)
    posting.drop(desk, asks.known, number, version)
    return RedirectResponse(f"/live/on/{where.slug}" if where else "/live", 303)


@room.post("/live/posts/{number}/remove", LET)
def remove(desk: AtDesk, asks: Asks, number: int, version: Number) -> Response:
    """Take it off the page."""
    where = _of(desk, number)
    try:
        posting.remove(desk, asks.known, number, version, where)
    except OSError as error:
        desk.log.trouble("fragment not written", error)
        raise Stopped(503, UNWRITTEN, "/live", wait=5) from error
    return RedirectResponse(f"/live/on/{where.slug}" if where else "/live", 303)


@room.post("/live/end", LET)
def end(desk: AtDesk, asks: Asks, slug: Line, on: Annotated[bool, Form()] = True) -> Response:
    """It is over; or it goes on after all."""
    where = _place(desk, slug)
    try:
        posting.end(desk, asks.known, where, on=on)
    except OSError as error:
        desk.log.trouble("fragment not written", error)
        raise Stopped(503, UNWRITTEN, "/live", wait=5) from error
    return RedirectResponse("/live", 303)


@room.get("/live/pictures/{name}", ANYONE, response_class=FileResponse)
def picture(name: str, desk: AtDesk, asks: Asks) -> Response:
    """A picture: of a post that is out for everybody, any for those who write."""
    file = desk.settings.data / FOLDER / name
    with desk.store.read() as connection:
        out = live.pictured(connection, name, (OUT,))
    writes = asks.user is not None and bool(asks.user.roles & WRITE.roles)
    if not NAME.fullmatch(name) or not (out or writes) or not file.is_file():
        raise Stopped(404, "没有这张图。")
    return FileResponse(file, media_type="image/jpeg", headers={"Cache-Control": "private"})


def _form(
    request: Request,
    desk: Desk,
    asks: Visitor,
    where: Place,
    draft: Draft,
    status: int = 200,
    **more: Any,
) -> Response:
    with desk.store.read() as connection:
        rows = live.of_page(connection, where.id, (WAITING, OUT, BACK), 100)
        names = _names(connection, rows)
        over = where.closed or live.over(connection, where.id)
    view = {"wrong": "", "number": 0, "version": 0, "once": secrets.token_hex(16)} | more
    view |= {"where": where, "draft": draft, "rows": rows, "names": names, "over": over}
    view |= {"not_set": _not_set(desk), "states": STATES}
    return page(request, "live/post.html", status, **view)


def _picture(desk: Desk, given: UploadFile | None, kept: str) -> pictures.Picture | None:
    """The picture that was just taken, or the one that was taken in before."""
    if given is None or not given.size:
        return posting.held(desk, kept)
    if given.size > MOST:
        raise Stopped(413, f"图片太大：最多 {MOST >> 20} MB。")
    found = pictures.clean(given.file.read())
    pictures.keep(desk.settings.data, found)
    return found


def _place(desk: Desk, slug: str) -> Place:
    where = place(desk, f"live:{slug}")
    if where is None:
        raise Stopped(404, "网站上没有这个直播页。先在内容里建好 .live.yml，生成并发布网站。")
    return where


def _of(desk: Desk, number: int) -> Place | None:
    """The page of a post; `Stopped` when there is no such post."""
    with desk.store.read() as connection:
        row = live.find(connection, number)
    if row is None:
        raise Stopped(404, "没有这一条。")
    return place(desk, row.page)


def _names(connection: Connection, rows: list[Any]) -> dict[int, str]:
    wanted = {row.author for row in rows} | {row.reviewer for row in rows}
    return {user.id: user.name for user in people.find(connection, wanted)}


def _not_set(desk: Desk) -> str:
    return "" if desk.settings.live_dir else NOT_SET
