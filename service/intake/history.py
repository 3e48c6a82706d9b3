"""Snapshot files that were there before the service: read into its store, so that it knows what is out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from builder.indicators.blocks import told
from builder.indicators.layers import WITHDRAW, WITHDRAWN, Block, Snapshot
from builder.indicators.snapshots import parse
from service.desk import Desk
from service.intake.flow import SCHEDULED
from service.store import figures, intake
from service.store.audit import Act
from service.store.engine import Connection
from service.store.figures import Put


def load(desk: Desk, texts: Iterable[str]) -> int:
    """Keep the numbers of these snapshots (texts of their files) with their own release times; how many were new.

    `BuildFailed` when a text is none; a snapshot that is known by its id is left as it is.
    """
    found = sorted((parse(text) for text in texts), key=lambda s: (s.vintage.release, s.vintage.id))

    def put(connection: Connection) -> int:
        names = intake.known_names(connection)
        fresh = [s for s in found if s.vintage.id not in names and not _ours(s, names)]
        for snapshot in fresh:
            _put(connection, snapshot, desk.clock())
        return len(fresh)

    return desk.act(put, lambda n: Act("", "batch.load", detail={"snapshots": n}))


def _ours(snapshot: Snapshot, names: set[str]) -> bool:
    """Whether it is a file that this service handed out: the name of its batch and of its audience."""
    return snapshot.vintage.id.removesuffix(f"-{snapshot.vintage.audience}") in names


def _put(connection: Connection, snapshot: Snapshot, now: int) -> None:
    vintage = snapshot.vintage
    release = int(vintage.release.timestamp() * 1000)
    number = intake.open_batch(
        connection,
        template="",
        division=vintage.division,
        period="",
        kind="new",
        state=SCHEDULED,
        title=vintage.title,
        source=vintage.source,
        note=vintage.note,
        made_by=0,
        made=now,
        release=release,
        name=vintage.id,
        foreign=1,
        swept=1,
    )
    rows = [row for block in snapshot.blocks for row in _rows(block, vintage.audience)]
    figures.put(connection, number, release, rows)


def _rows(block: Block, audience: str) -> Iterable[Put]:
    withdrawn = block.action == WITHDRAW
    for row, column in np.argwhere(told(block)):
        at = int(row), int(column)
        value = float(block.values[at])
        yield Put(
            block.indicator,
            block.measure,
            block.regions[at[0]],
            block.periods[at[1]].ordinal,
            None if withdrawn or np.isnan(value) else value,
            WITHDRAWN if withdrawn else block.marks.get(at, ""),
            audience,
            block.action,
        )
