"""A reply of the robot as JSON: typed, so that the description for machines says what comes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from builder.robot.engine import LONGEST, Reply, State
from service.scripts import Script

Kind = Literal["answer", "choice", "unsure", "refused", "elsewhere", "talk", "step"]
WHICH, PERHAPS = "您问的是哪一个？", "是不是想问："
Short = Annotated[str, Field(max_length=300)]


class Memory(BaseModel):
    """What is remembered between two questions; the asker keeps it and hands it back."""

    last: Short = ""
    flow: Short = ""
    step: Short = ""
    beside: Short = ""


class Asked(BaseModel):
    """A question, at most 300 characters of which are looked at."""

    question: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    state: Memory = Memory()


class Link(BaseModel):
    """A page to read."""

    title: str
    url: str


class Told(BaseModel):
    """What is said. `note` comes before `text`: the number is of another time or region than the one asked for.

    `choices`: what may be asked next, word for word. `source`: the document that the text leans on. `why`:
    only for editors who are signed in.
    """

    kind: Kind
    title: str = ""
    note: str = ""
    text: str = ""
    source: str = ""
    link: Link | None = None
    links: tuple[Link, ...] = ()
    choices: tuple[str, ...] = ()
    state: Memory = Memory()
    version: str
    why: str | None = None


def told(reply: Reply, script: Script, why: bool = False) -> Told:
    """The reply as programs get it; nothing in it that the scripts do not say."""
    return Told.model_validate(
        {
            "kind": reply.kind,
            **_said(reply, script),
            "note": reply.note,
            "links": [Link(title=t, url=script.address(u)) for t, u in reply.links],
            "choices": choices(reply),
            "state": Memory.model_validate(reply.state, from_attributes=True),
            "version": script.version,
            "why": reply.why if why else None,
        }
    )


def choices(reply: Reply) -> tuple[str, ...]:
    """What may be asked next: ways on from a step, or the items that were offered."""
    if reply.kind == "answer":
        return reply.choices
    return reply.choices or tuple(hit.item.title for hit in reply.hits)


def remembered(given: Memory) -> State:
    """The state as the engine wants it."""
    return State(given.last, given.flow, given.step, given.beside)


def _said(reply: Reply, script: Script) -> dict[str, object]:
    """Title, text, source and link."""
    if reply.kind == "answer":
        item = reply.hits[0].item
        link = Link(title=item.title, url=script.address(item.url)) if item.url else None
        return {"title": item.title, "text": item.answer, "source": item.source, "link": link}
    lead = {"choice": WHICH, "unsure": PERHAPS}.get(reply.kind, "") if reply.hits else ""
    link = Link(title="", url=script.address(reply.url)) if reply.url else None
    return {"text": f"{reply.say}{lead}", "source": reply.source, "link": link}
