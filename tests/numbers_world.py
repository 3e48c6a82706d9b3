"""Snapshots for tests: by hand in a line or two, or at random."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import strategies as st

from builder.indicators.store import Block, Snapshot
from builder.model import BEIJING
from builder.values import Period, Vintage

START = datetime(2026, 1, 10, 9, 30, tzinfo=BEIJING)
INDICATORS, MEASURES = ("cpi", "ppi"), ("value", "yoy")
REGIONS = ("990000", "990100", "990200")
PERIODS = (
    *(Period.parse("2025-11").back(-n) for n in range(5)),
    *(Period.parse("2025-Q3").back(-n) for n in range(3)),
    Period.parse("2025"),
)
MARKS = ("preliminary", "none")


def vintage(name: str, release: datetime = START) -> Vintage:
    return Vintage(name, f"快照 {name}", "zh", release, "甲", "乙", "示例")


def block(
    values: Sequence[Sequence[float | None]],
    periods: Sequence[str],
    regions: Sequence[str] = ("990000",),
    **more: Any,
) -> Block:
    table = np.array([[np.nan if v is None else v for v in row] for row in values], dtype=float)
    told = {"action": "add", "indicator": "cpi", "measure": "yoy", **more}
    made = tuple(Period.parse(p) for p in periods)
    return Block(periods=made, regions=tuple(regions), values=table, **told)


def snapshot(name: str, *blocks: Block, release: datetime = START) -> Snapshot:
    return Snapshot(vintage(name, release), blocks)


def head(name: str = "cpi-2026-09", **more: Any) -> dict[str, Any]:
    """The header of a good snapshot file."""
    return {
        "id": name,
        "title": "9 月居民消费价格",
        "audience": "public",
        "division": "zh",
        "release": "2026-10-18T10:00:00+08:00",
        "author": "甲",
        "approver": "乙",
        "sources": [{"title": "示例数据"}],
        **more,
    }


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """Any block over a small world, so that snapshots meet."""
    periods = draw(st.lists(st.sampled_from(PERIODS), min_size=1, max_size=5, unique=True))
    regions = draw(st.lists(st.sampled_from(REGIONS), min_size=1, max_size=3, unique=True))
    action = draw(st.sampled_from(("add", "add", "correct", "withdraw")))
    number = st.one_of(st.none(), st.integers(-50, 50).map(lambda n: n / 10))
    row = st.lists(number, min_size=len(periods), max_size=len(periods))
    rows = draw(st.lists(row, min_size=len(regions), max_size=len(regions)))
    places = st.tuples(st.integers(0, len(regions) - 1), st.integers(0, len(periods) - 1))
    marks = draw(st.dictionaries(places, st.sampled_from(MARKS), max_size=3))
    values = np.array([[np.nan if v is None else v for v in r] for r in rows], dtype=float)
    if action == "withdraw":
        values, marks = np.full(values.shape, np.nan), {}
    names = draw(st.sampled_from(INDICATORS)), draw(st.sampled_from(MEASURES))
    reason = "" if action == "add" else "依据更正"
    return Block(action, *names, tuple(periods), tuple(regions), values, marks, reason)


@st.composite
def libraries(draw: st.DrawFn) -> list[Snapshot]:
    """Some snapshots, released within a few days of one another, in any order."""
    count = draw(st.integers(0, 6))
    days = draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    many = [draw(st.lists(blocks(), min_size=1, max_size=3)) for _ in days]
    return [
        snapshot(f"s{n}", *found, release=START + timedelta(days=day))
        for n, (day, found) in enumerate(zip(days, many, strict=True))
    ]
