"""Dialogues: what a conclusion leans on is shown in every face, and what can't be right is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from builder.config import load_config
from builder.render.robot.compile import compiled
from builder.robot.engine import Robot
from builder.robot.package import Flow, dump, load
from tests.robot_world import Twin, state
from tests.sitefiles import faq, problems, site_of, write, yml

DAY = "2026-11-20"
SOURCES = [
    {"title": "甲办法", "locator": "第一条", "quote": "原文一。", "seen": "2026-11-01"},
    {"title": "乙制度", "quote": "原文二。", "seen": "2026-11-01"},
    {"title": "甲办法", "locator": "第二条", "quote": "原文三。", "seen": "2026-11-01"},
]
STEPS = [
    {"id": "a", "say": "哪一行？", "choices": [{"text": "工业", "to": "b"}, {"text": "建筑", "to": "c"}]},
    {"id": "b", "say": "达到了门槛。", "links": ["faq:mlk/ku"]},
    {"id": "c", "say": "没有达到。", "links": ["faq:mlk/ku"], "sources": [2]},
]  # fmt: skip


def flow(tmp_path: Path) -> tuple[Robot, Twin, Flow]:
    files = {
        "faq/mlk/ku.md": faq(title="几月入库？"),
        "content/robot/flows/a.yml": yml(
            title="自测", ask=["测一测"], sources=SOURCES, steps=STEPS
        ),
    }
    root = write(tmp_path, files)
    package = load(dump(compiled(site_of(root), load_config(root))))
    return Robot(package), Twin(package), package.flows[0]


def test_a_conclusion_names_its_documents(tmp_path: Path) -> None:
    robot, twin, made = flow(tmp_path)
    assert [s.source for s in made.steps] == ["", "《甲办法》、《乙制度》", "《乙制度》"]
    known = robot.answer("测一测", DAY).state
    for asked, source in (("工业", "《甲办法》、《乙制度》"), ("建筑", "《乙制度》")):
        mine = robot.answer(asked, DAY, known)
        assert mine.source == source
        assert twin.answer(asked, DAY, state(known))["source"] == source
        assert mine.links == (("几月入库？", "faq/mlk/ku/"),)


# --- what is told ---------------------------------------------------------------------------------

END = {"id": "b", "say": "完"}


def choices(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"text": text, "to": to} for text, to in pairs]


def told(tmp_path: Path, files: dict[str, str], code: str) -> list[str]:
    root = write(tmp_path, {"faq/mlk/ku.md": faq(title="几月入库？"), **files})
    found = [p for p in problems(root) if p.code == code]
    assert all(p.where.path in files and p.where.line > 1 for p in found)
    return [p.message for p in found]


@pytest.mark.parametrize(
    "say",
    [
        "达到了门槛。",
        "罚款5万元。",
        "3日内改正。",
        "两个月内报。",
        "按统计法第七条办。",
        "年底前要报。",
        "依法处理。",
    ],
)
def test_a_fact_leads_to_where_it_stands(tmp_path: Path, say: str) -> None:
    start = {"id": "a", "say": "问", "choices": choices(("是", "b"))}
    flow = "content/robot/flows/a.yml"
    bare = yml(steps=[start, {"id": "b", "say": say}])
    (message,) = told(tmp_path / "bare", {flow: bare}, "ROB004")
    assert "第 `b` 步的结论说了" in message
    for name, keys in (("links", {"links": ["faq:mlk/ku"]}), ("sources", {"sources": [1]})):
        proved = yml(steps=[start, {"id": "b", "say": say, **keys}])
        assert told(tmp_path / name, {flow: proved}, "ROB004") == []


@pytest.mark.parametrize(
    ("steps", "code", "said"),
    [
        ([{"id": "a", "say": "问", "choices": choices(("是", "b"))}, {**END, "sources": [2]}], "ROB004", "写了第2条出处，文件里只有1条"),
        ([{"id": "a", "say": "问", "choices": choices(("有", "b"), ("有", "c"))}, END, {**END, "id": "c"}], "ROB002", "“有”指向两处：`b` 和 `c`"),
        ([{"id": "a", "say": "问", "choices": [{"text": "甲", "to": "b"}, {"text": "乙", "to": "c", "also": ["甲"]}]}, END, {**END, "id": "c"}], "ROB002", "“甲”指向两处"),
        ([{"id": "a", "say": "问", "choices": choices(("是", "b"))}, {"id": "b", "say": "再问", "choices": choices(("是", "a"))}], "ROB002", "从第 `a` 步怎么走都到不了结论"),
        ([{"id": "a", "say": "问", "choices": choices(("是", "b"), ("否", "c"))}, END, {"id": "c", "say": "再问", "choices": choices(("是", "c"))}], "ROB002", "从第 `c` 步怎么走都到不了结论"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_steps_is_told(
    tmp_path: Path, steps: list[dict[str, Any]], code: str, said: str
) -> None:
    messages = told(tmp_path, {"content/robot/flows/a.yml": yml(steps=steps)}, code)
    assert any(said in message for message in messages), messages


@pytest.mark.parametrize("least", [".nan", ".inf", "-.inf"])
def test_a_bound_is_a_number(tmp_path: Path, least: str) -> None:
    bounds = [{"to": "b", "least": 7777}, {"to": "b"}]
    text = yml(steps=[{"id": "a", "say": "问", "unit": "人", "bounds": bounds}, END])
    text = text.replace("7777", least)
    root = write(tmp_path, {"content/robot/flows/a.yml": text})
    assert [p for p in problems(root) if p.severity.name == "ERROR"]


def test_a_wording_that_names_two_is_told(tmp_path: Path) -> None:
    files = {
        "faq/mlk/a.md": faq(title="晚交报表罚多少？", ask=["报表晚交了怎么办"]),
        "faq/mlk/b.md": faq(title="另一件事", ask=["请问晚交报表罚多少呢"]),
        "content/robot/flows/c.yml": yml(
            title="自测",
            ask=["测一测", "测一测！", "报表晚交了咋办"],
            steps=[{"id": "a", "say": "问", "choices": choices(("是", "b"))}, END],
        ),
        "content/robot/d.yml": yml(talks=[{"say": "好", "ask": ["测一测"]}]),
    }
    found = told(tmp_path, files, "ROB005")
    assert any(
        "“请问晚交报表罚多少呢”和 faq/mlk/a.md 的“晚交报表罚多少？”问的是一件事" in m for m in found
    )
    assert any("“测一测！”写了两遍" in m for m in found)
    assert any("“报表晚交了怎么办”和 content/robot/flows/c.yml" in m for m in found)
    assert any("“测一测”和" in m for m in found)
    assert len(found) == 4


def test_one_wording_twice_in_one_answer_names_only_that(tmp_path: Path) -> None:
    files = {"faq/mlk/a.md": faq(title="晚交报表罚多少？", ask=["请问晚交报表罚多少"])}
    assert told(tmp_path, files, "ROB005") == []


def test_a_word_that_is_always_excused_is_told(tmp_path: Path) -> None:
    rule: dict[str, object] = {"title": "单个单位", "say": "不答。", "ask": ["某厂产值"]}
    rule |= {"when": [["这家公司", "某厂"], ["产值"]], "unless": ["企业", "怎么"]}
    found = told(tmp_path, {"content/robot/a.yml": yml(refusals=[rule])}, "ROB006")
    assert found == ["“单个单位”里的“这家公司”永远用不上：里面就有 unless 的词。"]
