"""Marks: a hash for each indicator over all that was ever told of it, so that pages may be kept while it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from builder.indicators.layers import Block
from builder.indicators.store import Store
from builder.values import Period


def marks_of(store: Store) -> dict[str, str]:
    """Indicator → 16 hex digits, over its vintages and every word of their blocks, in their order.

    Not the newest numbers alone: pages also tell what stood there before, and why it was changed.
    """
    spans: dict[tuple[Period, ...], str] = {}  # most blocks share theirs
    sums: defaultdict[str, blake2b] = defaultdict(lambda: blake2b(digest_size=8))
    for snapshot in store.snapshots:
        vintage, seen = repr(snapshot.vintage).encode(), set[str]()
        for block in snapshot.blocks:
            told = sums[block.indicator]
            if block.indicator not in seen:
                seen.add(block.indicator)
                told.update(vintage)
            span = spans.get(block.periods) or spans.setdefault(block.periods, _span(block.periods))
            told.update(_words(block, span))
            told.update(np.ascontiguousarray(block.values).tobytes())
    return {name: told.hexdigest() for name, told in sums.items()}


def _span(periods: Sequence[Period]) -> str:
    return " ".join(map(str, periods))


def _words(block: Block, span: str) -> bytes:
    marks = sorted(block.marks.items())
    head = block.action, block.measure, span, block.regions, marks, block.reason
    return repr(head).encode("utf-8", "surrogatepass")
