"""Validation rules: what is right passes, one planted fault is named at its cell, by its rule."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from builder.indicators.rules import AnyRule, Rule
from builder.indicators.store import Block, Snapshot, Store
from builder.indicators.validate import Flaw, validate
from builder.model import BEIJING
from builder.values import Indicator, Key, Measure, Period, Region, Vintage

PROVINCE, CITIES = "990000", ("990100", "990200", "990300")
REGIONS = {
    PROVINCE: Region(PROVINCE, "示范省", "省"),
    **{c: Region(c, f"{n}州市", "市", PROVINCE) for c, n in zip(CITIES, "甲乙丙", strict=True)},
}
VINTAGE = Vintage("v", "快照", "zhc", datetime(2026, 11, 1, tzinfo=BEIJING), "甲", "乙", "示例数据")
MONTHS = tuple(Period.parse(f"{y}-{m:02d}") for y in (2024, 2025) for m in range(1, 13))
RULE: TypeAdapter[AnyRule] = TypeAdapter(Rule)


def _indicator(name: str, **more: Any) -> Indicator:
    measures = {
        "value": Measure("亿元", 1),
        "ytd": Measure("亿元", 1),
        "yoy": Measure("%", 1),
    }
    return Indicator(
        id=name, name=f"指标{name}", short=name, family="monitor", theme="工业", frequency="month",
        **{"measures": measures, "division": "zhc", "audience": "public", "publisher": "局", "levels": ("省", "市")} | more,
    )  # fmt: skip


def _store(
    tables: dict[tuple[str, str], Any], regions: tuple[str, ...] = (PROVINCE, *CITIES)
) -> Store:
    blocks = [
        Block("add", name, measure, MONTHS[: np.shape(v)[1]], regions[: len(v)], np.array(v, float))
        for (name, measure), v in tables.items()
    ]
    return Store([Snapshot(VINTAGE, tuple(blocks))])


def _rule(**keys: Any) -> AnyRule:
    return RULE.validate_python({"id": "r"} | keys)


def _judge(store: Store, *rules: AnyRule, **indicators: Indicator) -> list[Flaw]:
    return [f for f in validate(store, indicators, REGIONS, rules) if f.rule == "r"]


def _places(flaws: list[Flaw]) -> list[tuple[str, str]]:
    return [(f.key.region, str(f.period)) for f in flaws]


def test_range_names_cell_expected_and_seen() -> None:
    store = _store({("a", "value"): [[1, 2, 30], [1, 2, 3]]})
    [flaw] = _judge(
        store, _rule(rule="range", indicators="a", low=0, high=9, hard=True), a=_indicator("a")
    )
    assert (flaw.key, str(flaw.period), flaw.hard) == (Key("a", "value", PROVINCE), "2024-03", True)
    assert flaw.sentence == "2024年3月示范省“指标a”当期：填报 30亿元，应当在 0 至 9 之间。"


def test_a_february_that_stands_for_january_is_called_both_months() -> None:
    marks = {(0, 1): "combined", (1, 1): "none"}
    block = Block("add", "a", "value", MONTHS[:3], (PROVINCE, CITIES[0]), np.array([[np.nan, 30, 3], [np.nan, np.nan, 3]]), marks)  # fmt: skip
    store = Store([Snapshot(VINTAGE, (block,))])
    [flaw] = _judge(store, _rule(rule="range", indicators="a", low=0, high=9), a=_indicator("a"))
    assert (flaw.when, flaw.sentence[:13]) == ("2024年1—2月", "2024年1—2月示范省“")
    shrunk = Store([Snapshot(VINTAGE, (Block("add", "a", "value", MONTHS[:3], (PROVINCE, *CITIES[:2]), np.array([[1, 1, 3], [1, 1, 3], [1, np.nan, 3]]), {(0, 1): "combined", (1, 1): "combined"}),))])  # fmt: skip
    [gone] = _judge(shrunk, _rule(rule="coverage", indicators="a"), a=_indicator("a"))
    assert gone.when == "2024年1—2月", "others have theirs of both months"


def test_what_the_definition_says_needs_no_rule() -> None:
    measures = {"value": Measure("%", 1, lowest=-100.0)}
    store = _store({("a", "value"): [[1, -101]]})
    found = validate(store, {"a": _indicator("a", measures=measures)}, REGIONS)
    assert [(f.kind, f.hard, str(f.period)) for f in found] == [("range", True, "2024-02")]


def test_type_counts_decimals_as_published() -> None:
    store = _store({("a", "value"): [[1.5, 0.1 + 0.2, 123456789.1, 1.25]]})
    flaws = _judge(store, _rule(rule="type", indicators="a"), a=_indicator("a"))
    assert _places(flaws) == [(PROVINCE, "2024-04")]
    whole = _judge(store, _rule(rule="type", indicators="a", whole=True), a=_indicator("a"))
    assert len(whole) == 4


def test_required_knows_combined_months_and_marks() -> None:
    values = [[math.nan, math.nan, 3, math.nan], [math.nan, math.nan, 3, 4]]
    block = Block(
        "add", "a", "value", MONTHS[:4], (PROVINCE, "990100"), np.array(values), {(0, 3): "none"}
    )
    store = Store([Snapshot(VINTAGE, (block,))])
    rule = _rule(rule="required", indicators="a")
    flaws = _judge(store, rule, a=_indicator("a", combined=True))
    assert {f.key.region for f in flaws} == {"990200", "990300"}
    assert {str(f.period) for f in flaws} == {"2024-03", "2024-04"}
    apart = _judge(
        store, _rule(rule="required", indicators="a", since="2024-01"), a=_indicator("a")
    )
    assert (PROVINCE, "2024-01") in _places(apart)


def test_coverage_names_who_is_gone() -> None:
    rows = [[1.0, 1, 1]] * 4
    rows[2] = [1, 1, math.nan]
    [flaw] = _judge(
        _store({("a", "value"): rows}), _rule(rule="coverage", indicators="a"), a=_indicator("a")
    )
    assert (str(flaw.period), flaw.key.region) == ("2024-03", "990200")
    assert "乙州市" in flaw.seen
    assert "4 个地区" in flaw.expected


@pytest.mark.parametrize("over", ["parts", "regions"])
def test_sums_allow_for_rounding_and_no_more(over: str) -> None:
    parts = {"a": _indicator("a"), "b": _indicator("b"), "c": _indicator("c")}
    if over == "parts":
        store = _store(
            {("a", "value"): [[10.0, 10.2]], ("b", "value"): [[4.0, 4]], ("c", "value"): [[6.1, 6]]}
        )
        rule = _rule(rule="sum", total="a", parts=["b", "c"])
    else:
        store = _store({("a", "value"): [[10.0, 10.3], [4, 4], [3, 3], [3.1, 3]]})
        rule = _rule(rule="sum", total="a", over="regions")
    assert _places(_judge(store, rule, **parts)) == [(PROVINCE, "2024-02")]


def test_cumulative_restarts_each_year() -> None:
    value = np.arange(1.0, 25)[None]
    ytd = np.concatenate([np.cumsum(value[:, :12], 1), np.cumsum(value[:, 12:], 1)], 1)
    rule = _rule(rule="cumulative", indicators="a")
    good = _store({("a", "value"): value, ("a", "ytd"): ytd})
    assert not _judge(good, rule, a=_indicator("a"))
    ytd[0, 15] += 1
    flaws = _judge(_store({("a", "value"): value, ("a", "ytd"): ytd}), rule, a=_indicator("a"))
    assert _places(flaws) == [(PROVINCE, "2025-04")]


def test_cumulative_says_nothing_of_months_reported_together() -> None:
    value = [[math.nan, math.nan, 3.0, 4.0]]
    ytd = [[math.nan, 9.0, 12.0, 17.0]]
    rule = _rule(rule="cumulative", indicators="a")
    store = _store({("a", "value"): value, ("a", "ytd"): ytd})
    assert _places(_judge(store, rule, a=_indicator("a", combined=True))) == [(PROVINCE, "2024-04")]


def test_identity_over_templates() -> None:
    store = _store(
        {("a", "value"): [[7.0, 7]], ("b", "ytd"): [[3.0, 3]], ("c", "value"): [[4.0, 5]]}
    )
    both = [{"indicator": "b", "measure": "ytd"}, {"indicator": "c"}]
    known = {n: _indicator(n) for n in "abc"}
    [flaw] = _judge(store, _rule(rule="identity", left=[{"indicator": "a"}], right=both), **known)
    assert str(flaw.period) == "2024-02"
    assert "指标b（累计）＋指标c（当期）" in flaw.expected


def test_ratio_and_sign() -> None:
    known = {n: _indicator(n) for n in "ab"}
    store = _store({("a", "value"): [[2.0, 9, 2]], ("b", "value"): [[1.0, 1, 0]]})
    ratio = _rule(rule="ratio", above={"indicator": "a"}, below={"indicator": "b"}, low=1, high=3)
    assert _places(_judge(store, ratio, **known)) == [(PROVINCE, "2024-02")]
    store = _store({("a", "yoy"): [[2.0, -9, 0.2]], ("b", "yoy"): [[1.0, 1, -0.2]]})
    same = [{"indicator": n, "measure": "yoy"} for n in "ab"]
    assert _places(_judge(store, _rule(rule="sign", same=same), **known)) == [(PROVINCE, "2024-02")]


@pytest.mark.parametrize("times", [10, 0.1, 10_000, 0.0001])
def test_a_unit_slip_is_told_from_a_big_swing(times: float) -> None:
    season = 100 + 30 * np.sin(np.arange(24) / 2)
    for factor, wrong in ((times, True), (2.5, False), (0.4, False)):
        values = season.copy()
        values[20] *= factor
        flaws = _judge(
            _store({("a", "value"): values[None]}),
            _rule(rule="unit_slip", indicators="a"),
            a=_indicator("a"),
        )
        assert _places(flaws) == ([(PROVINCE, "2025-09")] if wrong else [])


def test_growth_is_judged_only_where_it_may_be() -> None:
    value = np.concatenate([np.full(12, 100.0), np.full(12, 110.0)])[None]
    yoy = np.concatenate([np.full(12, math.nan), np.full(12, 10.0)])[None]
    yoy[0, 14] = 4.0
    store = _store({("a", "value"): value, ("a", "yoy"): yoy})
    rule = _rule(rule="growth", indicators="a")
    assert _places(_judge(store, rule, a=_indicator("a", comparable=True))) == [
        (PROVINCE, "2025-03")
    ]
    assert not _judge(store, rule, a=_indicator("a"))


def test_only_new_months_are_judged_and_old_ones_compared_with() -> None:
    value, ytd = np.arange(1.0, 25)[None], np.cumsum(np.arange(1.0, 25)[None], 1)
    store = _store({("a", "value"): value, ("a", "ytd"): ytd})  # 累计 of 2025 goes on from 2024
    found = validate(
        store, {"a": _indicator("a", additive=True)}, REGIONS, since={"month": MONTHS[12].ordinal}
    )
    assert [str(f.period) for f in found] == ["2025-01"]


def test_only_rules_of_changed_indicators() -> None:
    store = _store({("a", "value"): [[50.0]], ("b", "value"): [[50.0]]})
    rules = [
        _rule(rule="range", indicators=["a"], high=9),
        _rule(rule="range", indicators=["b"], high=9),
    ]
    known = {n: _indicator(n) for n in "ab"}
    found = validate(store, known, REGIONS, rules, only=frozenset("b"))
    assert [f.key.indicator for f in found] == ["b"]


@pytest.mark.parametrize(
    "keys",
    [
        {"rule": "range", "indicators": "a", "lowest": 1},
        {"rule": "rnage", "indicators": "a"},
        {"rule": "identity", "left": [], "right": []},
        {"rule": "range", "indicators": "a", "measures": "同比"},
        {"rule": "sum", "total": "A"},
    ],
)
def test_unknown_keys_and_words_are_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _rule(**keys)


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.integers(0, 5000), min_size=14, max_size=14), min_size=1, max_size=4),
    st.integers(0, 3),
    st.integers(2, 13),
    st.sampled_from([3.0, -7.0, 40.0]),
)
def test_a_fault_in_a_consistent_world_is_found_at_its_place(
    tenths: list[list[int]], row: int, column: int, off: float
) -> None:
    """Oracle: the definition of 累计 itself, spelled out number by number."""
    value = np.array(tenths, float) / 10
    row %= len(value)
    ytd = np.zeros_like(value)
    for r in range(len(value)):
        for c in range(value.shape[1]):
            ytd[r, c] = value[r, c] + (ytd[r, c - 1] if c % 12 else 0.0)
    known = {"a": _indicator("a", additive=True)}
    regions = (PROVINCE, *CITIES)
    rule = _rule(rule="cumulative", indicators="a")
    good = _store({("a", "value"): value, ("a", "ytd"): ytd}, regions)
    assert not _judge(good, rule, **known)
    ytd[row, column] += off
    bad = _judge(_store({("a", "value"): value, ("a", "ytd"): ytd}, regions), rule, **known)
    assert _places(bad) == [(regions[row], str(MONTHS[column]))]  # the next is right again


def test_coverage_names_who_left_now_and_not_who_left_before() -> None:
    rows = [[1.0] * 6, [1.0, math.nan] + [math.nan] * 4, [1.0] * 5 + [math.nan], [1.0] * 6]
    flaws = _judge(
        _store({("a", "value"): rows}), _rule(rule="coverage", indicators="a"), a=_indicator("a")
    )
    assert _places(flaws) == [("990100", "2024-02"), ("990200", "2024-06")]
    assert "甲州市" not in flaws[1].seen


def test_required_waits_for_the_first_number_and_not_for_what_is_to_come() -> None:
    none = math.nan
    store = _store(
        {
            ("a", "value"): [[none, none, 1, 1, none], [none, none, 1, none, none]],
            ("b", "value"): [[1.0] * 5],
        }
    )
    rule = {"rule": "required", "indicators": "a", "levels": ["省", "市"]}
    both = {"a": _indicator("a"), "b": _indicator("b")}
    late = [p for p in _places(_judge(store, _rule(**rule), **both)) if p[0] == "990100"]
    assert late == [("990100", "2024-04")]
    since = _judge(store, _rule(since="2024-02", **rule), **both)
    assert [p for p in _places(since) if p[0] == PROVINCE] == [(PROVINCE, "2024-02")]


@pytest.mark.parametrize("since", ["2024-13", "x"])
def test_since_is_a_period(since: str) -> None:
    with pytest.raises(ValidationError):
        _rule(rule="required", indicators="a", since=since)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([-100.0] * 24 + [-1000], "约是往期的 10 倍"),
        ([100.0] * 24 + [1_000_000], "约是往期的 1 万倍"),
        ([100.0] * 24 + [10], "约是往期的 1/10"),
        ([5.0] * 6 + [50], "约是往期的 10 倍"),
    ],
)
def test_a_slip_is_said_in_plain_words_from_the_first_number_on(
    row: list[float], said: str
) -> None:
    block = Block(
        "add", "a", "value", tuple(MONTHS[0].back(-n) for n in range(len(row))), (PROVINCE,),
        np.array([row]),
    )  # fmt: skip
    store = Store([Snapshot(VINTAGE, (block,))])
    [flaw] = _judge(store, _rule(rule="unit_slip", indicators="a"), a=_indicator("a"))
    assert flaw.seen.endswith(said)


def test_a_country_is_not_the_sum_of_one_province() -> None:
    regions = {"000000": Region("000000", "全国", "国"), **REGIONS}
    regions[PROVINCE] = Region(PROVINCE, "示范省", "省", "000000")
    store = _store({("a", "value"): [[100.0], [5.0]]}, ("000000", PROVINCE))
    rule = _rule(rule="sum", total="a", over="regions")
    assert not validate(store, {"a": _indicator("a")}, regions, [rule])


@pytest.mark.parametrize(
    ("value", "ytd", "combined", "wrong"),
    [
        ([1, 1, 1, 1], [1, 2, math.nan, 9], False, ["2024-04"]),
        ([1] * 12, [math.nan] * 11 + [99], False, ["2024-12"]),
        ([1] * 12, [math.nan] * 11 + [12], False, []),
        ([1, 1, 1, 1], [1, 2, 7, 4], False, ["2024-03"]),
        ([1, 1, 1, 1], [1, 2, 7, 8], False, ["2024-03"]),
        ([math.nan, 5, 1], [math.nan, 9, 10], True, ["2024-02"]),
        ([math.nan, 5, 1], [math.nan, 5, 6], True, []),
        ([2, 3, 1], [math.nan, 5, 6], True, []),
        ([math.nan, math.nan, 1], [math.nan, 5, 7], True, ["2024-03"]),
    ],
)
def test_running_totals_are_the_sum_of_their_months(
    value: list[float], ytd: list[float], combined: bool, wrong: list[str]
) -> None:
    store = _store({("a", "value"): [value], ("a", "ytd"): [ytd]})
    known = _indicator("a", combined=combined)
    flaws = _judge(store, _rule(rule="cumulative", indicators="a"), a=known)
    assert [str(f.period) for f in flaws] == wrong


def test_running_growth_is_held_against_running_totals() -> None:
    measures = {"ytd": Measure("亿元", 1), "ytd_yoy": Measure("%", 1)}
    rates = [[math.nan] * 12 + [50.0]]
    store = _store({("a", "ytd"): [[100.0] * 12 + [110]], ("a", "ytd_yoy"): rates})
    known = _indicator("a", measures=measures, comparable=True)
    [flaw] = validate(store, {"a": known}, REGIONS)
    assert (flaw.kind, flaw.key.measure, "10.0%" in flaw.expected) == ("growth", "ytd_yoy", True)
    apart = _indicator("a", measures=measures)
    assert not validate(store, {"a": apart}, REGIONS)


def test_signs_of_indices_are_told_from_a_hundred() -> None:
    measures = {"index": Measure("", 1)}
    both = {n: _indicator(n, measures=measures) for n in "ab"}
    store = _store({("a", "index"): [[95.0, 105, 99.8]], ("b", "index"): [[110.0, 110, 100.3]]})
    terms = [{"indicator": n, "measure": "index"} for n in "ab"]
    [flaw] = _judge(store, _rule(rule="sign", same=terms), **both)
    assert (str(flaw.period), flaw.seen) == ("2024-01", "一个是 95，一个是 110")


@pytest.mark.parametrize(
    "rule",
    [
        {"rule": "range", "indicators": "a"},
        {"rule": "range", "indicators": "a", "low": 2, "high": 1},
        {"rule": "ratio", "above": {"indicator": "a"}, "below": {"indicator": "b"}},
    ],
)
def test_a_rule_that_can_find_nothing_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _rule(**rule)
