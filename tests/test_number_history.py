"""How numbers came to be what they are, against the oracle of the store."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from builder.indicators import history
from builder.indicators.store import Snapshot, Store
from builder.values import Key, Period
from tests.numbers_world import INDICATORS, START, block, libraries, snapshot
from tests.test_number_store import ordered, told, whole

DAY = timedelta(days=1)


@given(libraries(), st.sampled_from(INDICATORS))
def test_a_vintages_table_has_everything_that_was_ever_said(
    snapshots: list[Snapshot], indicator: str
) -> None:
    said: dict[tuple[Key, Period], list[tuple[float | None, str, str, str]]] = {}
    for one in ordered(snapshots):
        this: dict[tuple[Key, Period], tuple[float | None, str, str, str]] = {}
        for part in one.blocks:
            for key, period, value, mark in told(part):
                if key.indicator == indicator:
                    this[key, period] = value, mark, one.vintage.id, part.reason
        for place, row in this.items():
            said.setdefault(place, []).append(row)
    rows = history.vintages(Store(snapshots), indicator)
    found = {
        (row.key, row.period): [
            (t.value, t.mark, t.vintage.id, t.reason) for t in _last_of_each(row.told)
        ]
        for row in rows
    }
    assert found == said
    assert [(r.key, r.period) for r in rows] == sorted(said)


def _last_of_each(found: tuple[history.Told, ...]) -> list[history.Told]:
    """A file tells a cell once; random blocks may tell it again, and the last counts."""
    return list({t.vintage.id: t for t in found}.values())


@given(libraries(), st.integers(-1, 4), st.integers(-1, 4))
def test_differences_are_the_cells_that_differ(
    snapshots: list[Snapshot], first: int, second: int
) -> None:
    store = Store(snapshots)
    one, other = (store.as_of(START + n * DAY) for n in (first, second))
    before, after = whole(one), whole(other)
    wanted = {}
    for place in {*before, *after}:
        shown = [
            "没有"
            if place not in held
            else "撤回"
            if held[place][1] == "withdrawn"
            else held[place][0]
            for held in (before, after)
        ]
        if shown[0] != shown[1]:
            wanted[place] = tuple(shown)
    found = {(c.key, c.period): (c.before, c.after) for c in history.differences(one, other)}
    assert found == wanted


def test_the_log_has_reason_and_both_vintages_the_newest_first() -> None:
    store = Store(
        [
            snapshot("a", block([[5.1, 5.2]], ["2026-08", "2026-09"])),
            snapshot("b", block([[5.3]], ["2026-08"], action="correct", reason="普查修订"), release=START + DAY),
            snapshot("c", block([[None]], ["2026-09"], action="withdraw", reason="来源撤回"), release=START + 2 * DAY),
        ]
    )  # fmt: skip
    log = history.revised(store)["cpi"]
    assert log == history.revisions(store, "cpi")
    assert [(r.before, r.after, r.reason, r.earlier.id, r.later.id) for r in log] == [
        (5.2, None, "来源撤回", "a", "c"),
        (5.1, 5.3, "普查修订", "a", "b"),
    ]
    august, september = history.vintages(store, "cpi", "yoy", "990000")
    assert (august.first.value, august.last.value, august.revised) == (5.1, 5.3, True)
    assert (september.last.mark, september.last.action) == ("withdrawn", "withdraw")
    assert history.vintages(store, "cpi", "mom") == []


def test_a_store_that_keeps_few_tells_of_few() -> None:
    held = Store(
        [snapshot("a", block([[5.1], [6.1]], ["2026-08"], ["990000", "990100"]))],
        lambda key, frequency: key.region == "990000",
    )
    assert [r.key.region for r in history.vintages(held, "cpi")] == ["990000"]
