"""The release calendar: when numbers are due, from definitions alone, never from a snapshot."""

from __future__ import annotations

import calendar as days
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from builder.model import BEIJING
from builder.values import A_YEAR, Due, Indicator, Period, Schedule

BEHIND, AHEAD = timedelta(days=31), timedelta(days=400)


def calendar(indicators: Iterable[Indicator], now: datetime) -> tuple[Due, ...]:
    """What is due from a month before `now` to a year after it, in order; one line for what comes together."""
    found: dict[tuple[datetime, Period, bool, bool], list[str]] = {}
    alike: dict[object, list[tuple[Period, datetime, bool, bool]]] = {}  # most share a schedule
    for indicator in indicators:
        told = indicator.schedule
        if told is None:
            continue
        dates = tuple(sorted(told.dates.items()))
        key = indicator.frequency, indicator.combined, told.lag, told.day, told.time, dates
        if key not in alike:
            alike[key] = list(_due(indicator, told, now))
        for period, at, exact, clock in alike[key]:
            found.setdefault((at, period, exact, clock), []).append(indicator.id)
    return tuple(
        Due(at, period, tuple(sorted(names)), exact, clock)
        for (at, period, exact, clock), names in sorted(found.items())
    )


def _due(
    indicator: Indicator, schedule: Schedule, now: datetime
) -> Iterator[tuple[Period, datetime, bool, bool]]:
    local = now.astimezone(BEIJING)
    for period in _periods(indicator.frequency, local, schedule.lag):
        told = schedule.dates.get(str(period))
        if indicator.combined and period.frequency == "month" and period.place == 1 and not told:
            continue
        if told:
            moment = (datetime.fromisoformat(told), True, True)
        elif schedule.day:
            moment = (_reckoned(period, schedule), False, bool(schedule.time))
        else:
            continue
        if local - BEHIND <= moment[0] <= local + AHEAD:
            yield period, *moment


def _periods(frequency: str, now: datetime, lag: int) -> Iterator[Period]:
    """Every period whose numbers can be due in the span, and a few more."""
    each = 12 // A_YEAR[frequency]
    months = now.year * 12 + now.month - 1
    first = (months - lag - 3) // each - 1
    for ordinal in range(first, (months + 15) // each + 1):
        yield Period(frequency, ordinal)


def _reckoned(period: Period, schedule: Schedule) -> datetime:
    hour, _, minute = (schedule.time or "0:00").partition(":")
    day = deadline(period, schedule.lag, schedule.day)
    start = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return start + timedelta(hours=int(hour), minutes=int(minute))


def deadline(period: Period, lag: int, day: int) -> date:
    """`lag` months after the month in which the period ends; a day past the month's end is its last."""
    each = 12 // A_YEAR[period.frequency]
    year, place = divmod((period.ordinal + 1) * each - 1 + lag, 12)
    return date(year, place + 1, min(day, days.monthrange(year, place + 1)[1]))
