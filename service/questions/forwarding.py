"""Answers that the site takes up, as `weike pull questions` reads them. What tells of askers is not in them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from service.desk import Desk
from service.questions.calendar import day_of
from service.roles import ANYONE
from service.room import AtDesk, Room
from service.store import questions

room = Room("questions")


class Faq(BaseModel):
    """One answer for the site. `checked` is the day of its review."""

    number: str
    edition: int
    division: str
    slug: str
    audience: str
    title: str
    short: str
    text: str
    cited: str
    quote: str
    link: str
    form: str
    level: str
    topic: str
    checked: str


class Faqs(BaseModel):
    """All of them, oldest first."""

    ok: bool = True
    questions: list[Faq]


@room.get("/questions/faq.json", ANYONE)
def faq(desk: AtDesk) -> Faqs:
    """What was reviewed for the site of this zone; the site shows it to everybody who gets here."""
    return Faqs(questions=listed(desk))


def listed(desk: Desk) -> list[Faq]:
    """The same, for a package."""
    with desk.store.read() as connection:
        found = questions.for_site(connection)
        return [_faq(row, answer) for row, answer in found]


def _faq(row: Any, answer: Any) -> Faq:
    told = {
        n: getattr(answer, n) for n in ("division", "slug", "audience", "title", "short", "text")
    }
    told |= {n: getattr(answer, n) for n in ("cited", "quote", "link")}
    told |= {n: getattr(row, n) for n in ("number", "form", "level", "topic")}
    return Faq(**told, edition=answer.id, checked=day_of(answer.reviewed).isoformat())
