"""A build that stands is the build that would be made: else it is made."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from builder import standing
from builder.build import build
from builder.bundle import Bundle, load
from builder.cli import main
from builder.model import BEIJING
from builder.problems import Problem
from builder.standing import Asked, remember, source
from tests import embargo_world
from tests.embargo_world import KEY_FILE, SITE, World, environment, fresh, sealed
from tests.sitefiles import CONFIG, NOW, ORGS, faq, write, yml

COUNT = 60 if os.environ.get("WEIKE_FULL") else 6
PAGE = "faq/mlk/wen.md"
FILES = {
    "site_config.yml": CONFIG,
    "content/orgs.yml": ORGS,
    PAGE: faq("答案是十二。", title="怎么答？"),
    "faq/mlk/fujian.txt": "附件",
    "content/events/bo.live.yml": yml(
        title="直播",
        start="2026-11-20T14:00:00+08:00",
        end="2026-11-20T15:00:00+08:00",
        posts=[{"time": "2026-11-20T14:00:00+08:00", "title": "开始", "text": "开会了。"}],
    ),
}


def made(asked: Asked, now: datetime) -> tuple[list[Bundle], list[Problem]]:
    """A build, and its record."""
    made_from = source(asked)
    bundles, problems = build(asked.root, asked.out, asked.editions, now, jobs=1)
    remember(asked, made_from, bundles, problems, now)
    return bundles, problems


def stands(asked: Asked, now: datetime = NOW) -> bool:
    return standing.standing(asked, source(asked), now) is not None


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    root = write(tmp_path / "site", FILES)
    git = ["git", "-C", str(root), "-c", "user.name=某人", "-c", "user.email=a@example.invalid"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "第一次"]):
        subprocess.run([*git, *words], check=True)
    asked = Asked(root, tmp_path / "dist")
    made(asked, NOW)
    return asked


def test_what_nobody_touched_stands_and_says_what_it_said(asked: Asked) -> None:
    before = {p: p.stat() for p in asked.out.rglob("*")}
    kept = standing.standing(asked, source(asked), NOW)
    assert kept is not None
    other = asked.out.with_name("neu")
    problems = build(asked.root, other, [], NOW, jobs=1)[1]
    for made_now, found in zip(kept[0], [load(other / b.root.name) for b in kept[0]], strict=True):
        assert (made_now.header, made_now.files) == (found.header, found.files)
    assert kept[1] == problems
    assert {p: p.stat() for p in asked.out.rglob("*")} == before


def _same_size(root: Path) -> None:
    """Other words, the same length, the same time."""
    page = root / PAGE
    held = page.stat()
    page.write_text(page.read_text("utf-8").replace("十二", "十三"), "utf-8", newline="\n")
    os.utime(page, ns=(held.st_atime_ns, held.st_mtime_ns))


def _commit(root: Path) -> None:
    git = ["git", "-C", str(root), "-c", "user.name=某人", "-c", "user.email=a@example.invalid"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "又一次"], check=True)


def _link(root: Path) -> None:
    (root / "faq/mlk/lian.md").symlink_to(root / PAGE)


TOUCHED: dict[str, Callable[[Path], object]] = {
    "a word": _same_size,
    "a commit": _commit,
    "a new file": lambda root: write(root, {"faq/mlk/xin.md": faq("新的。", title="新的？")}),
    "a file gone": lambda root: (root / PAGE).unlink(),
    "a file renamed": lambda root: (root / PAGE).rename(root / "faq/mlk/gai.md"),
    "a stray": lambda root: write(root, {"faq/mlk/~wen.md": "x"}),
    "a link": _link,
    "the settings": lambda root: write(root, {"site_config.yml": CONFIG.replace("示例微课", "微课")}),
    "no settings": lambda root: (root / "site_config.yml").unlink(),
    "an attachment": lambda root: write(root, {"faq/mlk/fujian.txt": "附例"}),
}  # fmt: skip


@pytest.mark.parametrize("touch", TOUCHED.values(), ids=TOUCHED)
def test_content_that_changed_is_built(asked: Asked, touch: Callable[[Path], object]) -> None:
    assert stands(asked)
    touch(asked.root)
    assert not stands(asked)


SPOILT: dict[str, Callable[[Path], object]] = {
    "a page changed": lambda out: (out / "internet/site/index.html").write_text("x", "utf-8"),
    "a page gone": lambda out: (out / "intranet/site/index.html").unlink(),
    "a file more": lambda out: (out / "internet/site/mehr.html").write_text("x", "utf-8"),
    "an edition gone": lambda out: shutil.rmtree(out / "internet"),
    "the manifest": lambda out: (out / "internet/manifest.json").write_text("{}", "utf-8"),
    "a link for a page": lambda out: _linked(out / "internet/site/index.html"),
}


def _linked(page: Path) -> None:
    other = page.with_name("other.html")
    page.rename(other)
    page.symlink_to(other)


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_bundle_that_changed_is_built(asked: Asked, spoil: Callable[[Path], object]) -> None:
    assert stands(asked)
    spoil(asked.out)
    assert not stands(asked)


def test_another_order_is_built(asked: Asked) -> None:
    assert not stands(replace(asked, editions=("internet",)))
    assert not stands(replace(asked, draft=True))
    assert not stands(replace(asked, out=asked.out.with_name("anderswo")))
    before = source(asked, {})
    assert source(asked, {"WEIKE_RELEASE_KEY": "/nicht/da"}) != before
    key = asked.root / "key"
    key.write_bytes(KEY_FILE)
    held = source(asked, {"WEIKE_RELEASE_KEY": str(key)})
    key.write_bytes(KEY_FILE + b" ")
    assert source(asked, {"WEIKE_RELEASE_KEY": str(key)}) != held


def test_what_another_build_brought_is_not_remembered_as_ours(asked: Asked) -> None:
    made_from = source(asked)
    bundles, problems = build(asked.root, asked.out, [], NOW, jobs=1)
    _same_size(asked.root)
    build(asked.root, asked.out, [], NOW, jobs=1)
    remember(asked, made_from, bundles, problems, NOW)
    assert not asked.file.exists()


def test_a_spoilt_record_is_no_record(asked: Asked) -> None:
    data = bytearray(asked.file.read_bytes())
    data[-1] ^= 1
    asked.file.write_bytes(data)
    assert not stands(asked)


def test_the_clock(asked: Asked) -> None:
    """Nothing begins or ends before 14:00; then the live coverage does."""
    at = NOW.replace(hour=13, minute=59, second=59)
    assert stands(asked, at)
    assert stands(asked, NOW)
    assert not stands(asked, at + timedelta(seconds=1))
    assert not stands(asked, NOW - timedelta(hours=10))  # yesterday


def test_the_command_keeps_what_stands(
    asked: Asked, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "builder.memo.aside", lambda work: work()
    )  # the next call must find the record
    words = ["build", "--root", str(asked.root), "--out", str(asked.out), "--jobs", "1"]
    later = ["--now", (NOW + timedelta(hours=1)).isoformat()]
    said = []
    for more in (later, later, ["--now", NOW.isoformat()], ["--edition", "internet", *later]):
        assert main([*words, *more]) == 0
        said.append(capsys.readouterr())
    assert ["照旧" in s.err for s in said] == [True, True, True, False]
    _same_size(asked.root)
    assert main([*words, *later]) == 0
    assert "照旧" not in capsys.readouterr().err
    assert "十三" in (asked.out / "internet/site/faq/mlk/wen/index.html").read_text("utf-8")


# --- the property: what stands at another hour is what that hour would make ------------------------

DAY = datetime(2026, 10, 18, tzinfo=BEIJING)
HOURS = st.integers(0, 86_399).map(lambda n: DAY + timedelta(seconds=n))
LIVE = yml(
    title="发布会直播",
    start="2026-10-18T09:30:00+08:00",
    end="2026-10-18T11:00:00+08:00",
    posts=[{"time": "2026-10-18T10:15:00+08:00", "title": "数字", "text": "公布了。", "key": True}],
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("standing"))
    write(made.with_it, {**SITE, "content/events/bo.live.yml": LIVE})
    return made


@settings(max_examples=COUNT, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOURS, HOURS, HOURS)
@example(DAY.replace(hour=12), DAY.replace(hour=9, minute=31), DAY.replace(hour=9, minute=59))
@example(DAY.replace(hour=10), DAY.replace(hour=10), DAY.replace(hour=10, minute=14))
@example(DAY.replace(hour=10), DAY.replace(hour=23), DAY.replace(hour=11))
def test_what_stands_at_another_hour_is_what_would_be_made(
    world: World, release: datetime, first: datetime, then: datetime
) -> None:
    world.put(sealed(fresh(release)))
    asked = Asked(world.with_it, world.with_it / "dist")
    with environment(world.with_it.parent / "release.key"):
        made(asked, first)
        kept = standing.standing(asked, source(asked), then)
        assume(kept is not None)
        there = _bytes(asked.out)
    assert there == embargo_world.built(world.with_it, then)[0]


def test_the_property_is_not_empty(world: World) -> None:
    """It stands within the hour before a release, and not across it."""
    world.put(sealed(fresh(DAY.replace(hour=13))))
    asked = Asked(world.with_it, world.with_it / "dist")
    assert f"{embargo_world.FOLDER}/old.json" in SITE
    with environment(world.with_it.parent / "release.key"):
        made(asked, DAY.replace(hour=12, minute=1))
        assert stands(asked, DAY.replace(hour=12, minute=59, second=59))
        assert not stands(asked, DAY.replace(hour=13))


def _bytes(out: Path) -> dict[str, bytes]:
    files = (p for p in sorted(out.rglob("*")) if p.is_file())
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in files}
