"""The page of one batch: its table, what was found, its steps, what this person may do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from builder.indicators.form_layout import due_day, guide
from builder.values import FREQUENCIES, Period
from service.desk import Desk
from service.intake import batches, findings, grid, released
from service.intake.designing import inforce
from service.intake.flow import DRAFT, KINDS, STATES, STEPS, refused, shown
from service.intake.readers import Reader
from service.store import intake, people
from service.store.engine import Connection
from service.store.intake import Place
from service.web.pages import page


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody sent just now and could not be taken: it is shown again."""

    said: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[Place, str] = field(default_factory=dict)


def listing(request: Request, desk: Desk, reader: Reader, sent: Sent) -> Response:
    """The templates of whoever reads, and their batches."""
    now, said = desk.clock(), reader.known
    with desk.store.read() as connection:
        held = inforce.current(connection, said).values()
        mine = reader.parts(h.template for h in held)
        names = reader.parts(inforce.every(connection, said))
        rows = intake.listed(connection, None, names)
        of = inforce.of_batches(connection, said, rows)
    rows = [row for row in rows if (whole := of[row.id]) and reader.part(whole)]
    kept = {t.id: t for t in mine.values() if reader.keeps(t.division)}
    states = [(row, shown(row.state, row.release, now)) for row in rows]
    return page(
        request, "intake/list.html", sent.status, templates=mine, kept=kept, rows=states, said=sent.said,
        typed=sent.typed, names=STATES, kinds=KINDS, frequencies=FREQUENCIES, ideas=ideas(desk),
    )  # fmt: skip


def ideas(desk: Desk) -> dict[str, str]:
    """The period that is most likely to be filled now, by frequency: the last one that is over."""
    today = released.at(desk.clock())
    month = Period("month", today.year * 12 + today.month - 2)
    parts = {"month": 12, "quarter": 4, "half": 2, "year": 1}
    return {
        name: str(Period(name, (month.ordinal + 1) * count // 12 - 1))
        for name, count in parts.items()
    }


def one(request: Request, desk: Desk, reader: Reader, number: int, sent: Sent) -> Response:
    """A batch as whoever reads may see it."""
    now = desk.clock()
    with desk.store.read() as connection:
        batch, part = batches.found(connection, reader, number)
        view = _view(connection, reader, batch, part, now, sent)
        who = {u.id: u.name for u in people.find(connection)}
        history = intake.history(connection, number) if reader.keeps(batch.division) else []
    names = {name: step.name for name, step in STEPS.items()} | {"open": "开填"}
    return page(
        request, "intake/batch.html", sent.status, batch=batch, part=part, history=history, who=who, steps=names,
        said=sent.said, state=shown(batch.state, batch.release, now), names=STATES, kinds=KINDS, **view,
    )  # fmt: skip


def _view(
    connection: Connection, reader: Reader, batch: Any, part: Any, now: int, sent: Sent
) -> dict[str, Any]:
    form = batches.plan_of(reader.known, part, batch.period)
    asked = batches.places(form)
    rows = {(r.indicator, r.measure, r.region): r for r in intake.cells(connection, batch.id)}
    held = {p: (r.value, r.mark) for p, r in rows.items() if p in asked}
    found = findings.of_batch(connection, reader, batch, part, now)
    series = {place[0] for place in asked}
    past = released.store(connection, reader.known, series, now, reader.may_key)
    filling = grid.Filling(held, found, past, sent.typed, sent.wrong)
    keeps, hands = reader.keeps(batch.division), batches.hands(connection, batch)
    return {
        "form": form,
        "lines": grid.lines(form, filling),
        "guide": guide(form),
        "due": due_day(form),
        "found": found,
        "left": batches.unheard(found),
        "open": batch.state == DRAFT,
        "keeps": keeps,
        "filled": sum(value is not None or bool(mark) for value, mark in held.values()),
        "asked": len(asked),
        "may": _may(reader, batch, hands, now) if keeps else {},
    }


def _may(reader: Reader, batch: Any, hands: set[int], now: int) -> dict[str, bool]:
    """Steps whose turn it is → whether this very person may take them."""
    user = reader.user
    assert user is not None
    found = {}
    for name, step in STEPS.items():
        if refused(name, batch.state, user.roles) or (name == "hold" and batch.release <= now):
            continue
        found[name] = not (step.stranger and user.id in hands)
    return found
