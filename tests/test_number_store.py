"""The store against an oracle that keeps one dict, cell by cell, and is too slow for anything else."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.indicators.store import Block, Snapshot, Store
from builder.values import Key, Period, Revision
from tests.numbers_world import INDICATORS, MEASURES, REGIONS, START, block, libraries, snapshot

Keep = Callable[[Key, str], bool]
Held = tuple[float | None, str, str]  # value, mark, id of the snapshot


def ordered(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    return sorted(snapshots, key=lambda s: (s.vintage.release, s.vintage.id))


def told(block: Block) -> Iterator[tuple[Key, Period, float | None, str]]:
    """What a block says, cell by cell."""
    for row, region in enumerate(block.regions):
        for column, period in enumerate(block.periods):
            value, mark = float(block.values[row, column]), block.marks.get((row, column), "")
            key = Key(block.indicator, block.measure, region)
            if block.action == "withdraw":
                yield key, period, None, "withdrawn"
            elif not np.isnan(value) or mark:
                yield key, period, None if np.isnan(value) else value, mark


def oracle(
    snapshots: Sequence[Snapshot], keep: Keep
) -> tuple[dict[tuple[Key, Period], Held], list[Revision]]:
    held: dict[tuple[Key, Period], Held] = {}
    revisions: list[Revision] = []
    vintages = {s.vintage.id: s.vintage for s in snapshots}
    for one in ordered(snapshots):
        before = dict(held)
        for part in one.blocks:
            for key, period, value, mark in told(part):
                if not keep(key, period.frequency):
                    continue
                old = before.get((key, period))
                if old is not None and part.action != "add":
                    names = vintages[old[2]], one.vintage
                    revisions.append(
                        Revision(
                            key,
                            period,
                            old[0],
                            value,
                            *names,
                            part.reason,
                            part.action,
                            old[1],
                            mark,
                        )
                    )
                held[key, period] = value, mark, one.vintage.id
    return held, revisions


def whole(store: Store) -> dict[tuple[Key, Period], Held]:
    found = {}
    for panel in store.panels.values():
        for key in panel.rows:
            for period in panel.periods():
                cell = store.cell(key, period)
                if cell is not None:
                    found[key, period] = cell.value, cell.mark, cell.vintage.id
    return found


@given(libraries())
def test_the_store_holds_what_the_oracle_holds(snapshots: list[Snapshot]) -> None:
    held, revisions = oracle(snapshots, lambda key, freq: True)
    store = Store(snapshots)
    assert whole(store) == held
    assert store.revisions() == revisions
    assert whole(pickle.loads(pickle.dumps(store))) == held


@given(libraries(), st.integers(-1, 5), st.integers(-1, 1))
def test_as_of_a_time_is_a_store_of_what_was_released_by_then(
    snapshots: list[Snapshot], day: int, second: int
) -> None:
    moment = START + timedelta(days=day, seconds=second)
    released = [s for s in snapshots if s.vintage.release <= moment]
    then = Store(snapshots).as_of(moment)
    assert whole(then) == oracle(released, lambda key, freq: True)[0]
    assert then.snapshots == tuple(ordered(released))


keeps = st.builds(
    lambda keys, freqs: lambda key, freq: key not in keys and freq in freqs,
    st.sets(
        st.builds(
            Key, st.sampled_from(INDICATORS), st.sampled_from(MEASURES), st.sampled_from(REGIONS)
        ),
        max_size=8,
    ),
    st.sets(st.sampled_from(("month", "quarter", "year"))),
)


@given(libraries(), keeps, keeps)
def test_of_what_is_not_kept_nothing_is_left(
    snapshots: list[Snapshot], first: Keep, second: Keep
) -> None:
    def both(key: Key, frequency: str) -> bool:
        return first(key, frequency) and second(key, frequency)

    held, revisions = oracle(snapshots, both)
    for store in (
        Store(snapshots, first).restricted(second),
        Store(snapshots).restricted(first).restricted(second),
    ):
        assert whole(store) == held
        # a block of several frequencies is cut in pieces, so that only the order of snapshots is fixed
        assert Counter(store.revisions()) == Counter(revisions)
        assert [r.later.id for r in store.revisions()] == [r.later.id for r in revisions]
        for one in store.snapshots:
            for part in one.blocks:
                for region in part.regions:
                    key = Key(part.indicator, part.measure, region)
                    assert all(both(key, p.frequency) for p in part.periods)
        assert whole(pickle.loads(pickle.dumps(store))) == held


@given(libraries())
def test_a_series_runs_from_its_first_number_to_its_last(snapshots: list[Snapshot]) -> None:
    store = Store(snapshots)
    held = whole(store)
    for frequency, panel in store.panels.items():
        for key in panel.rows:
            mine = {p: h for (k, p), h in held.items() if k == key and p.frequency == frequency}
            series = store.series(key, frequency)
            assert (series is None) == (not mine)
            if series is None:
                continue
            assert series.periods[0] == min(mine)
            assert series.periods[-1] == max(mine)
            marks = {series.periods[n]: mark for n, mark in series.marks.items()}
            assert marks == {p: h[1] for p, h in mine.items() if h[1]}
            real = [p for p, h in sorted(mine.items()) if h[0] is not None]
            latest = store.latest(key, frequency)
            assert (latest.period if latest else None) == (real[-1] if real else None)


def test_a_correction_keeps_both_numbers_and_their_vintages() -> None:
    first = snapshot("a", block([[5.1]], ["2026-09"]))
    again = block([[5.3]], ["2026-09"], action="correct", reason="基数核实")
    store = Store([snapshot("b", again, release=START + timedelta(days=1)), first])
    key = Key("cpi", "yoy", "990000")
    assert store.cell(key, Period.parse("2026-09")).value == 5.3  # type: ignore[union-attr]  # there
    then = store.as_of(START).cell(key, Period.parse("2026-09"))
    assert then is not None
    assert (then.value, then.vintage.id) == (5.1, "a")
    (revision,) = store.revisions()
    assert (revision.before, revision.after, revision.reason) == (5.1, 5.3, "基数核实")
    assert (revision.earlier.id, revision.later.id) == ("a", "b")


BOTH, ONE = "2026年1—2月", "2026年2月"


@pytest.mark.parametrize(
    ("before", "after", "action", "said"),
    [
        ("combined", "combined", "correct", BOTH),
        ("combined", "", "withdraw", BOTH),  # its number was of both months
        ("combined", "none", "correct", BOTH),
        ("combined", "", "correct", ONE),  # the mark was what was wrong
        ("", "combined", "correct", BOTH),
        ("", "", "correct", ONE),
        ("", "", "withdraw", ONE),
    ],
)
def test_a_revision_of_two_months_says_so(before: str, after: str, action: str, said: str) -> None:
    def marked(value: float | None, mark: str, **more: str) -> Block:
        return block([[value]], ["2026-02"], marks={(0, 0): mark} if mark else {}, **more)

    number = None if action == "withdraw" or after == "none" else 5.3
    again = marked(number, after, action=action, reason="基数核实")
    later = snapshot("b", again, release=START + timedelta(days=1))
    (revision,) = Store([snapshot("a", marked(5.1, before)), later]).revisions()
    assert revision.when == said


def test_many_small_snapshots_are_laid_in_a_moment() -> None:
    """Five years of monthly releases of 400 indicators in 17 regions: 408,000 numbers."""
    regions = tuple(f"99{n:02d}00" for n in range(17))
    months = [Period.parse("2021-01").back(-n) for n in range(60)]
    table = np.round(np.random.default_rng(5).normal(5, 2, (17, 1)), 1)
    library = [
        snapshot(
            f"m{n:02d}",
            *(Block("add", f"i{i}", "yoy", (month,), regions, table) for i in range(400)),
            release=START + timedelta(days=n),
        )
        for n, month in enumerate(months)
    ]
    started = perf_counter()
    store = Store(library)
    revisions = store.revisions()
    took = perf_counter() - started
    assert store.panels["month"].values.shape == (6800, 60)
    assert not np.isnan(store.panels["month"].values).any()
    assert revisions == []
    assert took < 2.5
