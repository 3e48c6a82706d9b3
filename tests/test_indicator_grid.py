"""Queries: which numbers a table has, how its rows and columns are named, and what is wrong with a query."""

from __future__ import annotations

from typing import Any

import pytest

from builder.indicators.grid import Grid, Unanswered, grid, judged
from builder.indicators.query import Query
from builder.kinds.queried import QueriedChart, Undrawable, drawn
from builder.values import Numbers
from tests import numbered
from tests.sitefiles import site_of, write

HERE = "content/indicators/"
SPRING = ("2026-01", "2026-02", "2026-03")
SITE = {
    **numbered.SITE,
    f"{HERE}touzi.yml": numbered.indicator(
        title="固定资产投资",
        short="投资",
        measures={"ytd_yoy": {"unit": "%"}, "ytd": {"unit": "亿元", "decimals": 0}},
        combined=True,
        sample=True,
    ),
    f"{HERE}snapshots/chun.json": numbered.snapshot(
        "chun",
        "2026-04-18T10:00:00+08:00",
        numbered.block([[None, 1.5, 2.0]], SPRING, indicator="touzi", measure="ytd_yoy"),
        numbered.block(
            [[None, 120.0, 200.0]],
            SPRING,
            indicator="touzi",
            measure="ytd",
            marks={"0,1": "combined", "0,2": "preliminary"},
        ),
        sources=[{"title": "示例来源"}],
    ),
    f"{HERE}snapshots/ji.json": numbered.snapshot(
        "ji",
        "2026-10-19T10:00:00+08:00",
        numbered.block([[1.0, None]], ["2026-03", "2026-06"], marks={"0,1": "none"}),
    ),
}


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Numbers:
    """What the internet edition may know."""
    found = site_of(write(tmp_path_factory.mktemp("numbers"), SITE)).numbers
    assert found is not None
    return found


def asked(numbers: Numbers, **keys: Any) -> Grid:
    query = Query.model_validate({"indicator": "gongye", "measure": "yoy", **keys})
    assert list(judged(query, numbers.indicators, numbers.regions)) == []
    return grid(query, numbers)


def table(found: Grid) -> list[list[str]]:
    return [[cell.text for cell in row] for row in found.cells]


def test_a_series_goes_down(numbers: Numbers) -> None:
    found = asked(numbers, periods="last 3")
    assert (found.title, found.by, found.unit) == ("工业增加值同比", "period", "%")
    assert found.rows == ("2026年7月", "2026年8月", "2026年9月")
    assert (found.columns, table(found)) == (("工业",), [["5.0"], ["-1.3"], ["0.0"]])
    assert found.sources == ("示范省统计局",)
    assert not found.sample


def test_gaps_stay_and_what_is_none_is_told(numbers: Numbers) -> None:
    found = asked(numbers, periods="2026-03..2026-07")
    assert table(found) == [["1.0"], ["—"], ["—"], ["——"], ["5.0"]]
    assert found.notes == ("——表示没有这个数",)
    assert [cell.value for (cell,) in found.cells] == ["1.0", "", "", "", "5.0"]


def test_a_january_that_nobody_reports_is_no_row(numbers: Numbers) -> None:
    found = asked(
        numbers, indicator="touzi", measure=["ytd", "ytd_yoy"], periods="2026-01..2026-03"
    )
    assert found.rows == ("2026年1—2月", "2026年1—3月")
    assert found.columns == ("累计（亿元）", "累计同比（%）")
    assert (found.unit, found.units) == ("", ("亿元", "%"))
    assert table(found) == [["120", "1.5"], ["200", "2.0"]]
    assert found.notes == ("2026年3月为初步数", "1月不单列，1—2月合并")
    assert found.sample


def test_a_level_means_all_its_regions_that_have_numbers(numbers: Numbers) -> None:
    found = asked(numbers, region=["990000", "市"])
    assert found.title == "2026年9月工业增加值同比"
    assert (found.by, found.rows) == ("region", ("示范省", "甲州"))
    assert table(found) == [["0.0"], ["6.3"]]


def test_what_goes_down_can_be_chosen(numbers: Numbers) -> None:
    found = asked(numbers, region=["990000", "990100"], periods="2026-08..2026-09", by="region")
    assert found.columns == ("2026年8月", "2026年9月")
    assert found.rows == ("示范省", "甲州")
    assert table(found) == [["-1.3", "0.0"], ["6.2", "6.3"]]
    turned = asked(numbers, region=["990000", "990100"], periods="2026-08..")
    assert (turned.rows, turned.columns) == (found.columns, found.rows)


