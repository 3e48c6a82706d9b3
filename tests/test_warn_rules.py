"""What each rule of the early warning says, and of what it says nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from builder.indicators.store import Snapshot, Store
from builder.indicators.warn.finding import Finding, finding_id
from builder.indicators.warn.rank import rank
from builder.indicators.warn.relations import Bound, Relation
from builder.indicators.warn.sweep import renewed, scope_of
from builder.values import Key, Period, Region
from tests.warned import (
    CODES,
    RATE,
    REGIONS,
    SEPTEMBER,
    Floats,
    block,
    found,
    growth,
    indicator,
    places,
    seasonal,
    store,
    vintage,
)

POWER = indicator()
HERE = "990100"  # 甲州市


def only(findings: list[Finding]) -> Finding:
    """The one there is."""
    assert len(findings) == 1, [f.sentence for f in findings]
    return findings[0]


def made_in_summer(seed: int = 1, last: Period = SEPTEMBER) -> Floats:
    """Amounts that are 0 from November to May: what is made of a harvest."""
    values = seasonal(seed=seed, noise=0.05)
    months = (np.arange(values.shape[1]) + last.place - values.shape[1]) % 12
    found: Floats = np.round(values * ((months > 4) & (months < 10)), 1)
    return found


@pytest.mark.parametrize("seed", range(1, 7))
def test_months_without_any_work_do_not_make_the_others_odd(seed: int) -> None:
    values = made_in_summer(seed)
    assert not found(store(block(POWER, values)), kind="swing")
    values[3, -1] *= 1.5
    assert places(found(store(block(POWER, values)), kind="swing")) == {
        (Key("ydl", "value", CODES[3]), "2026-09")
    }


def test_whole_tons_are_rounded_and_not_counted() -> None:
    values = np.round(seasonal(noise=0.02))
    values[1, -1] = np.round(values[1, -1] * 1.25)
    tons, firms = indicator(unit="万吨", decimals=0), indicator(unit="家", decimals=0)
    assert [f.key.region for f in found(store(block(tons, values)), tons, kind="swing")] == [HERE]
    assert not found(store(block(firms, values)), firms, kind="swing")  # a hundred stray by ten


def test_work_in_a_month_that_never_has_any_is_odd() -> None:
    may = Period.parse("2026-05")
    values = made_in_summer(1, may)
    assert not found(store(block(POWER, values, may)), kind="swing")
    values[3, -1] = 40.0
    assert [f.key.region for f in found(store(block(POWER, values, may)), kind="swing")] == [
        CODES[3]
    ]


# --- swings -----------------------------------------------------------------------------------------


def test_a_swing_is_told_as_a_statistician_would() -> None:
    values = growth()
    values[1, -1] = 38.2
    said = only(found(store(block(RATE, values)), RATE, kind="swing"))
    pattern = r"甲州市2026年9月用电量同比增长38\.2%，高出按季节和趋势推算的范围（−?[\d.]+%～[\d.]+%）很多。"
    assert re.fullmatch(pattern, said.sentence), said.sentence
    assert said.rule == "swing/1"
    assert said.key == Key("ydl", "yoy", HERE)
    assert str(said.period) == "2026-09"
    assert said.value == 38.2
    assert said.low is not None
    assert said.high is not None
    assert said.low < values[1, -2] < said.high < 38.2
    assert said.score > 1.5
    assert [label for label, _ in said.inputs] == [
        "推算范围",
        "偏离程度（σ）",
        "上期（2026-08）",
        "上年同期（2025-09）",
    ]
    assert said.id == finding_id(said.rule, said.key, said.period, 38.2)


@pytest.mark.parametrize(
    ("times", "words"), [(1.5, "高出按季节和趋势推算的范围"), (0.6, "低于按季节和趋势推算的范围")]
)
def test_amounts_are_told_in_their_unit(times: float, words: str) -> None:
    values = np.round(seasonal(), 1)
    values[2, -1] *= times
    said = [f for f in found(store(block(POWER, values)), kind="swing") if f.key.region == CODES[2]]
    assert words in only(said).sentence
    assert re.search(r"用电量为[\d.]+亿千瓦时，.*（[\d.]+～[\d.]+亿千瓦时）", said[0].sentence)
    assert "同比" not in said[0].sentence  # growth is never worked out from amounts


def test_a_short_series_says_that_it_was_compared_with_the_year_before() -> None:
    values = np.round(seasonal(3, 28), 1)
    values[1, -1] *= 1.6
    said = only(found(store(block(POWER, values)), kind="swing"))
    assert "按上年同期和近期走势推算的范围" in said.sentence


def test_a_movement_of_all_is_said_once_of_the_province() -> None:
    values = seasonal()
    values[:, -1] *= 1.4
    said = only(found(store(block(POWER, values)), kind="swing"))
    assert said.key.region == "990000"
    assert said.rule == "swing-all/1"
    assert said.sentence.endswith("各地同向变动，不是个别地区的事。")


def test_what_is_too_small_to_matter_is_not_told() -> None:
    values = 1000 * np.exp(np.random.default_rng(1).normal(0, 0.0005, (17, 60)))
    values[1, -1] *= 1.02  # forty times its σ
    assert found(store(block(POWER, values)), kind="swing") == []
    values[1, -1] *= 1.02
    assert len(found(store(block(POWER, values)), kind="swing")) == 1


@pytest.mark.parametrize("frequency", ["quarter", "half", "year"])
def test_other_frequencies_are_judged_too(frequency: str) -> None:
    rng = np.random.default_rng(2)
    known = indicator(frequency=frequency)
    values = 100 * np.exp(0.02 * np.arange(28) + rng.normal(0, 0.01, (17, 28)))
    values[3, -1] *= 1.5
    last = {"quarter": "2026-Q3", "half": "2026-H1", "year": "2025"}[frequency]
    told = found(store(block(known, values, last=Period.parse(last))), known, kind="swing")
    assert places(told) == {(Key("ydl", "value", CODES[3]), last)}


def test_the_newest_number_of_each_series_is_judged_and_older_ones_that_were_corrected() -> None:
    values = np.round(growth(), 1)
    values[1, -1] = np.nan
    values[1, -2] = 60.0  # the newest of this city
    values[2, 40] = 70.0  # long known
    before = values.copy()
    values[3, 50] = 80.0
    fixed = block(
        RATE, values[3:4, 50:51], last=SEPTEMBER.back(9), codes=CODES[3:4], action="correct"
    )
    told = found(store(block(RATE, before), later=[fixed]), RATE, kind="swing")
    assert places(told) == {
        (Key("ydl", "yoy", CODES[1]), "2026-08"),
        (Key("ydl", "yoy", CODES[3]), "2025-12"),
    }


def test_a_series_that_ended_long_ago_is_left_alone() -> None:
    values = growth()
    values[1, -1] = 90.0
    old = block(replace(RATE, id="jiu"), values, last=SEPTEMBER.back(20))
    assert found(store(old, block(RATE, growth())), RATE, replace(RATE, id="jiu")) == []
    alone = block(replace(RATE, id="jiu"), values[1:2], codes=CODES[1:2], last=SEPTEMBER.back(4))
    rest = block(replace(RATE, id="jiu"), growth()[2:], codes=CODES[2:])
    assert found(store(alone, rest), replace(RATE, id="jiu"), kind="swing") == []


# --- areas ------------------------------------------------------------------------------------------


def area(values: Floats, known: Any = POWER, **more: Any) -> list[Finding]:
    return found(store(block(known, np.round(values, 2), **more)), known, kind="area")


def test_one_city_that_goes_its_own_way_is_told() -> None:
    values = seasonal()
    values[4, -1] *= 1.5
    said = only(area(values))
    assert said.key.region == CODES[4]
    assert said.sentence.startswith("丁州市2026年9月用电量为")
    assert "只有这里异常" in said.sentence
    assert "参加比较的另外15个地区大多平稳" in said.sentence
    assert said.low is not None
    assert said.high is not None
    assert said.low < values[4, -1] / 1.5 < said.high < values[4, -1]


def test_where_many_go_their_own_way_nobody_is_singled_out() -> None:
    values = seasonal()
    values[1:6, -1] *= np.array([1.5, 0.6, 1.7, 0.5, 1.6])
    assert area(values) == []


def test_a_growth_that_was_high_all_year_is_no_news() -> None:
    values = seasonal()
    values[4, -9:] *= 1.6  # a new plant since January
    assert area(values) == []


def test_few_regions_are_not_compared() -> None:
    values = seasonal(5)
    values[2, -1] *= 1.6
    assert area(values) == []
    assert len(area(np.vstack([values, seasonal(4, seed=3)]))) == 1


def test_counties_are_compared_within_their_city() -> None:
    counties = {f"9901{n:02d}": Region(f"9901{n:02d}", f"第{n}县", "县", HERE) for n in range(1, 8)}
    others = {
        f"9902{n:02d}": Region(f"9902{n:02d}", f"乙{n}县", "县", "990200") for n in range(1, 8)
    }
    values = seasonal(14, noise=0.01)
    values[7:, -12:] *= np.linspace(1.2, 1.8, 7)[
        :, None
    ]  # the other city grows much faster this year
    values[2, -1] *= 1.3
    known = store(block(POWER, values, codes=[*counties, *others]))
    said = only(found(known, kind="area", regions=REGIONS | counties | others))
    assert said.key.region == "990103"
    assert "另外6个地区" in said.sentence


def test_a_large_region_needs_less_to_stand_out() -> None:
    values = seasonal(17, noise=0.02)
    values[1] *= 50
    told = {}
    for row in (1, 2):
        changed = values.copy()
        changed[row, -1] *= 1.35
        told[row] = only(area(changed)).score
    assert told[1] > 1.3 * told[2]


def test_growth_is_compared_as_it_is() -> None:
    values = growth()
    values[6, -1] = 25.0
    said = only(area(values, RATE))
    assert said.key.region == CODES[6]
    assert said.high is not None
    assert said.high < 15


# --- relations --------------------------------------------------------------------------------------

OTHER = indicator("gyzjz", "规模以上工业增加值", measure="yoy", unit="%")


def relation(rule: str, measure: str = "yoy", **more: Any) -> Relation:
    keys = {
        "id": "dian-gongye",
        "rule": rule,
        "of": {"indicator": "ydl", "measure": measure},
        "others": [{"indicator": "gyzjz", "measure": measure}],
    }
    return Relation.model_validate(keys | more)


def pair(seed: int = 1) -> tuple[Floats, Floats]:
    """Growth of industry and of power that goes with it."""
    industry = growth(seed=seed)
    noise = np.random.default_rng(seed + 50).normal(0, 0.3, industry.shape)
    return np.round(0.8 * industry + 1 + noise, 1), industry


@pytest.mark.parametrize("rule", ["sign", "regression"])
def test_a_contradiction_names_both_numbers(rule: str) -> None:
    power, industry = pair()
    power[2, -1] = -6.0
    known = store(block(RATE, power), block(OTHER, industry))
    said = only(
        found(
            known,
            RATE,
            OTHER,
            kind="relation",
            relations=[relation(rule, why="电是工业的先行指标。")],
        )
    )
    start = f"乙州市2026年9月用电量同比下降6.0%，与同期规模以上工业增加值同比增长{industry[2, -1]}%矛盾："
    assert said.sentence.startswith(start)
    assert said.sentence.endswith("电是工业的先行指标。")
    assert said.rule == "relation:dian-gongye/1"
    assert said.low is not None
    assert said.low > -6.0


def test_pairs_that_go_together_are_not_told() -> None:
    for seed in range(6):
        power, industry = pair(seed)
        known = store(block(RATE, power), block(OTHER, industry))
        for rule in ("sign", "regression"):
            assert found(known, RATE, OTHER, kind="relation", relations=[relation(rule)]) == []


def test_opposite_signs_may_be_what_is_declared() -> None:
    power, industry = pair()
    power = -power
    known = [store(block(RATE, power), block(OTHER, industry))]
    power = power.copy()
    power[2, -1] = 6.0
    known.append(store(block(RATE, power), block(OTHER, industry)))
    told = [
        found(k, RATE, OTHER, kind="relation", relations=[relation("sign", opposite=True)])
        for k in known
    ]
    assert [len(t) for t in told] == [0, 1]
    assert "方向相反" in told[1][0].sentence


def test_a_ratio_out_of_its_bounds_is_told() -> None:
    whole = np.round(seasonal(), 1)
    part = np.round(0.3 * whole, 1)
    part[3, -1] = round(whole[3, -1] * 0.45, 1)
    known = store(block(POWER, part), block(indicator("gyzjz", "全社会用电量"), whole))
    bounds = relation("ratio", "value", low=0.25, high=0.35)
    said = only(
        found(known, POWER, indicator("gyzjz", "全社会用电量"), kind="relation", relations=[bounds])
    )
    assert "两者之比应在0.25～0.35之间" in said.sentence
    assert said.low == pytest.approx(0.25 * whole[3, -1])
    assert said.high == pytest.approx(0.35 * whole[3, -1])


def test_a_sum_must_be_one_up_to_rounding() -> None:
    parts = [np.round(seasonal(seed=n), 1) for n in (1, 2)]
    exact = np.round(parts[0] + parts[1] + 0.1, 1)  # the last digit may differ
    names = [indicator("yi", "一产用电量"), indicator("er", "二产用电量")]
    terms = [{"indicator": n.id} for n in names]
    declared = relation("identity", "value", others=terms, tolerance=0)
    for wrong, count in ((0.0, 0), (3.0, 1)):
        total = exact.copy()
        total[5, -1] += wrong
        known = store(
            block(POWER, total), *(block(n, p) for n, p in zip(names, parts, strict=True))
        )
        told = found(known, POWER, *names, kind="relation", relations=[declared])
        assert len(told) == count
    assert "应当等于各项之和" in told[0].sentence
    assert "一产用电量为" in told[0].sentence
    assert "、二产用电量为" in told[0].sentence


def test_amounts_are_related_by_their_change_over_a_year() -> None:
    first = seasonal(noise=0.03)
    noise = np.random.default_rng(7).normal(0, 0.01, first.shape)
    second = 4 * first**0.8 * np.exp(noise)
    second[2, -1] *= 1.2
    names = POWER, indicator("gyzjz", "工业总产值", unit="亿元")
    known = store(block(names[0], second), block(names[1], first))
    said = only(found(known, *names, kind="relation", relations=[relation("regression", "value")]))
    assert said.key.region == CODES[2]
    assert said.low is not None
    assert said.high is not None
    assert said.low < second[2, -1] / 1.2 < said.high < second[2, -1]


@pytest.mark.parametrize("seed", range(1, 5))
def test_amounts_that_are_sometimes_nothing_are_related_by_change_too(seed: int) -> None:
    left, right = indicator("a", "产量"), indicator("b", "销量")
    values = made_in_summer(seed)
    other = np.round(values * np.exp(np.random.default_rng(seed).normal(0, 0.02, values.shape)), 1)
    rule = Relation(id="chanxiao", rule="regression", of={"indicator": "a"}, others=[{"indicator": "b"}])  # fmt: skip
    known = store(block(left, values), block(right, other))
    assert not found(known, left, right, kind="relation", relations=[rule])
    values[2, -1] *= 1.6
    known = store(block(left, values), block(right, other))
    said = found(known, left, right, kind="relation", relations=[rule])
    assert [f.key.region for f in said] == [CODES[2]]


def test_a_relation_speaks_of_the_newest_period_that_both_have() -> None:
    power, industry = pair()
    power[2, -2] = -6.0
    power[:, -1] = np.nan  # power is a month late
    known = store(block(RATE, power), block(OTHER, industry))
    told = found(known, RATE, OTHER, kind="relation", relations=[relation("regression")])
    assert [str(f.period) for f in told] == ["2026-08"]
    limited = relation("regression", levels=["省"])
    assert found(known, RATE, OTHER, kind="relation", relations=[limited]) == []
    limited = relation("regression", regions=[CODES[2]])
    assert len(found(known, RATE, OTHER, kind="relation", relations=[limited])) == 1


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"rule": "ratio"}, "low 或 high"),
        ({"rule": "ratio", "low": 2, "high": 1}, "low 要小于 high"),
        ({"rule": "sign", "of": {"indicator": "ydl", "measure": "value"}}, "当期不行"),
        ({"rule": "sign", "others": []}, "at least 1"),
        ({"rule": "fanzheng"}, "sign"),
        ({"rule": "sign", "wat": 1}, "Extra inputs"),
    ],
    ids=str,
)
def test_a_wrong_relation_is_refused(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        relation(keys.pop("rule"), **keys)


# --- ranges -----------------------------------------------------------------------------------------


def bound(**more: Any) -> Bound:
    keys = {
        "id": "fanwei",
        "indicator": "ydl",
        "measure": "yoy",
        "set_by": "能源处",
        "set_on": "2026-01-15",
    }
    return Bound.model_validate(keys | more)


def ranged(values: Floats, *bounds: Bound) -> list[Finding]:
    return found(store(block(RATE, values)), RATE, kind="range", bounds=bounds)


def test_a_number_out_of_range_says_who_set_the_range() -> None:
    values = np.full((17, 60), 5.0)
    values[1, -1] = 12.5
    said = only(ranged(values, bound(low=-10, high=12, levels=["市"], why="产能没有变")))
    assert said.sentence == (
        "甲州市2026年9月用电量同比增长12.5%，高于合理范围（−10.0%～12.0%；能源处定）。产能没有变。"
    )
    assert ("谁定的", "能源处，2026-01-15") in said.inputs
    assert (said.low, said.high) == (-10, 12)
    assert said.rule == "range:fanwei/1"


@pytest.mark.parametrize(
    ("keys", "count"),
    [
        ({"high": 12}, 1),
        ({"high": 13}, 0),
        ({"low": 13}, 17),
        ({"high": 12, "levels": ["省"]}, 0),
        ({"high": 12, "regions": HERE}, 1),
        ({"high": 12, "regions": "990200"}, 0),
        ({"high": 12, "places": [7, 8, 9]}, 1),
        ({"high": 12, "places": "10"}, 0),
        ({"high": 12, "from": "2026-09"}, 1),
        ({"high": 12, "from": "2026-10"}, 0),
        ({"high": 12, "to": "2026-08"}, 0),
        ({"high": 12, "to": "2026-09"}, 1),
        ({"high": 12, "frequency": "quarter"}, 0),
        ({"revised": 1}, 0),
        ({"against": "省", "low": -5, "high": 5}, 1),
        ({"against": "省", "low": -8, "high": 8}, 0),
        ({"against": "省", "way": "ratio", "high": 2}, 1),
        ({"against": "国", "high": 2}, 0),  # the nation has no number here
    ],
    ids=str,
)
def test_a_bound_holds_where_and_when_it_says(keys: dict[str, Any], count: int) -> None:
    values = np.full((17, 60), 5.0)
    values[1, -1] = 12.5
    assert len(ranged(values, bound(**keys))) == count


def test_a_bound_against_the_province_shows_its_number() -> None:
    values = np.full((17, 60), 5.0)
    values[1, -1] = 12.5
    said = only(ranged(values, bound(against="省", low=-3, high=3)))
    assert "（2.0%～8.0%，以示范省的5.0%为准；能源处定）" in said.sentence


def test_where_most_are_out_of_bounds_the_region_above_is_named() -> None:
    values = np.full((17, 60), 5.0)
    values[0, -1] = 50.0
    said = only(ranged(values, bound(against="省", low=-3, high=3, levels=["市"])))
    assert said.key.region == "990000"
    assert "所属16个地区中有16个" in said.sentence


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "至少写一个"),
        ({"low": 3, "high": 3}, "low 要小于 high"),
        ({"high": 3, "from": "2026-Q1"}, "频率"),
        ({"high": 3, "to": "2026-13"}, "2026-09"),
        ({"high": 3, "set_by": ""}, "at least 1"),
        ({"high": 3, "set_on": "1月"}, "2026-11-20"),
        ({"high": 3, "regions": "甲"}, "pattern"),
        ({"high": 3, "places": [13]}, "less than or equal to 12"),
        ({"high": 3, "revised": 0}, "greater than 0"),
    ],
    ids=str,
)
def test_a_wrong_bound_is_refused(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        bound(**keys)


def test_numbers_of_files_are_text() -> None:
    told = bound(low="-10.5", high="12", places=["7", "8"])
    assert (told.low, told.high, told.places) == (-10.5, 12, (7, 8))


# --- vintages ---------------------------------------------------------------------------------------


def vintages(values: Floats, *later: Any, known: Any = RATE, **more: Any) -> list[Finding]:
    marks = more.pop("marks", {})
    held = store(block(known, values, marks=marks), later=later)
    return found(held, known, kind="vintage", **more)


def test_a_number_that_is_not_there_any_more_is_missed() -> None:
    values = growth()
    values[4, -1] = np.nan
    said = only(vintages(values))
    assert (
        said.sentence == "丁州市2026年9月用电量（同比）没有数：以前各期都有，这一期别的地区也有。"
    )
    assert said.value is None
    assert vintages(values, marks={(4, 59): "none"}) == []  # —— says that there is none
    values[4, 30:50] = np.nan  # it often had none
    assert vintages(values) == []


def test_several_that_are_missing_are_told_together() -> None:
    values = growth()
    values[[4, 7, 8], -1] = np.nan
    said = only(vintages(values))
    assert said.key.region == "990000"
    assert said.sentence == (
        "2026年9月用电量的覆盖面缩小了：16个地区中有3个没有数（丁州市、庚州市、辛州市）。"
    )
    values[1:12, -1] = np.nan  # most are not there yet
    assert vintages(values) == []


def corrected(values: Floats, row: int, column: int, value: float) -> Any:
    action = "withdraw" if np.isnan(value) else "correct"
    new = np.array([[value]])
    last = SEPTEMBER.back(59 - column)
    return block(RATE, new, last=last, codes=CODES[row : row + 1], action=action, reason="核实")


def test_a_large_revision_is_told_with_its_reason() -> None:
    values = growth()
    values[4, 50] = 5.0
    said = only(vintages(values, corrected(values, 4, 50, 7.5)))
    assert said.sentence == (
        "丁州市2025年12月用电量同比从5.0%修订为7.5%，超过了允许的修订幅度（1个百分点）。"
    )
    assert ("理由", "核实") in said.inputs
    assert (said.low, said.high, said.score) == (4, 6, 2.5)
    assert vintages(values, corrected(values, 4, 50, 5.9)) == []
    allowed = bound(revised=3, levels=["市"])
    assert vintages(values, corrected(values, 4, 50, 7.5), bounds=[allowed]) == []
    strict = bound(revised=0.5)
    assert len(vintages(values, corrected(values, 4, 50, 5.9), bounds=[strict])) == 1


def test_a_revision_near_zero_is_measured_by_what_is_usual() -> None:
    values = 5 * np.sin(np.arange(60.0))[None]
    values[0, -2] = 0.1
    late = np.array([[0.2]])
    month = SEPTEMBER.back(1)
    small = block(POWER, late, month, action="correct", reason="核实")
    assert not found(store(block(POWER, values), later=[small]), kind="vintage")
    large = block(POWER, late + 3, month, action="correct", reason="核实")
    assert (
        only(found(store(block(POWER, values), later=[large]), kind="vintage")).rule == "revised/1"
    )


def test_a_withdrawn_number_is_told() -> None:
    values = growth()
    values[4, 50] = 5.0
    said = only(vintages(values, corrected(values, 4, 50, np.nan)))
    assert said.sentence == "丁州市2025年12月用电量原来同比增长5.0%，这一版撤回了，没有新的数。"
    assert said.value is None


def test_corrections_of_earlier_rounds_are_no_news() -> None:
    values = growth()
    values[4, 50] = 5.0
    snapshots = [
        Snapshot(vintage("a", 0), (block(RATE, values[:, :-1], last=SEPTEMBER.back()),)),
        Snapshot(vintage("b", 5), (corrected(values, 4, 50, 9.0),)),
        Snapshot(vintage("c", 48), (block(RATE, values[:, -1:]),)),
    ]
    assert [f.rule for f in found(Store(snapshots), RATE, kind="vintage")] == []
    assert len(found(Store(snapshots[:2]), RATE, kind="vintage")) == 1


@pytest.mark.parametrize(
    ("power", "words"),
    [
        (4, "1万倍"),
        (1, "10倍"),
        (-4, "万分之一"),
        (-1, "十分之一"),
        (2, "100倍"),
        (5, "10的5次方倍"),
    ],
)
def test_a_slip_of_the_unit_is_told(power: int, words: str) -> None:
    values = 1e5 * seasonal()
    values[4, -1] *= 10.0**power
    told = vintages(np.round(values, 1), known=POWER)
    assert f"的{words}，先核对计量单位和小数点。" in only(told).sentence
    values[4, -1] *= 3  # no power of ten: another rule's
    assert vintages(values, known=POWER) == []


# --- the list ---------------------------------------------------------------------------------------


def everything(seed: int) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """Five indicators, of which two are related and one has bounds, with some numbers spoilt."""
    rng = np.random.default_rng(seed)
    names = [indicator(f"z{n}", f"指标{n}") for n in range(3)]
    rates = [replace(RATE, id=f"s{n}") for n in range(2)]
    power, industry = pair(seed)
    tables = [np.round(seasonal(seed=seed + n), 1) for n in range(3)] + [power, industry]
    for values in tables:
        for row in rng.integers(0, 17, 2):
            values[row, -1] *= rng.uniform(1.5, 4)
    related = relation("regression", of={"indicator": "s0", "measure": "yoy"})
    related = related.model_copy(
        update={"others": (related.others[0].model_copy(update={"indicator": "s1"}),)}
    )
    limits = bound(indicator="s1", low=-3, high=9)
    known = store(*(block(i, v) for i, v in zip([*names, *rates], tables, strict=True)))
    return known, (*names, *rates), {"relations": [related], "bounds": [limits]}


@given(st.integers(0, 30), st.sets(st.sampled_from(["z0", "z1", "z2", "s0", "s1"])))
@settings(max_examples=25)
def test_a_sweep_of_what_changed_says_what_a_full_one_says_of_it(
    seed: int, names: set[str]
) -> None:
    known, indicators, rules = everything(seed)
    full = found(known, *indicators, **rules)
    changed = [Key(n, "yoy" if n[0] == "s" else "value", "990000") for n in names]
    part = found(known, *indicators, changed=changed, **rules)
    scope = scope_of(changed, rules["relations"])
    assert part == [f for f in full if scope.covers(f)]
    assert renewed(full, part, scope) == full
    stale = [replace(f, sentence="旧") for f in full]
    left = renewed(stale, part, scope)
    assert {f.id for f in left} == {f.id for f in full}
    assert {f.id for f in left if f.sentence != "旧"} == {f.id for f in part}


def test_what_the_sweep_says_does_not_depend_on_order() -> None:
    known, indicators, rules = everything(4)
    again, _, _ = everything(4)
    other = [replace(s, blocks=tuple(reversed(s.blocks))) for s in again.snapshots]
    assert found(type(again)(other), *reversed(indicators), **rules) == found(
        known, *indicators, **rules
    )
    ids = [f.id for f in found(known, *indicators, **rules)]
    assert len(ids) == len(set(ids)) > 5


def test_an_id_changes_with_the_number() -> None:
    key, period = Key("a", "value", "990000"), SEPTEMBER
    ids = {
        finding_id("swing/1", key, period, 1.0),
        finding_id("swing/2", key, period, 1.0),
        finding_id("swing/1", key._replace(region="990100"), period, 1.0),
        finding_id("swing/1", key, period.back(), 1.0),
        finding_id("swing/1", key, Period("quarter", period.ordinal), 1.0),
        finding_id("swing/1", key, period, 1.5),
        finding_id("swing/1", key, period, None),
    }
    assert len(ids) == 7
    assert all(re.fullmatch("[0-9a-f]{16}", i) for i in ids)


def test_the_list_begins_with_what_matters_most() -> None:
    assert rank(2, "省", 1, 2) > rank(2, "市", 0.3, 2) > rank(2, "县", 0.3, 2)
    assert rank(3, "市", 0.3, 2) > rank(2, "市", 0.3, 2)
    assert rank(2, "市", 0.5, 2) > rank(2, "市", 0.1, 2)
    assert rank(2, "市", 0.5, 5) > rank(2, "市", 0.5, 2)
    assert 0 <= rank(0, "县", 0, 0) < rank(float("inf"), "国", 1, float("inf")) <= 1
    known, indicators, rules = everything(2)
    ranks = [f.rank for f in found(known, *indicators, **rules)]
    assert ranks == sorted(ranks, reverse=True)


def test_numbers_of_unknown_indicators_and_regions_are_left_alone() -> None:
    values = growth()
    values[1, -1] = 90.0
    known = store(block(RATE, values))
    assert found(known, replace(RATE, id="bie")) == []
    elsewhere = {code: place for code, place in REGIONS.items() if code != HERE}
    assert [f.key.region for f in found(known, RATE, regions=elsewhere)] == []
    assert found(store(), RATE) == []
