"""What entrants do: write a work, add files, submit it, take it back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.contest import comments, held, works
from service.contest.works import Told, Work
from service.proofs import token
from service.roles import CITY, EDITOR, ENTRANT, may
from service.room import Asks, AtDesk, Room, Stopped, Visitor
from service.settings import MB
from service.store import contest as store
from service.store.engine import Connection
from service.uploads import keeping
from service.uploads.receiving import received
from service.uploads.sorts import SORTS
from service.web.pages import page, wants_page

room = Room("contest")
ENTER = may(CITY, EDITOR, ENTRANT)
MENU: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("/works", "我的作品", frozenset({CITY, EDITOR, ENTRANT})),
)
SENT = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            }
        },
    }
}


@room.get("/works", ENTER)
def listing(request: Request, desk: AtDesk, asks: Asks) -> Response:
    """One's own works, and the contests that are open."""
    now = desk.clock()
    with desk.store.read() as connection:
        mine = store.where(connection, store.works, owner=asks.known.id)[::-1]
        known = {r.id: held.read(r) for r in store.where(connection, store.contests) if r.frozen}
    shown = [(w, known[w.contest].rules, works.SAID[w.state]) for w in mine]
    open_ones = [
        c.rules for c in known.values() if c.open(now) and works.eligible(c, asks.known.org)
    ]
    return page(request, "contest/works.html", works=shown, contests=open_ones, key=token())


@room.post("/works", ENTER, rate="30/hour")
def begin(
    desk: AtDesk,
    asks: Asks,
    contest: Annotated[str, Form(max_length=40)],
    key: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """A new draft."""

    def put(connection: Connection) -> str:
        def make() -> str:
            found = held.by_slug(connection, contest)
            return str(works.begin(connection, desk, asks, found))

        return held.once(connection, desk, asks, ("work", key), make)

    return RedirectResponse(f"/works/{desk.store.write(put)}", 303)


@room.get("/works/{number}", ENTER)
def one(request: Request, number: int, desk: AtDesk, asks: Asks) -> Response:
    """A work of one's own."""
    return _shown(request, desk, asks, number)


@room.post("/works/{number}", ENTER)
def save(
    request: Request,
    number: int,
    desk: AtDesk,
    asks: Asks,
    version: Annotated[int, Form()],
    category: Annotated[str, Form(max_length=40)],
    title: Annotated[str, Form(max_length=200)] = "",
    summary: Annotated[str, Form(max_length=1000)] = "",
    story: Annotated[str, Form(max_length=20_000)] = "",
    team: Annotated[str, Form(max_length=8000)] = "",
    contact: Annotated[str, Form(max_length=80)] = "",
    minor: Annotated[bool, Form()] = False,
    original: Annotated[bool, Form()] = False,
    guardian: Annotated[bool, Form()] = False,
    showcase: Annotated[bool, Form()] = False,
) -> Response:
    """Keep a draft; what can't be kept is shown again as it was typed."""
    told = Told(category, title, summary, story, team, contact, minor, original, guardian, showcase)
    try:
        desk.store.write(lambda c: works.save(c, desk, asks, number, version, told))
    except Stopped as stop:
        if stop.status not in {409, 422} or not wants_page(request.headers):
            raise
        return _shown(request, desk, asks, number, stop, told)
    return RedirectResponse(f"/works/{number}?saved=1", 303)


@room.post("/works/{number}/files", ENTER, most=keeping.body, openapi_extra=SENT)
async def attach(request: Request, number: int, desk: AtDesk, asks: Asks) -> Response:
    """Add a file to a draft. It is written to the disk as it comes and judged before it is kept."""

    def look() -> Work:
        with desk.store.read() as connection:
            found = works.mine(connection, desk, asks, number)
        works.ready(found, desk)
        return found

    work = await run_in_threadpool(look)
    each = min(work.contest.rules.files.each_mb, desk.settings.upload_mb) * MB
    async with received(request, desk, 1, each) as form:
        if not form.files:
            raise Stopped(422, "请先选一个文件。")
        kinds = work.contest.rules.kinds(work.row.category)
        taken = await run_in_threadpool(keeping.take, desk, form.files[0], kinds)
        await run_in_threadpool(_keep, desk, asks, number, taken)
    return RedirectResponse(f"/works/{number}#files", 303)


def _keep(desk: AtDesk, asks: Visitor, number: int, taken: keeping.Taken) -> None:
    desk.store.write(lambda c: works.attach(c, desk, asks, number, taken))


@room.get("/works/{number}/files/{file}", ENTER, gives=keeping.GIVES)
def file(number: int, file: int, desk: AtDesk, asks: Asks) -> Response:
    """A file of one's own work."""
    with desk.store.read() as connection:
        work = works.mine(connection, desk, asks, number)
    return keeping.served(desk, of(work, file))


def of(work: Work, file: int) -> Any:
    """A file of a work; `Stopped` when it has no such file."""
    found = next((f for f in work.files if f.id == file), None)
    if found is None:
        raise Stopped(404, "没有这个文件。")
    return found


@room.post("/works/{number}/files/{file}/drop", ENTER)
def detach(number: int, file: int, desk: AtDesk, asks: Asks) -> Response:
    """Take a file away."""
    desk.store.write(lambda c: works.detach(c, desk, asks, number, file))
    return RedirectResponse(f"/works/{number}#files", 303)


@room.post("/works/{number}/{verb}", ENTER)
def step(request: Request, number: int, verb: str, desk: AtDesk, asks: Asks) -> Response:
    """Submit, open again, withdraw."""
    if verb not in {v for _, v in works.STEPS}:
        raise Stopped(404, "没有这一步。")
    try:
        desk.store.write(lambda c: works.step(c, desk, asks, number, verb))
    except Stopped as stop:
        if stop.status != 422 or not wants_page(request.headers):
            raise
        return _shown(request, desk, asks, number, stop)
    return RedirectResponse(f"/works/{number}", 303)


def _shown(
    request: Request,
    desk: AtDesk,
    asks: Visitor,
    number: int,
    stop: Stopped | None = None,
    typed: Told | None = None,
) -> Response:
    with desk.store.read() as connection:
        work = works.mine(connection, desk, asks, number)
        said = comments.to_makers(connection, desk, work)
    rules = work.contest.rules
    kinds = [SORTS[k].said for k in rules.kinds(work.row.category)]
    return page(
        request,
        "contest/work.html",
        stop.status if stop else 200,
        work=work,
        rules=rules,
        told=typed or _told(work),
        wrong=stop.said if stop else "",
        saved="saved" in request.query_params,
        state=works.SAID[work.row.state],
        edits=work.row.state == works.DRAFT and work.contest.open(desk.clock()),
        open=work.contest.open(desk.clock()),
        remarks=works.remarks(work),
        comments=said,
        kinds=kinds,
        accept=",".join(f".{e}" for k in rules.kinds(work.row.category) for e in SORTS[k].endings),
        each=min(rules.files.each_mb, desk.settings.upload_mb),
    )


def _told(work: Work) -> Told:
    rules, row = work.contest.rules, work.row
    lines = [f"{n} {u.name if (u := rules.unit(i)) else ''}".strip() for n, i in work.team]
    said = work.agreed
    return Told(
        row.category, row.title, row.summary, row.story, "\n".join(lines), work.contact,
        "minor" in said, "original" in said, "guardian" in said, "showcase" in said,
    )  # fmt: skip
