"""What the app takes of this feature: its routes in the order in which they are tried, its place in the head, its jobs."""

from __future__ import annotations

from service.desk import Desk
from service.questions import asking, figures, following, forwarding, handling, timely, triage
from service.ticks import Job

ROOMS = (asking.room, forwarding.room, following.room, figures.room, triage.room, handling.room)
ASK = (("/questions", "提问", frozenset[str]()),)
MENU = (*ASK, *triage.MENU)
HOUR = 3_600_000


def hourly(desk: Desk) -> None:
    """Remind, erase what was kept long enough, close what is over."""
    timely.remind(desk)
    timely.forget_old(desk)
    timely.close_old(desk)


JOBS = (Job("questions", HOUR, hourly),)
