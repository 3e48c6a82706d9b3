"""A disk that is full, a file that is held: `apply` leaves a whole release and says which."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.bundle import MANIFEST, load
from tests.airgap_world import SITE, Side, contents, release, sides

ROOT = Path(__file__).resolve().parent.parent
UNTOUCHED, CAME, AGAIN = "没有装，现在的站", "已经换上包里的这一版", "上次已经装好了"
NEXT = {**SITE, "site/index.html": b"<title>two</title>\n"}


@pytest.fixture
def two(tmp_path: Path) -> tuple[Side, Side]:
    return sides(tmp_path)


def prepared(two: tuple[Side, Side]) -> tuple[Path, Path]:
    """One release in its place, and the package of the next; the folder and the package."""
    inside, outside = two
    to = outside.root / "www"
    one = inside.push("1.wkpkg", "--bundle", str(release(inside.root / "one")))
    outside.run("apply", str(one), "--to", str(to))
    return to, inside.push("2.wkpkg", "--bundle", str(release(inside.root / "two", NEXT)))


def holds(to: Path) -> bytes:
    """The page of the release in a folder, every file of it as its manifest says."""
    assert to.is_dir()  # `load` would complete what was cut off
    bundle = load(to)
    assert set(contents(to)) == {*bundle.files, MANIFEST}
    return {path: bundle.read(path) for path in bundle.files}["site/index.html"]


@pytest.mark.parametrize(("refusals", "came"), [(1, False), (2, True)])
def test_a_rename_that_is_refused_leaves_a_whole_folder(
    two: tuple[Side, Side], refusals: int, came: bool
) -> None:
    """Twice: the old folder can't be put back at once either, and `recover` completes what was begun."""
    to, package = prepared(two)
    outside = two[1]
    words = ", ".join(repr(str(w)) for w in (outside.state, package, to))
    code = f"from tests.airgap_cut import held; held({refusals}, {words})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    said = done.stdout.decode()
    assert said.startswith("Unfinished: " if came else "PermissionError: "), done
    assert holds(to) == (NEXT if came else SITE)["site/index.html"]
    assert not [p for p in to.parent.iterdir() if p.name.startswith(".") and "new" in p.name]
    assert (AGAIN in outside.run("apply", str(package), "--to", str(to))) == came
    assert holds(to) == NEXT["site/index.html"]
    assert not [p for p in to.parent.iterdir() if p.name.startswith(".")]


def test_a_place_that_can_not_be_written_is_told_with_what_stands(two: tuple[Side, Side]) -> None:
    to, package = prepared(two)
    outside = two[1]
    (outside.root / "file").write_text("in the way", "utf-8")
    said = outside.run("apply", str(package), "--to", str(outside.root / "file" / "www"), code=1)
    assert "读写出错" in said
    assert UNTOUCHED in said
    assert holds(to) == SITE["site/index.html"]


@pytest.mark.skipif(os.name != "posix", reason="bounds the size of files")
def test_on_a_full_disk_it_is_said_what_the_folder_holds(two: tuple[Side, Side]) -> None:
    """At each size that the ledger may have: refused before, or in place and not recorded, or all of it."""
    to, package = prepared(two)
    outside, seen = two[1], []
    for size in range(3_000, 120_000, 8_000):
        words = ["full", str(size), str(outside.state), str(package), str(to)]
        command = [sys.executable, "-m", "tests.airgap_worker", *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        said = (done.stdout + done.stderr).decode()
        for lie in ("备份换上", "没有改动任何文件", "BUG001"):
            assert lie not in said, (size, said)
        new = holds(to) == NEXT["site/index.html"]
        seen.append((done.returncode, new, CAME in said, UNTOUCHED in said))
        if done.returncode == 0:
            break
        assert "磁盘" in said, (size, said)
    assert set(seen[:-1]) == {(1, False, False, True), (1, True, True, False)}
    assert seen[-1] == (0, True, False, False)
    assert AGAIN in said
