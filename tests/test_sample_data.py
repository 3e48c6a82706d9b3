"""The invented numbers of 示范省: made again they are the same, they add up, they stay small."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from builder.indicators.definitions import indicator_of
from builder.indicators.snapshots import parse
from builder.indicators.store import Store
from builder.indicators.validate import validate
from builder.read import read
from builder.values import Indicator, Key, Period, Region
from tests.corpus import ROOT

FOLDER = ROOT / "content/indicators/snapshots"
CITIES = [f"99{n:02d}00" for n in range(1, 17)]


@pytest.fixture(scope="module")
def store() -> Store:
    return Store([parse(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))])


@pytest.fixture(scope="module")
def known() -> tuple[dict[str, Indicator], dict[str, Region]]:
    library = read(ROOT)[0]
    entries = [e for e in library.entries.values() if e.kind == "indicator"]
    (table,) = [e for e in library.entries.values() if e.kind == "regions"]
    regions = {
        r["code"]: Region(r["code"], r["name"], r["level"], r["parent"])
        for r in table.data["regions"]
    }
    return {i.id: i for i in map(indicator_of, entries)}, regions


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    program = ROOT / "docs/sample-data/generate.py"
    argv = [sys.executable, str(program), "regions", "snapshots", "--to", str(tmp_path)]
    subprocess.run(argv, check=True, capture_output=True)
    made = {p.name: p.read_bytes() for p in (tmp_path / "snapshots").iterdir()}
    assert made == {p.name: p.read_bytes() for p in FOLDER.iterdir() if p.name in made}
    assert sum(map(len, made.values())) <= 3_000_000
    assert (tmp_path / "regions.yml").read_bytes() == (FOLDER.parent / "regions.yml").read_bytes()


def test_both_families_and_all_levels_are_there(
    store: Store, known: tuple[dict[str, Indicator], dict[str, Region]]
) -> None:
    indicators, regions = known
    families = Counter(i.family for i in indicators.values())
    assert families["monitor"] >= 250
    assert families["gdp"] >= 50
    assert Counter(r.level for r in regions.values()) == {"国": 1, "省": 1, "市": 16, "县": 110}
    told = {key.indicator for panel in store.panels.values() for key in panel.rows}
    assert told == set(indicators)
    months = store.series(Key("shehui-xiaofeipin", "ytd", "990000"), "month")
    assert months is not None
    assert len(months.periods) >= 60


def test_numbers_break_no_rule_but_where_the_real_ones_do(
    store: Store, known: tuple[dict[str, Indicator], dict[str, Region]]
) -> None:
    """国家统计局's price index came with more decimals than it publishes."""
    flaws = validate(store, *known)
    assert {(f.kind, f.key.indicator) for f in flaws} == {("type", "quanguo-ppi")}


def test_cities_make_the_province_and_a_growth_is_not_a_ratio(store: Store) -> None:
    def number(indicator: str, measure: str, region: str, period: str) -> float:
        cell = store.cell(Key(indicator, measure, region), Period.parse(period))
        assert cell is not None
        assert cell.value is not None
        return cell.value

    whole = number("shehui-xiaofeipin", "ytd", "990000", "2026-10")
    parts = sum(number("shehui-xiaofeipin", "ytd", c, "2026-10") for c in CITIES)
    assert parts == pytest.approx(whole, abs=1)
    fiscal = number("caizheng-shouru", "ytd", "990000", "2026-10")
    cities = sum(number("caizheng-shouru", "ytd", c, "2026-10") for c in CITIES)
    assert cities < 0.95 * fiscal  # the province's own part lies in no city
    now, before = (number("gdp", "ytd", "990000", p) for p in ("2026-Q3", "2025-Q3"))
    assert (now / before - 1) * 100 != pytest.approx(
        number("gdp", "ytd_yoy", "990000", "2026-Q3"), abs=0.1
    )


def test_national_numbers_are_the_published_ones_with_their_gaps(store: Store) -> None:
    def cell(measure: str, period: str) -> float | None:
        key = Key("quanguo-gongye-zengjiazhi", measure, "000000")
        found = store.cell(key, Period.parse(period))
        return found.value if found else None

    assert cell("ytd_yoy", "2023-02") == 2.4
    assert cell("yoy", "2023-02") is None
    assert cell("yoy", "2023-03") == 3.9
    lines = (ROOT / "docs/sample-data/national_series.csv").read_text("utf-8").splitlines()
    national = sum(
        int((panel.vintages[row] >= 0).sum())
        for panel in store.panels.values()
        for key, row in panel.rows.items()
        if key.region == "000000"
    )
    assert national == len(lines) - 1


def test_what_is_invented_says_so_and_what_is_real_is_quoted() -> None:
    library = read(ROOT)[0]
    for entry in library.entries.values():
        if entry.kind != "indicator":
            continue
        real = entry.id.startswith("indicator:quanguo-")
        assert entry.data["sample"] is not real
        assert any(source.quote for source in entry.sources) is real
        if not real:
            card = entry.data["caliber"]
            assert all(text.startswith("示例口径：") for text in card.values())
