"""The contest as everybody sees it: rules with their hash, the list, the log, objections."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from service.contest import board, held, ledger, moves
from service.contest.board import Row
from service.contest.judging import FINAL, PUBLIC, Round
from service.contest.judging import SAID as STATES
from service.roles import ANYONE, KEEPERS, NAMES
from service.room import FILE, Asks, AtDesk, Room, Stopped
from service.store import contest as store
from service.store.engine import Connection
from service.uploads.keeping import SAFE
from service.web.pages import page

room = Room("contest")
MENU: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("/contest", "大赛", frozenset()),
    ("/contest", "大赛", frozenset(NAMES) - KEEPERS),
)


class Told(BaseModel):
    """A contest for machines. `rows`: the list of its newest round, once it is shown."""

    slug: str
    title: str
    sha256: str
    state: str
    round: int
    final: bool
    rows: list[Row]


@room.get("/contest", ANYONE)
def listing(request: Request, desk: AtDesk) -> Response:
    """All contests whose rules are frozen."""
    now = desk.clock()
    with desk.store.read() as connection:
        rows = store.where(connection, store.contests)[::-1]
        found = [held.read(row) for row in rows if row.frozen]
    listed = [(c.rules, c.state(now)) for c in found]
    return page(request, "contest/list.html", contests=listed)


@room.get("/contest/{slug}", ANYONE)
def one(request: Request, slug: str, desk: AtDesk, asks: Asks) -> Response:
    """A contest: rules, dates, the list when it is shown."""
    now = desk.clock()
    with desk.store.read() as connection:
        contest = held.by_slug(connection, slug)
        shown = [
            _shown(connection, desk, Round(row, contest))
            for row in board.shown(connection, contest.id)
        ]
    user = asks.user
    return page(
        request, "contest/contest.html", rules=contest.rules, sha256=contest.row.sha256,
        state=contest.state(now), open=contest.open(now), rounds=shown, now=now,
        staff=held.runs(user, contest.rules), enters=bool(user and user.roles & ENTER),
    )  # fmt: skip


def _shown(connection: Connection, desk: AtDesk, found: Round) -> dict[str, Any]:
    told = store.where(connection, store.objections, round=found.id)
    answers = [(moves.SAID[o.state], o.answer) for o in told]
    log = ledger.published(connection, found.row)
    return {
        "row": found.row,
        "state": STATES[found.row.state],
        "open": found.row.state == PUBLIC and desk.clock() < found.row.until,
        "rows": board.rows(connection, desk, found),
        "digest": ledger.digest(log),
        "answers": answers,
    }


ENTER = frozenset({"city", "editor", "entrant"})


@room.get("/contest/{slug}/rules", ANYONE, gives={"application/yaml": {"type": "object"}})
def rules(slug: str, desk: AtDesk) -> Response:
    """The very bytes of the rules, whose hash stands on the page."""
    with desk.store.read() as connection:
        contest = held.by_slug(connection, slug)
    named = {"Content-Disposition": f'attachment; filename="{contest.rules.slug}.yml"'}
    text = contest.row.rules.encode()
    return Response(text, media_type="application/yaml; charset=utf-8", headers=SAFE | named)


@room.get("/contest/{slug}/list", ANYONE, response_model=Told)
def told(slug: str, desk: AtDesk) -> Told:
    """The contest and its newest list, for machines."""
    with desk.store.read() as connection:
        contest = held.by_slug(connection, slug)
        shown = board.shown(connection, contest.id)
        rows = board.rows(connection, desk, Round(shown[0], contest)) if shown else []
    return Told(
        slug=contest.rules.slug,
        title=contest.rules.title,
        sha256=contest.row.sha256,
        state=contest.state(desk.clock()),
        round=shown[0].number if shown else 0,
        final=bool(shown) and shown[0].state == FINAL,
        rows=rows,
    )


@room.get("/contest/{slug}/rounds/{number}/log", ANYONE, gives={"application/x-ndjson": FILE})
def log(slug: str, number: int, desk: AtDesk) -> Response:
    """What the list was counted from; judges are marks."""
    with desk.store.read() as connection:
        contest = held.by_slug(connection, slug)
        shown = [r for r in board.shown(connection, contest.id) if r.number == number]
        if not shown:
            raise Stopped(404, "这一轮还没有公布。")
        text = ledger.published(connection, shown[0])
    named = {"Content-Disposition": f'attachment; filename="{contest.rules.slug}-{number}.jsonl"'}
    kind = "application/x-ndjson; charset=utf-8"
    return Response(text.encode(), media_type=kind, headers=SAFE | named)


@room.post("/contest/{slug}/rounds/{number}/objections", ANYONE, rate="6/hour")
def object_to(
    request: Request,
    slug: str,
    number: int,
    desk: AtDesk,
    asks: Asks,
    text: Annotated[str, Form(max_length=moves.MOST)],
    name: Annotated[str, Form(max_length=40)],
    contact: Annotated[str, Form(max_length=80)],
    work: Annotated[int, Form(ge=0, le=2**53)] = 0,
    key: Annotated[str, Form(max_length=80)] = "",
    website: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Object while the list is shown. People leave `website` empty, programs don't."""

    def put(connection: Connection) -> str:
        contest = held.by_slug(connection, slug)
        found = store.where(connection, store.rounds, contest=contest.id, number=number)
        if not found:
            raise Stopped(404, "没有这一轮。")
        told = {"name": name, "contact": contact, "text": text}
        return str(moves.object_to(connection, desk, found[0].id, work, told))

    if not website:
        desk.store.write(lambda c: held.once(c, desk, asks, ("object", key), lambda: put(c)))
    return page(request, "contest/objected.html", slug=slug)
