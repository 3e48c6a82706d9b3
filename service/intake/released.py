"""Released numbers as the shared engine reads them: snapshots and stores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from builder.indicators.incoming import Row, blocks_of
from builder.indicators.layers import WITHDRAW, Block, Snapshot
from builder.indicators.store import Store
from builder.values import Key, Period, Vintage
from service.intake.known import Known
from service.store import figures, intake
from service.store.engine import Connection
from service.web.pages import BEIJING

Seen = Callable[[Key], bool]


def store(
    connection: Connection,
    known: Known,
    indicators: Iterable[str] | None,
    until: int,
    may: Seen | None = None,
) -> Store:
    """What was released by `until` (ms) of these indicators (None: of all); only series that `may` be seen."""
    return Store(snapshots(connection, known, indicators, until, may))


def snapshots(
    connection: Connection,
    known: Known,
    indicators: Iterable[str] | None,
    until: int,
    may: Seen | None = None,
) -> list[Snapshot]:
    """The same, batch by batch."""
    told = vintages(connection, until)
    rows: dict[int, list[Any]] = {}
    judged: dict[Key, bool] = {}
    for row in figures.all_of(connection, indicators, until):
        key = Key(row.indicator, row.measure, row.region)
        if key not in judged:
            judged[key] = row.indicator in known.said.indicators and (may is None or may(key))
        if judged[key] and row.batch in told:
            rows.setdefault(row.batch, []).append(row)
    return [Snapshot(told[n], tuple(blocks(known, mine))) for n, mine in rows.items()]


def blocks(known: Known, rows: Sequence[Any], reason: str = "") -> list[Block]:
    """Figures of one batch as blocks of a snapshot."""
    made: list[Block] = []
    for action in ("add", "correct", WITHDRAW):
        mine = [_row(known, row) for row in rows if row.action == action]
        made += blocks_of(action, mine, reason or "见说明") if mine else []
    return made


def _row(known: Known, row: Any) -> Row:
    frequency = known.said.indicators[row.indicator].frequency
    mark = "" if row.action == WITHDRAW else row.mark
    period = Period(frequency, row.ordinal)
    return Row(row.indicator, row.measure, row.region, period, row.value, mark)


def vintages(connection: Connection, until: int) -> Mapping[int, Vintage]:
    """What is told of each batch that is out; without the people who made it."""
    return {row.id: vintage(row) for row in intake.released(connection, until)}


def vintage(row: Any) -> Vintage:
    """What is told of a batch."""
    return Vintage(row.name, row.title, row.division, at(row.release), "", "", row.source, row.note)


def at(moment: int) -> datetime:
    """Milliseconds as a time in Beijing."""
    return datetime.fromtimestamp(moment / 1000, BEIJING)
