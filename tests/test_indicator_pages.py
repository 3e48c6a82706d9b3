"""Pages of numbers: what they say of small known data, what stays inside, how they look to axe."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode

from builder.bundle import Bundle
from builder.cli import main
from builder.indicators.store import Block, Snapshot, Store
from builder.indicators.warn.inbox import Verdict
from builder.indicators.warn.relations import Bound
from builder.memo import Memo
from builder.render.web.indicators import plots, targets
from builder.render.web.indicators.views import Figures
from builder.render.web.indicators.watch import Watch
from builder.render.web.indicators.words import change, headline, told
from builder.values import Cell, Indicator, Key, Measure, Numbers, Period, Region, Vintage
from tests import numbered
from tests.browser import axe, chromium, served
from tests.sitefiles import NOW, bundles, contents, problems, write, yml

HERE = "content/indicators/"
NEWS = Vintage("a", "甲", "mlk", NOW, "", "", "示范省统计局")
KNOWN = Indicator(
    "gongye",
    "工业增加值",
    "工业",
    "monitor",
    "工业",
    "month",
    {"yoy": Measure("%", 1), "value": Measure("亿元", 2), "index": Measure("", 1)},
    "mlk",
    "public",
    "示范省统计局",
)
SEPTEMBER = Period.parse("2026-09")


def cell(value: float | None, measure: str = "yoy", mark: str = "", back: int = 0) -> Cell:
    """A number of the province."""
    key = Key("gongye", measure, "990000")
    return Cell(key, SEPTEMBER.back(back), value, NEWS, mark)


# --- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "before", "now", "said"),
    [
        ("yoy", 5.0, 5.2, "比上月提高0.2个百分点"),
        ("yoy", 5.2, 5.0, "比上月回落0.2个百分点"),
        ("yoy", -1.0, -1.5, "比上月回落0.5个百分点"),
        ("yoy", 1.0, -1.0, "比上月回落2.0个百分点"),
        ("yoy", 5.04, 5.01, "与上月持平"),  # 5.0 both, as published
        ("yoy", 5.04, 5.05, "比上月提高0.1个百分点"),  # 5.0 and 5.1, as published
        ("index", 101.0, 100.4, "比上月回落0.6点"),
        ("value", 100.0, 100.25, "比上月提高0.25亿元"),
        ("yoy", None, 5.0, ""),
        ("yoy", 5.0, None, ""),
    ],
)
def test_a_change_is_said_as_published_numbers_bear_it_out(
    measure: str, before: float | None, now: float | None, said: str
) -> None:
    assert change(cell(now, measure), cell(before, measure, back=1), KNOWN) == said
    assert change(cell(now, measure), None, KNOWN) == ""


@pytest.mark.parametrize(
    ("measure", "month", "mark", "before", "said"),
    [
        ("yoy", "2026-03", "", "combined", "比1—2月回落1.0个百分点"),
        ("ytd_yoy", "2026-03", "", "combined", "比1—2月回落1.0个百分点"),
        ("value", "2026-03", "", "combined", ""),  # one month against two
        ("value", "2026-02", "combined", "", ""),
        ("ytd", "2026-01", "", "", ""),  # a new year's first month against a whole year
        ("ytd", "2026-03", "", "", ""),
        ("ytd_yoy", "2026-01", "", "", "比上年全年回落1.0个百分点"),
        ("yoy", "2026-01", "", "", "比上月回落1.0个百分点"),
    ],
)
def test_only_what_is_alike_is_compared(
    measure: str, month: str, mark: str, before: str, said: str
) -> None:
    at = Period.parse(month)
    now = replace(cell(5.0, measure, mark), period=at)
    earlier = replace(cell(6.0, measure, before), period=at.back())
    measures = {measure: Measure("亿元" if measure in {"value", "ytd"} else "%", 1)}
    assert change(now, earlier, replace(KNOWN, measures=measures)) == said


@pytest.mark.parametrize(
    ("value", "before", "said"),
    [
        (5.2, 5.0, "2026年9月同比+5.2%，比上月提高0.2个百分点"),
        (-0.04, 0.0, "2026年9月同比0.0%，与上月持平"),
        (-1.25, None, "2026年9月同比\u22121.3%"),
        (1234567.0, 1.0, "2026年9月同比+1234567.0%，比上月提高1234566.0个百分点"),
    ],
)
def test_headlines_state_what_the_newest_number_says(
    value: float, before: float | None, said: str
) -> None:
    earlier = None if before is None else cell(before, back=1)
    assert headline(cell(value), earlier, KNOWN) == said


@pytest.mark.parametrize(
    ("value", "mark", "said"),
    [
        (5.2, "", "+5.2"),
        (5.2, "preliminary", "+5.2（初步）"),
        (None, "withdrawn", "已撤回"),
        (None, "none", "——"),
        (None, "", "——"),
    ],
)
def test_a_cell_tells_its_number_or_why_there_is_none(
    value: float | None, mark: str, said: str
) -> None:
    assert told(cell(value, mark=mark), KNOWN) == said


NUMBERS = st.floats(-1e12, 1e12, allow_nan=False).map(lambda v: round(v, 3))


@given(NUMBERS, NUMBERS, st.integers(3, 7))
def test_ticks_cover_are_round_and_are_few(one: float, other: float, most: int) -> None:
    low, high = min(one, other), max(one, other)
    found = plots.ticks(low, high, most)
    step = found[1] - found[0]
    slack = 1e-6 * max(abs(low), abs(high), step)
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    assert 2 <= len(found) <= most + 2
    size = 10.0 ** math.floor(math.log10(step) + 1e-9)
    assert any(math.isclose(step, s * size, rel_tol=1e-6) for s in (1, 2, 2.5, 5, 10))


@given(st.lists(st.floats(-50, 50).map(lambda v: round(v, 1)), min_size=2, max_size=40))
def test_pictures_of_growth_always_have_the_line_of_no_change(values: list[float]) -> None:
    labels = [str(n) for n in range(len(values))]
    for drawn in (
        plots.line(labels, values, "图", "末", zero=True),
        plots.bars(labels, values, "图", "末"),
    ):
        for box in HTMLParser(drawn).css("svg"):
            zero = one(box, "path.g-zero").attributes["d"]
            lines = {(n.attributes["d"] or "").rpartition("H")[0] for n in box.css("path.g-line")}
            assert str(zero).rpartition("H")[0] in lines
            tall = float(str(box.attributes["viewBox"]).split()[-1])
            places = re.findall(r"M\d+ ([\d.]+)H", str(zero))
            assert all(0 <= float(y) <= tall for y in places)


# --- pages ------------------------------------------------------------------------------------------

MONTHS = ("2026-06", "2026-07", "2026-08", "2026-09")


def site(root: Path, *files: tuple[str, str], config: str = "") -> Path:
    """The usual site with numbers, and these files."""
    write(root, {**numbered.SITE, **dict(files)})
    if config:
        write(root, {"site_config.yml": numbered.CONFIG + config})
    return root


def only(name: str, values: Sequence[float | None], **keys: Any) -> tuple[tuple[str, str], ...]:
    """An indicator with one run of numbers."""
    made = numbered.block([values], MONTHS[: len(values)], indicator=name, **keys)
    text = numbered.snapshot(f"of-{name}", "2026-10-18T10:00:00+08:00", made)
    return (
        (f"{HERE}{name}.yml", numbered.indicator(title=f"指标{name}")),
        (f"{HERE}snapshots/of-{name}.json", text),
    )


def one(tree: HTMLParser | LexborNode, selector: str) -> LexborNode:
    """The first element that a selector finds; there is one."""
    found = tree.css_first(selector)
    assert found is not None, selector
    return found


def page(bundle: Bundle, path: str) -> HTMLParser:
    """A page of the site."""
    return HTMLParser((bundle.root / "site" / path / "index.html").read_text("utf-8"))


def rows(bundle: Bundle, name: str) -> list[list[str]]:
    """The recent numbers of an indicator, the newest first."""
    table = one(page(bundle, f"indicators/{name}"), "section.band table")
    return [[c.text(strip=True) for c in row.css("th, td")] for row in table.css("tbody tr")]


@pytest.mark.parametrize(
    ("values", "marks", "expected", "large", "figures"),
    [
        ([1.0, None, 2.0], {"0,1": "none"}, [["2026.08", "+2.0"], ["2026.07", "——"], ["2026.06", "+1.0"]], "+2.0%", 1),
        ([3.0], {}, [["2026.06", "+3.0"]], "+3.0%", 0),
        ([-3.0, -4.5], {}, [["2026.07", "\u22124.5"], ["2026.06", "\u22123.0"]], "\u22124.5%", 1),
        ([1.0, 98765432.1], {}, [["2026.07", "+98765432.1"], ["2026.06", "+1.0"]], "+98765432.1%", 1),
        ([2.0, 2.0], {"0,1": "preliminary"}, [["2026.07", "+2.0（初步）"], ["2026.06", "+2.0"]], "+2.0%", 1),
    ],
    ids=["gap", "single", "negative", "huge", "preliminary"],
)  # fmt: skip
def test_a_page_tells_its_numbers(
    tmp_path: Path,
    values: list[float | None],
    marks: dict[str, str],
    expected: list[list[str]],
    large: str,
    figures: int,
) -> None:
    root = site(tmp_path / "root", *only("shi", values, marks=marks))
    public = bundles(root, tmp_path / "out")["internet"]
    assert rows(public, "shi") == expected
    shown = page(public, "indicators/shi")
    assert one(shown, ".latest-now .num").text() == large
    assert len(shown.css("figure .plot-svg")) == figures


def test_january_stands_in_february(tmp_path: Path) -> None:
    made = numbered.block([[4.0]], ["2026-02"], indicator="shi", marks={"0,0": "combined"})
    files = (
        (f"{HERE}shi.yml", numbered.indicator(title="示", combined=True)),
        (f"{HERE}snapshots/of-shi.json", numbered.snapshot("of-shi", "2026-03-18T10:00:00+08:00", made)),
    )  # fmt: skip
    public = bundles(site(tmp_path / "root", *files), tmp_path / "out")["internet"]
    assert rows(public, "shi") == [["2026.02", "+4.0"]]
    assert "1月不单独发布" in one(page(public, "indicators/shi"), ".main").text()


def test_withdrawn_numbers_are_told_as_such_and_are_no_newest(tmp_path: Path) -> None:
    gone = numbered.block([[None]], ["2026-09"], action="withdraw", reason="录入有误")
    later = numbered.snapshot("later", "2026-10-20T10:00:00+08:00", gone)
    root = site(tmp_path / "root", (f"{HERE}snapshots/later.json", later))
    public = bundles(root, tmp_path / "out")["internet"]
    shown = page(public, "indicators/gongye")
    assert one(shown, ".latest-now .num").text() == "\u22121.3%"
    assert ["2026.09", "102.35", "已撤回"] in rows(public, "gongye")
    assert "录入有误" in one(page(public, "indicators/revisions"), "main").text()


def test_an_indicator_without_numbers_is_its_card(tmp_path: Path) -> None:
    extra = (f"{HERE}kong.yml", numbered.indicator(title="空指标"))
    public = bundles(site(tmp_path / "root", extra), tmp_path / "out")["internet"]
    shown = page(public, "indicators/kong")
    assert shown.css_first(".latest-now") is None
    assert shown.css("table") == []
    assert "示例涵义" in one(shown, ".caliber").text()


# --- what stays inside ------------------------------------------------------------------------------

CITY = numbered.block([[7654.3]], ["2026-09"], ["990200"])
INSIDE = (
    (f"{HERE}snapshots/shi.json", numbered.snapshot("shi", "2026-10-19T10:00:00+08:00", CITY)),
    (
        f"{HERE}gongye.yml",
        numbered.indicator(
            region_levels=["国", "省", "市"],
            grants=[{"audience": "intranet", "levels": ["市"]}],
            target={"2026": 77.77},
            target_measure="yoy",
            direction="up",
        ),
    ),
    (
        f"{HERE}rules/jiben.yml",
        yml(
            title="规则柒",
            audience="intranet",
            rules=[{"id": "gui-qi", "rule": "range", "indicators": ["gongye"], "measures": ["yoy"], "high": 1}],
            bounds=[{"id": "jie-qi", "indicator": "gongye", "measure": "yoy", "low": 2, "high": 6, "set_by": "定者柒", "set_on": "2026-01-01"}],
        ),
    ),
    (
        f"{HERE}gdp/jidu.yml",
        yml(
            title="台账柒",
            audience="intranet",
            period="2026-Q3",
            rows=[
                {"industry": "行业柒", "indicator": "gongye", "department": "部门柒", "due": "2026-10-10", "state": "missing"},
                {"industry": "行业捌", "indicator": "gongye", "measure": "yoy", "department": "部门柒", "due": "2026-10-10", "received": "2026-10-12", "state": "received"},
            ],
        ),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """Both editions of a site with things for those inside."""
    folder = tmp_path_factory.mktemp("inside")
    root = site(folder / "root", *INSIDE, config="home: {numbers: [gongye]}\n")
    return bundles(root, folder / "out")


def test_nothing_for_those_inside_is_in_a_public_edition(both: dict[str, Bundle]) -> None:
    for secret in (
        "7654.3",
        "7,654.3",
        "77.77",
        "规则柒",
        "定者柒",
        "台账柒",
        "部门柒",
        "待核实",
        "预警清单",
    ):
        held = {
            n for n, b in both.items() for d in contents(b.root).values() if secret.encode() in d
        }
        assert held <= {"intranet"}, secret
    for path in ("warnings", "targets", "checks", "ledger/jidu", "regions/990200"):
        there = {
            n for n, b in both.items() if (b.root / f"site/indicators/{path}/index.html").exists()
        }
        assert there <= {"intranet"}, path
        assert there or path.startswith("regions")
    data = contents(both["internet"].root)["site/data/api/v2/tables/gongye/data.csv"]
    assert b"990000" in data
    assert b"990200" not in data


def test_warnings_tell_what_why_and_how_they_stand(both: dict[str, Bundle]) -> None:
    shown = page(both["intranet"], "indicators/warnings")
    lines = [row.text() for row in shown.css("table tbody tr")]
    assert any("甲州市" in line and "待核实" in line and "2.0%～6.0%" in line for line in lines)
    marked = page(both["intranet"], "indicators/gongye")
    assert len(marked.css(".flags li")) == len(lines)
    red = [c.text(deep=False) for c in marked.css("td.is-red")]
    assert red == ["0.0"]  # the province's newest, 0.04 as published


def test_warnings_of_one_number_are_one_matter_and_rules_are_counted(tmp_path: Path) -> None:
    bound = {"id": "jie-ba", "indicator": "gongye", "measure": "yoy", "low": 2, "high": 6}
    bound |= {"set_by": "定者捌", "set_on": "2026-01-01"}
    again = (f"{HERE}rules/jiu.yml", yml(title="规则捌", audience="intranet", bounds=[bound]))
    root = site(tmp_path / "root", *INSIDE, again)
    shown = page(bundles(root, tmp_path / "one")["intranet"], "indicators/warnings")
    matters = shown.css("table.t-list > tbody > tr")
    several = [row for row in matters if "同一件事另有1条" in row.text()]
    assert several, [row.text() for row in matters]
    names = [e.attributes["id"] for e in shown.css("tr[id], li[id]")]
    assert len(names) == len(matters) + len(several) == len({*names})
    assert not shown.css("#right")  # nobody has said anything
    what = {"indicator": "gongye", "measure": "yoy", "region": "990000", "period": "2026-09"}
    said = {"by": "甲", "on": "2026-10-20", "text": "核实过"}
    verdicts = [
        {"warning": name, "rule": rule, "state": state, **what, **said}
        for name, rule, state in (
            ("0" * 16, "swing/1", "explained"),
            ("1" * 16, "swing/1", "corrected"),
            ("2" * 16, "swing/1", "false_alarm"),
            ("3" * 16, "area/1", "acknowledged"),
        )
    ]
    told = yml(title="处理", audience="intranet", verdicts=verdicts)
    write(root, {f"{HERE}verdicts/shi.yml": told})
    counted = page(bundles(root, tmp_path / "two")["intranet"], "indicators/warnings")
    table = one(counted, "section[aria-labelledby=right] table")
    cells = [[c.text() for c in row.css("th, td")] for row in table.css("tbody tr")]
    assert cells == [["swing/1", "2", "1", "0", "67%"]]


def test_findings_of_rules_are_listed_with_expected_and_seen(both: dict[str, Bundle]) -> None:
    text = one(page(both["intranet"], "indicators/checks"), "main").text()
    assert "同比，5处，示范省2026年7月、" in text
    assert "5" in text


def test_a_ledger_counts_and_remarks(both: dict[str, Bundle]) -> None:
    shown = page(both["intranet"], "indicators/ledger/jidu")
    assert [d.text() for d in shown.css("dl.facts dd")] == [
        "2项",
        "1项",
        "1项",
        "1项",
        "0项",
        "2条",
    ]
    text = one(shown, "main").text()
    assert "逾期未收到" in text
    assert "数据里已经有" in text  # told as missing, and the store has it
    assert "`" not in text  # names, not ids


def test_the_blackboard_shows_chosen_numbers(both: dict[str, Bundle], tmp_path: Path) -> None:
    for bundle in both.values():
        shown = page(bundle, "")
        assert [b.text() for b in shown.css(".figs b")] == ["0.0%"]
    root = site(tmp_path, config="home: {numbers: [gongyee]}\n")
    found = [p for p in problems(root) if p.code == "CFG001"]
    assert [p.message for p in found] == ["home.numbers 里的指标 `gongyee` 不存在。"]
    assert "gongye" in found[0].action


def settled(state: str, until: str, on: str = "2026-10-20") -> list[str]:
    """States of the warnings left after somebody said something of the only one."""
    bound = Bound(
        id="b", indicator="gongye", measure="yoy", high=6, set_by="甲", set_on="2026-01-01"
    )
    numbers = replace(_numbers([3.0, 9.0]), rulesets={"r": {"bounds": (bound,)}})
    first = Watch(numbers, NOW, Memo(None, "")).of("gongye")
    assert [row["state"] for row in first] == ["new"]
    row = first[0]
    named = {k: row[k] for k in ("rule", "indicator", "measure", "region", "period")}
    told = {"state": state, "by": "甲", "on": on, "text": "核实过", "until": until}
    said = Verdict.model_validate({"warning": row["id"], **named, **told})
    heard = Watch(replace(numbers, verdicts=(said,)), NOW, Memo(None, ""))
    return [str(row["state"]) for row in heard.of("gongye")]


@pytest.mark.parametrize(
    ("state", "until", "left"),
    [
        ("acknowledged", "", ["acknowledged"]),
        ("explained", "", []),
        ("corrected", "", []),
        ("false_alarm", "", []),
        ("explained", "2026-11-20", []),
        ("explained", "2026-11-19", ["new"]),  # held until yesterday
    ],
)
def test_what_people_said_ends_a_warning(state: str, until: str, left: list[str]) -> None:
    assert settled(state, until) == left


def test_a_word_of_tomorrow_ends_nothing_today() -> None:
    assert settled("explained", "", on="2026-11-20") == []
    assert settled("explained", "", on="2026-11-21") == ["new"]


# --- targets ----------------------------------------------------------------------------------------


def _numbers(values: Sequence[float], measure: str = "yoy", name: str = "工业增加值") -> Numbers:
    """Numbers of one series of the province that ends in September 2026."""
    periods = tuple(SEPTEMBER.back(n) for n in range(len(values) - 1, -1, -1))
    known = replace(KNOWN, name=name, additive=True, direction="up")
    block = Block("add", "gongye", measure, periods, ("990000",), np.array([values]), {}, "")
    store = Store([Snapshot(NEWS, (block,))])
    regions = {"990000": Region("990000", "示范省", "省")}
    return Numbers({"gongye": known}, regions, store, home="990000")


def goal(
    values: Sequence[float], target: float, measure: str, name: str = "工业增加值"
) -> dict[str, Any]:
    """The line of one target."""
    numbers = _numbers(values, measure, name)
    return targets.line(Figures(numbers, NOW), numbers.indicators["gongye"], 2026, target, measure)


def test_an_amount_grows_on_as_it_has_grown_so_far() -> None:
    years = [[10.0 * 1.1**y] * 12 for y in range(5)]
    values = [v for year in years for v in year] + [10.0 * 1.1**5] * 9
    row = goal(values, 150.0, "value")
    whole = 120 * 1.1**5  # 193.3
    assert row["forecast"] == f"全年约{whole:.0f}亿元，区间{whole:.0f}～{whole:.0f}亿元。"
    assert row["method"].endswith("最多差0.0%。")
    assert row["share"] == 96.6
    assert row["passed"] == 75.0
    assert row["verdict"] == "照此推算，能达到目标。"


def test_a_rate_stays_and_tells_how_far_that_was_off() -> None:
    values = [4.0] * 8 + [5.0] * 4  # 4.0 in August of each year, 5.0 at its end
    row = goal(values * 3 + [4.0] * 8 + [5.0], 5.5, "yoy")
    assert row["forecast"] == "全年约+5.0%，区间+5.0～+5.0%。"
    assert row["verdict"] == "照此推算，达不到目标。"
    assert row["missed"] is True


def test_a_forecast_tells_that_it_can_not_say() -> None:
    values = [v for end in (4.0, 6.0, 5.0, 4.5) for v in [5.0] * 9 + [end] * 3] + [5.0] * 9
    row = goal(values, 5.5, "yoy")
    assert row["forecast"] == "全年约+5.0%，区间+4.0～+6.0%。"
    assert row["verdict"] == "能不能达到目标，还说不准。"


def test_few_years_give_no_interval_and_none_no_forecast() -> None:
    assert "不给区间" in goal([10.0] * 21, 120.0, "value")["method"]
    assert goal([10.0] * 9, 120.0, "value")["forecast"] == ""


def test_gdp_is_never_forecast() -> None:
    row = goal([10.0] * 69, 120.0, "value", "地区生产总值")
    assert row["forecast"] == ""
    assert "统一核算" in row["method"]


# --- drafts -----------------------------------------------------------------------------------------


def test_a_draft_is_bound_to_its_numbers_and_builds(tmp_path: Path) -> None:
    root = site(tmp_path / "root")
    at = ["--root", str(root), "--now", NOW.isoformat()]
    assert main(["new", "article", "fenxi", "--from-indicators", "gongye", *at]) == 0
    text = (root / "content/articles/2026/fenxi.md").read_text("utf-8")
    assert "{{ind:gongye.yoy@2026-09 form=change}}" in text
    assert "type: analysis" in text
    public = bundles(root, tmp_path / "out")["internet"]
    assert (
        "2026年9月，工业增加值为102.35亿元，同比持平。"
        in one(page(public, "articles/2026/fenxi"), "main").text()
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--from-indicators", "gongyee"], "没有指标 `gongyee`"),
        (["--from-indicators", "gongye", "--period", "2026-10"], "或还没有发布"),
        (["--from-indicators", "gongye", "--period", "2026-Q3"], "对不上"),
        (["--from-indicators", "gongye", "--period", "shiyue"], "要写成"),
        (["--period", "2026-09"], "照指标起稿的是文章"),
    ],
)  # fmt: skip
def test_a_draft_that_lacks_numbers_is_not_begun(
    tmp_path: Path, more: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = site(tmp_path)
    assert (
        main(["new", "article", "fenxi", *more, "--root", str(root), "--now", NOW.isoformat()]) == 1
    )
    assert said in capsys.readouterr().err
    assert not (root / "content/articles").exists()


# --- in a browser -----------------------------------------------------------------------------------

EVERY = [(scheme, width) for scheme in ("default", "slate") for width in (375, 1280)]
LOOKS = EVERY if os.environ.get("WEIKE_FULL") else [("default", 1280), ("slate", 375)]
PLACES = (
    "",
    "gongye",
    "warnings",
    "targets",
    "checks",
    "ledger/jidu",
    "regions",
    "calendar",
    "data",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing_and_nothing_is_wider_than_its_page(
    browser: Browser, both: dict[str, Bundle], scheme: str, width: int
) -> None:
    folder = both["intranet"].root / "site"
    found = []
    with served(folder) as address:
        context = browser.new_context(viewport={"width": width, "height": 800})
        context.add_init_script(f"localStorage.setItem('wk-scheme', '{scheme}')")
        shown = context.new_page()
        for place in PLACES:
            path = f"indicators/{place}/".replace("//", "/")
            if not (folder / path / "index.html").exists():
                continue
            shown.goto(address + path)
            wide = shown.evaluate("document.documentElement.scrollWidth")
            found += [f"{place}: {wide} wide"] if wide > width else []
            tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
            for fault in axe(shown, tags):
                found += [f"{place}: {fault['id']} {n['html'][:160]}" for n in fault["nodes"]]
        context.close()
    assert not found, "\n".join(found)
