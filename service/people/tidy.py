"""Once a day: what holds no more is dropped, and of the record what need not be kept any longer."""

from __future__ import annotations

from service.desk import Desk
from service.store import audit, deeds, outbox, people, programs
from service.store.engine import Connection
from service.ticks import DAY, Job

DEEDS, NOTICES = (
    30 * DAY,
    180 * DAY,
)  # ms that keys of requests, and notices that were sent, are kept


def tidy(desk: Desk) -> None:
    """Drop old sessions, links, keys of requests, notices and programs; cut the record."""
    now, told = desk.clock(), desk.settings
    idle = max(told.idle_minutes * 60_000, told.session_hours * 3_600_000)

    def drop(connection: Connection) -> None:
        people.forget_old(connection, now - idle, now)
        deeds.forget(connection, now - DEEDS)
        outbox.forget(connection, now - NOTICES)
        programs.forget(connection, now - told.keep_audit_days * DAY)
        audit.cut(connection, now, now - told.keep_audit_days * DAY, "")

    desk.store.write(drop)


JOBS = (Job("tidy", DAY, tidy),)
