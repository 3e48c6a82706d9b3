"""For which other robots an edition writes files, and where it is told what they can't hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.build import build
from builder.config import config_of
from builder.problems import BuildFailed, Problem
from tests.sitefiles import CONFIG, NOW, bundles, faq, write

INTERNET = {"wechat-bot.json", "wechat-bot.csv", "wecom-kf.json", "faqpage.json"}
INSIDE = {"items.jsonl", "spoken.jsonl", "rasa/nlu.yml", "rasa/domain.yml", "rasa/rules.yml"}
FILES = {
    "faq/mlk/a.md": faq(title="公开的一问"),
    "faq/mlk/b.md": faq(title="内部的一问", audience="intranet", answer="只给内部看的一句话。"),
}


def written(root: Path) -> set[str]:
    folder = root / "robot"
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return found - {"package.json"}


def test_words_of_the_house_go_to_no_robot_outside(tmp_path: Path) -> None:
    made = bundles(write(tmp_path / "root", FILES), tmp_path / "dist")
    assert written(made["internet"].root) == INTERNET | INSIDE
    assert written(made["intranet"].root) == INSIDE
    assert "只给内部看" in (made["intranet"].root / "robot" / "items.jsonl").read_text("utf-8")
    assert "只给内部看" not in (made["internet"].root / "robot" / "items.jsonl").read_text("utf-8")


def test_an_edition_may_have_fewer(tmp_path: Path) -> None:
    config = f"{CONFIG}robot: {{channels: {{internet: [wecom], intranet: [lines]}}}}\n"
    files = {**FILES, "site_config.yml": config}
    made = bundles(write(tmp_path / "root", files), tmp_path / "dist")
    assert written(made["internet"].root) == {"wecom-kf.json"}
    assert written(made["intranet"].root) == {"items.jsonl"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("channels: {intranet: [lines, wechat, wecom]}", "不能给互联网上的渠道：wechat、wecom。"),
        ("channels: {intranet: [faqpage]}", "不能给互联网上的渠道：faqpage。"),
        ("channels: {neibu: [lines]}", "robot.channels 里的 `neibu` 不是版本。"),
        ("modules: {neibu: [faq]}", "robot.modules 里的 `neibu` 不是版本。"),
    ],
)
def test_what_may_not_be_is_told_on_its_line(keys: str, said: str) -> None:
    text = f"{CONFIG}robot:\n  {keys}\n"
    with pytest.raises(BuildFailed) as failed:
        config_of(text.encode())
    (problem,) = failed.value.problems
    assert said in problem.message
    assert problem.where.line == text.count("\n")


def failures(root: Path, out: Path) -> list[Problem]:
    with pytest.raises(BuildFailed) as failed:
        build(root, out, [], NOW, jobs=1)
    return [p for p in failed.value.problems if p.code == "ROB003"]


def test_too_long_is_told_at_the_line_that_says_it(tmp_path: Path) -> None:
    long = faq(title="太长的一问", ask=[f"问法{n}" for n in range(101)])
    root = write(tmp_path / "root", {"faq/mlk/a.md": long})
    (problem,) = failures(root, tmp_path / "dist")
    lines = long.splitlines()
    assert str(problem.where.path) == "faq/mlk/a.md"
    assert lines[problem.where.line - 1].startswith("ask:")


def test_who_does_not_use_the_channel_is_not_bothered(tmp_path: Path) -> None:
    long = faq(ask=[f"问法{n}" for n in range(101)])
    config = f"{CONFIG}robot: {{channels: {{internet: [rasa]}}}}\n"
    root = write(tmp_path / "root", {"faq/mlk/a.md": long, "site_config.yml": config})
    assert set(bundles(root, tmp_path / "dist")) == {"internet", "intranet"}
