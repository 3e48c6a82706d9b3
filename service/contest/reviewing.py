"""What experts do: see blind copies, give scores, say when they should not."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.contest import blind, comments, judging, sealing, works
from service.contest.judging import COLLECTED, DONE, OPEN, Round
from service.contest.sealing import Given
from service.roles import EXPERT, may
from service.room import Asks, AtDesk, Room, Stopped, Visitor
from service.store import contest as store
from service.store.engine import Connection
from service.uploads import keeping, names
from service.web.pages import page, wants_page

room = Room("contest")
JUDGE = may(EXPERT)
MENU: tuple[tuple[str, str, frozenset[str]], ...] = (("/reviews", "评审", frozenset({EXPERT})),)


@room.get("/reviews", JUDGE)
def listing(request: Request, desk: AtDesk, asks: Asks) -> Response:
    """What is to be judged, by codes that tell nothing."""
    with desk.store.read() as connection:
        seats = store.where(connection, store.panel, user=asks.known.id)
        rounds = [judging.load(connection, s.round) for s in seats][::-1]
        shown = [_round(connection, asks, r) for r in rounds if r.row.state in {COLLECTED, OPEN}]
    return page(request, "contest/reviews.html", rounds=shown, now=desk.clock())


def _round(connection: Connection, asks: Visitor, found: Round) -> dict[str, Any]:
    codes = {e.work: e for e in store.where(connection, store.entries, round=found.id)}
    duties = store.where(connection, store.duties, round=found.id, user=asks.known.id)
    declared = store.where(connection, store.conflicts, round=found.id, user=asks.known.id)
    listed = [(d, codes[d.work].code, d.state == DONE) for d in duties if d.state != judging.LEFT]
    return {
        "id": found.id,
        "row": found.row,
        "rules": found.contest.rules,
        "duties": sorted(listed, key=lambda told: str(told[1])),
        "units": {row.unit for row in declared if row.unit},
    }


@room.post("/reviews/rounds/{number}/units", JUDGE)
def declare(
    number: int,
    desk: AtDesk,
    asks: Asks,
    unit: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """With which units one has to do."""
    desk.store.write(lambda c: judging.declare(c, desk, asks, number, unit))
    return RedirectResponse("/reviews", 303)


@room.get("/reviews/{number}", JUDGE)
def one(request: Request, number: int, desk: AtDesk, asks: Asks) -> Response:
    """The blind copy of a work, and the form for its scores."""
    return _shown(request, desk, asks, number)


@room.post("/reviews/{number}", JUDGE)
def score(
    request: Request,
    number: int,
    desk: AtDesk,
    asks: Asks,
    version: Annotated[int, Form()],
    value: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies it
    comment: Annotated[str, Form(max_length=4 * sealing.LONGEST)] = "",
) -> Response:
    """Seal scores and a comment. When the comment names somebody, its writer is shown it again."""
    try:
        desk.store.write(lambda c: judging.score(c, desk, asks, number, version, value, comment))
    except Stopped as stop:
        if stop.status not in {409, 422} or not wants_page(request.headers):
            raise
        return _shown(request, desk, asks, number, stop, Given(tuple(value), comment))
    with desk.store.read() as connection:
        rules = judging.duty(connection, asks, number)[1].contest.rules
    named = comments.remarks(rules, comment, asks.known.name)
    return RedirectResponse(f"/reviews/{number}" if named else "/reviews", 303)


@room.post("/reviews/{number}/leave", JUDGE)
def leave(number: int, desk: AtDesk, asks: Asks) -> Response:
    """One should not judge this work."""
    desk.store.write(lambda c: judging.recuse(c, desk, asks, number))
    return RedirectResponse("/reviews", 303)


@room.get("/reviews/{number}/files/{place}", JUDGE, gives=keeping.GIVES)
def file(number: int, place: int, desk: AtDesk, asks: Asks) -> Response:
    """A file of a work, under its code: the name that its sender gave is not told."""
    with desk.store.read() as connection:
        duty, found = judging.duty(connection, asks, number)
        _judged(found)
        work = works.load(connection, desk, duty.work)
        code = _code(connection, duty)
    if not 1 <= place <= len(work.files):
        raise Stopped(404, "没有这个文件。")
    row = work.files[place - 1]
    return keeping.served(desk, row, f"{code}-{place}.{names.ending(row.name)}")


def _code(connection: Connection, duty: Any) -> str:
    entry = store.where(connection, store.entries, round=duty.round, work=duty.work)[0]
    return str(entry.code)


def _judged(found: Round) -> None:
    if found.row.state != OPEN:
        raise Stopped(409, "这一轮已经结束，作品不再给专家看。")


def _shown(
    request: Request,
    desk: AtDesk,
    asks: Visitor,
    number: int,
    stop: Stopped | None = None,
    typed: Given | None = None,
) -> Response:
    with desk.store.read() as connection:
        duty, found = judging.duty(connection, asks, number)
        _judged(found)
        work = works.load(connection, desk, duty.work)
        code = _code(connection, duty)
    rules = found.contest.rules
    category = rules.category(work.row.category)
    listed = [
        (n, f"{code}-{n}.{names.ending(f.name)}", f.size) for n, f in enumerate(work.files, 1)
    ]
    given = typed or sealing.unseal(desk, duty)
    values = [*given.values, *[""] * (len(rules.criteria) - len(given.values))]
    return page(
        request,
        "contest/review.html",
        stop.status if stop else 200,
        duty=duty,
        due=found.row.due,
        code=code,
        category=category.name if category else "",
        copy=blind.copy(works.texts(work), work.hidden),
        files=listed,
        rules=rules,
        values=list(zip(rules.criteria, values, strict=False)),
        comment=given.comment,
        most=sealing.LONGEST,
        remarks=comments.remarks(rules, given.comment, asks.known.name),
        wrong=stop.said if stop else "",
    )
