"""What the early warning expects of a number: medians with gaps, seasons, courses, festivals, spreads."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from builder.indicators.warn import robust, spread
from builder.indicators.warn.calendar import DAYS, FIRST_YEAR, slack
from builder.indicators.warn.expect import outlook
from builder.indicators.warn.limits import Limits
from builder.indicators.warn.season import seasonal as season_of
from builder.values import Period
from tests.warned import Floats, block, growth, indicator, seasonal, store, table

NUMBERS = st.floats(-1e6, 1e6) | st.just(math.nan)
TABLES = hnp.arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 9)), elements=NUMBERS)


@given(TABLES)
def test_medians_are_those_of_what_is_there(values: Floats) -> None:
    for axis in (0, 1):
        for line, told in zip(
            np.moveaxis(values, axis, -1), robust.median(values, axis), strict=True
        ):
            there = line[~np.isnan(line)]
            assert math.isnan(told) if not len(there) else told == pytest.approx(np.median(there))


@given(TABLES, st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values: Floats, share: float) -> None:
    for line, told in zip(values, robust.quantile(values, share), strict=True):
        there = line[~np.isnan(line)]
        if len(there):
            assert told == pytest.approx(np.quantile(there, share), abs=1e-6)


def test_the_newest_number_is_carried_on() -> None:
    held, seen = robust.fill_forward(np.array([[np.nan, 1.0, np.nan, 3.0]]))
    assert np.isnan(held[0, 0])
    assert held[0, 1:].tolist() == [1, 1, 3]
    assert seen.tolist() == [[-1, 1, 1, 3]]


@pytest.mark.parametrize("score", [0.5, 3.0, 6.0])
@pytest.mark.parametrize("freedom", [5.0, 15.0, 200.0])
def test_a_score_there_and_back(score: float, freedom: float) -> None:
    there = robust.student_score(score, np.array(freedom))
    assert float(robust.normal_score(there, np.array(freedom))) == pytest.approx(score)


def test_normal_scores_are_as_rare_as_student_s_t() -> None:
    # the upper 0.1 % of t with 15 degrees of freedom begins at 3.7328 (printed tables)
    told = float(robust.normal_score(np.array(3.7328), np.array(15.0)))
    assert told == pytest.approx(NormalDist().inv_cdf(0.999), abs=0.02)


def test_a_line_is_found_among_outliers() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, (2, 40))
    y = 2 + 3 * x + rng.normal(0, 0.1, x.shape)
    y[:, :4] += 20
    y[0, 9] = np.nan
    fit = robust.line(x, y)
    assert fit.slope == pytest.approx([3, 3], abs=0.15)
    assert fit.start == pytest.approx([2, 2], abs=0.15)
    assert fit.number.tolist() == [39, 40]
    assert (fit.spread < 0.3).all()


def test_teams_hold_every_row_once() -> None:
    owner = np.array([3, 1, 3, 3, 7, 1])
    told = [row for team in robust.teams(owner) for row in team.tolist()]
    assert sorted(map(sorted, told)) == [[0, 2, 3], [1, 5], [4]]


def test_a_clipped_normal_is_as_narrow_as_the_constant_says() -> None:
    values = np.clip(np.random.default_rng(1).standard_normal(400_000), -spread.CLIP, spread.CLIP)
    assert float(values.std()) == pytest.approx(spread.CLIPPED, abs=0.003)


# --- seasons ----------------------------------------------------------------------------------------


def shape(width: int, first: int) -> Floats:
    return np.tile(np.sin(np.arange(12)) * 0.2, width)[first : first + width]


@pytest.mark.parametrize("first", [0, 3, 11])
def test_a_season_is_found_beside_a_trend(first: int) -> None:
    width = 60
    values = 0.01 * np.arange(width) + shape(width, first)
    told, doubt = season_of(values[None], 12, first)
    away = told[0] - shape(width, first)
    assert np.ptp(away) < 0.01
    assert doubt[0] < 1e-6


def test_a_year_has_no_part_in_its_own_season() -> None:
    values = shape(60, 0)[None] + np.random.default_rng(1).normal(0, 0.05, (1, 60))
    before, _ = season_of(values, 12, 0)
    others = []
    for column in range(24, 36):  # the third year
        other = values.copy()
        other[0, column] += 0.03
        moved = np.abs(season_of(other, 12, 0)[0] - before)[0]
        assert moved[column] < 0.003
        others.append(moved[column - 12])
    assert sum(m > 0.006 for m in others) >= 8  # the others were clipped


def test_a_season_without_other_years_is_not_told() -> None:
    told, _ = season_of(shape(12, 0)[None], 12, 0)
    assert np.isnan(told).all()
    gone = shape(60, 0)[None].copy()
    gone[:, ::12] = np.nan  # no January
    told, _ = season_of(gone, 12, 0)
    assert np.isnan(told[0, ::12]).all()
    assert not np.isnan(told[0, 20])


def test_what_comes_once_a_year_has_no_season() -> None:
    told, doubt = season_of(np.arange(9.0)[None], 1, 0)
    assert not told.any()
    assert not doubt.any()


# --- Spring Festival --------------------------------------------------------------------------------


def test_the_calendar_of_spring_festival_is_one() -> None:
    days = [date(FIRST_YEAR + n, int(d[:2]), int(d[2:])) for n, d in enumerate(DAYS)]
    gaps = [(b - a).days for a, b in pairwise(days)]
    assert set(gaps) <= {353, 354, 355, 383, 384, 385}  # a lunar year has 12 or 13 months
    assert all((1, 21) <= (d.month, d.day) <= (2, 20) for d in days)
    assert date(2026, 2, 17) in days


def test_slack_days_of_a_year_are_one() -> None:
    for year in range(2001, 2040):
        told = slack(year * 12, 12)
        assert told.sum() == pytest.approx(1)
        assert not told[3:].any()
    assert slack(2100 * 12, 12).sum() == 0  # nobody knows yet


def test_a_late_festival_is_no_surprise() -> None:
    """In 2026 most slack days lie in February, unlike in the four years before."""
    width = 62
    march = Period.parse("2026-03")
    values = seasonal(1, width, noise=0.01) * np.exp(-0.3 * slack(march.ordinal - width + 1, width))
    off = []
    for late in (1, 0):  # until February, until March
        known = table(store(block(indicator(), values[:, : width - late], last=march.back(late))))
        off.append(float(outlook(known).off[0, -1]))
    assert np.abs(off).max() < 0.06  # the date alone makes a tenth in February
    assert slack(march.ordinal - 1, 1)[0] - 0.56 > 0.3  # more than on average then


# --- expectations -----------------------------------------------------------------------------------


def scores(values: Floats, **more: Any) -> Floats:
    """How odd the newest numbers are."""
    known = indicator(**more)
    return outlook(table(store(block(known, values)), known)).score[:, -1]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rows", [1, 17])
def test_scores_of_plain_numbers_are_normal_deviates(seed: int, rows: int) -> None:
    several = [
        scores(seasonal(rows, 60, seed=100 * seed + n)) for n in range(40 if rows == 1 else 6)
    ]
    told = np.abs(np.concatenate(several))
    assert 0.35 < np.median(told) < 1.0  # 0.67 of a normal deviate
    assert told.max() < 4.5


@pytest.mark.parametrize("rows", [1, 17])
@pytest.mark.parametrize("change", [0.75, 1.3])
def test_a_jump_is_odd(rows: int, change: float) -> None:
    values = seasonal(rows)
    values[0, -1] *= change
    told = scores(values)
    assert abs(told[0]) > 4
    assert np.sign(told[0]) == np.sign(change - 1)
    assert np.abs(told[1:]).max(initial=0) < 3.5


def test_a_jump_of_all_is_no_oddness_of_each() -> None:
    values = seasonal()
    values[:, -1] *= 1.4
    known = indicator()
    seen = outlook(table(store(block(known, values)), known))
    assert np.abs(seen.score[1:, -1]).max() < 3.5
    assert (np.abs(seen.together[:, -1]) > 5).all()


def test_a_new_level_is_soon_the_usual_one() -> None:
    values = seasonal(noise=0.01)
    values[3, -2:] *= 1.5  # since last month, and it stays
    assert abs(scores(values)[3]) < 3.5
    values[3, -1] /= 1.5  # only last month was odd, and the month is as ever
    assert abs(scores(values)[3]) < 3.5


def test_units_do_not_matter() -> None:
    values = seasonal()
    values[4, -1] *= 1.2
    for times in (1e-3, 1e4):
        assert scores(values * times, decimals=6) == pytest.approx(
            scores(values, decimals=6), rel=1e-6
        )


def test_a_number_after_a_gap_may_stray_further() -> None:
    values = seasonal()
    values[2, -1] *= 1.15
    near = abs(scores(values)[2])
    values[2, -3:-1] = np.nan
    assert abs(scores(values)[2]) < 0.8 * near


def test_sums_are_judged_by_their_newest_month() -> None:
    months = seasonal()
    months[5, -1] *= 1.5
    width = months.shape[1]
    place = (np.arange(width) + 9 - width) % 12
    sums = months.copy()
    for column in range(1, width):
        if place[column]:
            sums[:, column] += sums[:, column - 1]
    sums[:, place == 0] = np.nan  # January is never alone
    sums[:, :4] = np.nan  # a year that is not whole
    told = scores(sums, measure="ytd", combined=True)
    assert told[5] > 5
    assert np.abs(np.delete(told, 5)).max() < 3.5
    known = indicator(measure="ytd", combined=True)
    seen = outlook(table(store(block(known, sums)), known))
    low, high = seen.interval(np.array([5]), np.array([width - 1]), 2.58)
    assert sums[5, -2] < low[0] < high[0] < sums[5, -1]


def test_where_january_counts_to_february_it_is_not_judged() -> None:
    values = seasonal()
    known = indicator(combined=True)
    alone = outlook(table(store(block(known, values)), known)).scaled.values
    place = (np.arange(60) + 9 - 60) % 12
    assert np.isnan(alone[:, place == 0]).all()
    both = values[:, place == 0] + values[:, place == 1]
    assert np.exp(alone[:, place == 1]) == pytest.approx(both)


def test_short_series_are_judged_by_the_year_before() -> None:
    values = seasonal(3, 32)
    values[1, -1] *= 1.5
    known = indicator()
    seen = outlook(table(store(block(known, values)), known))
    assert seen.short.all()
    assert seen.score[1, -1] > 3.5
    assert np.abs(seen.score[[0, 2], -1]).max() < 3
    assert np.isnan(scores(seasonal(3, 15))).all()  # too short for any judgement


def test_counts_are_judged_by_their_root() -> None:
    rng = np.random.default_rng(1)
    values = rng.poisson(np.linspace(2, 40, 17)[:, None], (17, 60)).astype(float)
    told = scores(values, decimals=0, unit="个")
    assert np.abs(told).max() < 3.5
    values[16, -1] = 90
    assert scores(values, decimals=0, unit="个")[16] > 4


@pytest.mark.parametrize(
    "values",
    [
        np.full((17, 60), 7.0),
        np.zeros((17, 60)),
        np.tile(np.arange(60.0), (17, 1)),
        np.round(growth(noise=0.01)),
        -seasonal(),
    ],
    ids=["constant", "zero", "straight", "whole numbers", "negative"],
)
def test_series_without_chance_are_calm(values: Floats) -> None:
    told = scores(values, decimals=0)
    assert not (np.abs(told) > 4).any()


@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 8), st.integers(1, 40)),
        elements=st.floats(-1e9, 1e9, width=32) | st.just(math.nan) | st.just(0.0),
    ),
    st.sampled_from(["value", "ytd", "yoy", "index", "mom"]),
    st.booleans(),
)
@settings(max_examples=150)
def test_nothing_that_numbers_may_be_breaks_it(
    values: Floats, measure: str, combined: bool
) -> None:
    values[0, 0] = 1.0
    known = indicator(
        measure=measure, unit="%" if measure in {"yoy", "mom"} else "亿元", combined=combined
    )
    seen = outlook(table(store(block(known, values)), known))
    assert not np.isinf(seen.expected).any()
    assert seen.expected.shape == values.shape
    assert (seen.spread[~np.isnan(seen.expected)] > 0).all()


# --- thresholds -------------------------------------------------------------------------------------


def test_thresholds_grow_with_what_is_judged() -> None:
    limits = Limits()
    told = [limits.sure(n) for n in (1, 100, 1000, 30_000, 10**9)]
    assert told == sorted(told)
    assert told[0] == limits.lowest
    assert told[-1] == limits.highest
    alarms = 2 * (1 - NormalDist().cdf(limits.sure(30_000))) * 30_000
    assert alarms == pytest.approx(limits.allowance)
    assert limits.likely(30_000) < limits.sure(30_000)
