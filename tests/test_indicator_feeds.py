"""JSON-stat, CSV, workbooks and the data package say exactly what the store holds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from builder.indicators import datapackage, jsonstat, pxweb, tables
from builder.indicators.store import Block, Snapshot, Store
from builder.indicators.tables import Cube
from builder.model import BEIJING
from builder.values import Card, Grant, Indicator, Measure, Period, Region, Vintage, rounded
from tests.jsonstat_judge import faults

REGIONS = {
    "990000": Region("990000", "示范省", "省"),
    "990100": Region("990100", "甲州市", "市", "990000"),
    "990101": Region("990101", "=甲一县", "县", "990100"),
}
FIRST = datetime(2026, 9, 15, 10, tzinfo=BEIJING)


def _indicator(name: str = "yongdian", **more: Any) -> Indicator:
    keys: dict[str, Any] = {
        "name": "全社会用电量", "short": "用电量", "family": "monitor", "theme": "能源", "frequency": "month",
        "measures": {"value": Measure("亿千瓦时", 2), "yoy": Measure("%", 1)}, "division": "nyc",
        "audience": "public", "publisher": "示范省统计局", "levels": ("省", "市", "县"), "sample": True,
        "card": Card(meaning="示例口径"), "url": f"indicators/{name}/",
    }  # fmt: skip
    return Indicator(name, **(keys | more))


def _vintage(name: str, days: int = 0) -> Vintage:
    return Vintage(name, name, "nyc", FIRST + timedelta(days=days), "甲", "乙", "示例数据")


def _periods(*names: str) -> tuple[Period, ...]:
    return tuple(map(Period.parse, names))


def _store(*blocks: Block) -> Store:
    return Store([Snapshot(_vintage(f"s{n}", n), (b,)) for n, b in enumerate(blocks)])


def _block(
    values: Any, measure: str = "value", codes: Sequence[str] = tuple(REGIONS), **more: Any
) -> Block:
    given = np.array(values, float)
    months = _periods(*(f"2026-{m:02d}" for m in range(1, given.shape[1] + 1)))
    return Block(
        more.pop("action", "add"),
        "yongdian",
        measure,
        months,
        tuple(codes)[: len(given)],
        given,
        **more,
    )


def _cube(*blocks: Block, **more: Any) -> Cube:
    [made] = tables.cubes([_indicator(**more)], REGIONS, _store(*blocks))
    return made


MIXED = (
    _block([[1.005, np.nan, 3], [4, 5, 6]], marks={(0, 1): "combined", (1, 2): "preliminary"}),
    _block([[-1.05, np.nan, 2.25]], "yoy"),
    _block([[np.nan, np.nan, 3.5]], action="correct", reason="核实"),
    _block([[np.nan]], action="withdraw", codes=["990100"], reason="有误"),
)


def test_json_stat_keeps_its_rules_and_the_numbers() -> None:
    made = jsonstat.dataset(_cube(*MIXED), "https://tjj.example/weike/")
    body = json.dumps(made, ensure_ascii=False).encode()
    assert faults(body) == []
    assert made["size"] == [2, 2, 3]
    assert made["value"] == [1.01, None, 3.5, None, 5, 6, -1.1, None, 2.3, None, None, None]
    assert made["status"] == {"1": "c", "3": "w", "5": "p"}
    assert made["updated"] == (FIRST + timedelta(days=3)).isoformat()
    assert made["dimension"]["region"]["category"]["child"] == {"990000": ["990100"]}
    assert made["extension"]["example"] is True
    assert "示例数据" in made["note"][0]


def test_an_outside_judge_agrees() -> None:
    from jsonstat_validator import validate_jsonstat

    made = jsonstat.dataset(_cube(*MIXED))
    assert validate_jsonstat(made)


def test_a_thin_table_is_sparse() -> None:
    made = jsonstat.dataset(
        _cube(_block([[np.nan] * 11 + [7.0]]), _block([[1.0]], codes=["990101"]))
    )
    assert made["value"] == {"11": 7, "12": 1}
    assert faults(json.dumps(made).encode()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["size"].__setitem__(1, 3),
        lambda d: d["value"].pop(),
        lambda d: d["role"].update(geo=["ort"]),
        lambda d: d["dimension"]["region"]["category"]["label"].update(x="y"),
        lambda d: d["status"].update({"99": "p"}),
        lambda d: d["dimension"]["period"]["category"]["index"].append("2026-03"),
    ],
)
def test_the_judge_can_see(spoil: Any) -> None:
    made = jsonstat.dataset(_cube(*MIXED))
    spoil(made)
    assert faults(json.dumps(made).encode())


def test_csv_has_every_published_cell_once() -> None:
    cube = _cube(*MIXED, _block([[1.0]], codes=["990101"]))
    lines = list(csv.DictReader(io.StringIO(tables.comma(cube).decode("utf-8-sig"))))
    assert len(lines) == int((cube.vintages >= 0).sum()) == 9
    by = {(r["measure"], r["region"], r["period"]): r for r in lines}
    assert by["value", "990000", "2026-01"]["value"] == "1.01"
    assert by["yoy", "990000", "2026-01"]["value"] == "-1.1"
    assert (
        by["value", "990000", "2026-02"] | {"value": "", "mark": "combined"}
        == by["value", "990000", "2026-02"]
    )
    assert by["value", "990000", "2026-03"]["vintage"] == "s2"
    assert by["value", "990100", "2026-01"]["mark"] == "withdrawn"
    assert by["value", "990101", "2026-01"]["region_name"] == "'=甲一县"


def test_the_workbook_says_the_same_and_repeats_its_bytes() -> None:
    cube = _cube(*MIXED)
    body = tables.workbook(cube)
    assert body == tables.workbook(cube)
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    assert book.sheet_names == ["当期", "同比", "口径"]
    rows = book.get_sheet_by_name("当期").to_python()
    assert rows[2][:3] == ["时期", "示范省", "甲州市"]
    assert rows[3] == ["2026年1月", 1.01, "已撤回"]
    assert rows[4] == ["2026年2月", "1—2月合并", 5.0]
    card = {r[0]: str(r[1]) for r in book.get_sheet_by_name("口径").to_python()}
    assert card["涵义"] == "示例口径"
    assert "示例数据" in card["说明"]


def _package(folder: Path, *cubes: Cube) -> dict[str, Any]:
    resources = []
    for cube in cubes:
        body, path = tables.comma(cube), f"{cube.indicator.id}.csv"
        (folder / path).write_bytes(body)
        resources.append(datapackage.resource(cube, path))
    known = [c.indicator for c in cubes]
    for described, (path, body) in (
        datapackage.regions(REGIONS.values()),
        datapackage.indicators(known),
    ):
        (folder / path).write_bytes(body)
        resources.append(described)
    made = datapackage.package(
        "weike-internet", "指标数据", cubes[0].updated.isoformat(), resources
    )
    (folder / "datapackage.json").write_text(json.dumps(made, ensure_ascii=False), "utf-8")
    return made


def test_frictionless_accepts_the_package(tmp_path: Path) -> None:
    import frictionless  # takes a second

    _package(tmp_path, _cube(*MIXED, _block([[1.0]], codes=["990101"])))
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])
    lines = (tmp_path / "yongdian.csv").read_bytes().replace(b"990000", b"999999", 1)
    (tmp_path / "yongdian.csv").write_bytes(lines)
    assert not frictionless.validate(str(tmp_path / "datapackage.json")).valid


def test_lists_of_tables_lead_to_files() -> None:
    cube = _cube(*MIXED)
    listed = pxweb.tables([pxweb.table(cube, public=True)])
    [line] = listed["tables"]
    assert (line["firstPeriod"], line["lastPeriod"]) == ("2026-01", "2026-03")
    assert {link["rel"] for link in line["links"]} == {"self", "metadata", "data", "alternate"}
    metadata = pxweb.metadata(jsonstat.dataset(cube))
    assert "status" not in metadata
    assert metadata["dimension"]["period"]["category"]["index"] == ["2026-01", "2026-02", "2026-03"]


@settings(max_examples=80)
@given(st.data())
def test_any_store_passes_the_judge(data: st.DataObject) -> None:
    blocks = []
    for _ in range(data.draw(st.integers(1, 4))):
        shape = (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 12)))
        cells = data.draw(
            st.lists(
                st.one_of(st.just(np.nan), st.floats(-1e9, 1e9, allow_nan=False)),
                min_size=shape[0] * shape[1],
                max_size=shape[0] * shape[1],
            )
        )
        measure = data.draw(st.sampled_from(["value", "yoy"]))
        blocks.append(
            _block(
                np.reshape(cells, shape),
                measure,
                action=data.draw(st.sampled_from(["add", "correct"])),
            )
        )
    for cube in tables.cubes([_indicator()], REGIONS, _store(*blocks)):
        assert faults(json.dumps(jsonstat.dataset(cube), allow_nan=False).encode()) == []
        read = list(csv.DictReader(io.StringIO(tables.comma(cube).decode("utf-8-sig"))))
        held = {
            (cube.measures[m], cube.regions[r].code, str(cube.periods[p])): cube.values[m, r, p]
            for m, r, p in cube.told()
        }
        assert {(r["measure"], r["region"], r["period"]) for r in read} == set(held)
        for row in read:
            value = held[row["measure"], row["region"], row["period"]]
            places = 2 if row["measure"] == "value" else 1
            assert (not row["value"] and np.isnan(value)) or abs(
                float(row["value"]) - value
            ) <= 0.5 * 10**-places + 1e-6


@settings(max_examples=500)
@given(
    st.one_of(
        st.floats(-1e15, 1e15, allow_nan=False),
        st.builds(lambda whole, places: whole / 10**places, st.integers(-(10**12), 10**12), st.integers(0, 8)),
    ),
    st.integers(0, 8),
)  # fmt: skip
def test_a_number_is_rounded_half_up_as_its_decimals_are_written(value: float, places: int) -> None:
    written = Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    assert rounded(value, places) == f"{written or abs(written):f}"


def test_editions_share_a_table_though_one_does_not_know_who_may_read_what() -> None:
    inside = _cube(*MIXED, grants=(Grant("public", ("省",)),), disclosure="考核类")
    outside = _cube(*MIXED, disclosure="")
    assert inside.content == outside.content != _cube(*MIXED, sample=False).content
    for form in (tables.comma, tables.workbook, jsonstat.values):
        assert form(inside) == form(outside)
