"""The early warning against a made-up province whose faults are known: recall, precision, time.

A quick run sees a small one; the bar's size runs under --full (see benchmarks/warnings.py for the table).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from builder.indicators.warn.finding import KINDS, Finding
from builder.indicators.warn.sweep import sweep
from tests.indicator_series import SEEN, Maker
from tests.indicator_series_unseen import UNSEEN
from tests.indicator_world import NOW, World, judge, roughness, world

FULL = bool(os.environ.get("WEIKE_FULL"))
SIZE = (1000, 40) if FULL else (160, 16)
SEEDS = range(1, 6) if FULL else range(1, 3)
# A small province has few faults: two that are missed count for much there.
RECALL, PRECISION = (0.95, 0.8) if FULL else (0.9, 0.7)
HALF: Mapping[str, Maker] = {
    **SEEN,
    **UNSEEN,
}  # half of the kinds were new when these bars were met


@cache
def totals(only: str = "") -> dict[str, tuple[int, int, int]]:
    """Of all seeds: faults found, faults planted, false alarms, by kind of fault."""
    series = {"seen": tuple(SEEN), "unseen": tuple(UNSEEN)}.get(only, ())
    found: dict[str, tuple[int, int, int]] = dict.fromkeys(KINDS, (0, 0, 0))
    for seed in SEEDS:
        made, findings = swept(seed)
        for kind, score in judge(made, findings, series).items():
            hit, planted, false = found[kind]
            found[kind] = hit + score.found, planted + score.planted, false + len(score.false)
    return found


@cache
def swept(seed: int) -> tuple[World, list[Finding]]:
    """A world, and what the warnings say of it."""
    made = world(seed, HALF, *SIZE)
    args = made.store(), made.indicators, made.regions, made.relations, made.bounds
    return made, sweep(*args, now=NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_faults_are_found_and_little_else(kind: str) -> None:
    hit, planted, false = totals()[kind]
    assert planted == SIZE[1] * len(SEEDS)
    assert hit / planted >= RECALL
    assert hit / (hit + false) >= PRECISION


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_series_that_were_new_do_not_much_worse(kind: str) -> None:
    hit, planted, false = totals("unseen")[kind]
    assert hit / planted >= RECALL - 0.05
    assert hit / (hit + false) >= PRECISION


def test_a_world_without_faults_is_nearly_silent() -> None:
    made = world(7, HALF, SIZE[0], 0)
    args = made.store(), made.indicators, made.regions, made.relations, made.bounds
    findings = sweep(*args, now=NOW)
    cells = sum(len(codes) for codes in made.codes.values())
    assert len(findings) <= max(12, cells // 2000)


# --- the world itself -------------------------------------------------------------------------------


def test_a_world_follows_from_its_seed() -> None:
    one, again, other = (world(seed, SEEN, 40, 2) for seed in (1, 1, 2))
    assert one.faults == again.faults
    assert one.faults != other.faults
    assert all(
        np.array_equal(d.values, again.drawn[n].values, equal_nan=True)
        for n, d in one.drawn.items()
    )


def test_every_fault_is_in_the_store() -> None:
    made: World = swept(1)[0]
    store = made.store()
    assert Counter(f.kind for f in made.faults) == dict.fromkeys(KINDS, SIZE[1])
    for fault in made.faults:
        cell = store.cell(fault.key, fault.period)
        gone = fault.how in {"vanished", "withdrawn"}
        assert (cell is None or cell.value is None) == gone, fault
        assert (fault.key, fault.period) in made.touched


def test_the_unit_of_swings_is_the_spread_of_a_series_without_its_season() -> None:
    rng = np.random.default_rng(1)
    months = np.arange(600) % 12
    noise = rng.normal(0, 0.05, 600)
    row = np.exp(np.sin(months) + noise)
    literal, strict = roughness(row, True, 0)
    assert literal == pytest.approx(0.05, rel=0.12)
    assert strict == pytest.approx(0.05, rel=0.12)
    literal, strict = roughness(row * np.exp(0.001 * np.arange(600)), True, 0)
    assert literal > 0.15  # the trend counts
    assert strict == pytest.approx(0.05, rel=0.12)
    assert roughness(np.sin(months) + noise, False, 0)[0] == pytest.approx(0.05, rel=0.12)
