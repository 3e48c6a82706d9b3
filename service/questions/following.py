"""Coming back to a question: with its number and its word one sees how it stands, and nobody else does."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form, Header
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from service.desk import Desk
from service.proofs import kept
from service.questions import acts, asker, gate
from service.questions.divisions import divisions
from service.questions.masks import covered
from service.questions.steps import MERGED, OPEN, SAID, STATES
from service.questions.taking import SHORTEST, plain_key
from service.roles import ANYONE
from service.room import Asks, AtDesk, Room, Stopped, Visitor
from service.store import questions
from service.web.pages import page

room = Room("questions")
Key = Annotated[str, Form(max_length=60)]
WRONG = "编号或查询码不对。"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the asker sees. `real`: the question that is answered, when this one was merged into it."""

    row: Any
    real: Any
    answer: Any | None
    why: str
    host: str


class Standing(BaseModel):
    """How a question stands, for programs."""

    ok: bool = True
    number: str
    state: str
    said: str
    due: int
    short: str = ""
    answer: str = ""
    source: str = ""


@room.post("/questions/follow", ANYONE, response_class=HTMLResponse)
def follow(
    request: Request,
    number: Annotated[str, Form(max_length=40)],
    key: Key,
    desk: AtDesk,
    asks: Asks,
) -> Response:
    """The page of a question, from the form."""
    return _shown(request, desk, asks, number.strip(), key)


@room.get("/questions/{number}", ANYONE, response_class=HTMLResponse)
def shown(request: Request, number: str, desk: AtDesk, asks: Asks, key: str = "") -> Response:
    """The same, from a link that holds the word."""
    return _shown(request, desk, asks, number, key)


@room.get("/api/questions/{number}", ANYONE)
def standing(
    number: str, desk: AtDesk, asks: Asks, x_key: Annotated[str, Header(max_length=60)] = ""
) -> Standing:
    """How a question stands; the word comes in the header `X-Key`."""
    seen = see(desk, asks, number, x_key)
    told = {}
    if (answer := seen.answer) is not None:
        told = {"short": answer.short, "answer": answer.text, "source": answer.cited}
    state = seen.real.state
    return Standing(
        number=seen.row.number, state=state, said=STATES[state], due=seen.real.due, **told
    )


@room.post("/questions/{number}/rate", ANYONE, response_class=HTMLResponse)
def rate(
    request: Request,
    number: str,
    key: Key,
    helped: Annotated[bool, Form()],
    desk: AtDesk,
    asks: Asks,
) -> Response:
    """Whether the answer helped."""
    asker.rate(desk, _own(desk, asks, number, key).id, helped)
    return _shown(request, desk, asks, number, key)


@room.post("/questions/{number}/withdraw", ANYONE, response_class=HTMLResponse)
def withdraw(request: Request, number: str, key: Key, desk: AtDesk, asks: Asks) -> Response:
    """No answer is wanted any more."""
    asker.withdraw(desk, _own(desk, asks, number, key).id)
    return _shown(request, desk, asks, number, key)


@room.post("/questions/{number}/forget", ANYONE, response_class=HTMLResponse)
def forget(request: Request, number: str, key: Key, desk: AtDesk, asks: Asks) -> Response:
    """Erase the contact now; the question goes on."""
    asker.forget(desk, _own(desk, asks, number, key).id)
    return _shown(request, desk, asks, number, key)


@room.post("/questions/{number}/reopen", ANYONE, response_class=HTMLResponse)
def reopen(
    request: Request,
    number: str,
    key: Key,
    why: Annotated[str, Form(max_length=1000)],
    desk: AtDesk,
    asks: Asks,
) -> Response:
    """Ask again, once."""
    row = _own(desk, asks, number, key)
    if len(covered(why)) < SHORTEST:
        return _shown(request, desk, asks, number, key, "请写明还有什么不明白。", why)
    asker.reopen(desk, row.id, covered(why))
    return _shown(request, desk, asks, number, key)


def see(desk: Desk, asks: Visitor, number: str, key: str) -> Seen:
    """The question of this number; `Stopped` (404) when the word is not its own."""
    row = _own(desk, asks, number, key)
    with desk.store.read() as connection:
        real = row
        while real.state == MERGED:
            real = acts.found(connection, real.merged)
        said = questions.notes_of(connection, real.id, "refuse")
        answer = questions.published(connection, real.id)
    host = divisions(desk).get(real.host, "")
    return Seen(row, real, answer, said[-1].text if said else "", host)


def _own(desk: Desk, asks: Visitor, number: str, key: str) -> Any:
    with desk.store.read() as connection:
        row = questions.by_number(connection, number)
    if row is None or not hmac.compare_digest(row.secret, kept(plain_key(key))):
        gate.missed(desk, number[:40], asks)
        raise Stopped(404, WRONG)
    return row


def _shown(
    request: Request,
    desk: Desk,
    asks: Visitor,
    number: str,
    key: str,
    wrong: str = "",
    why: str = "",
) -> Response:
    try:
        seen = see(desk, asks, number, key)
    except Stopped as stop:
        if stop.status != 404:
            raise
        wrong = stop.said if key else ""
        return page(
            request, "questions/follow.html", 404 if key else 200, number=number[:40], wrong=wrong
        )
    view: dict[str, Any] = {"open": seen.real.state in OPEN, "said": seen.real.state in SAID}
    status = 422 if wrong else 200
    return page(
        request,
        "questions/seen.html",
        status,
        seen=seen,
        key=key,
        wrong=wrong,
        why=why,
        states=STATES,
        **view,
    )