def test_units_stand_where_they_differ(numbers: Numbers) -> None:
    found = asked(numbers, measure=["yoy", "value"], by="measure")
    assert found.rows == ("同比（%）", "当期（亿元）")
    assert (found.unit, found.units, table(found)) == ("", (), [["0.0"], ["102.35"]])
    both = asked(
        numbers,
        indicator=["gongye", "touzi"],
        measure=["yoy", "ytd", "value"],
        by="indicator",
        periods="2026-03..2026-09",
    )
    assert both.columns[0] == "2026年3月 同比（%）"


def test_two_units_stand_at_two_axes(numbers: Numbers) -> None:
    found = asked(numbers, measure=["value", "yoy"], periods="last 3")
    keys: dict[str, Any] = {"type": "combined", "from": {"indicator": "gongye", "measure": "yoy"}}
    for name in ("同比", "同比（%）"):
        spec = drawn(QueriedChart.model_validate({**keys, "right": [name]}).model_dump(), found)
        assert (spec.unit, spec.right, spec.right_unit) == ("亿元", ("同比",), "%")
        assert list(spec.series) == ["当期", "同比"]
    with pytest.raises(Undrawable, match="单位不同"):
        drawn(QueriedChart.model_validate({**keys, "type": "line"}).model_dump(), found)
    with pytest.raises(Undrawable, match="没有叫 `环比` 的列"):
        drawn(QueriedChart.model_validate({**keys, "right": ["环比"]}).model_dump(), found)


def test_a_chart_of_a_query_says_what_must_be_said(numbers: Numbers) -> None:
    found = asked(numbers, indicator="touzi", measure="ytd_yoy", periods="2026-01..")
    chart = {
        "type": "line",
        "from": {"indicator": "touzi", "measure": "ytd_yoy"},
        "note": "请注意。",
    }
    spec = drawn(QueriedChart.model_validate(chart).model_dump(), found)
    assert spec.sample
    assert (spec.title, spec.source) == ("固定资产投资累计同比", "示例来源")
    assert spec.note == "请注意。2026年4月18日发布。"
    assert spec.x == ("2026年1—2月", "2026年1—3月")


def test_numbers_of_one_period_say_which_where_their_title_does_not(numbers: Numbers) -> None:
    found = asked(numbers, indicator="gongye", measure="yoy", region="市", periods="latest")
    query = {"indicator": "gongye", "measure": "yoy", "region": "市"}
    chart = {"type": "bar", "from": query, "title": "各市工业"}
    spec = drawn(QueriedChart.model_validate(chart).model_dump(), found)
    when = found.title.partition("月")[0] + "月"
    assert spec.note.startswith(f"{when}的数。")
    own = QueriedChart.model_validate(chart | {"title": f"{when}各市工业"}).model_dump()
    assert "的数" not in drawn(own, found).note
    over = asked(numbers, indicator="gongye", measure="yoy", periods="last 3")
    assert over.when == ""


@pytest.mark.parametrize(
    ("keys", "place", "words"),
    [
        ({"indicator": ["gongye", "meiyou"]}, ("indicator", 1), "没有指标"),
        ({"measure": ["yoy", "mom"]}, ("measure", 1), "没有 mom"),
        ({"region": ["990100", "880000"]}, ("region", 1), "没有地区"),
        ({"periods": "2026-Q1..2026-Q2"}, ("periods",), "对不上"),
    ],
    ids=["indicator", "measure", "region", "frequency"],
)
def test_a_query_of_what_is_not_there_is_told(
    numbers: Numbers, keys: dict[str, Any], place: tuple[Any, ...], words: str
) -> None:
    query = Query.model_validate({"indicator": "gongye", "measure": "yoy", **keys})
    ((where, why, action),) = judged(query, numbers.indicators, numbers.regions)
    assert where == place
    assert words in why
    assert action


@pytest.mark.parametrize(
    "keys",
    [{"periods": "2026-10"}, {"region": "990200"}, {"periods": "2020-01..2020-12"}],
    ids=["later", "silent", "earlier"],
)
def test_numbers_that_are_not_there_and_not_out_are_told_alike(
    numbers: Numbers, keys: dict[str, Any]
) -> None:
    with pytest.raises(Unanswered) as caught:
        asked(numbers, **keys)
    assert caught.value.why == "没有这个数，或还没有发布"


@pytest.mark.parametrize(
    "keys",
    [
        {"periods": "last 0"},
        {"periods": "last 401"},
        {"periods": "2026-09..2026-01"},
        {"periods": "2026-01..2026-Q3"},
        {"periods": "1900-01..2026-01"},
        {"periods": "soon"},
        {"indicator": []},
        {"indicator": "A"},
        {"measure": "growth"},
        {"region": "乡"},
        {"by": "unit"},
        {"from": "x"},
    ],
    ids=str,
)
def test_a_query_that_means_nothing_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Query.model_validate({"indicator": "gongye", "measure": "yoy", **keys})
