"""What authors write of numbers: definitions, regions, dashboards, templates, rules; and `weike new` of each."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from builder.cli import main
from builder.new import NUMBERS
from builder.problems import Problem, Severity
from tests import numbered
from tests.sitefiles import NOW, head, problems, write, yml

HERE = "content/indicators/"


def told(tmp_path: Path, files: dict[str, str]) -> list[Problem]:
    """What is wrong with the usual site and these files in it."""
    write(tmp_path, {**numbered.SITE, **files})
    found = dict.fromkeys(problems(tmp_path))  # each edition tells
    return [p for p in found if p.code[:3] in {"FMT", "IND", "SNP", "JSN", "REF"}]


def test_the_usual_site_is_right(tmp_path: Path) -> None:
    assert told(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("keys", "code", "words"),
    [
        ({"subject": "单位"}, "FMT004", "统计法第二十八条"),
        ({"region_levels": ["省", "企业"]}, "FMT004", "统计法第二十八条"),
        ({"region_levels": ["乡"]}, "FMT004", "国、省、市、县"),
        ({"family": "micro"}, "FMT004", "monitor"),
        ({"parts": ["meiyou"]}, "IND001", "`meiyou` 不存在"),
        ({"related": ["gongye"]}, "IND001", "它自己"),
        ({"parts": ["gongye"]}, "IND001", "它自己"),
        ({"grants": [{"audience": "nobody"}]}, "FMT005", "nobody"),
        ({"grants": [{"audience": "intranet", "levels": ["县"]}]}, "IND001", "县 不在"),
        ({"grants": [{"audience": "intranet", "measures": ["mom"]}]}, "IND001", "mom 不在"),
        ({"measures": {"yoy": {"lowest": 5, "highest": 5}}}, "IND001", "不小于 highest"),
        ({"measures": {"yoy": {"lowest": math.nan}}}, "FMT004", "这里要写数"),
        ({"measures": {"yoy": {"highest": math.inf}}}, "FMT004", "这里要写数"),
        ({"target": {"2026": math.nan}}, "FMT004", "这里要写数"),
        ({"target_measure": "mom", "target": {"2026": 5}}, "IND001", "不在 measures"),
        ({"additive": True}, "IND001", "没有 ytd"),
        ({"releases": {"lag": 1}}, "IND001", "哪一天"),
        (
            {"releases": {"dates": {"2026-Q3": "2026-10-18T10:00:00+08:00"}}},
            "IND001",
            "对不上",
        ),
        ({"caliber": {"meaning": "只有涵义"}}, "IND003", "范围、调查方法、计算方法、样本量"),
        ({"system": "system:meiyou"}, "REF003", "system:meiyou"),
        ({"id": "kanban"}, "IND001", "另有用处"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, dict) else "",
)
def test_a_wrong_definition_is_told(
    tmp_path: Path, keys: dict[str, Any], code: str, words: str
) -> None:
    wrong = {f"{HERE}jiance.yml": numbered.indicator(id="", **keys) if "id" not in keys else ""}
    if "id" in keys:
        wrong = {f"{HERE}{keys['id']}.yml": numbered.indicator()}
    if keys.get("related") or keys.get("parts") == ["gongye"]:
        wrong = {f"{HERE}gongye.yml": numbered.indicator(**keys)}
    found = [p for p in told(tmp_path, wrong) if p.code == code]
    assert any(words in p.message for p in found), found
    assert all(p.where.line for p in found if code.startswith("FMT"))


def test_parts_that_go_round_in_a_circle_are_told(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        {
            f"{HERE}jia.yml": numbered.indicator(parts=["yi"]),
            f"{HERE}yi.yml": numbered.indicator(parts=["jia"]),
        },
    )
    assert [(p.code, p.where.path[-7:]) for p in found if "绕成了圈" in p.message] == [
        ("IND001", "jia.yml"),
        ("IND001", "/yi.yml"),
    ]


def test_parts_of_another_unit_are_told(tmp_path: Path) -> None:
    other = numbered.indicator(measures={"value": {"unit": "万元"}})
    mine = numbered.indicator(measures={"value": {"unit": "亿元"}}, parts=["bie"])
    found = told(tmp_path, {f"{HERE}zong.yml": mine, f"{HERE}bie.yml": other})
    assert ["单位与它不同" in p.message for p in found] == [True]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"code": "990100", "name": "甲", "level": "市", "parent": "990000"}], "没有省一级"),
        (
            [
                {"code": "990000", "name": "省", "level": "省"},
                {"code": "990000", "name": "又一个", "level": "省"},
            ],
            "写了两遍",
        ),
        (
            [
                {"code": "990000", "name": "省", "level": "省"},
                {"code": "990100", "name": "甲", "level": "市", "parent": "880000"},
            ],
            "不在表里",
        ),
        (
            [
                {"code": "990000", "name": "省", "level": "省"},
                {"code": "990100", "name": "甲", "level": "市", "parent": "990000"},
                {"code": "990101", "name": "乙", "level": "市", "parent": "990100"},
            ],
            "parent 却是市",
        ),
        ([{"code": "99", "name": "省", "level": "省"}], "六位数字"),
        ([{"code": "990000", "name": "省", "level": "住户"}], "第二十八条"),
        (
            [{"code": "990000", "name": "省", "level": "省", "organisation": "meiyou"}],
            "没有登记",
        ),
    ],
    ids=["no province", "twice", "lost", "level", "code", "micro", "bureau"],
)
def test_a_wrong_list_of_regions_is_told(
    tmp_path: Path, rows: list[dict[str, str]], words: str
) -> None:
    write(tmp_path, {f"{HERE}regions.yml": head(title="地区表", regions=rows)})
    assert any(words in p.message for p in problems(tmp_path))


def test_indicators_need_a_list_of_regions(tmp_path: Path) -> None:
    write(tmp_path, {f"{HERE}gongye.yml": numbered.indicator()})
    assert ["还没有地区表" in p.message for p in problems(tmp_path) if p.code == "IND001"] == [True]


@pytest.mark.parametrize(
    ("block", "code", "words"),
    [
        ({"text": "好", "numbers": [{"indicator": "gongye", "measure": "yoy"}]}, "IND001", "一样"),
        ({"title": "空的"}, "IND001", "一样"),
        ({"numbers": [{"indicator": "gongye", "measure": "mom"}]}, "IND004", "没有 mom"),
        ({"numbers": [{"indicator": "gongy", "measure": "yoy"}]}, "IND004", "没有指标 `gongy`"),
        ({"table": {"from": {"indicator": "gongye"}}}, "FMT003", "measure"),
        (
            {"table": {"from": {"indicator": "gongye", "measure": "yoy", "periods": "2026-Q1"}}},
            "IND004",
            "对不上",
        ),
        (
            {"chart": {"from": {"indicator": "gongye", "measure": "yoy"}, "typ": "line"}},
            "FMT002",
            "typ",
        ),
    ],
    ids=["two", "none", "measure", "indicator", "lacking", "period", "key"],
)
def test_a_wrong_block_of_a_dashboard_is_told(
    tmp_path: Path, block: dict[str, Any], code: str, words: str
) -> None:
    found = told(tmp_path, {f"{HERE}dashboards/ban.yml": yml(blocks=[block])})
    assert any(p.code == code and words in p.message for p in found), found


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"regions": {"codes": ["990100"], "level": "市"}}, "要么"),
        ({"regions": {"codes": ["880000"]}}, "不在地区表里"),
        ({"regions": ["990100"], "checks": ["meiyou"]}, "`meiyou` 不存在"),
        ({"rows": [{"indicator": "gongye", "measure": "mom"}]}, "没有 mom"),
        ({"rows": [{"indicator": "gongye", "measure": "yoy"}] * 2}, "前面已经有了"),
        ({"frequency": "quarter"}, "频度与模板不同"),
    ],
    ids=["both", "code", "check", "measure", "twice", "frequency"],
)
def test_a_wrong_template_is_told(tmp_path: Path, keys: dict[str, Any], words: str) -> None:
    right = {
        "frequency": "month",
        "regions": {"level": "市"},
        "rows": [{"indicator": "gongye", "measure": "yoy"}],
    }
    files = {f"{HERE}templates/biao.yml": yml(audience="intranet", **(right | keys))}
    found = told(tmp_path, files)
    assert [p.code for p in found if words in p.message] == ["IND001"], found
    assert told(tmp_path, {f"{HERE}templates/biao.yml": yml(audience="intranet", **right)}) == []


def test_the_name_of_a_snapshot_is_its_id(tmp_path: Path) -> None:
    text = numbered.FIRST
    found = told(tmp_path, {f"{HERE}snapshots/second.json": text})
    assert ("IND002", f"{HERE}snapshots/second.json") in [(p.code, p.where.path) for p in found]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1, "a": 2}', (1, 10)),
        ('{"a": 1\n "b": 2}', (2, 2)),
        ("[]", (1, 1)),
        ('{"a": 1} x', (1, 10)),
        ('{"a": [NaN]}', (1, 1)),
        ("{1: 2}", (1, 2)),
        ('{"a" 1}', (1, 6)),
        ("[" * 100_000, (1, 1)),
    ],
    ids=["twice", "comma", "list", "rest", "nan", "key", "colon", "deep"],
)
def test_json_that_is_none_is_placed(tmp_path: Path, text: str, place: tuple[int, int]) -> None:
    found = told(tmp_path, {f"{HERE}snapshots/huai.json": text})
    here = [p for p in found if p.where.path.endswith("huai.json")]
    assert [(p.code, p.where.line, p.where.column) for p in here] == [("JSN001", *place)]


def test_what_numbers_are_named_by_is_told_where_it_is_not(tmp_path: Path) -> None:
    text = numbered.snapshot(
        "bie",
        "2026-10-19T10:00:00+08:00",
        numbered.block([[1.0]], ["2026-09"], indicator="meiyou"),
        numbered.block([[1.0]], ["2026-Q3"]),
        numbered.block([[1.0]], ["2026-06"], ["880000"]),
        numbered.block([[1.0]], ["2026-06"], ["000000"]),
    )
    found = [p for p in told(tmp_path, {f"{HERE}snapshots/bie.json": text}) if p.code == "SNP010"]
    lines = text.split("\n")
    marks = ['"indicator": "meiyou"', '"periods": ["2026-Q3"]', '"880000"', '"000000"']
    assert [mark in lines[p.where.line - 1] for p, mark in zip(found, marks, strict=True)] == [
        True
    ] * 4


# --- weike new --------------------------------------------------------------------------------------


def test_new_files_of_numbers_are_right_together(tmp_path: Path) -> None:
    write(tmp_path, {"site_config.yml": numbered.CONFIG, "content/orgs.yml": numbered.ORGS})
    for kind in ("dashboard", "gdp"):  # nothing to begin with yet
        assert main(["new", kind, "shili", "--root", str(tmp_path), "--now", NOW.isoformat()]) == 1
    names = {"regions": "regions"}
    order = ["indicator", "regions", *(k for k in NUMBERS if k not in {"indicator", "regions"})]
    for kind in order:
        words = ["new", kind, names.get(kind, "shili"), "--root", str(tmp_path)]
        assert main([*words, "--now", NOW.isoformat()]) == 0, kind
    found = [p for p in problems(tmp_path) if p.severity is Severity.ERROR]
    assert found == []
    told_of = {p.where.path for p in problems(tmp_path) if p.code == "IND005"}
    assert told_of == {f"{HERE}dashboards/shili.yml"}  # it shows numbers, and there are none yet


# --- for those inside -------------------------------------------------------------------------------

RULE = {"id": "fan", "rule": "range", "indicators": ["gongye"], "measures": ["yoy"], "low": -9}
SUPPLY = {
    "industry": "工业",
    "indicator": "gongye",
    "measure": "yoy",
    "department": "工业处",
    "due": "2026-10-16",
}
VERDICT = {
    "warning": "0123456789abcdef",
    "rule": "swing/1",
    "indicator": "gongye",
    "measure": "yoy",
    "region": "990000",
    "period": "2026-09",
    "state": "acknowledged",
    "by": "工业处",
    "on": "2026-11-20",
}
INSIDE: dict[str, dict[str, Any]] = {
    "rules": {"rules": [RULE]},
    "gdp": {"period": "2026-Q3", "rows": [SUPPLY]},
    "verdicts": {"verdicts": [VERDICT]},
}


@pytest.mark.parametrize("folder", INSIDE)
def test_what_is_for_those_inside_is_refused_outside(tmp_path: Path, folder: str) -> None:
    path = f"{HERE}{folder}/nei.yml"
    assert told(tmp_path, {path: yml(audience="intranet", **INSIDE[folder])}) == []
    found = told(tmp_path, {path: yml(audience="public", **INSIDE[folder])})
    assert [(p.code, "只给单位内部看" in p.message) for p in found] == [("IND001", True)]


@pytest.mark.parametrize("folder", INSIDE)
def test_what_is_for_those_inside_names_what_exists(tmp_path: Path, folder: str) -> None:
    text = yml(audience="intranet", **INSIDE[folder]).replace('"gongye"', '"meiyou"')
    found = told(tmp_path, {f"{HERE}{folder}/nei.yml": text})
    assert ["`meiyou` 不存在" in p.message for p in found] == [True]


def test_a_ledger_that_contradicts_itself_is_told(tmp_path: Path) -> None:
    rows = [
        SUPPLY | {"state": "received"},
        SUPPLY | {"department": "别处", "received": "2026-10-15"},
    ]
    file = yml(audience="intranet", period="2026-Q3", rows=rows)
    found = told(tmp_path, {f"{HERE}gdp/nei.yml": file})
    assert [p.message[:6] for p in found] == ["第 1 行：", "第 2 行："], found


def test_a_rule_is_written_once(tmp_path: Path) -> None:
    file = yml(audience="intranet", rules=[RULE, RULE])
    found = told(tmp_path, {f"{HERE}rules/nei.yml": file})
    assert ["`fan` 写了两遍" in p.message for p in found] == [True]
    assert [p.code for p in told(tmp_path, {f"{HERE}rules/nei.yml": yml(audience="intranet")})] == [
        "IND001"
    ]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"rules": [RULE | {"measures": ["mom"]}]}, "没有 mom（环比）"),
        (
            {"rules": [{"id": "bi", "rule": "required", "indicators": "gongye", "measures": "yoy", "since": "2026-Q1"}]},
            "频度不一样（季度、月度）",
        ),
        (
            {"bounds": [{"id": "jie", "indicator": "gongye", "measure": "yoy", "frequency": "quarter", "low": 0,
                         "set_by": "处", "set_on": "2026-01-05"}]},
            "频度不一样（季度、月度）",
        ),
        (
            {"relations": [{"id": "gx", "rule": "regression", "of": {"indicator": "gongye", "measure": "ytd_yoy"},
                            "others": [{"indicator": "gongye", "measure": "mom"}]}]},
            "没有 mom（环比）",
        ),
    ],
    ids=["measure", "since", "bound", "relation"],
)  # fmt: skip
def test_a_rule_that_could_never_find_anything_is_told(
    tmp_path: Path, keys: dict[str, Any], words: str
) -> None:
    found = told(tmp_path, {f"{HERE}rules/nei.yml": yml(audience="intranet", **keys)})
    assert any(words in p.message for p in found), found
