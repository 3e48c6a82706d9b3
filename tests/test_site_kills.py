"""A push that dies at any touch of the disk leaves the running site whole, and the next run ends it."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import pytest

from builder.bundle import Bundle
from builder.model import BEIJING
from tests.conftest import ROOT
from tests.site_bundles import Office, bundle_of, expected, lasting, site, tree
from tests.site_kills import DEAD

COUNT = 400 if os.environ.get("WEIKE_FULL") else 6
NOW = datetime.now(BEIJING)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no fork there")


class Lives:
    """Commands that die where they are told to."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        assert program.stdin is not None
        assert program.stdout is not None
        self.asked: IO[str] = program.stdin
        self.answers: IO[str] = program.stdout

    def run(self, point: int, below: Path, *words: object) -> int:
        line = "\t".join([str(point), str(below), *map(str, words)])
        self.asked.write(f"{line}\n")
        self.asked.flush()
        return int(self.answers.readline())


@contextmanager
def lives() -> Iterator[Lives]:
    words = [sys.executable, "-m", "tests.site_kills"]
    with subprocess.Popen(
        words, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        yield Lives(program)


def made(root: Path, version: int) -> Bundle:
    return bundle_of(
        root / f"v{version}", site(version, pages=3), NOW.replace(hour=0, minute=version)
    )


def whole(current: Path, allowed: list[dict[str, bytes]]) -> int:
    """Which of the allowed states a reader finds; every file is looked at."""
    found = tree(current)
    return allowed.index(found)


def read_page_by_page(current: Path, versions: list[int]) -> None:
    """While files are put in place one by one: each page with all of its own files, of one version."""
    found = tree(current)
    for version in versions:
        for path, text in site(version, pages=3).items():
            if found.get(path) == text and path.endswith(".html"):
                own = {
                    p
                    for p in site(version, pages=3)
                    if lasting(p) and p.rpartition("/")[2].encode() in text
                }
                assert own <= found.keys(), path
    known = {p: {site(v, pages=3).get(p) for v in versions} for p in found}
    for path, data in found.items():
        if not path.rpartition("/")[2].startswith("."):
            assert data in known[path], path


@pytest.mark.parametrize("switch", ["link", "files"])
def test_a_push_dies_anywhere(tmp_path: Path, switch: str) -> None:
    keys = {"place": "local", "path": tmp_path / "srv", "switch": switch, "keep": 2}
    desk = Office(tmp_path, wai=keys)
    state = ["--state", desk.state]
    one, two, three = (made(tmp_path, n) for n in (1, 2, 3))
    before, after = expected([1, 2], 3), expected([1, 2, 3], 3)
    with lives() as living:
        for bundle in (one, two):
            assert living.run(0, tmp_path, "plan", "site", "--bundle", bundle.root, *state) == 0
            assert living.run(0, tmp_path, "push", "site", "--bundle", bundle.root, *state) == 0
        assert living.run(0, tmp_path, "plan", "site", "--bundle", three.root, *state) == 0
        shutil.copytree(tmp_path / "srv", tmp_path / "srv0", symlinks=True)
        shutil.copytree(desk.state, tmp_path / "state0")
        push = ["push", "site", "--bundle", three.root, *state]
        points = touches(living, tmp_path, push, desk)
        rng = random.Random(7)
        seen = set()
        sample = {*rng.sample(range(1, points + 1), min(COUNT, points)), points}
        for point in sorted(sample):
            again(tmp_path, desk)
            assert living.run(point, tmp_path / "srv", *push) == DEAD
            if switch == "link":
                seen.add(whole(tmp_path / "srv/current", [before, after]))
            else:
                read_page_by_page(tmp_path / "srv/current", [1, 2, 3])
            assert living.run(0, tmp_path, *push) == 0, f"touch {point}"
            assert whole(tmp_path / "srv/current", [after]) == 0
            left = sorted(p.name for p in (tmp_path / "srv/releases").iterdir() if p.is_dir())
            assert len(left) == 2, left
            assert not [n for n in left if n.startswith(".")]
    print(f"\n{switch}: {points} touches of the disk, died at {len(sample)} of them")
    assert switch == "files" or seen == {0, 1}


def again(root: Path, desk: Office) -> None:
    """Everything as it was before the push."""
    for now, then in ((root / "srv", root / "srv0"), (desk.state, root / "state0")):
        shutil.rmtree(now)
        shutil.copytree(then, now, symlinks=True)


def touches(living: Lives, root: Path, push: list[object], desk: Office) -> int:
    """How often a whole push touches the disk."""
    low, high = 1, 20_000
    while low < high:
        again(root, desk)
        middle = (low + high) // 2
        if living.run(middle, root / "srv", *push) == DEAD:
            low = middle + 1
        else:
            high = middle
    return low - 1
