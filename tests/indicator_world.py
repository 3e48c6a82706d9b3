"""A made-up province with 1,000 indicators, some of whose newest numbers are wrong, and the list of them.

Everything follows from the seed. 40 faults of each kind the early warning knows, and weak swings that
are reported apart. Swings are in units of the series' robust deseasonalised σ (`roughness`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

import numpy as np

from builder.indicators.store import Block, Snapshot, Store
from builder.indicators.warn.finding import KINDS, Finding
from builder.indicators.warn.relations import Bound, Relation
from builder.values import Indicator, Key, Measure, Period, Region, Vintage
from tests.indicator_series import Drawn, Floats, Ground, Maker, Rng

BEIJING = timezone(timedelta(hours=8))
LAST = Period.parse("2026-09")
WIDTH = 60
NOW = datetime(2026, 10, 20, 9, tzinfo=BEIJING)
CITIES, COUNTIES = 16, 120


class Fault(NamedTuple):
    """A number that was spoilt. `key` and `period` are those an alarm has to name."""

    kind: str
    key: Key
    period: Period
    series: str
    how: str = ""


@dataclass
class World:
    """What a sweep is given, and the truth. `touched`: cells about which no alarm counts as false."""

    regions: dict[str, Region]
    indicators: dict[str, Indicator] = field(default_factory=dict)
    drawn: dict[str, Drawn] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)
    series: dict[str, str] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)
    corrected: dict[tuple[str, int, int], float] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    weak: list[Fault] = field(default_factory=list)
    touched: set[tuple[Key, Period]] = field(default_factory=set)
    strict: bool = False

    @property
    def plain(self) -> list[str]:
        """Indicators that no relation and no bound speaks of."""
        spoken = {t.indicator for r in self.relations for t in (r.of, *r.others)}
        spoken |= {b.indicator for b in self.bounds}
        return [name for name in self.indicators if name not in spoken]

    def key(self, name: str, row: int) -> Key:
        """The series of a row."""
        return Key(name, self.drawn[name].measure, self.codes[name][row])

    def free(self, name: str, row: int, column: int = WIDTH - 1) -> bool:
        """Whether a cell holds a number that nobody spoilt."""
        cell = self.key(name, row), LAST.back(WIDTH - 1 - column)
        return cell not in self.touched and not np.isnan(self.drawn[name].values[row, column])

    def spoil(self, kind: str, name: str, row: int, value: float, how: str = "") -> None:
        """Write a wrong newest number (NaN: none) and remember it."""
        drawn = self.drawn[name]
        drawn.values[row, -1] = np.round(value, drawn.decimals)
        fault = Fault(kind, self.key(name, row), LAST, self.series[name], how)
        (self.weak if kind == "weak" else self.faults).append(fault)
        self.touched.add((fault.key, LAST))

    def store(self) -> Store:
        """Three snapshots: all months before the last, the last, and corrections."""
        history: list[Block] = []
        newest: list[Block] = []
        corrections: list[Block] = []
        months = [LAST.back(n) for n in reversed(range(WIDTH))]
        for name, drawn in self.drawn.items():
            codes = tuple(self.codes[name])
            before = drawn.values[:, :-1].copy()
            for (who, row, column), value in self.corrected.items():
                if who == name:
                    before[row, column] = value
            history.append(Block("add", name, drawn.measure, tuple(months[:-1]), codes, before))
            newest.append(Block("add", name, drawn.measure, (LAST,), codes, drawn.values[:, -1:]))
        for name, row, column in self.corrected:
            key = self.key(name, row)
            new = self.drawn[name].values[row : row + 1, column : column + 1]
            action = "withdraw" if np.isnan(new[0, 0]) else "correct"
            corrections.append(
                Block(action, name, key.measure, (months[column],), (key.region,), new, {}, "核实")
            )
        days = {"history": 18, "newest": 48, "corrections": 49}
        blocks = {"history": history, "newest": newest, "corrections": corrections}
        return Store(Snapshot(_vintage(n, days[n]), tuple(b)) for n, b in blocks.items() if b)


def _vintage(name: str, day: int) -> Vintage:
    release = datetime(2026, 8, 31, 10, tzinfo=BEIJING) + timedelta(days=day)
    return Vintage(name, f"{name}（示例数据）", "zhc", release, "甲", "乙", "示例数据")


def regions() -> dict[str, Region]:
    """A province, its cities, their counties."""
    found = {"990000": Region("990000", "示范省", "省", "000000")}
    for city in range(1, CITIES + 1):
        code = f"99{city:02d}00"
        found[code] = Region(code, f"第{city}市", "市", "990000")
    for county in range(COUNTIES):
        city, number = county % CITIES + 1, county // CITIES + 1
        code = f"99{city:02d}{number:02d}"
        found[code] = Region(code, f"第{city}市第{number}县", "县", f"99{city:02d}00")
    return found


def ground(rng: Rng, deep: bool, every: Mapping[str, Region]) -> tuple[Ground, list[str]]:
    """The regions of one indicator: with counties when it is `deep`."""
    codes = [c for c, r in every.items() if deep or r.level != "县"]
    place = {c: n for n, c in enumerate(codes)}
    levels = tuple(every[c].level for c in codes)
    parents = np.array([place.get(every[c].parent, -1) for c in codes])
    scale = {"省": 1600.0, "市": 100.0, "县": 12.0}
    sizes = np.array([scale[v] for v in levels]) * np.exp(rng.normal(0, 0.6, len(codes)))
    return Ground(levels, parents, sizes, WIDTH, LAST.ordinal - WIDTH + 1), codes


def world(
    seed: int, kinds: Mapping[str, Maker], count: int = 1000, each: int = 40, strict: bool = False
) -> World:
    """`count` indicators, a tenth of them with counties, and `each` faults of every kind."""
    from tests.indicator_faults import plant

    rng = np.random.default_rng(seed)
    made = World(regions(), strict=strict)
    names = list(kinds)
    for number in range(count - count // 10):
        kind = names[number % len(names)]
        where, codes = ground(rng, number < count // 10, made.regions)
        add(made, f"i{number:04d}", kind, kinds[kind](rng, where), codes)
    plant(rng, made, max(count // 50, 2), each)
    return made


def add(made: World, name: str, kind: str, drawn: Drawn, codes: list[str]) -> None:
    """Take an indicator in."""
    shown = {drawn.measure: Measure(drawn.unit, drawn.decimals)}
    made.indicators[name] = Indicator(
        name,
        f"指标{name}",
        name,
        "monitor",
        "示例",
        "month",
        shown,
        "zhc",
        "intranet",
        "示范省统计局",
        combined=drawn.combined,
        sample=True,
    )
    made.drawn[name], made.codes[name], made.series[name] = drawn, codes, kind


def roughness(row: Floats, growing: bool, first: int) -> tuple[float, float]:
    """The robust deseasonalised σ of a series, twice.

    A robust regression on the months of the year and a straight line gives its season. First: 1.4826 × the
    median absolute deviation of the series without season. Second: the same without the line, too, which
    is stricter (degrees of freedom counted). In logarithms where the series grows by rates.
    """
    there = ~np.isnan(row) & ((row > 0) | (not growing))
    y = np.log(row[there]) if growing else row[there]
    month = ((first + np.arange(len(row))) % 12)[there]
    time = np.flatnonzero(there) / len(row)
    table = np.column_stack([month == m for m in np.unique(month)] + [time]).astype(float)
    weight = np.ones(len(y))
    for _ in range(10):
        root = np.sqrt(weight)
        fit = np.linalg.lstsq(table * root[:, None], y * root, rcond=None)[0]
        rest = y - table @ fit
        scale = 1.4826 * np.median(np.abs(rest)) + 1e-12
        weight = np.minimum(1, 1.5 * scale / np.maximum(np.abs(rest), 1e-12))
    free = max(len(y) - table.shape[1], 1)
    flat = rest + time * fit[-1]
    literal = 1.4826 * np.median(np.abs(flat - np.median(flat)))
    return float(literal), float(scale * np.sqrt(len(y) / free))


@dataclass
class Score:
    """How a list of findings did on one kind of fault."""

    found: int
    planted: int
    false: list[Finding]
    missed: list[Fault]


def judge(made: World, findings: Sequence[Finding], series: Iterable[str] = ()) -> dict[str, Score]:
    """By kind; `series` limits it to faults and alarms of these kinds of series."""
    only = set(series)
    found = {(f.kind, f.key, f.period) for f in findings}
    scores: dict[str, Score] = {}
    for kind in KINDS:
        faults = [f for f in made.faults if f.kind == kind and (not only or f.series in only)]
        hit = [f for f in faults if (kind, f.key, f.period) in found]
        false = [
            f
            for f in findings
            if f.kind == kind
            and (f.key, f.period) not in made.touched
            and (not only or made.series[f.key.indicator] in only)
        ]
        scores[kind] = Score(len(hit), len(faults), false, [f for f in faults if f not in hit])
    return scores
