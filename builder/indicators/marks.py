"""One hash for each indicator over all its numbers: what is made from them is made anew when it changes."""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b

import numpy as np

from builder.indicators.store import Store
from builder.values import Key


def marks_of(store: Store) -> dict[str, str]:
    """Indicator → 16 hex digits, over its series, their values and marks, and what is told of their vintages."""
    vintages = [repr(snapshot.vintage).encode() for snapshot in store.snapshots]
    sums: defaultdict[str, blake2b] = defaultdict(lambda: blake2b(digest_size=8))
    for frequency, panel in sorted(store.panels.items()):
        rows: defaultdict[str, list[tuple[Key, int]]] = defaultdict(list)
        for key, row in panel.rows.items():
            rows[key.indicator].append((key, row))
        marked: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        for (row, column), mark in panel.marks.items():
            marked[row].append((column, mark))
        for name, found in rows.items():
            places = [row for _, row in sorted(found)]
            used = panel.vintages[places]
            held = np.flatnonzero((used >= 0).any(axis=0))
            span = slice(int(held[0]), int(held[-1]) + 1) if len(held) else slice(0, 0)
            told = sums[name]
            told.update(
                repr((frequency, panel.start + span.start, sorted(k for k, _ in found))).encode()
            )
            told.update(np.ascontiguousarray(panel.values[places, span]).tobytes())
            told.update(np.ascontiguousarray(used[:, span]).tobytes())
            told.update(
                repr(
                    [(n, sorted(marked[row])) for n, row in enumerate(places) if row in marked]
                ).encode()
            )
            told.update(b"".join(vintages[n] for n in np.unique(used) if n >= 0))
    return {name: told.hexdigest() for name, told in sums.items()}
