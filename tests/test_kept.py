"""Pages with several files are kept whole, or made anew whole, by all that they are made from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from builder.build import build
from tests.corpus import ROOT, tree
from tests.sitefiles import NOW, actual, fact, md, picture, plain, write, yml

COMIC, TU, KE = "courses/ke/hua/", "courses/ke/tu/", "courses/ke/"
QIAN, NORM, LAN = "courses/qian/", "norms/taizhang/", "columns/lan/"
NEW, OLD, LIVE = "standards/xin/", "standards/jiu/", "courses/ke/bo/"
HELD = {
    COMIC: {"index.html", "manhua.webp"},
    TU: {"index.html", "tujie.webp", "tujie.pdf"},
    KE: {"index.html", "fenmian.jpg"},
    NORM: {"index.html", "taizhang-1.xlsx"},
    LIVE: {"index.html", "fragment.html"},
}
PANELS = """\
text: |
  ![门口的牌子](men.png)
panels:
  - scene: office
    cast: [{who: 小李, mood: happy}]
    says: [{who: 小李, text: 今天报表！}]
  - {wide: true, scene: village, cast: [{who: 王姐}], says: [{who: 王姐, text: 先看说明}]}
"""
BLOCKS = (
    "layout: steps\nblocks:\n  - {title: 第一步, text: 看表}\n  - {title: 第二步, text: 填表}\n"
)
POSTS = """\
start: 2026-11-20T09:00:00+08:00
end: 2026-11-20T11:00:00+08:00
place: 一号会议室
posts: [{time: 2026-11-20T09:00:00+08:00, title: 开始, text: 开会了。}]
"""
LEDGER = [{"name": "台账", "columns": ["月份", "产量"], "rows": [["9月", "5"]]}]
STANDARD = {"division": "jiazhou", "number": "GB 1", "issued_by": "示例局", "status": "current"}
FILES: dict[str, str | bytes] = {
    "courses/ke/course.yml": yml(title="本课", prerequisites=["course:qian"]),
    "courses/qian/course.yml": yml(title="先学的课"),
    "courses/ke/lessons/01-hua.comic.yml": yml(title="漫画课", tags=["漫画"]) + PANELS,
    "courses/ke/lessons/men.png": picture("PNG"),
    "courses/ke/lessons/02-tu.infographic.yml": yml(title="图解课", aliases=["jiu/tu"]) + BLOCKS,
    "courses/ke/lessons/03-bo.live.yml": yml(title="直播课") + POSTS,
    "content/norms/taizhang.md": fact(title="台账", division="nbc", ledgers=LEDGER),
    "content/columns/lan.yml": md(title="专栏一", gather={"tags": ["漫画"]}).split("---\n")[1],
    "content/standards/xin.md": fact(title="新标准", supersedes=["standard:jiu"], **STANDARD),
    "content/standards/jiu.md": fact(title="旧标准", **STANDARD | {"status": "superseded"}),
}
# What an author changes: file, old words, new words; pages that must be new and pages that must not.
CHANGES = {
    "a panel": ("courses/ke/lessons/01-hua.comic.yml", "先看说明", "先看通知", {COMIC}, {TU, NORM}),
    "a gesture": ("courses/ke/lessons/01-hua.comic.yml", "{who: 王姐}", "{who: 王姐, gesture: point}", {COMIC}, {TU}),
    "a block": ("courses/ke/lessons/02-tu.infographic.yml", "填表", "填好", {TU}, {COMIC, NORM}),
    "a source": ("courses/ke/lessons/02-tu.infographic.yml", "示例制度", "示例办法", {TU}, {COMIC}),
    "an alias": ("courses/ke/lessons/02-tu.infographic.yml", "jiu/tu", "jiu/tujie", {TU}, {COMIC}),
    "a ledger": ("content/norms/taizhang.md", '"5"', '"6"', {NORM}, {COMIC, TU}),
    "a division": ("content/orgs.yml", "名录库", "名录处", {COMIC, TU, KE}, set()),
    "the site": ("site_config.yml", "name: 示例微课", "name: 示例课堂", {COMIC, TU, KE, NORM}, set()),
    "a course before": ("courses/qian/course.yml", "先学的课", "先看的课", {KE, QIAN}, {NORM}),
    "a gathered page": ("courses/ke/lessons/01-hua.comic.yml", "漫画课", "漫画一课", {COMIC, LAN}, {NORM}),
    "an older standard": ("content/standards/jiu.md", "旧标准", "旧的标准", {NEW, OLD}, {COMIC, NORM}),
    "a newer standard": ("content/standards/xin.md", "新标准", "新的标准", {NEW, OLD}, {COMIC, NORM}),
}  # fmt: skip
DRAWN = ("resvg_py", "PIL", "xlsxwriter", "uharfbuzz", "mini_racer", "py_mini_racer", "numpy", "av")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree, built once: its cache in `root`, its editions in `out`."""
    base = tmp_path_factory.mktemp("kept")
    write(base / "root", FILES)
    build(base / "root", base / "out", [], NOW, jobs=1)
    return base


@pytest.fixture
def work(made: Path, tmp_path: Path) -> Path:
    """A copy of the built tree to work in."""
    shutil.copytree(made, tmp_path / "work")
    return tmp_path / "work"


def site(work: Path) -> Path:
    return work / "out" / "internet" / "site"


