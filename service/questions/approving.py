"""What the second person does: whoever wrote none of an answer lets it out or has it written anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.desk import Desk
from service.questions import notices
from service.questions.acts import keep, step
from service.room import Stopped
from service.store import questions
from service.store.engine import Connection
from service.store.people import User


def writers(connection: Connection, question: int) -> set[int]:
    """Whoever wrote a version of the answer: none of them reviews it."""
    return {a.author for a in questions.answers_of(connection, question)}


def waiting(connection: Connection, question: int, user: User) -> Any:
    """The version to be reviewed; `Stopped` for whoever wrote any of it."""
    if user.id in writers(connection, question):
        raise Stopped(403, "答复是您写的，要由另一个人审核。")
    rows = [a for a in questions.answers_of(connection, question) if a.state == "review"]
    if len(rows) != 1:
        raise Stopped(409, "没有待审核的答复。")
    return rows[0]


def approve(desk: Desk, user: User, question: int, version: int, audience: str, slug: str) -> None:
    """The asker may see it. `audience`: for whom it is written into the site; empty: not at all."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        answer, now = waiting(connection, row.id, user), desk.clock()
        if audience and questions.slug_taken(connection, answer.division, slug, row.id):
            raise Stopped(409, f"这个处室已经有一条问答用了网址名 {slug}，请换一个。")
        values = {"state": "published", "reviewer": user.id, "reviewed": now}
        site = {
            "faq": int(bool(audience)),
            "audience": audience,
            "slug": slug or f"wen-{row.number}",
        }
        questions.set_answer(connection, answer.id, **values, **(site if audience else {}))
        questions.set_part(connection, row.id, "", state="done")
        notices.tell(connection, now, (answer.author,), row.id)
        return {"answered": row.answered or now}

    step(desk, user, question, version, "approve", put)


def reject(desk: Desk, user: User, question: int, version: int, why: str) -> None:
    """It is to be written anew, for a reason."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        answer = waiting(connection, row.id, user)
        values = {"state": "refused", "reviewer": user.id, "reviewed": desk.clock()}
        questions.set_answer(connection, answer.id, **values)
        keep(desk, connection, row, user, "reject", why)
        notices.tell(connection, desk.clock(), (answer.author,), row.id)
        return {}

    step(desk, user, question, version, "reject", put)
