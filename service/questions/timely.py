"""What the clock does: questions are closed, askers forgotten, divisions reminded."""

from __future__ import annotations

from service.desk import Desk
from service.questions import calendar, notices
from service.questions.acts import step
from service.questions.asker import forget
from service.questions.steps import ANSWERED, CARRIED, OPEN
from service.store import questions
from service.store.engine import Connection

CLOSE_AFTER = 30 * 86_400_000


def close_old(desk: Desk) -> int:
    """Close what was answered 30 days ago and not rated; how many."""
    with desk.store.read() as connection:
        rows = questions.listed(connection, states=(ANSWERED,), most=500)
    late = [r for r in rows if desk.clock() - r.changed > CLOSE_AFTER]
    for row in late:
        step(desk, None, row.id, 0, "close", lambda c, r: {"closed": desk.clock()})
    return len(late)


def forget_old(desk: Desk) -> int:
    """Erase contacts and originals that were kept long enough; how many."""
    before = desk.clock() - desk.settings.keep_asker_days * 86_400_000
    with desk.store.read() as connection:
        rows = questions.old(connection, before)
    for question in rows:
        forget(desk, question)
    return len(rows)


def remind(desk: Desk) -> int:
    """Tell divisions of what is due within a working day and of what is late, once a day; how many."""

    def put(connection: Connection) -> int:
        now, other, sent = desk.clock(), questions.days_all(connection), 0
        today = calendar.day_of(now).isoformat()
        for part in questions.open_parts(connection, [s for s in OPEN if s != CARRIED]):
            left = calendar.left(now, part.due, other)
            if left > 1:
                continue
            name = f"{part.question}:{part.division}:{part.due}:" + (
                f"late:{today}" if left < 0 else "soon"
            )
            if questions.remind(connection, name, now):
                notices.tell(
                    connection, now, notices.editors(connection, (part.division,)), part.question
                )
                sent += 1
        return sent

    return desk.store.write(put)
