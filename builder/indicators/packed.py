"""A laid store as bytes and back: some hundred thousand numbers in a few arrays, so that reading it is quick.

For our own cache only; another version of the code never reads it.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from builder.indicators.layers import Block, Floats, Snapshot
from builder.indicators.store import Store
from builder.values import Period, Vintage


class _Packed(NamedTuple):
    """`rows`: for each snapshot its blocks; a block names its periods and regions by their place in lists."""

    vintages: list[Vintage]
    rows: list[list[tuple[Any, ...]]]
    periods: list[tuple[tuple[str, int], ...]]
    regions: list[tuple[str, ...]]
    values: Floats
    panels: Any


def pack(store: Store) -> bytes:
    """Everything that a store of whole snapshots holds."""
    periods: dict[tuple[Period, ...], int] = {}
    regions: dict[tuple[str, ...], int] = {}
    rows = [
        [
            (
                block.action,
                block.indicator,
                block.measure,
                periods.setdefault(block.periods, len(periods)),
                regions.setdefault(block.regions, len(regions)),
                dict(block.marks),
                block.reason,
            )
            for block in snapshot.blocks
        ]
        for snapshot in store.snapshots
    ]
    values = [block.values.ravel() for s in store.snapshots for block in s.blocks]
    packed = _Packed(
        [snapshot.vintage for snapshot in store.snapshots],
        rows,
        [tuple((p.frequency, p.ordinal) for p in line) for line in periods],
        list(regions),
        np.concatenate(values) if values else np.zeros(0),
        store.panels,
    )
    return pickle.dumps(tuple(packed), protocol=5)


def unpack(data: bytes) -> Store:
    """The store that `pack` packed."""
    packed = _Packed(*pickle.loads(data))  # noqa: S301  # our own file, in our own cache
    periods = [tuple(Period(*p) for p in line) for line in packed.periods]
    at, snapshots = 0, list[Snapshot]()
    for vintage, rows in zip(packed.vintages, packed.rows, strict=True):
        blocks, at = _blocks(rows, periods, packed.regions, packed.values, at)
        snapshots.append(Snapshot(vintage, blocks))
    return Store.laid(tuple(snapshots), packed.panels)


def _blocks(
    rows: Sequence[tuple[Any, ...]],
    periods: Sequence[tuple[Period, ...]],
    regions: Sequence[tuple[str, ...]],
    values: Floats,
    at: int,
) -> tuple[tuple[Block, ...], int]:
    made = []
    for action, indicator, measure, when, where, marks, reason in rows:
        shape = len(regions[where]), len(periods[when])
        size = shape[0] * shape[1]
        cells = values[at : at + size].reshape(shape)
        made.append(
            Block(action, indicator, measure, periods[when], regions[where], cells, marks, reason)
        )
        at += size
    return tuple(made), at
