"""What whoever asked does: withdraw, have themselves forgotten, say whether it helped, ask again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.desk import Desk
from service.questions import calendar, notices
from service.questions.acts import keep, step
from service.questions.steps import CARRIED, follows
from service.room import Stopped
from service.store import questions
from service.store.audit import Act
from service.store.engine import Connection


def withdraw(desk: Desk, question: int) -> None:
    """The asker wants no answer: what tells of the asker is erased at once."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        if questions.merged_into(connection, row.id):
            raise Stopped(409, "别人也在等这个问题的答复，不能撤回；可以删除您留下的联系方式。")
        questions.erase(connection, row.id)
        return {"closed": desk.clock()}

    step(desk, None, question, 0, "withdraw", put)


def forget(desk: Desk, question: int) -> None:
    """Erase contact and original, as the asker wishes; the question goes on."""
    desk.act(
        lambda c: questions.erase(c, question), Act("", "question.forget", f"question:{question}")
    )


def rate(desk: Desk, question: int, helped: bool) -> None:
    """Whether it helped. Said once more, the later word counts."""

    def put(connection: Connection, row: Any) -> Mapping[str, Any]:
        return {"helped": "yes" if helped else "no", "closed": row.closed or desk.clock()}

    step(desk, None, question, 0, "rate", put)


def reopen(desk: Desk, question: int, why: str) -> None:
    """Ask again, once. `why` is masked already. The same division answers, within five working days."""
    step(desk, None, question, 0, "reopen", lambda c, row: _again(desk, c, row, why))


def ask_again(desk: Desk, connection: Connection, row: Any, why: str) -> None:
    """The same inside another write: a package brought it."""
    after = follows(row.state, "reopen", bool(row.joint))
    told = {"state": after, **_again(desk, connection, row, why)}
    questions.change(connection, row.id, desk.clock(), **told)


def _again(desk: Desk, connection: Connection, row: Any, why: str) -> Mapping[str, Any]:
    if row.reopened:
        raise Stopped(409, "一个问题只能再问一次。还有不明白的，请提一个新问题。")
    now = desk.clock()
    due = calendar.due_in(now, 5, questions.days_all(connection))
    questions.withdraw_published(connection, row.id)
    questions.set_part(connection, row.id, row.host, state="accepted", due=due)
    keep(desk, connection, row, None, "reopen", why)
    notices.tell(connection, now, notices.editors(connection, (row.host,)), row.id)
    told = {"reopened": row.reopened + 1, "closed": 0, "helped": "", "due": due}
    return told | ({"state": CARRIED} if row.carried else {})
