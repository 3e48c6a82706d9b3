"""A key or a token in content or settings: nothing is built, and the last good bundle stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.build import build
from builder.problems import BuildFailed
from builder.release import approved
from tests.attackers import add, record
from tests.reviewers import USUAL, bureau
from tests.sitefiles import CONFIG, NOW, ORGS, Content, contents, faq, picture, write, yml

PRIVATE = "-----BEGIN PRIVATE" + " KEY-----"  # in one piece, scanners of repositories would cry
CLOUD = "AKIA" + "QX7PLM2ZT4VN8RBD"
LINK = "postgres://tongji:Zx8!kk" + "Qw@db.example:5432/weike"

PLACES: dict[str, Content] = {
    "text": {"faq/mlk/a.md": faq(f"第一行。\n\n配置是 {CLOUD}。")},
    "text for colleagues": {"faq/mlk/a.md": faq(f"公开。\n\n::: intranet\n{LINK}\n:::")},
    "entry for colleagues": {"faq/mlk/a.md": faq(f"{PRIVATE}", audience="intranet")},
    "note of an editor": {"faq/mlk/a.md": faq(editorial={"notes": CLOUD})},
    "own key": {"faq/mlk/a.md": faq(answer=f"用 {CLOUD} 登录。")},
    "source": {
        "faq/mlk/a.md": faq(sources=[{"title": "甲", "quote": f"见 {CLOUD}", "seen": "2026-11-01"}])
    },
    "tag": {"faq/mlk/a.md": faq(tags=[CLOUD])},
    "title of a source": {
        "faq/mlk/a.md": faq(sources=[{"title": CLOUD, "quote": "见", "seen": "2026-11-01"}])
    },
    "place in a source": {
        "faq/mlk/a.md": faq(
            sources=[{"title": "甲", "locator": CLOUD, "quote": "见", "seen": "2026-11-01"}]
        )
    },
    "words of a picture": {
        "faq/mlk/a.md": faq("![图](tu.png)", assets={"tu.png": {"alt": CLOUD}}),
        "faq/mlk/tu.png": picture("PNG"),
    },
    "yaml": {
        "courses/ke/course.yml": yml(title="课"),
        "courses/ke/lessons/01-ce.quiz.yml": yml(
            questions=[
                {
                    "id": "q1",
                    "text": "问",
                    "options": [{"text": CLOUD, "right": True}, {"text": "乙"}],
                }
            ]
        ),
    },
    "attachment": {
        "faq/mlk/a.md": faq("[表](biao.csv)"),
        "faq/mlk/biao.csv": f"名,值\n钥,{CLOUD}\n",
    },
    "settings": {"site_config.yml": CONFIG.replace("示例站点", CLOUD)},
    "list of divisions": {"content/orgs.yml": ORGS.replace("管单位名录。", CLOUD)},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_key_anywhere_stops_the_build(place: str, tmp_path: Path) -> None:
    root = write(tmp_path / "in", {"faq/mlk/hao.md": faq("好的一篇。")})
    build(root, tmp_path / "dist", [], NOW, 1)
    before = contents(tmp_path / "dist")
    write(root, {"faq/mlk/hao.md": faq("好的一篇。"), **PLACES[place]})
    with pytest.raises(BuildFailed) as failed:
        build(root, tmp_path / "dist", [], NOW, 1)
    found = [p for p in failed.value.problems if p.code == "SEC001"]
    assert found
    assert all(p.action for p in found)
    assert contents(tmp_path / "dist") == before


def test_the_line_is_told(tmp_path: Path) -> None:
    root = write(tmp_path, PLACES["text"])
    with pytest.raises(BuildFailed) as failed:
        build(root, tmp_path / "dist", [], NOW, 1)
    [found] = [p for p in failed.value.problems if p.code == "SEC001"]
    lines = (root / "faq/mlk/a.md").read_text("utf-8").split("\n")
    assert CLOUD in lines[found.where.line - 1]
    assert lines[found.where.line - 1][found.where.column - 1 :].startswith(CLOUD)


def test_what_was_approved_is_no_excuse(tmp_path: Path) -> None:
    it = bureau(tmp_path, {"faq/mlk/a.md": faq(f"配置是 {CLOUD}。")})
    it.approve("site:orgs", "site:config")
    for step, person in USUAL:  # the office would refuse: signed behind its back
        add(it, record(it, "faq:mlk/a", "approve", step, it.signers[person]))
    with pytest.raises(BuildFailed) as failed:
        build(tmp_path, tmp_path / "dist", [], NOW, 1, release=approved(tmp_path, NOW))
    assert {p.code for p in failed.value.problems} >= {"SEC001"}


def test_talk_of_passwords_stops_nobody(tmp_path: Path) -> None:
    text = "口令不少于 12 位，密码写成 <PASSWORD>，连接写成 postgres://用户:密码@主机/库。"
    root = write(tmp_path, {"faq/mlk/a.md": faq(text)})
    build(root, tmp_path / "dist", [], NOW, 1)
