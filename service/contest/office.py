"""What those do who run a contest: works, panel, judging, and what two of them decide. No score before the close."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.contest import board, comments, entering, held, judging, ledger, moves, works
from service.contest.judging import OPEN, Round
from service.contest.moves import Decided
from service.roles import EDITOR, EXPERT, may
from service.room import FILE, Asks, AtDesk, Room, Stopped, Visitor
from service.store import contest as store
from service.store import people
from service.store.audit import Act
from service.store.engine import Connection
from service.uploads import exports, keeping
from service.web.pages import BEIJING, page

room = Room("contest")
RUN = may(EDITOR)
MENU: tuple[tuple[str, str, frozenset[str]], ...] = (("/office", "大赛办公", frozenset({EDITOR})),)
AFTER = comments.OPENED


@room.get("/office", RUN)
def listing(request: Request, desk: AtDesk, asks: Asks) -> Response:
    """The contests that one runs."""
    with desk.store.read() as connection:
        found = [held.read(row) for row in store.where(connection, store.contests)[::-1]]
    mine = [(c.rules, c.state(desk.clock())) for c in found if held.runs(asks.user, c.rules)]
    return page(request, "contest/office.html", contests=mine)


@room.get("/office/{slug}", RUN)
def one(request: Request, slug: str, desk: AtDesk, asks: Asks) -> Response:
    """A contest: its works by number, its rounds."""
    with desk.store.read() as connection:
        contest = held.staff(asks, held.by_slug(connection, slug, frozen=False))
        sent = store.where(connection, store.works, contest=contest.id, state=IN)
        rounds = store.where(connection, store.rounds, contest=contest.id)[::-1]
    return page(
        request, "contest/office_contest.html", rules=contest.rules, row=contest.row,
        state=contest.state(desk.clock()), works=sent, said=works.SAID,
        rounds=[(r, judging.SAID[r.state]) for r in rounds], closed=contest.closed(desk.clock()),
    )  # fmt: skip


IN = (works.SUBMITTED, works.TAKEN)


@room.get("/office/works/{number}", RUN)
def work(request: Request, number: int, desk: AtDesk, asks: Asks) -> Response:
    """A work as it was sent, to see whether it keeps to the rules."""
    found = _work(desk, asks, number)
    return page(
        request, "contest/office_work.html", work=found, rules=found.contest.rules,
        state=works.SAID[found.row.state], remarks=works.remarks(found),
    )  # fmt: skip


@room.get("/office/works/{number}/files/{file}", RUN, gives=keeping.GIVES)
def file(number: int, file: int, desk: AtDesk, asks: Asks) -> Response:
    """A file of a work."""
    return keeping.served(desk, entering.of(_work(desk, asks, number), file))


def _work(desk: AtDesk, asks: Visitor, number: int) -> works.Work:
    with desk.store.read() as connection:
        found = works.load(connection, desk, number)
    held.staff(asks, found.contest)
    if found.row.state not in IN:
        raise Stopped(404, "没有这件作品。")
    return found


@room.get("/office/{slug}/works.csv", RUN, gives={"text/csv": FILE})
def works_csv(slug: str, desk: AtDesk, asks: Asks) -> Response:
    """The works that were sent, as a table."""
    with desk.store.read() as connection:
        contest = held.staff(asks, held.by_slug(connection, slug, frozen=False))
        sent = store.where(connection, store.works, contest=contest.id, state=IN)
        loaded = [works.load(connection, desk, row.id) for row in sent]
    rows = [
        (
            w.row.id,
            w.row.category,
            w.row.title,
            _units(w),
            "、".join(n for n, _ in w.team),
            w.contact,
        )
        for w in loaded
    ]
    desk.note(
        Act(asks.actor, "contest.export", f"contest:{contest.id}", detail={"rows": len(rows)})
    )
    return _csv("works", exports.table(("编号", "类别", "题目", "单位", "作者", "联系电话"), rows))


def _units(work: works.Work) -> str:
    rules = work.contest.rules
    return "、".join(u.name for i in work.units if (u := rules.unit(i)))


def _csv(name: str, body: bytes) -> Response:
    told = keeping.SAFE | {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=told)


@room.post("/office/{slug}/rounds", RUN)
def collect(slug: str, desk: AtDesk, asks: Asks) -> Response:
    """Take what was sent in into a round."""
    made = desk.store.write(lambda c: judging.collect(c, desk, asks, slug))
    return RedirectResponse(f"/office/rounds/{made}", 303)


@room.get("/office/rounds/{number}", RUN)
def round_(request: Request, number: int, desk: AtDesk, asks: Asks) -> Response:
    """A round. While it is judged the page is the same whatever scores there are."""
    with desk.store.read() as connection:
        found = judging.mine(connection, asks, number)
        view = _view(connection, desk, asks, found)
    return page(request, "contest/round.html", **view)


def _view(connection: Connection, desk: AtDesk, asks: Visitor, found: Round) -> dict[str, Any]:
    number, state = found.id, found.row.state
    entries = store.where(connection, store.entries, round=number)
    everybody = {u.id: u for u in people.find(connection)}
    sitting = {p.user for p in store.where(connection, store.panel, round=number)}
    over = state == OPEN and desk.clock() >= found.row.due
    late = judging.late(connection, number) if over else []
    objected = [
        (o, held.unseal(desk, f"objection:{o.id}", o.sealed), moves.SAID[o.state])
        for o in store.where(connection, store.objections, round=number)
    ]
    waiting = store.where(connection, store.moves, round=number, state=moves.OPEN)
    return {
        "round": found.row,
        "rules": found.contest.rules,
        "state": judging.SAID[state],
        "works": [(e, works.load(connection, desk, e.work).row) for e in entries],
        "experts": [u for u in everybody.values() if EXPERT in u.roles and u.active],
        "sitting": sitting,
        "panel": [everybody[u] for u in sorted(sitting)],
        "over": over,
        "late": [everybody[u] for u in late],
        "rows": board.rows(connection, desk, found) if state in AFTER else [],
        "moves": [(m, moves.VERBS[m.verb], everybody[m.by].name) for m in waiting],
        "objections": objected,
        "me": asks.known.id,
        "now": desk.clock(),
    }


@room.post("/office/rounds/{number}/panel", RUN)
def seat(
    number: int,
    desk: AtDesk,
    asks: Asks,
    expert: Annotated[list[int], Form()] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Choose the panel."""
    desk.store.write(lambda c: judging.seat(c, desk, asks, number, expert))
    return _back(number)


