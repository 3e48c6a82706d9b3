"""The desk's pages: what came in, whose it is, and the acts of the desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.desk import Desk
from service.questions import acts, calendar, passing
from service.questions.divisions import audiences, divisions
from service.questions.steps import OPEN, STATES, VERBS, possible
from service.roles import DESK, EDITOR, LEADER, may
from service.room import Asks, AtDesk, Room, Stopped, Visitor
from service.store import people, questions
from service.web.pages import page

room = Room("questions")
SEE, TRIAGE = may(DESK, EDITOR, LEADER), may(DESK)
MENU = (("/desk/questions", "问题", SEE.roles),)
PER_PAGE = 50
Version = Annotated[int, Form(ge=1)]
Why = Annotated[str, Form(max_length=1000)]
Days = Annotated[int, Form(ge=1, le=calendar.MOST)]
Several = Annotated[list[str], Form()]


@room.get("/desk/questions", SEE, response_class=HTMLResponse)
def listing(
    request: Request, desk: AtDesk, asks: Asks, state: str = "", late: bool = False, before: int = 0
) -> Response:
    """Questions: an editor's own division's, or all."""
    mine = _division(asks.known)
    with desk.store.read() as connection:
        counts = questions.counted(connection, mine)
        rows = questions.listed(
            connection,
            states=(state,) if state in STATES else (OPEN if late else ()),
            division=mine,
            late=desk.clock() if late else 0,
            before=max(before, 0),
            most=PER_PAGE,
        )
        other = questions.days_all(connection)
    left = {r.id: calendar.left(desk.clock(), r.due, other) for r in rows if r.due}
    view: dict[str, Any] = {
        "rows": rows,
        "counts": counts,
        "left": left,
        "state": state,
        "late": late,
    }
    return page(
        request, "questions/desk.html", **view, states=STATES, names=divisions(desk), open=OPEN, most=PER_PAGE
    )  # fmt: skip


@room.get("/desk/questions/{question}", SEE, response_class=HTMLResponse)
def one(request: Request, question: int, desk: AtDesk, asks: Asks) -> Response:
    """One question with all that was said, and what may be done now."""
    return _one(request, desk, asks, question)


def _one(
    request: Request,
    desk: Desk,
    asks: Visitor,
    question: int,
    stop: Stopped | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    with desk.store.read() as connection:
        row = acts.found(connection, question)
        told = acts.asked(connection, question)
        if (mine := _division(asks.known)) and mine not in told:
            raise Stopped(404, acts.GONE)
        notes = questions.notes_of(connection, question)
        answers = questions.answers_of(connection, question)
        parts = questions.parts_of(connection, question)
        other = questions.days_all(connection)
        ids = {n.user for n in notes} | {a.author for a in answers} | {a.reviewer for a in answers}
        names = {u.id: u.name for u in people.find(connection, sorted(ids))}
    can = possible(asks.known, row, told)
    if asks.known.id in {a.author for a in answers}:
        can -= {"approve", "reject"}
    left = calendar.left(desk.clock(), row.due, other) if row.due else None
    view = {"row": row, "parts": parts, "notes": notes, "answers": answers, "people": names}
    view |= {
        "can": can,
        "left": left,
        "states": STATES,
        "verbs": VERBS,
        "typed": defaultdict(str, typed or {}),
    }
    view |= {"names": divisions(desk), "audiences": audiences(desk)}
    status = stop.status if stop else 200
    wrong = stop.said if stop else ""
    return page(request, "questions/one.html", status, wrong=wrong, **view)


def _division(user: people.User) -> str:
    """The division whose questions alone somebody sees; empty: all."""
    if user.roles & {DESK, LEADER}:
        return ""
    return user.org or "-"


# --- acts -----------------------------------------------------------------------------------------


def done(
    request: Request,
    desk: Desk,
    asks: Visitor,
    question: int,
    act: Callable[[], None],
    **typed: object,
) -> Response:
    """Do it and show the question again; what was typed stays when it can't be done."""
    try:
        act()
    except Stopped as stop:
        if stop.status not in {409, 422}:
            raise
        return _one(request, desk, asks, question, stop, typed)
    return RedirectResponse(f"/desk/questions/{question}", 303)


def known(desk: Desk, *asked: str) -> None:
    """`Stopped` when one of these is no division."""
    if unknown := set(asked) - set(divisions(desk)) - {""}:
        raise Stopped(422, f"没有这个处室：{'、'.join(sorted(unknown))[:80]}。")


def reasoned(why: str) -> str:
    """A reason as it is kept; `Stopped` when there is none."""
    if len(why.strip()) < 2:
        raise Stopped(422, "请写明原因。")
    return why.strip()


@room.post("/desk/questions/{question}/dispatch", TRIAGE, response_class=HTMLResponse)
def dispatch(
    request: Request,
    question: int,
    version: Version,
    host: Annotated[str, Form(max_length=64)],
    days: Days,
    desk: AtDesk,
    asks: Asks,
    helper: Several = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """主办, 会办 and how many working days they have."""

    def act() -> None:
        known(desk, host, *helper)
        passing.dispatch(desk, asks.known, question, version, host, helper, days)

    return done(request, desk, asks, question, act, host=host, helper=helper, days=days)


@room.post("/desk/questions/{question}/extend", TRIAGE, response_class=HTMLResponse)
def extend(
    request: Request,
    question: int,
    version: Version,
    days: Days,
    why: Why,
    desk: AtDesk,
    asks: Asks,
) -> Response:
    """Another deadline."""
    return done(
        request,
        desk,
        asks,
        question,
        lambda: passing.extend(desk, asks.known, question, version, days, reasoned(why)),
        why=why,
    )


@room.post("/desk/questions/{question}/refuse", TRIAGE, response_class=HTMLResponse)
def refuse(
    request: Request, question: int, version: Version, why: Why, desk: AtDesk, asks: Asks
) -> Response:
    """It is not answered; the asker reads why."""
    return done(
        request,
        desk,
        asks,
        question,
        lambda: passing.refuse(desk, asks.known, question, version, reasoned(why)),
        why=why,
    )


@room.post("/desk/questions/{question}/merge", TRIAGE, response_class=HTMLResponse)
def merge(
    request: Request,
    question: int,
    version: Version,
    into: Annotated[str, Form(max_length=40)],
    desk: AtDesk,
    asks: Asks,
) -> Response:
    """Another question asks the same."""
    return done(
        request,
        desk,
        asks,
        question,
        lambda: passing.merge(desk, asks.known, question, version, into),
        into=into,
    )


@room.post("/desk/questions/{question}/carry", TRIAGE, response_class=HTMLResponse)
def carry(request: Request, question: int, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """It is answered inside."""
    return done(
        request, desk, asks, question, lambda: passing.carry(desk, asks.known, question, version)
    )


@room.post("/desk/questions/{question}/fetch", TRIAGE, response_class=HTMLResponse)
def fetch(request: Request, question: int, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """It is answered here after all."""
    return done(
        request, desk, asks, question, lambda: passing.fetch(desk, asks.known, question, version)
    )
