"""The leaders' page: what came out last, and what is red. Made for a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from builder.indicators.store import Store
from builder.values import MARKS, MEASURES, Indicator, Key, Period, rounded
from service.intake import released, sweeping
from service.intake.alarming import visible
from service.intake.readers import Reader, reader
from service.roles import EDITOR, LEADER, may
from service.room import Asks, AtDesk, Room
from service.store import figures, intake
from service.store.columns import INSIDE
from service.store.engine import Connection
from service.web.pages import page

room = Room("board", INSIDE)
MENU = (("/board", "看板", frozenset({LEADER})),)
USE = may(LEADER, EDITOR)
BATCHES, TILES, RED = 6, 24, 10


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that is new. `way`: good, bad or plain, by the direction of its indicator."""

    name: str
    measure: str
    when: str
    text: str
    unit: str
    before: str
    way: str
    corrected: bool


@room.get("/board", USE)
def board(request: Request, desk: AtDesk, asks: Asks) -> Response:
    """What changed in the last releases for the province, and the alarms that nobody has answered."""
    sweeping.run(desk)
    mine, now = reader(desk, asks.user), desk.clock()
    with desk.store.read() as connection:
        tiles = _tiles(connection, mine, now)
        red = [
            row for row in visible(connection, mine) if row.state in sweeping.OPEN and not row.gone
        ]
        soon = intake.waiting(connection, now) if LEADER in mine.roles else []
    soon = [row for row in soon if mine.keeps(row.division)]
    return page(
        request, "intake/board.html", tiles=tiles, red=red[:RED], total=len(red), soon=soon[:RED]
    )


def _tiles(connection: Connection, mine: Reader, now: int) -> list[Tile]:
    known = mine.known.said
    found: dict[tuple[str, str, int], Any] = {}
    for batch in intake.released(connection, now, BATCHES):  # the newest first
        for row in figures.of_batch(connection, batch.id):
            indicator = known.indicators.get(row.indicator)
            if row.region != known.home or indicator is None:
                continue
            if mine.may(indicator, row.measure, row.region):
                found.setdefault((row.indicator, row.measure, row.ordinal), row)
    last: dict[tuple[str, str], int] = {}
    for name, measure, ordinal in found:
        last[name, measure] = max(last.get((name, measure), 0), ordinal)
    rows = [
        row
        for (name, measure, ordinal), row in found.items()
        if row.action != "add" or ordinal == last[name, measure]
    ][:TILES]
    held = released.store(
        connection, mine.known, {row.indicator for row in rows}, now, mine.may_key
    )
    return [_tile(held, known.indicators[row.indicator], row) for row in rows]


def _tile(held: Store, indicator: Indicator, row: Any) -> Tile:
    key, period = (
        Key(row.indicator, row.measure, row.region),
        Period(indicator.frequency, row.ordinal),
    )
    shown = indicator.measures[row.measure]
    earlier = held.cell(key, period.back())
    last = earlier.value if earlier else None
    return Tile(
        indicator.name,
        MEASURES[row.measure].partition("（")[0],
        period.label(row.measure, row.mark),
        MARKS.get(row.mark, "——") if row.value is None else rounded(row.value, shown.decimals),
        shown.unit if row.value is not None else "",
        rounded(last, shown.decimals) if last is not None else "",
        _way(indicator.direction, row.value, last),
        row.action != "add",
    )


def _way(direction: str, value: float | None, last: float | None) -> str:
    if value is None or last is None or value == last or direction == "none":
        return "plain"
    return "good" if (value > last) == (direction == "up") else "bad"