@room.post("/office/rounds/{number}/begin", RUN)
def begin(
    number: int,
    desk: AtDesk,
    asks: Asks,
    seed: Annotated[str, Form(max_length=200)],
    seed_from: Annotated[str, Form(max_length=400)],
    due: Annotated[str, Form(max_length=20)],
) -> Response:
    """Give the works out by the public seed."""
    told = (seed, seed_from, moment(due))
    desk.store.write(lambda c: judging.begin(c, desk, asks, number, told))
    return _back(number)


@room.post("/office/rounds/{number}/remind", RUN, rate="10/hour")
def remind(number: int, desk: AtDesk, asks: Asks) -> Response:
    """Remind the experts who have not finished."""
    desk.store.write(lambda c: judging.remind(c, desk, asks, number))
    return _back(number)


@room.post("/office/rounds/{number}/extend", RUN)
def extend(
    number: int, desk: AtDesk, asks: Asks, due: Annotated[str, Form(max_length=20)]
) -> Response:
    """Give more time."""
    until = moment(due)
    desk.store.write(lambda c: judging.extend(c, desk, asks, number, until))
    return _back(number)


@room.post("/office/rounds/{number}/relieve", RUN)
def relieve(
    number: int, desk: AtDesk, asks: Asks, expert: Annotated[int, Form(ge=1, le=2**53)]
) -> Response:
    """Pass on what an expert has not judged."""
    desk.store.write(lambda c: judging.relieve(c, desk, asks, number, expert))
    return _back(number)


