"""What divisions and reviewers send: taking a question, handing it back, its answer, the second person's word."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.desk import Desk
from service.questions import answering, approving
from service.questions.answering import Draft
from service.questions.divisions import audiences
from service.questions.triage import Several, Version, Why, done, known, reasoned
from service.roles import DESK, EDITOR, may
from service.room import Asks, AtDesk, Room, Stopped, Visitor, formed

room = Room("questions")
DIVISION, ANSWER = may(EDITOR), may(DESK, EDITOR)
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


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


@room.post("/desk/questions/{question}/accept", DIVISION, response_class=HTMLResponse)
def accept(request: Request, question: int, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """主办 takes it."""
    return done(
        request, desk, asks, question, lambda: answering.accept(desk, asks.known, question, version)
    )


@room.post("/desk/questions/{question}/join", DIVISION, response_class=HTMLResponse)
def join(request: Request, question: int, version: Version, desk: AtDesk, asks: Asks) -> Response:
    """会办 takes its share."""
    return done(
        request,
        desk,
        asks,
        question,
        lambda: answering.share(desk, asks.known, question, version, True),
    )


@room.post("/desk/questions/{question}/leave", DIVISION, response_class=HTMLResponse)
def leave(
    request: Request, question: int, version: Version, why: Why, desk: AtDesk, asks: Asks
) -> Response:
    """会办 gives its share back."""

    def act() -> None:
        answering.share(desk, asks.known, question, version, False, reasoned(why))

    return _away(request, desk, asks, question, act, why)


@room.post("/desk/questions/{question}/back", DIVISION, response_class=HTMLResponse)
def back(
    request: Request, question: int, version: Version, why: Why, desk: AtDesk, asks: Asks
) -> Response:
    """主办 hands it back."""

    def act() -> None:
        answering.hand_back(desk, asks.known, question, version, reasoned(why))

    return _away(request, desk, asks, question, act, why)


def _away(
    request: Request, desk: Desk, asks: Visitor, question: int, act: Callable[[], None], why: str
) -> Response:
    """After this the question is no longer theirs to see."""
    answer = done(request, desk, asks, question, act, why=why)
    return RedirectResponse("/desk/questions", 303) if answer.status_code == 303 else answer


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
        known(desk, *helper)
        answering.escalate(desk, asks.known, question, version, helper, reasoned(why))

    return done(request, desk, asks, question, act, why=why, helper=helper)


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
    return done(
        request,
        desk,
        asks,
        question,
        lambda: answering.contribute(desk, asks.known, question, version, reasoned(said)),
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
    return done(
        request,
        desk,
        asks,
        question,
        lambda: answering.write(desk, asks.known, question, version, written.draft, send),
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
        approving.approve(desk, asks.known, question, version, audience, slug)

    return done(request, desk, asks, question, act, audience=audience, slug=slug)


@room.post("/desk/questions/{question}/reject", ANSWER, response_class=HTMLResponse)
def reject(
    request: Request, question: int, version: Version, why: Why, desk: AtDesk, asks: Asks
) -> Response:
    """The second person's no."""
    return done(
        request,
        desk,
        asks,
        question,
        lambda: approving.reject(desk, asks.known, question, version, reasoned(why)),
        why=why,
    )
