"""Working days in Beijing: Monday to Friday, but for the days that were told to differ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from service.room import Stopped
from service.web.pages import BEIJING

END = time(18, 0)  # a deadline ends with the office
LINE = re.compile(r"(\d{4}-\d{2}-\d{2})[ \t]*(休|班)")
MOST = 60  # working days that a question may take


def day_of(moment: int) -> date:
    """The day of a moment (ms)."""
    return datetime.fromtimestamp(moment / 1000, BEIJING).date()


def moment_of(day: date, at: time = END) -> int:
    """A time of a day, in ms."""
    return int(datetime.combine(day, at, BEIJING).timestamp() * 1000)


def works(day: date, other: Mapping[str, bool]) -> bool:
    """Whether offices are open."""
    return other.get(day.isoformat(), day.weekday() < 5)


def due_in(now: int, days: int, other: Mapping[str, bool]) -> int:
    """The end of the `days`-th working day after today; `Stopped` when no such day is near."""
    if not 1 <= days <= MOST:
        raise Stopped(422, f"办理时限是 1 到 {MOST} 个工作日。")
    day, left = day_of(now), days
    for _ in range(400):
        day += timedelta(days=1)
        left -= works(day, other)
        if not left:
            return moment_of(day)
    raise Stopped(422, "工作日历里一年都没有这么多工作日，请先检查日历。")


def left(now: int, due: int, other: Mapping[str, bool]) -> int:
    """Working days from today to a deadline: 0 on its day, below 0 when it is over."""
    today, end = day_of(now), day_of(due)
    if now > due:
        return -max(1, _between(end, today, other))
    return _between(today, end, other)


def _between(start: date, end: date, other: Mapping[str, bool]) -> int:
    """Working days after `start` up to `end`."""
    span = min((end - start).days, 800)
    return sum(works(start + timedelta(days=n), other) for n in range(1, span + 1))


def read_days(text: str) -> dict[str, bool]:
    """Lines as `2026-10-01 休` and `2026-10-10 班`; `Stopped` names what can't be read."""
    told: dict[str, bool] = {}
    for line in filter(None, (x.strip() for x in text.splitlines())):
        found = LINE.fullmatch(line)
        try:
            day = date.fromisoformat(found[1]) if found else None
        except ValueError:
            day = None
        if found is None or day is None:
            raise Stopped(422, f"这一行读不懂：{line[:40]}。写成 2026-10-01 休，或 2026-10-10 班。")
        told[day.isoformat()] = found[2] == "班"
    return told
