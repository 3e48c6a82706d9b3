"""What pages make of many numbers at once: who is highest and lowest, findings of one rule in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from builder.indicators.rules import AnyRule, Rule
from builder.indicators.store import Block, Snapshot, Store
from builder.memo import Memo
from builder.render.web.indicators import inside
from builder.render.web.indicators.views import Figures
from builder.render.web.indicators.watch import Watch
from builder.values import Indicator, Measure, Numbers, Period, Region, Vintage
from tests import numbered
from tests.sitefiles import NOW, bundles, write, yml

NEWS = Vintage("a", "甲", "mlk", NOW, "", "", "示范省统计局")
MEASURES = {"yoy": Measure("%", 1), "value": Measure("亿元", 2)}
KNOWN = Indicator("gongye", "工业增加值", "工业", "monitor", "工业", "month", MEASURES, "mlk", "public", "示范省统计局")  # fmt: skip
SEPTEMBER = Period.parse("2026-09")
PROVINCE = {"990000": Region("990000", "示范省", "省")}


def figures(made: Block, cities: dict[str, Region], *rules: AnyRule) -> Figures:
    """What is asked of the numbers of one block, by those inside."""
    store = Store([Snapshot(NEWS, (made,))])
    numbers = Numbers({"gongye": KNOWN}, PROVINCE | cities, store, home="990000")
    numbers = replace(numbers, rulesets={"r": {"rules": rules}})
    return Figures(numbers, NOW, Watch(numbers, NOW, Memo(None, "")))


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ([5.24, 5.2, 3.1, 3.0], "甲州市、乙州市并列最高，丁州市最低"),  # 5.2 both, as published
        ([5.2, 5.24, 3.04, 2.96], "甲州市、乙州市并列最高，丙州市、丁州市并列最低"),
        ([5.2, 5.26, 3.1, 3.0], "乙州市最高，丁州市最低"),
        ([5.0, 5.0, 5.0, 5.04], "各地相同"),
        ([5.0, 5.01, 5.02, 5.03, 4.0], "甲州市、乙州市、丙州市等4地并列最高，戊州市最低"),
        ([0.04, -0.04, -1.0], "甲州市、乙州市并列最高，丙州市最低"),  # 0.0 both, without a sign
    ],
)
def test_regions_that_published_the_same_share_their_place(
    values: Sequence[float], title: str
) -> None:
    codes = [f"990{n}00" for n in range(1, 1 + len(values))]
    cities = {
        code: Region(code, f"{name}州市", "市", "990000")
        for code, name in zip(codes, "甲乙丙丁戊", strict=False)
    }
    told = np.array([[9.0], *([v] for v in values)])
    made = Block("add", "gongye", "yoy", (SEPTEMBER,), ("990000", *codes), told, {}, "")
    asked = figures(made, cities)
    lead = asked.lead(KNOWN)
    assert lead is not None
    view = asked.across(KNOWN, lead)
    assert view is not None
    assert view["title"] == title
    names = [span.text() for span in HTMLParser(view["plot"]).css("li > span")]
    wanted = sorted(codes, key=lambda c: (-round(values[codes.index(c)] + 1e-9, 1), c))
    assert names == [cities[code].name for code in wanted], "of equal ones the first by code"


def high(**keys: Any) -> dict[str, Any]:
    """A rule that all growth breaks."""
    return {"id": "gao", "rule": "range", "indicators": ["gongye"], "measures": ["yoy"], "high": 1} | keys  # fmt: skip


def test_findings_of_one_rule_are_one_line(tmp_path: Path) -> None:
    """Regions and periods of one measure are told together; other measures and rules by themselves."""
    rules = yml(title="规", audience="intranet", rules=[high(measures=["yoy", "value"])])
    files = {**numbered.SITE, "content/indicators/rules/a.yml": rules}
    write(tmp_path / "root", files)
    made = bundles(tmp_path / "root", tmp_path / "out")["intranet"]
    text = (made.root / "site/indicators/checks/index.html").read_text("utf-8")
    shown = HTMLParser(text)
    lines = [[c.text(strip=True) for c in row.css("th, td")] for row in shown.css("tbody tr")]
    assert [(line[0], line[2], line[3]) for line in lines] == [
        ("工业增加值当期，3处，示范省2026年7月、示范省2026年8月、示范省2026年9月", "不大于 1", "3处不符"),
        ("工业增加值同比，4处，示范省2026年7月、甲州市2026年7月、甲州市2026年8月等", "不大于 1", "4处不符"),
        ("工业增加值同比，2处，示范省2026年8月、示范省2026年9月", "最多 1 位小数", "2处不符"),
        ("工业增加值示范省，2026年9月当期", "最多 2 位小数", "填报 102.345亿元"),
    ]  # fmt: skip
    folded = [[li.text() for li in d.css("li")] for d in shown.css("main details")]
    assert [len(f) for f in folded] == [2, 3, 1]
    assert folded[1][0].startswith("2026年7月甲州市“工业增加值”同比：填报 6.1%")
    assert "共10条，同一条规则查同一个指标的合成一行。" in text


def test_many_findings_of_one_line_are_counted_and_not_all_listed() -> None:
    codes = [f"99{n:02d}00" for n in range(1, 8)]
    cities = {c: Region(c, f"{n}号市", "市", "990000") for n, c in enumerate(codes, 1)}
    periods = tuple(SEPTEMBER.back(n) for n in range(11, -1, -1))
    made = Block("add", "gongye", "yoy", periods, tuple(codes), np.full((7, 12), 9.0), {}, "")
    rule: TypeAdapter[AnyRule] = TypeAdapter(Rule)
    asked = figures(made, cities, rule.validate_python(high()))
    view = next(leaf for leaf in inside.pages(asked) if leaf[0] == "indicators-checks")[4]
    [group] = view["groups"]
    [line] = group["rows"]
    assert (line["count"], len(line["also"]), line["unlisted"]) == (84, 50, 33)
    assert (view["count"], view["lines"], view["left"]) == (84, 1, 0)
    assert line["expected"] == "不大于 1"


def test_a_wrong_sum_and_one_that_can_not_be_told_are_two_lines() -> None:
    cities = {f"990{n}00": Region(f"990{n}00", f"{n}号市", "市", "990000") for n in (1, 2)}
    rows = np.array([[10.0, 10.0, 9.0], [5.0, 5.0, 5.0], [5.0, np.nan, 5.0]])
    periods = tuple(SEPTEMBER.back(n) for n in (2, 1, 0))
    made = Block("add", "gongye", "value", periods, ("990000", *cities), rows, {}, "")
    rule: TypeAdapter[AnyRule] = TypeAdapter(Rule)
    told = {"id": "he", "rule": "sum", "total": "gongye", "over": "regions"}
    asked = figures(made, cities, rule.validate_python(told))
    view = next(leaf for leaf in inside.pages(asked) if leaf[0] == "indicators-checks")[4]
    [group] = view["groups"]
    assert [(r["when"], r["count"], r["seen"]) for r in group["rows"]] == [
        ("2026年8月当期", 1, "没有数"),
        ("2026年9月当期", 1, "填报 9亿元"),
    ]
