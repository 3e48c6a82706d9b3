"""The desk's pages: what came in, whose it is, and the acts of desk, divisions and reviewers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.desk import Desk
from service.questions import acts, calendar
from service.questions.acts import Draft
from service.questions.divisions import audiences, divisions
from service.questions.steps import OPEN, STATES, VERBS, possible
from service.roles import DESK, EDITOR, LEADER, may
from service.room import Asks, AtDesk, Room, Stopped, Visitor, formed
from service.store import people, questions
from service.web.pages import page

room = Room("questions")
SEE, TRIAGE = may(DESK, EDITOR, LEADER), may(DESK)
DIVISION, ANSWER = may(EDITOR), may(DESK, EDITOR)
MENU = (("/desk/questions", "问题", SEE.roles),)
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
PER_PAGE = 50
Version = Annotated[int, Form(ge=1)]
Why = Annotated[str, Form(max_length=1000)]
Days = Annotated[int, Form(ge=1, le=calendar.MOST)]
Several = Annotated[list[str], Form()]


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as its form was sent."""

    title: Annotated[str, Form(max_length=200)]
    short: Annotated[str, Form(max_length=200)]
    text: Annotated[str, Form(max_length=8000)]
    cited: Annotated[str, Form(max_length=200)] = ""
    quote: Annotated[str, Form(max_length=400)] = ""
    link: Annotated[str, Form(max_length=400)] = ""

    @property
    def draft(self) -> Draft:
        """What it says; `Stopped` names what lacks."""
        title, short, text = (" ".join(self.title.split()), " ".join(self.short.split()), self.text.strip())  # fmt: skip
        if not title or not short or not text:
            raise Stopped(422, "标题、一句话答案、说明都要写。")
        if len(short) > 80:
            raise Stopped(422, f"一句话答案最多 80 个字，现在 {len(short)} 个。")
        if bool(self.cited.strip()) != bool(self.quote.strip()):
            raise Stopped(422, "出处要有文件名，也要有原文；都没有就都空着，问答里会写“待核”。")
        if self.link and not re.fullmatch(r"https?://[^\s<>\"'\\]+", self.link.strip()):
            raise Stopped(422, "网址要以 http:// 或 https:// 开头。")
        return Draft(title, short, text, self.cited.strip(), self.quote.strip(), self.link.strip())


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


