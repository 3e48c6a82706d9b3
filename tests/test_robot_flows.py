"""Dialogues: what a conclusion leans on is shown in every face, and what can't be right is told."""

from __future__ import annotations

from pathlib import Path

from builder.config import load_config
from builder.render.robot.compile import compiled
from builder.robot.engine import Robot
from builder.robot.package import Flow, dump, load
from tests.robot_world import Twin, state
from tests.sitefiles import faq, site_of, write, yml

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
