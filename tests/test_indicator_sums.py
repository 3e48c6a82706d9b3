"""Sums with parts that lack: what can still be told is told, what can't is said once a period."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import openpyxl
import pytest
from pydantic import TypeAdapter

from builder.indicators.defined import Defined, faults
from builder.indicators.form_check import judged
from builder.indicators.rules import AnyRule, Rule, Sum
from builder.indicators.store import Block, Snapshot, Store
from builder.indicators.validate import Flaw, validate
from builder.model import BEIJING
from builder.values import Indicator, Measure, Period, Region, Vintage
from tests.form_world import CLOCK, defined, filled, form, opened, read, template

NONE = math.nan
PROVINCE, CITIES = "990000", ("990100", "990200", "990300", "990400", "990500", "990600")
ALL = (PROVINCE, *CITIES)
REGIONS = {
    PROVINCE: Region(PROVINCE, "示范省", "省"),
    **{c: Region(c, f"{n}州市", "市", PROVINCE) for c, n in zip(CITIES, "甲乙丙丁戊己", strict=True)},
}  # fmt: skip
MONTHS = tuple(Period.parse("2024-01").back(-n) for n in range(14))
NAMES = {"a": "社会消费品零售总额", "b": "城镇", "c": "乡村"}
RULE: TypeAdapter[AnyRule] = TypeAdapter(Rule)


def known(lowest: float | None = None, **more: Any) -> dict[str, Indicator]:
    measures = {"value": Measure("亿元", 1, lowest), "ytd": Measure("亿元", 1, lowest)}
    return {
        slug: Indicator(
            slug, name, name, "monitor", "贸易", "month", measures, "myc", "public", "局",
            levels=("省", "市"), **more,
        )
        for slug, name in NAMES.items()
    }  # fmt: skip


def block(
    name: str, rows: Sequence[Sequence[float]], regions: Sequence[str] = ALL, **more: Any
) -> Block:
    values = np.array(rows, float)
    measure, marks = more.pop("measure", "value"), more.pop("marks", {})
    periods = MONTHS[: values.shape[1]]
    return Block("add", name, measure, periods, tuple(regions[: len(rows)]), values, marks)


def snapshot(name: str, *blocks: Block) -> Snapshot:
    at = datetime(2026, 11, 1, tzinfo=BEIJING)
    return Snapshot(Vintage(name, name, "zhc", at, "甲", "乙", "示例数据"), blocks)


def rule(**keys: Any) -> AnyRule:
    told = {"id": "r", "rule": "sum", "total": "a", "parts": ["b", "c"], "hard": True} | keys
    return RULE.validate_python(told)


def judge(*blocks: Block, by: AnyRule, lowest: float | None = None, **more: Any) -> list[Flaw]:
    named = known(lowest, **more)
    return [f for f in validate(Store([snapshot("s", *blocks)]), named, REGIONS, [by]) if f.rule == "r"]  # fmt: skip


def test_a_part_that_is_said_to_be_none_leaves_its_sum_untold_and_says_so() -> None:
    total, town = block("a", [[10.0, 11.0]]), block("b", [[6.0, 6.0]])
    country = block("c", [[4.0, NONE]], marks={(0, 1): "none"})
    [said] = judge(total, town, country, by=rule(why="城镇加乡村等于总数"))
    assert (said.key.indicator, said.key.region, str(said.period)) == ("c", PROVINCE, "2024-02")
    assert (said.hard, said.kind, said.seen) == (False, "sum", "没有数")
    assert said.sentence == (
        "2024年2月示范省“乡村”当期没有数，没法核“社会消费品零售总额”是不是等于各部分之和（城镇加乡村等于总数）。"
    )


def test_a_period_is_told_once_however_many_regions_and_measures_lack() -> None:
    rows = [[10.0, 10.0]] * 7
    lack = [[5.0, NONE]] * 7
    blocks = [
        made
        for measure in ("value", "ytd")
        for made in (
            block("a", rows, measure=measure),
            block("b", [[5.0, 5.0]] * 7, measure=measure),
            block("c", lack, measure=measure),
        )
    ]
    [said] = judge(*blocks, by=rule(measures=["value", "ytd"]))
    assert said.seen == "7处没有数"
    assert "同样缺的还有甲州市“乡村”、乙州市“乡村”、丙州市“乡村”等6处" in said.sentence
    assert len(said.lacking) == 14


def test_regions_that_lack_leave_the_sum_of_regions_untold() -> None:
    rows = [[12.0, 12.0], [6.0, NONE], [6.0, 6.0]]
    [said] = judge(block("a", rows), by=rule(parts=[], over="regions"))
    assert (said.key.region, said.hard) == ("990100", False)
    assert "没法核“社会消费品零售总额”是不是等于所辖地区之和" in said.sentence


@pytest.mark.parametrize("over", ["parts", "regions"])
@pytest.mark.parametrize(("total", "wrong"), [(5.0, True), (5.8, True), (6.0, False), (5.9, False)])
def test_a_whole_is_at_least_the_parts_that_are_there(over: str, total: float, wrong: bool) -> None:
    if over == "parts":
        blocks = [block("a", [[10.0, total]]), block("b", [[6.0, 6.0]]), block("c", [[4.0, NONE]])]
        found = judge(*blocks, by=rule())
    else:
        rows = [[10.0, total], [6.0, 6.0], [4.0, NONE]]
        found = judge(block("a", rows), by=rule(parts=[], over="regions"))
    [said] = found
    assert said.hard is wrong
    if wrong:
        assert (said.key.indicator, said.key.region) == ("a", PROVINCE)
        assert "不小于已有" in said.expected
        assert "6亿元" in said.expected


def test_what_may_be_below_zero_may_make_the_whole_less() -> None:
    parts = block("b", [[6.0, 6.0]]), block("c", [[-4.0, NONE]])
    [said] = judge(block("a", [[2.0, 1.0]]), *parts, by=rule())
    assert said.hard is False
    never = block("c", [[NONE, NONE]], marks={(0, 1): "none"})  # nobody knows its sign
    [said] = judge(block("a", [[6.0, 1.0]]), parts[0], never, by=rule())
    assert said.hard is False
    assert [f.hard for f in judge(block("a", [[6.0, 1.0]]), parts[0], never, by=rule(), lowest=0)] == [True]  # fmt: skip


def test_what_was_never_there_is_not_missed() -> None:
    """Of cities only the total is published; a part that began later; a January that nobody tells."""
    total = block("a", [[NONE, 9.0, 9.0], [NONE, 8.0, 8.0]])
    parts = block("b", [[NONE, 5.0, 5.0]]), block("c", [[NONE, 4.0, 4.0]])
    assert judge(total, *parts, by=rule(), combined=True) == []
    late = block("c", [[NONE, NONE, 4.0]])
    assert judge(block("a", [[5.0, 5.0, 9.0]]), block("b", [[5.0] * 3]), late, by=rule()) == []
    rows = [[1.0] * 13, [1.0] * 12 + [NONE]]
    january = [block("a", [rows[0]]), block("b", [[0.5] * 13]), block("c", [[0.5] * 12 + [NONE]])]
    assert judge(*january, by=rule(), combined=True) == []
    assert len(judge(*january, by=rule())) == 1


def test_only_periods_that_are_asked_for_are_told() -> None:
    blocks = [block("a", [[9.0] * 4]), block("b", [[5.0] * 4]), block("c", [[4.0] + [NONE] * 3])]
    store = Store([snapshot("s", *blocks)])
    since = {"month": MONTHS[2].ordinal}
    found = validate(store, known(), REGIONS, [rule()], since)
    assert [str(f.period) for f in found if f.rule == "r"] == ["2024-03", "2024-04"]


def test_a_snapshot_is_told_only_of_its_own_gaps() -> None:
    """That another division has not told its part yet is no fault of who tells the total."""
    before = snapshot("s", block("a", [[9.0]]), block("b", [[5.0]]), block("c", [[4.0]]))

    def added(name: str, value: float, marks: dict[tuple[int, int], str]) -> Block:
        return Block("add", name, "value", MONTHS[1:2], (PROVINCE,), np.array([[value]]), marks)

    named = Defined(known(), REGIONS, {}, (rule(),))
    total = snapshot("t", added("a", 9.0, {}), added("b", 5.0, {}))
    assert [f.code for f in faults(total, [before], named)] == []
    none = snapshot("u", added("c", NONE, {(0, 0): "none"}))
    [said] = faults(none, [before, total], named)
    assert (said.code, said.path) == ("SNP013", ("blocks", 0, "values", 0, 0))


@pytest.mark.parametrize(("city", "count"), [("——", 1), (6.0, 0), (None, 0)])
def test_a_form_is_told_at_the_cell_that_says_there_is_none(city: object, count: int) -> None:
    made = Sum(id="he", rule="sum", total="yongdian", over="regions")

    def fill(sheet: Any) -> None:
        for region, value in (("990000", 10.0), ("990100", 4.0), ("990200", city)):
            sheet.put("yongdian.value", region, value)

    data = filled(form(template()), fill)
    found = judged(read(data), [], defined(rules=(made,)), CLOCK)
    assert [p.code for p in found] == ["FRM012"] * count
    if found:
        cell = opened(openpyxl.load_workbook(io.BytesIO(data))).cell("yongdian.value", "990200")
        assert (found[0].where.line, found[0].where.column) == (cell.row, cell.column)
        assert "没法核“全社会用电量”是不是等于所辖地区之和" in found[0].message
