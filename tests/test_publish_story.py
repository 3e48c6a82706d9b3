"""The whole way: approved content, articles of its pushes, a package across the air gap, WeChat."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from builder.build import build
from builder.bundle import Bundle
from builder.release import approved
from publish.wechat.cli import Machine
from publish.wechat.cli import main as wechat
from tests.reviewers import bureau
from tests.sitefiles import BASE, CONFIG, NOW, faq
from tests.wechat_standin import StandIn
from tests.wechat_world import Settings

ACCOUNT = "wechat:\n  accounts:\n    tjj: {name: 示范统计}\n"
SECRET = "只给内部看的一句"


def push(**keys: object) -> str:
    said = {**BASE, "account": "tjj", "send": "draft", **keys}
    return "".join(f"{k}: {json.dumps(v, ensure_ascii=False)}\n" for k, v in said.items())


FILES = {
    "site_config.yml": CONFIG + ACCOUNT,
    "faq/mlk/a.md": faq(f"甲的正文。\n\n::: intranet\n{SECRET}。\n:::", title="甲问"),
    "faq/mlk/b.md": faq("| 年 | 数 |\n|---|---|\n| 2026 | 1,234.5 |", title="乙问"),
    "faq/mlk/c.md": faq("丙的正文。", title="丙问"),
    "content/pushes/liang.yml": push(
        title="两篇",
        articles=["faq:mlk/a", {"entries": ["faq:mlk/b", "faq:mlk/c"], "title": "两问"}],
    ),
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The internet edition of a release."""
    root = tmp_path_factory.mktemp("bureau")
    bureau(root, FILES).approve_all()
    made, _ = build(root, root / "dist", [], NOW, 1, release=approved(root, NOW))
    return next(b for b in made if b.header["edition"] == "internet")


def machine(server: StandIn) -> Machine:
    later = NOW + timedelta(hours=1)
    return Machine(lambda: later, lambda seconds: None, environ=server.environ("tjj"))


def test_a_push_of_approved_content_reaches_wechat_once(bundle: Bundle, tmp_path: Path) -> None:
    where = ["--bundle", str(bundle.root), "--state", str(tmp_path / "state")]
    with StandIn(Settings()) as server:
        assert wechat("plan", ["liang", *where], machine(server)) == 0
        assert server.requests() == []  # planning asks nobody
        assert wechat("push", ["liang", *where], machine(server)) == 0
        assert [kind for kind, *_ in server.effects("*draft*")] == ["draft/add"]
        calls = len(server.requests())
        assert wechat("plan", ["liang", *where], machine(server)) == 0
        assert wechat("push", ["liang", *where], machine(server)) == 0
        again = [r["path"] for r in server.requests()[calls:]]
        assert not [p for p in again if "add" in p or "upload" in p or "update" in p]
        there = json.dumps(server.state(), ensure_ascii=False)
    assert "甲的正文" in there
    assert SECRET not in there


def test_nothing_internal_is_in_any_article(bundle: Bundle) -> None:
    said = [
        (bundle.root / p).read_bytes() for p in bundle.files if p.startswith(("wechat/", "data/"))
    ]
    assert len(said) > 4
    assert not any(SECRET.encode() in body for body in said)
    assert any(b"1,234.5" in body for body in said)


def test_nothing_of_a_push_is_in_the_other_edition(bundle: Bundle) -> None:
    other = bundle.root.parent / "intranet"
    assert not (other / "wechat").exists()
    assert not (other / "data/pushes.json").exists()


def test_time_of_the_bundle_must_have_come(bundle: Bundle, tmp_path: Path) -> None:
    made = datetime.fromisoformat(bundle.header["now"])
    early = Machine(lambda: made - timedelta(minutes=1))
    where = ["--bundle", str(bundle.root), "--state", str(tmp_path / "state")]
    assert wechat("plan", ["liang", *where], early) == 1


def test_a_push_is_armed_for_a_bundle_of_later(bundle: Bundle, tmp_path: Path) -> None:
    """The bundle knows what may be known at T only: planned before, carried out at T and not before."""
    opens = datetime.fromisoformat(bundle.header["now"])
    clock = [opens - timedelta(hours=1)]
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        clock[0] += timedelta(seconds=seconds)

    where = ["--bundle", str(bundle.root), "--state", str(tmp_path / "state")]
    with StandIn(Settings()) as server:
        early = Machine(lambda: clock[0], sleep, environ=server.environ("tjj"))
        assert wechat("plan", ["liang", *where, "--at", opens.isoformat()], early) == 0
        assert wechat("push", ["liang", *where], early) == 1  # nobody waits, so nothing goes
        assert server.requests() == []
        assert wechat("push", ["liang", *where, "--wait"], early) == 0
        assert clock[0] >= opens
        assert sum(naps) >= 3600
        assert [kind for kind, *_ in server.effects("*draft*")] == ["draft/add"]
