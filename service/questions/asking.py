"""Asking without an account: the form, what is there already, the number and the word to come back with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from service import proofs
from service.questions import gate, taking
from service.questions.masks import covered
from service.questions.taking import KINDS, LEVELS, LONGEST, TOPICS, Asked
from service.roles import ANYONE
from service.room import Asks, AtDesk, Room, Stopped, formed
from service.store import questions
from service.web.pages import page

room = Room("questions")
Text = Annotated[str, Form(max_length=4000)]
Line = Annotated[str, Form(max_length=200)]
CHOICES = {"topics": TOPICS, "levels": LEVELS, "kinds": KINDS, "longest": LONGEST}


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was sent. `site` is the trap: people do not see it."""

    text: Text
    stamp: Annotated[str, Form(max_length=400)]
    contact: Line = ""
    agreed: Annotated[bool, Form()] = False
    form: Line = ""
    topic: Line = ""
    level: Line = ""
    kind: Line = ""
    sure: Annotated[bool, Form()] = False
    once: Annotated[str, Form(max_length=100)] = ""
    site: Annotated[str, Form(max_length=4000)] = ""

    @property
    def asked(self) -> Asked:
        """What it asks."""
        return Asked(
            self.text, self.contact, self.agreed, self.form, self.topic, self.level, self.kind, sure=self.sure
        )  # fmt: skip


Sent = Annotated[Filled, Depends(formed(Filled))]


@room.get("/questions", ANYONE, response_class=HTMLResponse)
def form(request: Request, desk: AtDesk) -> Response:
    """The page to ask, and to come back."""
    return _form(request, desk, None)


@room.post("/questions/look", ANYONE, response_class=HTMLResponse)
def look(request: Request, sent: Sent, desk: AtDesk, asks: Asks) -> Response:
    """Answers that there are already, and the question as others will see it."""
    try:
        gate.filled(desk, sent.stamp, sent.site)
        gate.may_look(desk, asks)
        if wrong := taking.fault(sent.asked):
            raise Stopped(422, wrong)
    except Stopped as stop:
        return _form(request, desk, sent, stop)
    return _looked(request, desk, sent)


@room.post("/questions", ANYONE, response_class=HTMLResponse)
def ask(request: Request, sent: Sent, desk: AtDesk, asks: Asks) -> Response:
    """Take the question in. What must be refused is told first, once."""
    try:
        gate.filled(desk, sent.stamp, sent.site)
        if wrong := taking.fault(sent.asked):
            raise Stopped(422, wrong)
        if not sent.sure and taking.look(desk, sent.text).refused:
            return _looked(request, desk, sent)
        gate.may_ask(desk, asks)
        receipt = taking.take(desk, sent.asked, sent.once)
    except Stopped as stop:
        return _form(request, desk, sent, stop)
    return page(request, "questions/taken.html", receipt=receipt)


@room.post("/questions/spared", ANYONE, response_class=HTMLResponse)
def spared(
    request: Request, item: Annotated[str, Form(max_length=200)], desk: AtDesk, asks: Asks
) -> Response:
    """An existing answer helped. Only that is counted, and which."""
    gate.may_look(desk, asks)
    script = desk.script()
    if script is not None and any(i.id == item for i in script.robot.package.items):
        desk.store.write(lambda c: questions.spared(c, desk.clock(), item))
    return page(request, "questions/spared.html")


def _looked(request: Request, desk: AtDesk, sent: Filled) -> Response:
    found = taking.look(desk, sent.text)
    return page(request, "questions/look.html", sent=sent, found=found, seen=covered(sent.text))


def _form(
    request: Request, desk: AtDesk, sent: Filled | None, stop: Stopped | None = None
) -> Response:
    """The form; what was typed stands in it again."""
    once = sent.once if sent and sent.once else proofs.token()
    view = {
        "sent": sent,
        "wrong": stop.said if stop else "",
        "stamp": gate.stamp(desk),
        "once": once,
    }
    keep = desk.settings.keep_asker_days
    status = stop.status if stop else 200
    return page(request, "questions/ask.html", status, keep=keep, **view, **CHOICES)
