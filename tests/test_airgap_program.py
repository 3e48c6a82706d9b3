"""The single-file program: the same modules, run by a Python that has nothing but `cryptography`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from publish.airgap.program import written
from tests.airgap_world import PIN, SITE, Side, contents, release, sides

LIBRARY = ("cryptography", "cffi", "_cffi_backend")
BARE = "import sys, runpy; sys.path[:0] = [{library!r}]; sys.argv = {words!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
Run = Callable[..., str]


@pytest.fixture
def world(tmp_path: Path) -> tuple[Side, Side]:
    """Both sides by the clock of this machine: the program has no other."""
    return sides(tmp_path, datetime.now(UTC))


def library(folder: Path) -> Path:
    """A folder with `cryptography` and what it is made of, and nothing else."""
    folder.mkdir()
    for name in LIBRARY:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        place = Path(spec.origin)
        place = place.parent if spec.submodule_search_locations else place
        (folder / place.name).symlink_to(place)
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the program in a Python without site-packages, far from the project."""
    program, there = tmp_path / "program" / "weike-airgap.py", library(tmp_path / "library")
    program.parent.mkdir()
    program.write_bytes(written())

    def bare(*words: str, code: int = 0, lib: Path = there) -> str:
        text = BARE.format(library=str(lib), words=[str(program), *words])
        done = subprocess.run(
            [sys.executable, "-S", "-I", "-W", "error", "-c", text],
            cwd=program.parent,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == code, (words, done)
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    return bare


def test_it_verifies_applies_and_answers(world: tuple[Side, Side], run: Run) -> None:
    inside, outside = world
    root = release(inside.root / "first", SITE, inside.now - timedelta(hours=1))
    package = inside.push("1.wkpkg", "--bundle", str(root))
    to, state = outside.root / "www", ["--state", str(outside.state)]
    assert "去掉 --site" in run("apply", str(package), "--to", str(to), *state, "--site", code=1)
    assert "核对通过" in run("verify", str(package), "--to", str(to), *state)
    assert "装好了" in run("apply", str(package), "--to", str(to), *state)
    assert contents(to) == contents(root)
    assert "上次已经装好了" in run("apply", str(package), "--to", str(to), *state)
    assert "已经装过" in run("verify", str(package), *state, code=1)
    back = outside.root / "r.wkpkg"
    key = ["--key", str(outside.key), "--pin-file", str(outside.root / "pin")]
    run("push", "--receipts", *key, "--out", str(back), *state)
    assert "新的 1 条" in inside.run("pull", "receipts", "--from", str(back))
    assert "对方已装" in inside.run("status")
    assert PIN not in run("status", *state)


def test_it_refuses_what_the_project_refuses(world: tuple[Side, Side], run: Run) -> None:
    inside, outside = world
    root = release(inside.root / "first", SITE, inside.now - timedelta(hours=1))
    package = inside.push("1.wkpkg", "--bundle", str(root))
    data = package.read_bytes()
    to, state = outside.root / "www", ["--state", str(outside.state)]
    for place in (5, 60, 500, len(data) - 1):
        package.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        said = run("apply", str(package), "--to", str(to), *state, code=1)
        assert said == outside.run("apply", str(package), "--to", str(to), code=1)
        assert not to.exists()


def test_it_holds_itself_and_is_always_the_same(run: Run, tmp_path: Path) -> None:
    run("push", "--program", str(tmp_path / "copy.py"))
    assert (tmp_path / "copy.py").read_bytes() == written()
    assert "不覆盖" in run("push", "--program", str(tmp_path / "copy.py"), code=1)


def test_it_says_what_is_lacking(run: Run, tmp_path: Path, world: tuple[Side, Side]) -> None:
    inside, outside = world
    root = release(inside.root / "first", SITE, inside.now - timedelta(hours=1))
    package = inside.push("1.wkpkg", "--bundle", str(root))
    (tmp_path / "nothing").mkdir()
    words = ["verify", str(package), "--state", str(outside.state)]
    assert "没有 cryptography 组件" in run(*words, code=1, lib=tmp_path / "nothing")
    assert "用法" in run("--help")
    assert "用法" in run("nonsense", code=2)


def test_every_module_of_it_is_one_of_ours_verbatim() -> None:
    text = written().decode()
    root = Path(__file__).resolve().parent.parent
    for name in (
        "publish/airgap/read.py",
        "builder/keys.py",
        "publish/ledger.py",
        "publish/door.py",
        "publish/placed.py",
    ):
        assert (root / name).read_text("utf-8") in text, name
    assert "publish.site" not in [
        line.split("'")[1] for line in text.splitlines() if line.startswith("SOURCES['")
    ]