def _done(
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


def _known(desk: Desk, *asked: str) -> None:
    if unknown := set(asked) - set(divisions(desk)) - {""}:
        raise Stopped(422, f"没有这个处室：{'、'.join(sorted(unknown))[:80]}。")


def _said(why: str) -> str:
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
        _known(desk, host, *helper)
        acts.dispatch(desk, asks.known, question, version, host, helper, days)

    return _done(request, desk, asks, question, act, host=host, helper=helper, days=days)


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
    return _done(
        request,
        desk,
        asks,
        question,
        lambda: acts.extend(desk, asks.known, question, version, days, _said(why)),
        why=why,
    )


@room.post("/desk/questions/{question}/refuse", TRIAGE, response_class=HTMLResponse)
def refuse(
    request: Request, question: int, version: Version, why: Why, desk: AtDesk, asks: Asks
) -> Response:
    """It is not answered; the asker reads why."""
    return _done(
        request,
        desk,
        asks,
        question,
        lambda: acts.refuse(desk, asks.known, question, version, _said(why)),
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
    return _done(
        request,
        desk,
        asks,
        question,
        lambda: acts.merge(desk, asks.known, question, version, into),
        into=into,
    )


@room.post("/desk/questions/{question}/carry", TRIAGE, response_class=HTMLResponse)
def carry(request: Request, question: int, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """It is answered inside."""
    return _done(
        request, desk, asks, question, lambda: acts.carry(desk, asks.known, question, version)
    )


@room.post("/desk/questions/{question}/fetch", TRIAGE, response_class=HTMLResponse)
def fetch(request: Request, question: int, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """It is answered here after all."""
    return _done(
        request, desk, asks, question, lambda: acts.fetch(desk, asks.known, question, version)
    )


@room.post("/desk/questions/{question}/accept", DIVISION, response_class=HTMLResponse)
def accept(request: Request, question: int, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """主办 takes it."""
    return _done(
        request, desk, asks, question, lambda: acts.accept(desk, asks.known, question, version)
    )


@room.post("/desk/questions/{question}/join", DIVISION, response_class=HTMLResponse)
def join(request: Request, question: int, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """会办 takes its share."""
    return _done(
        request, desk, asks, question, lambda: acts.share(desk, asks.known, question, version, True)
    )


@room.post("/desk/questions/{question}/leave", DIVISION, response_class=HTMLResponse)
def leave(
    request: Request, question: int, version: Version, why: Why, desk: AtDesk, asks: Asks
) -> Response:
    """会办 gives its share back."""

    def act() -> None:
        acts.share(desk, asks.known, question, version, False, _said(why))

    return _away(request, desk, asks, question, act, why)


@room.post("/desk/questions/{question}/back", DIVISION, response_class=HTMLResponse)
def back(
    request: Request, question: int, version: Version, why: Why, desk: AtDesk, asks: Asks
) -> Response:
    """主办 hands it back."""

    def act() -> None:
        acts.hand_back(desk, asks.known, question, version, _said(why))

    return _away(request, desk, asks, question, act, why)


def _away(
    request: Request, desk: Desk, asks: Visitor, question: int, act: Callable[[], None], why: str
) -> Response:
    """After this the question is no longer theirs to see."""
    done = _done(request, desk, asks, question, act, why=why)
    return RedirectResponse("/desk/questions", 303) if done.status_code == 303 else done


@room.post("/desk/questions/{question}/escalate", ANSWER, response_class=HTMLResponse)
def escalate(
    request: Request,
    question: int,
    version: Version,
    why: Why,
    desk: AtDesk,
    asks: Asks,
    helper: Several = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Several divisions work on it together."""

    def act() -> None:
        _known(desk, *helper)
        acts.escalate(desk, asks.known, question, version, helper, _said(why))

    return _done(request, desk, asks, question, act, why=why, helper=helper)


@room.post("/desk/questions/{question}/contribute", DIVISION, response_class=HTMLResponse)
def contribute(
    request: Request,
    question: int,
    version: Version,
    said: Annotated[str, Form(max_length=4000)],
    desk: AtDesk,
    asks: Asks,
) -> Response:
    """A division says its part."""
    return _done(
        request,
        desk,
        asks,
        question,
        lambda: acts.contribute(desk, asks.known, question, version, _said(said)),
        said=said,
    )


@room.post("/desk/questions/{question}/answer", DIVISION, response_class=HTMLResponse)
def answer(
    request: Request,
    question: int,
    version: Version,
    written: Annotated[Written, Depends(formed(Written))],
    desk: AtDesk,
    asks: Asks,
    send: Annotated[bool, Form()] = False,
) -> Response:
    """Write the answer down, or have it reviewed."""
    typed = {name: getattr(written, name) for name in Written.__slots__}
    return _done(
        request,
        desk,
        asks,
        question,
        lambda: acts.write(desk, asks.known, question, version, written.draft, send),
        **typed,
    )


@room.post("/desk/questions/{question}/approve", ANSWER, response_class=HTMLResponse)
def approve(
    request: Request,
    question: int,
    version: Version,
    desk: AtDesk,
    asks: Asks,
    audience: Annotated[str, Form(max_length=64)] = "",
    slug: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """The second person's yes, and whether the site takes it up."""

    def act() -> None:
        if audience and audience not in audiences(desk):
            raise Stopped(422, "没有这种受众。")
        if slug and not SLUG.fullmatch(slug):
            raise Stopped(422, "网址名只能用小写字母、数字和短横线。")
        acts.approve(desk, asks.known, question, version, audience, slug)

    return _done(request, desk, asks, question, act, audience=audience, slug=slug)


@room.post("/desk/questions/{question}/reject", ANSWER, response_class=HTMLResponse)
def reject(
    request: Request, question: int, version: Version, why: Why, desk: AtDesk, asks: Asks
) -> Response:
    """The second person's no."""
    return _done(
        request,
        desk,
        asks,
        question,
        lambda: acts.reject(desk, asks.known, question, version, _said(why)),
        why=why,
    )