def nodes(work: Path) -> dict[str, int]:
    """File → its number on the disk: the same where a file was kept, for the old one still stands then."""
    folder = site(work)
    return {
        plain(p.relative_to(folder).as_posix()): p.stat().st_ino
        for p in folder.rglob("*")
        if p.is_file()
    }


def again(work: Path, hours: int = 0) -> None:
    build(work / "root", work / "out", [], NOW + timedelta(hours=hours), jobs=1)


def cold(work: Path, hours: int = 0) -> dict[str, bytes]:
    """What a build without anything kept makes."""
    shutil.rmtree(work / "root" / ".cache")
    build(work / "root", work / "cold", [], NOW + timedelta(hours=hours), jobs=1)
    return tree(work / "cold")


def of(page: str, found: dict[str, int]) -> dict[str, int]:
    return {
        p: n
        for p, n in found.items()
        if p.rpartition("/")[0] == page.rstrip("/") and not p.endswith("feed.xml")
    }


def kept(page: str, before: dict[str, int], after: dict[str, int]) -> Iterator[bool]:
    assert of(page, after)
    yield from (before.get(path) == number for path, number in of(page, after).items())


def test_every_file_of_a_page_is_kept(work: Path) -> None:
    before = nodes(work)
    again(work)
    after = nodes(work)
    for page, files in HELD.items():
        assert {p.rpartition("/")[2] for p in of(page, after)} == files
    pages = {KE, QIAN, COMIC, TU, LIVE, NORM, LAN, NEW, OLD, "jiu/tu/"}
    assert {p for p in pages if not all(kept(p, before, after))} == set()


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_makes_its_pages_anew(name: str, work: Path) -> None:
    path, old, new, fresh, same = CHANGES[name]
    file = work / "root" / path
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    before = nodes(work)
    again(work)
    after = nodes(work)
    assert {p for p in fresh if any(kept(p, before, after))} == set()
    assert {p for p in same if not all(kept(p, before, after))} == set()
    assert tree(work / "out") == cold(work)


def test_a_picture_makes_its_page_anew(work: Path) -> None:
    other = picture("PNG", size=(25, 16))
    (work / "root/courses/ke/lessons/men.png").write_bytes(other)
    before = nodes(work)
    again(work)
    after = nodes(work)
    assert not any(kept(COMIC, before, after))
    assert all(kept(TU, before, after))
    assert tree(work / "out") == cold(work)


def test_the_hour_makes_a_live_page_anew(work: Path) -> None:
    before = nodes(work)
    again(work, hours=3)
    after = nodes(work)
    assert "已结束" in (site(work) / LIVE / "index.html").read_text("utf-8")
    assert not any(kept(LIVE, before, after))
    assert all(kept(NORM, before, after))
    assert tree(work / "out") == cold(work, hours=3)


@pytest.mark.parametrize("file", ["tujie.pdf", "tujie.webp", "index.html"])
@pytest.mark.parametrize("bad", [b"", b"other bytes", None])
def test_one_bad_file_and_the_whole_page_is_made_anew(
    file: str, bad: bytes | None, work: Path
) -> None:
    good = tree(work / "out")
    target = site(work) / (TU + file)
    target = target if file == "index.html" else site(work) / actual(site(work), TU + file)
    target.unlink() if bad is None else target.write_bytes(bad)
    before = nodes(work)
    again(work)
    assert tree(work / "out") == good
    assert not any(kept(TU, before, nodes(work)))


def test_a_page_that_went_leaves_nothing(work: Path) -> None:
    (work / "root/courses/ke/lessons/02-tu.infographic.yml").unlink()
    again(work)
    assert not (site(work) / TU).exists()
    assert not (site(work) / "jiu").exists()
    assert tree(work / "out") == cold(work)


def test_what_was_for_colleagues_does_not_stay_outside(work: Path) -> None:
    """The same page with another audience: its old files stand in the old bundle and are not taken."""
    file = work / "root/courses/ke/lessons/02-tu.infographic.yml"
    text = file.read_text("utf-8")
    file.write_text(text.replace('"public"', '"intranet"', 1), "utf-8")
    again(work)
    assert not (site(work) / TU).exists()
    assert actual(work / "out/intranet/site", TU + "tujie.pdf")
    file.write_text(text, "utf-8")
    again(work)
    assert tree(work / "out") == cold(work)


SCRIPT = """
import sys
from datetime import datetime
from pathlib import Path
from builder.build import build
build(Path(sys.argv[1]), Path(sys.argv[2]), [], datetime.fromisoformat(sys.argv[3]), jobs=1)
print(" ".join(name for name in sys.argv[4].split() if name in sys.modules))
"""


def drawing_tools(work: Path, seed: int = 0) -> list[str]:
    """The libraries that a build loads to draw or encode."""
    words = [str(work / "root"), str(work / "out"), NOW.isoformat(), " ".join(DRAWN)]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


def test_nothing_is_drawn_or_encoded_when_nothing_changed(work: Path) -> None:
    """Whatever order this process gives to sets."""
    assert [drawing_tools(work, seed) for seed in range(4)] == [[]] * 4
    file = work / "root/courses/ke/lessons/01-hua.comic.yml"
    file.write_text(file.read_text("utf-8").replace("先看说明", "先看通知"), "utf-8")
    assert "resvg_py" in drawing_tools(work)
