"""Small panels for tests of the early warning: a province, its cities, a few indicators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.indicators.store import Block, Snapshot, Store
from builder.indicators.warn.finding import Finding
from builder.indicators.warn.limits import Limits
from builder.indicators.warn.sheet import Sheet, sheet
from builder.indicators.warn.sweep import sweep
from builder.values import Indicator, Key, Measure, Period, Region, Vintage

Floats = NDArray[np.float64]
BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 10, 20, 9, tzinfo=BEIJING)
SEPTEMBER = Period.parse("2026-09")
CITIES = (
    "甲",
    "乙",
    "丙",
    "丁",
    "戊",
    "己",
    "庚",
    "辛",
    "壬",
    "癸",
    "子",
    "丑",
    "寅",
    "卯",
    "辰",
    "巳",
)
CODES = ("990000", *(f"99{n:02d}00" for n in range(1, 17)))
REGIONS: dict[str, Region] = {
    "990000": Region("990000", "示范省", "省", "000000"),
    **{
        code: Region(code, f"{name}州市", "市", "990000")
        for code, name in zip(CODES[1:], CITIES, strict=True)
    },
}
FEW = {code: REGIONS[code] for code in CODES[:1]}


def indicator(
    name: str = "ydl",
    title: str = "用电量",
    measure: str = "value",
    unit: str = "亿千瓦时",
    **more: Any,
) -> Indicator:
    """An indicator with one measure."""
    decimals = more.pop("decimals", 1)
    return Indicator(
        name,
        title,
        title,
        "monitor",
        "能源",
        more.pop("frequency", "month"),
        {measure: Measure(unit, decimals)},
        "nyc",
        "intranet",
        "示范省统计局",
        sample=True,
        **more,
    )


RATE = indicator(measure="yoy", unit="%")


def vintage(name: str, day: int) -> Vintage:
    """A snapshot's, `day` days after the first of September 2026."""
    release = datetime(2026, 9, 1, 10, tzinfo=BEIJING) + timedelta(days=day)
    return Vintage(name, f"快照{name}", "zhc", release, "甲", "乙", "示例数据")


def block(
    known: Indicator,
    values: Floats,
    last: Period = SEPTEMBER,
    codes: Sequence[str] = (),
    **more: Any,
) -> Block:
    """Rows of regions (the first of CODES) that end at `last`."""
    measure = next(iter(known.measures))
    periods = tuple(last.back(n) for n in reversed(range(values.shape[1])))
    codes = tuple(codes) or CODES[: len(values)]
    return Block(more.pop("action", "add"), known.id, measure, periods, codes, values, **more)


def store(*blocks: Block, later: Sequence[Block] = ()) -> Store:
    """One snapshot, and one of corrections after it."""
    snapshots = [Snapshot(vintage("a", 10), blocks)]
    if later:
        snapshots.append(Snapshot(vintage("b", 48), tuple(later)))
    return Store(snapshots)


def found(known: Store, *indicators: Indicator, kind: str = "", **more: Any) -> list[Finding]:
    """What a sweep says, of one kind or of all."""
    named: Mapping[str, Indicator] = {i.id: i for i in indicators or (indicator(),)}
    said = sweep(known, named, more.pop("regions", REGIONS), now=NOW, **more)
    return [f for f in said if not kind or f.kind == kind]


def table(known: Store, *indicators: Indicator) -> Sheet:
    """The sheet of the months."""
    named = {i.id: i for i in indicators or (indicator(),)}
    made = sheet(known.panels["month"], named, REGIONS, (), None, Limits())
    assert made is not None
    return made


def seasonal(
    rows: int = 17, width: int = 60, seed: int = 1, noise: float = 0.02, size: float = 100.0
) -> Floats:
    """Amounts with growth, a season, a common course and noise of their own; the last month is September."""
    rng = np.random.default_rng(seed)
    months = (np.arange(width) + 9 - width) % 12
    season = 0.1 * np.sin(2 * np.pi * months / 12) - 0.2 * (months == 1)
    course = np.cumsum(rng.normal(0, 0.01, width))
    logs = 0.004 * np.arange(width) + season + course + rng.normal(0, noise, (rows, width))
    found: Floats = size * np.exp(logs) * np.linspace(1, 3, rows)[:, None]
    return found


def growth(rows: int = 17, width: int = 60, seed: int = 1, noise: float = 0.5) -> Floats:
    """Growth rates around 5 %."""
    rng = np.random.default_rng(seed)
    course = np.zeros(width)
    for n in range(1, width):
        course[n] = 0.9 * course[n - 1] + rng.normal(0, 0.5)
    return np.round(5 + course + rng.normal(0, noise, (rows, width)), 1)


def places(findings: Sequence[Finding]) -> set[tuple[Key, str]]:
    """Series and period of each."""
    return {(f.key, str(f.period)) for f in findings}
