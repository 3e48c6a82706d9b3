"""Figures of a span: what was asked and answered in time, by division; where questions come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.questions import calendar
from service.questions.divisions import divisions
from service.questions.steps import MERGED, OPEN, REFUSED, WITHDRAWN
from service.questions.taking import LEVELS, TOPICS
from service.questions.triage import SEE, TRIAGE
from service.room import Asks, AtDesk, Room, Stopped
from service.store import questions
from service.store.audit import Act
from service.web.pages import page

room = Room("questions")
SHADES = 4
FORMS = 30  # of the table by form
NONE = "没有写"


@dataclass(frozen=True, slots=True)
class Count:
    """Figures of a division, or of all. `in_time`: answered for the first time before the deadline set then."""

    asked: int
    answered: int
    in_time: int
    open: int
    late: int
    spared: int  # refused, merged, withdrawn
    helped: int
    not_helped: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the heat map. `shade`: 0 to 4."""

    count: int
    shade: int


def count(rows: Iterable[Any], now: int) -> Count:
    """Add up questions."""
    found = list(rows)
    running = [r for r in found if r.state in OPEN]
    answered = [r for r in found if r.answered]
    return Count(
        len(found),
        len(answered),
        sum(r.answered <= r.first_due or not r.first_due for r in answered),
        len(running),
        sum(0 < r.due < now for r in running),
        sum(r.state in {REFUSED, MERGED, WITHDRAWN} for r in found),
        sum(r.helped == "yes" for r in found),
        sum(r.helped == "no" for r in found),
    )


def by_division(rows: Iterable[Any], now: int) -> dict[str, Count]:
    """The same by 主办; empty id: not passed on."""
    held: dict[str, list[Any]] = {}
    for row in rows:
        held.setdefault(row.host, []).append(row)
    return {division: count(found, now) for division, found in sorted(held.items())}


def heat(rows: Iterable[Any]) -> dict[str, list[Cell]]:
    """Topic → a cell for each level, and one for all of them."""
    found = Counter((r.topic or NONE, r.level or NONE) for r in rows)
    most = max(found.values(), default=0)
    columns = (*LEVELS, NONE)
    table = {}
    for topic in (*TOPICS, NONE):
        cells = [Cell(found[topic, level], shade(found[topic, level], most)) for level in columns]
        total = sum(c.count for c in cells)
        table[topic] = [*cells, Cell(total, 0)]
    return table


def forms(rows: Iterable[Any]) -> list[tuple[str, Cell]]:
    """Form numbers, the most asked first."""
    found = Counter(r.form for r in rows if r.form)
    most = max(found.values(), default=0)
    order = sorted(found.items(), key=lambda kv: (-kv[1], kv[0]))[:FORMS]
    return [(form, Cell(n, shade(n, most))) for form, n in order]


def shade(number: int, most: int) -> int:
    """0 for none, then 1 to 4 by the share of the largest."""
    return -(-number * SHADES // most) if number else 0


@room.get("/desk/questions/figures", SEE, response_class=HTMLResponse)
def figures(request: Request, desk: AtDesk, start: str = "", end: str = "") -> Response:
    """Rounds, and the figures of one span."""
    first, last = _span(desk.clock(), start, end)
    since, until = (
        calendar.moment_of(first, time()),
        calendar.moment_of(last + timedelta(1), time()),
    )
    with desk.store.read() as connection:
        rows = questions.between(connection, since, until)
        spared = questions.spared_between(connection, since, until)
        rounds = questions.rounds_all(connection)
    now, names = desk.clock(), divisions(desk)
    told = [(names.get(d, d) or "还没有分办", c) for d, c in by_division(rows, now).items()]
    view: dict[str, Any] = {
        "total": count(rows, now),
        "told": told,
        "spared": spared,
        "rounds": rounds,
    }
    return page(
        request,
        "questions/figures.html",
        first=first.isoformat(),
        last=last.isoformat(),
        heat=heat(rows),
        forms=forms(rows),
        levels=(*LEVELS, NONE),
        days_of=lambda r: (
            calendar.day_of(r.start).isoformat(),
            calendar.day_of(r.end - 1).isoformat(),
        ),
        **view,
    )


@room.post("/desk/questions/rounds", TRIAGE, response_class=HTMLResponse)
def add_round(
    name: Annotated[str, Form(min_length=2, max_length=60)],
    start: Annotated[str, Form(max_length=10)],
    end: Annotated[str, Form(max_length=10)],
    desk: AtDesk,
    asks: Asks,
) -> Response:
    """Name a span: a quarterly round."""
    first, last = _span(desk.clock(), start, end)
    since, until = (
        calendar.moment_of(first, time()),
        calendar.moment_of(last + timedelta(1), time()),
    )

    def put(connection: Any) -> int:
        if any(r.name == name.strip() for r in questions.rounds_all(connection)):
            raise Stopped(409, "已经有叫这个名字的一轮。")
        return questions.add_round(connection, name.strip(), since, until)

    desk.act(put, lambda made: Act(asks.actor, "question.round", f"round:{made}"))
    return RedirectResponse(f"/desk/questions/figures?start={first}&end={last}", 303)


@room.get("/desk/questions/days", TRIAGE, response_class=HTMLResponse)
def days(request: Request, desk: AtDesk) -> Response:
    """The days that differ from Monday to Friday."""
    with desk.store.read() as connection:
        told = questions.days_all(connection)
    text = "\n".join(f"{d} {'班' if w else '休'}" for d, w in sorted(told.items()))
    return page(request, "questions/days.html", text=text, wrong="")


@room.post("/desk/questions/days", TRIAGE, response_class=HTMLResponse)
def set_days(
    request: Request, text: Annotated[str, Form(max_length=20_000)], desk: AtDesk, asks: Asks
) -> Response:
    """Keep them; deadlines that are set already stay."""
    try:
        told = calendar.read_days(text)
    except Stopped as stop:
        return page(request, "questions/days.html", stop.status, text=text, wrong=stop.said)
    desk.act(
        lambda c: questions.set_days(c, told),
        Act(asks.actor, "question.days", detail={"days": len(told)}),
    )
    return RedirectResponse("/desk/questions/days", 303)


def _span(now: int, start: str, end: str) -> tuple[date, date]:
    """Two days; this quarter's when none are told."""
    today = calendar.day_of(now)
    month = (today.month - 1) // 3 * 3 + 1
    try:
        first = date.fromisoformat(start) if start else date(today.year, month, 1)
        last = date.fromisoformat(end) if end else _quarter_end(first)
        if not first <= last or first.year < 2000 or last.year > 2200:
            raise ValueError
    except ValueError:
        raise Stopped(422, "日期写成 2026-10-01 这样，从早到晚。") from None
    return first, last


def _quarter_end(first: date) -> date:
    month = (first.month - 1) // 3 * 3 + 4
    after = date(first.year + month // 13, (month - 1) % 12 + 1, 1)
    return after - timedelta(days=1)
