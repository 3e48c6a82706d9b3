"""What the early warning finds in a made-up province of 1,000 indicators, and what a sweep takes.

Recall and precision for each kind of fault, over several seeds: all, kinds of series that were new to it,
those it was tuned on; weak swings (1.5–3 σ) apart; swings by the stricter σ (season and straight line
removed); kinds that defy it. Seconds beside a plain median of the same numbers. Needs weike's environment:
run it with `.venv/bin/python`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median as middle

import numpy as np

from benchmarks.measure import say, verdict
from builder.indicators.rules import AnyRule, Coverage, Range, UnitSlip
from builder.indicators.store import Store
from builder.indicators.validate import validate
from builder.indicators.warn.finding import KINDS, Finding
from builder.indicators.warn.sweep import sweep
from tests.indicator_series import HARD, SEEN, Maker
from tests.indicator_series_unseen import FORMER, UNSEEN
from tests.indicator_world import NOW, World, judge, world

RECALL, PRECISION = 0.95, 0.8
WHOLE, MONTH = 30.0, 5.0  # seconds on two cores, validation included
HALF: Mapping[str, Maker] = {**SEEN, **UNSEEN}


def main() -> int:
    """Print the tables; exit 1 when a bar is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="worlds a table sums up")
    parser.add_argument("--indicators", type=int, default=1000)
    parser.add_argument("--faults", type=int, default=40, help="of each kind in a world")
    parser.add_argument("--rounds", type=int, default=5, help="of the clock")
    told = parser.parse_args()
    size = told.indicators, told.faults
    seeds = range(1, told.seeds + 1)
    held = found("half new, half tuned on (the bar)", HALF, seeds, size)
    found("the same by the stricter σ", HALF, seeds, size, strict=True)
    found("all new", UNSEEN, seeds, size)
    found("the former new ones, since tuned on", FORMER, seeds, size)
    found(
        "white noise, regions unlike: no month tells of the next",
        {**HARD, **SEEN},
        seeds,
        size,
        ("erratic",),
    )
    return 0 if all([held, timed(*size, told.rounds)]) else 1


def found(
    name: str,
    kinds: Mapping[str, Maker],
    seeds: Sequence[int],
    size: tuple[int, int],
    only: Sequence[str] = (),
    *,
    strict: bool = False,
) -> bool:
    """Print recall and precision over all seeds; whether both reach their bars."""
    totals = {kind: np.zeros(3, int) for kind in (*KINDS, "weak")}
    parts = {part: np.zeros(3, int) for part in ("new", "tuned on")}
    for seed in seeds:
        made = world(seed, kinds, *size, strict)
        findings = swept(made, made.store())
        add(totals, made, findings, only)
        for part, series in (("new", UNSEEN), ("tuned on", SEEN)):
            score = judge(made, findings, tuple(series))["swing"]
            parts[part] += score.found, score.planted, len(score.false)
    print(f"\n{name}: {len(seeds)} worlds of {size[0]} indicators, {size[1]} faults of each kind")
    print(f"{'':<22}{'found':>11}{'recall':>8}{'false':>7}{'precision':>11}")
    rows = {KINDS[k]: v for k, v in totals.items() if k in KINDS}
    held = [row(label, *counts) for label, counts in rows.items()]
    for label, counts in parts.items():
        if 0 < counts[1] < totals["swing"][1]:
            row(f"  swings, {label}", *counts)
    hit, planted, _ = totals["weak"]
    print(f"{'  swings of 1.5–3 σ':<22}{hit:>6}/{planted:<4}{hit / max(planted, 1):>8.3f}")
    return all(held)


def add(
    totals: dict[str, np.ndarray], made: World, findings: list[Finding], only: Sequence[str]
) -> None:
    """Count what was found, planted and false."""
    for kind, score in judge(made, findings, only).items():
        totals[kind] += score.found, score.planted, len(score.false)
    named = {(f.key, f.period) for f in findings if f.kind == "swing"}
    weak = [f for f in made.weak if not only or f.series in only]
    totals["weak"] += sum((f.key, f.period) in named for f in weak), len(weak), 0


def row(label: str, hit: int, planted: int, false: int) -> bool:
    """Print one line; whether it reaches the bars."""
    recall, precision = hit / max(planted, 1), hit / max(hit + false, 1)
    wide = sum(ord(c) > 0x2E80 for c in label)
    print(f"{label:<{22 - wide}}{hit:>6}/{planted:<4}{recall:>8.3f}{false:>7}{precision:>11.3f}")
    return recall >= RECALL and precision >= PRECISION


def swept(made: World, store: Store, changed: Sequence[str] | None = None) -> list[Finding]:
    """Findings of a whole sweep, or of one after new numbers of some indicators."""
    keys = None if changed is None else [made.key(name, 0) for name in changed]
    rules = made.relations, made.bounds
    return sweep(store, made.indicators, made.regions, *rules, now=NOW, changed=keys)


def timed(indicators: int, faults: int, rounds: int) -> bool:
    """Seconds of sweeps and validation, in turns, each beside a plain median of the same numbers."""
    made = world(1, HALF, indicators, faults)
    store = made.store()
    panel = store.panels["month"]
    rules: list[AnyRule] = [
        rule
        for name, drawn in made.drawn.items()
        for rule in (
            Range(
                id=f"r-{name}",
                rule="range",
                indicators=(name,),
                measures=(drawn.measure,),
                low=-1e9,
            ),
            Coverage(
                id=f"c-{name}", rule="coverage", indicators=(name,), measures=(drawn.measure,)
            ),
            UnitSlip(
                id=f"u-{name}", rule="unit_slip", indicators=(name,), measures=(drawn.measure,)
            ),
        )
    ]
    newest = {"month": panel.start + panel.width - 1}
    every = made.indicators, made.regions
    tenth = [n for n in made.indicators if n.endswith("0")]
    work: dict[str, Callable[[], object]] = {
        "plain median": lambda: np.median(panel.values, axis=1),
        "whole sweep": lambda: swept(made, store),
        "sweep, a tenth changed": lambda: swept(made, store, tenth),
        "whole validation": lambda: validate(store, *every, rules),
        "validation of a month": lambda: validate(store, *every, rules, newest),
        "snapshots laid": made.store,
    }
    clock: dict[str, list[float]] = {name: [] for name in work}
    for number in range(rounds + 1):
        for name, act in work.items():
            started = time.perf_counter()
            act()
            if number:
                clock[name].append(time.perf_counter() - started)
    took = {name: middle(times) for name, times in clock.items()}
    rows, width = panel.values.shape
    print(f"\n{rows} series of {width} months, {len(rules)} rules; medians of {rounds} rounds")
    for name, seconds in took.items():
        print(f"{name:<24}{seconds:8.2f} s{seconds / took['plain median']:10.0f} × plain median")
    whole = took["whole sweep"] + took["whole validation"]
    month = took["whole sweep"] + took["validation of a month"]
    say("a month's new values touch every series: its sweep is a whole one")
    held = []
    for name, seconds, bar in (
        ("whole", whole, WHOLE),
        ("a month's new values", month, MONTH),
    ):
        print(f"{name}: {seconds:.2f} s", end="")
        held.append(verdict(seconds, bar))
    return all(held)


if __name__ == "__main__":
    sys.exit(main())