@room.post("/office/rounds/{number}/close", RUN)
def close(number: int, desk: AtDesk, asks: Asks) -> Response:
    """Open the seals and count."""
    desk.store.write(lambda c: judging.close(c, desk, asks, number))
    return _back(number)


@room.post("/office/rounds/{number}/moves", RUN)
def propose(
    number: int,
    desk: AtDesk,
    asks: Asks,
    verb: Annotated[str, Form(max_length=20)],
    subject: Annotated[int, Form(ge=0, le=2**53)] = 0,
    why: Annotated[str, Form(max_length=2000)] = "",
    upheld: Annotated[bool, Form()] = False,
    strike: Annotated[bool, Form()] = False,
) -> Response:
    """Put something to a second person."""
    told = Decided(why, upheld, strike)
    desk.store.write(lambda c: moves.propose(c, desk, asks, number, verb, subject, told))
    return _back(number)


@room.post("/office/moves/{number}", RUN)
def decide(number: int, desk: AtDesk, asks: Asks, yes: Annotated[bool, Form()]) -> Response:
    """Confirm or refuse what somebody else proposed."""
    found = desk.store.write(lambda c: moves.decide(c, desk, asks, number, yes))
    return _back(found.id)


@room.get("/office/rounds/{number}/log", RUN, gives={"application/x-ndjson": FILE})
def log(number: int, desk: AtDesk, asks: Asks) -> Response:
    """The whole log, with what conflicts are told by; after the close."""
    with desk.store.read() as connection:
        found = judging.mine(connection, asks, number, *AFTER)
        text = ledger.whole(connection, found.row)
    told = keeping.SAFE | {"Content-Disposition": f'attachment; filename="round-{number}.jsonl"'}
    kind = "application/x-ndjson; charset=utf-8"
    return Response(text.encode(), media_type=kind, headers=told)


@room.get("/office/rounds/{number}/comments", RUN)
def said(request: Request, number: int, desk: AtDesk, asks: Asks) -> Response:
    """What experts said of each work, under their marks; after the close."""
    with desk.store.read() as connection:
        found = judging.mine(connection, asks, number, *AFTER)
        entries = store.where(connection, store.entries, round=number)
        told = [
            (
                e,
                store.one(connection, store.works, e.work),
                comments.to_office(connection, desk, found, e.work),
            )
            for e in sorted(entries, key=lambda e: str(e.code))
        ]
    return page(
        request, "contest/comments.html", round=found.row, rules=found.contest.rules, works=told
    )


@room.get("/office/rounds/{number}/list.csv", RUN, gives={"text/csv": FILE})
def list_csv(number: int, desk: AtDesk, asks: Asks) -> Response:
    """The list as a table; after the close."""
    with desk.store.read() as connection:
        found = judging.mine(connection, asks, number, *AFTER)
        rows = board.rows(connection, desk, found)
    told = [
        (
            r.category,
            r.place,
            r.award,
            r.mean,
            r.code,
            r.title,
            "、".join(r.units),
            "、".join(r.people),
        )
        for r in rows
    ]
    heads = ("类别", "名次", "奖项", "得分", "编码", "题目", "单位", "作者")
    return _csv(f"round-{number}", exports.table(heads, told))


def moment(told: str) -> int:
    """What a form says of a moment in Beijing, in ms since 1970."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", told):
        raise Stopped(422, "时间要写成 2026-12-01T18:00 这样。")
    try:
        return int(datetime.fromisoformat(told).replace(tzinfo=BEIJING).timestamp() * 1000)
    except ValueError as error:
        raise Stopped(422, "日历上没有这个时间。") from error


def _back(number: int) -> Response:
    return RedirectResponse(f"/office/rounds/{number}", 303)
