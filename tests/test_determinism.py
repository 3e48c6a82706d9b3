"""Same content, same `--now`: the same bytes, whatever else differs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.corpus import NOW, ROOT, built, sample, tree

FULL = bool(os.environ.get("WEIKE_FULL"))
AUTHOR = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": "2026-11-20T08:00:00+00:00",
    "GIT_COMMITTER_DATE": "2026-11-20T08:00:00+00:00",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def git(*words: str, cwd: Path) -> None:
    subprocess.run(
        ["git", *words], cwd=cwd, check=True, capture_output=True, env={**os.environ, **AUTHOR}
    )


def build(root: Path, out: Path, jobs: int, env: Mapping[str, str]) -> dict[str, bytes]:
    """Everything under the built folder."""
    built(
        "build", "--root", str(root), "--out", str(out), "--jobs", str(jobs), "--now", NOW,
        "--draft-media", env=env,
    )  # fmt: skip
    return tree(out)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A committed site, and what a cold build on one process makes of it."""
    folder = tmp_path_factory.mktemp("first")
    root = sample(folder / "root", each=2 if FULL else 1)
    git("init", "-q", cwd=root)
    git("add", ".", cwd=root)
    git("commit", "-qm", "content", cwd=root)
    env = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"}
    made = build(root, folder / "dist", 1, env)
    assert len(made) > 100
    return root, made


def same(one: Mapping[str, bytes], two: Mapping[str, bytes]) -> None:
    assert sorted(one) == sorted(two)
    assert not [name for name in one if one[name] != two[name]]


def test_warm_cache_two_processes_other_clock_zone(
    first: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    root, made = first
    assert (root / ".cache").is_dir()
    env = {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8"}
    same(made, build(root, tmp_path / "dist", 2, env))


def elsewhere(root: Path, folder: Path) -> Path:
    """A clone at a path that nobody would choose."""
    clone = folder / "另 一台" / "深" / "b"
    clone.parent.mkdir(parents=True)
    git("clone", "-q", str(root), str(clone), cwd=folder)
    return clone


@pytest.mark.skipif(
    not FULL, reason="processes started anew build such a clone, cold, in every run"
)
def test_other_machine_path_cold(first: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    root, made = first
    clone = elsewhere(root, tmp_path)
    env = {"PYTHONHASHSEED": "random", "TZ": "America/New_York", "LC_ALL": "C"}
    same(made, build(clone, tmp_path / "dist", 3, env))


def test_torn_cache(first: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    root, made = first
    kept = (path for path in (root / ".cache").rglob("*") if path.is_file())
    files = sorted(p for p in kept if FULL or p.suffix == ".pickle" or p.name < "2")
    for number, path in enumerate(files):
        path.write_bytes(path.read_bytes()[:100] if number % 2 else b"")
    same(made, build(root, tmp_path / "dist", 2, {"PYTHONHASHSEED": "7"}))


def test_over_another_build(first: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    """What stood in `dist/` before leaves no trace."""
    root, made = first
    built(
        "build", "--root", str(root), "--out", str(tmp_path), "--now", "2026-10-01T00:00:00+08:00",
        "--draft-media",
    )  # fmt: skip
    assert tree(tmp_path) != made
    same(made, build(root, tmp_path, 2, {}))


SPAWNED = """
import sys
from datetime import datetime
from pathlib import Path
from builder import work
from builder.check import check
from builder.config import load_config
from builder.media.studio import Studio
from builder.read import read
from builder.select import select

if __name__ == "__main__":
    root, out, now = Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
    config = load_config(root)
    library, _ = read(root)
    known = frozenset(config.audiences)
    sites = [select(library, config.edition(n), known, now)[0] for n in config.editions]
    studio = Studio(root, config.narration, config.video, draft=True)
    tasks = [work.Task(site, config, studio) for site in sites]
    with work.staging(out, list(config.editions)) as ground:
        staged, problems = work.make(tasks, ground, out.parent / "cache", 2, method="spawn")
        for item in staged:
            work.finish(item, out)
"""


def test_spawned_processes(first: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    """Where processes can't be forked, they are started anew and make the same: cold, at another path."""
    root, made = elsewhere(first[0], tmp_path), first[1]
    script = tmp_path / "spawned.py"
    script.write_text(SPAWNED, "utf-8")
    subprocess.run(
        [sys.executable, str(script), str(root), str(tmp_path / "dist"), NOW],
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": "random",
            "TZ": "America/New_York",
        },
        timeout=300,
    )
    same(made, tree(tmp_path / "dist"))
