"""What divisions do: take a question or hand it back, work on it together, write its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.desk import Desk
from service.questions import notices
from service.questions.acts import asked, keep, step
from service.store import questions
from service.store.engine import Connection
from service.store.people import User


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as it is being written."""

    title: str
    short: str
    text: str
    cited: str = ""
    quote: str = ""
    link: str = ""


def accept(desk: Desk, user: User, question: int, version: int) -> None:
    """主办 takes it."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        questions.set_part(connection, row.id, user.org, state="accepted")
        return {}

    step(desk, user, question, version, "accept", put)


def share(desk: Desk, user: User, question: int, version: int, take: bool, why: str = "") -> None:
    """会办 takes its share, or gives it back with a reason."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        questions.set_part(connection, row.id, user.org, state="accepted" if take else "back")
        if not take:
            keep(desk, connection, row, user, "leave", why)
            notices.tell(connection, desk.clock(), notices.desks(connection), row.id)
        return {}

    step(desk, user, question, version, "join" if take else "leave", put)


def hand_back(desk: Desk, user: User, question: int, version: int, why: str) -> None:
    """主办 says that it is not theirs. The deadline runs on."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        questions.set_part(connection, row.id, user.org, state="back")
        keep(desk, connection, row, user, "back", why)
        notices.tell(connection, desk.clock(), notices.desks(connection), row.id)
        return {"host": ""}

    step(desk, user, question, version, "back", put)


def escalate(
    desk: Desk, user: User, question: int, version: int, helpers: Sequence[str], why: str
) -> None:
    """Several divisions work on it together."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        there = asked(connection, row.id)
        for division in dict.fromkeys(d for d in helpers if d and d not in there):
            questions.put_part(connection, row.id, division, "help", row.due)
        keep(desk, connection, row, user, "escalate", why)
        every = set(there) | set(helpers)
        notices.tell(
            connection, desk.clock(), notices.editors(connection, every, (user.id,)), row.id
        )
        return {"joint": 1}

    step(desk, user, question, version, "escalate", put)


def contribute(desk: Desk, user: User, question: int, version: int, said: str) -> None:
    """A division says its part; it has done its share then."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        keep(desk, connection, row, user, "contribute", said)
        if user.org != row.host:
            questions.set_part(connection, row.id, user.org, state="done")
        return {}

    step(desk, user, question, version, "contribute", put)


def write(desk: Desk, user: User, question: int, version: int, draft: Draft, send: bool) -> None:
    """Write the answer down; `send`: have it looked at by another."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        state = "review" if send else "draft"
        told = {
            "title": draft.title, "short": draft.short, "text": draft.text, "cited": draft.cited,
            "quote": draft.quote, "link": draft.link,
        }  # fmt: skip
        questions.add_answer(
            connection, row.id, desk.clock(), author=user.id, state=state, division=user.org, **told
        )
        if send:
            others = notices.editors(connection, (row.host,), (user.id,))
            notices.tell(connection, desk.clock(), others or notices.desks(connection), row.id)
        return {}

    step(desk, user, question, version, "submit" if send else "draft", put)
